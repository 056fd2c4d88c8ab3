"""Whether Apprise can use a URL by which somebody is to be reached. Nothing is sent, and no secret is ever repeated."""

import difflib
import logging
import warnings
from collections.abc import Mapping
from typing import Any, cast

EXAMPLE = "write an Apprise URL, for example mailto://user:password@example.org"

FORMS_SHOWN = 2


def why_unusable(url: str) -> tuple[str, str] | None:
    """What is wrong with a URL, and what to write instead; nothing when it can be used.

    Only its scheme is named: what follows may hold a password.
    """
    scheme, colon, _ = url.partition("://")
    if not colon:
        return "this is no way to reach somebody", EXAMPLE
    with warnings.catch_warnings():
        # Some of its hundred services are older than this Python; that is no matter of the pharmacy's.
        warnings.simplefilter("ignore", DeprecationWarning)
        usable, known = _look_up(url)
    if usable:
        return None
    if scheme.lower() in known:
        return f"this {scheme.lower()}:// URL is not complete", _form(scheme.lower(), known[scheme.lower()])
    nearest = difflib.get_close_matches(scheme.lower(), known, n=1)
    return f'Apprise knows no means called "{scheme[:20]}"', f"write {nearest[0]}://…" if nearest else EXAMPLE


def _look_up(url: str) -> tuple[bool, Mapping[str, object]]:
    """Whether a URL can be used; when it cannot, every service by its scheme."""
    # Imported here: it knows more than a hundred services, and most pharmacies use none of them.
    from apprise import Apprise, manager_plugins

    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    if Apprise.instantiate(url, suppress_exceptions=True) is not None:
        return True, {}
    services = cast("Any", manager_plugins).NotificationManager()  # not annotated
    return False, {str(scheme): services[scheme] for scheme in sorted(services.schemas())}


def _form(scheme: str, service: object) -> str:
    """How such a URL is written, by the service's own word."""
    forms = [str(form) for form in getattr(service, "templates", ())][:FORMS_SHOWN]
    if not forms:
        return EXAMPLE
    return "write it as " + " or ".join(form.replace("{schema}", scheme) for form in forms)
