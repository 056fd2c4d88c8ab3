"""Slack and every person's means: the app, its scopes, the channels, the accounts, the addresses beside Slack."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from shiftbot.bootstrap.doctor.database import compare_clocks
from shiftbot.bootstrap.doctor.finding import Finding, doubtful, not_looked, well, wrong
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import DeliveryError
from shiftbot.settings import Settings
from shiftbot.slack.checking import Account, Inquiry, Place, Standing, open_socket, refusal, wanted_scopes
from shiftbot.slack.outside import AppriseSender, is_known, scheme

SLACK, CHANNEL, PERSON, GROUP = "Slack", "channel", "person", "user group"

REINSTALL = "update the app from shiftbot's manifest at api.slack.com/apps, then install it again"

TEST = "This is a test from `shiftbot doctor`: escalations would reach you here."


def look_at_slack(settings: Settings, pharmacy: Pharmacy | None, now: Callable[[], datetime]) -> Iterator[Finding]:
    """The app and its token, then what `pharmacy` names in the workspace; without definitions the app alone."""
    if settings.slack_bot_token is None:
        yield wrong(SLACK, "SLACK_BOT_TOKEN is not set", "it is the xoxb- token of your Slack app")
        return
    yield from _socket(settings)
    inquiry = Inquiry(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    try:
        standing = inquiry.standing()
    except DeliveryError as error:
        yield wrong(SLACK, f"the bot token: {error}", _mend(error))
        return
    yield well(SLACK, f"we are @{standing.user} in {standing.team}")
    yield from _scopes(standing)
    if standing.at is not None:
        yield compare_clocks("Slack", standing.at, now())
    if pharmacy is not None:
        yield from _channels(inquiry, pharmacy)
        yield from _accounts(inquiry, pharmacy)
        yield from _groups(inquiry, pharmacy)


def _mend(error: DeliveryError) -> str:
    said = refusal(error)
    if said in ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"):
        return "copy the token anew from api.slack.com/apps; after a new installation it is another one"
    if said == "missing_scope":
        return REINSTALL
    if said == "not_allowed_token_type":
        return "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-; are they swapped?"
    return "see that this machine reaches slack.com, and SLACK_API_URL if it is set"


def _socket(settings: Settings) -> Iterator[Finding]:
    if settings.slack_app_token is not None:
        try:
            open_socket(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
        except DeliveryError as error:
            yield wrong(SLACK, f"the app token gets no socket: {error}", f"{_mend(error)}; it needs connections:write")
        else:
            yield well(SLACK, "the app token gets a socket")
    elif settings.slack_signing_secret is not None:
        yield not_looked(SLACK, "HTTP mode: that Slack reaches us can only be seen from outside")
    else:
        yield wrong(
            SLACK, "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set", "nobody's clicks reach us; set one"
        )


def _scopes(standing: Standing) -> Iterator[Finding]:
    wanted = wanted_scopes()
    if standing.scopes is None:
        yield not_looked(SLACK, "Slack did not say which scopes we have")
    elif missing := sorted(wanted - standing.scopes):
        yield wrong(SLACK, f"scopes that were not granted: {', '.join(missing)}", REINSTALL)
    else:
        yield well(SLACK, f"all {len(wanted)} scopes of the manifest are granted")


def _channels(inquiry: Inquiry, pharmacy: Pharmacy) -> Iterator[Finding]:
    for site in pharmacy.sites.values():
        try:
            yield _channel(site.id, site.channel, inquiry.place(site.channel))
        except DeliveryError as error:
            what = f"{site.id}: {site.channel}: {error}"
            gone = "see the channel's id; a private one is seen only after `/invite @shiftbot` in it"
            yield wrong(CHANNEL, what, gone if refusal(error) == "channel_not_found" else _mend(error))


def _channel(site: str, channel: str, place: Place) -> Finding:
    what = f"{site}: #{place.name} ({channel})"
    if place.is_archived:
        return wrong(CHANNEL, f"{what} is archived", "unarchive it, or name another one in pharmacy.yaml")
    if not place.has_us:
        return doubtful(CHANNEL, f"shiftbot is not in {what}", "it joins with its first message; or `/invite` it now")
    return well(CHANNEL, f"{what} is there and shiftbot is in it")


def _accounts(inquiry: Inquiry, pharmacy: Pharmacy) -> Iterator[Finding]:
    try:
        found = inquiry.accounts({person.slack for person in pharmacy.people.values()})
    except DeliveryError as error:
        yield wrong(PERSON, f"who is in the workspace is not known: {error}", _mend(error))
        return
    for person in pharmacy.people.values():
        yield _account(person, found)


def _account(person: Person, found: Mapping[str, Account]) -> Finding:
    account, who = found.get(person.slack), f"{person.id} ({person.slack})"
    if account is None:
        return wrong(PERSON, f"{who} is not in the workspace", "copy the member ID from their Slack profile")
    if account.is_deactivated:
        return wrong(PERSON, f"{who} was deactivated in Slack", "take them out of pharmacy.yaml and the roster")
    if account.is_bot:
        return wrong(PERSON, f"{who} is a bot and answers nothing", "copy the member ID of the person's own account")
    return well(PERSON, f"{who} is {account.name} in Slack")


def _groups(inquiry: Inquiry, pharmacy: Pharmacy) -> Iterator[Finding]:
    wanted = {group: f"the role {role}" for role, group in pharmacy.groups.items()}
    wanted |= {site.duty_group: f"who is on duty at {site.id}" for site in pharmacy.sites.values() if site.duty_group}
    if not wanted:
        return
    try:
        found = inquiry.groups()
    except DeliveryError as error:
        yield wrong(GROUP, f"which there are is not known: {error}", _mend(error))
        return
    for group, what in wanted.items():
        if group not in found:
            yield wrong(GROUP, f"{group} for {what} is not there", "in Slack: People, User groups, Copy group ID")
        elif not found[group]:
            yield wrong(GROUP, f"{group} for {what} is disabled", "enable it in Slack, or name another one")
        else:
            yield well(GROUP, f"{group} for {what} is there")


def look_at_means(pharmacy: Pharmacy) -> Iterator[Finding]:
    """The addresses beside Slack: each must be one that can be understood. Nothing is sent."""
    for person in pharmacy.people.values():
        for place, url in enumerate(person.reach, start=1):
            # The address holds a password or a number: only its kind is shown.
            what = f"{person.id}: means {place} ({scheme(url)})"
            if is_known(url):
                yield well(PERSON, f"{what} is understood")
            else:
                yield wrong(PERSON, f"{what} is not understood", "see the form of its URL at github.com/caronc/apprise")


def send_test(settings: Settings, person: Person) -> Iterator[Finding]:
    """Send somebody a test by every means they have."""
    if settings.slack_bot_token is not None:
        inquiry = Inquiry(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        yield _sent(f"{person.id}: by Slack", lambda: inquiry.tell(person.slack, TEST))
    sender = AppriseSender()
    for place, url in enumerate(person.reach, start=1):
        yield _sent(f"{person.id}: by means {place} ({scheme(url)})", lambda to=url: sender.send(to, TEST))  # type: ignore[misc]


def _sent(what: str, send: Callable[[], object]) -> Finding:
    try:
        send()
    except DeliveryError as error:
        return wrong(PERSON, f"{what} the test did not go out: {error}", "see the address, and the service behind it")
    return well(PERSON, f"{what} the test went out; ask whether it came")
