"""Finding what somebody means by a name they typed: by its id, by its title, by a part of either. Pure."""

import difflib
from collections.abc import Mapping

from shiftbot.errors import Refused


def find_named(words: str, titles: Mapping[str, str], what: str) -> str:
    """The id that `words` name, among those of `titles` (id → title). Raises Refused with the nearest title.

    `what` is the word for one of them: "checklist".
    """
    wanted = _plain(words)
    if not wanted:
        raise Refused(f"Name the {what}: {_listed(titles)}.")
    exact = [each for each, title in titles.items() if wanted in (_plain(each), _plain(title))]
    parts = [each for each, title in titles.items() if wanted in f"{_plain(each)} | {_plain(title)}"]
    found = exact[:1] or parts
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"“{words.strip()}” may be {_listed({each: titles[each] for each in found}, ' or ')}. Which one?")
    near = _nearest(wanted, titles)
    mend = f"Did you mean {near}?" if near else f"There is {_listed(titles)}."
    raise Refused(f"There is no {what} “{words.strip()[:60]}” here. {mend}")


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("-", " ").replace("_", " ").split())


def _nearest(wanted: str, titles: Mapping[str, str]) -> str | None:
    said = {_plain(name): title for each, title in titles.items() for name in (each, title)}
    near = difflib.get_close_matches(wanted, said, n=1, cutoff=0.5)
    return said[near[0]] if near else None


def _listed(titles: Mapping[str, str], between: str = ", ") -> str:
    """At most five of them, and how many more."""
    if not titles:
        return "nothing to open"
    shown, more = list(titles.values())[:5], len(titles) - 5
    return between.join(shown) + (f" and {more} more" if more > 0 else "")
