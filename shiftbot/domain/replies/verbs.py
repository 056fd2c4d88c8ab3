"""The words that people answer with, and how they are found at the front of what is left of a reply. Pure."""

import re
from collections.abc import Iterable

DONE = ("done", "ok", "okay", "yes", "y", "yep", "yup", "yeah", "did", "tick", "ticked", "check", "checked", "good",
        "fine", "finished", "complete", "completed", "✓", "✔", "✅", "☑", "👍")  # fmt: skip
ANY_DONE = "(?:" + "|".join(map(re.escape, sorted(DONE, key=len, reverse=True))) + ")"
FINISHED = ("done", "finished", "complete", "completed", "tick", "ticked", "checked", "✓", "✔", "✅", "☑")
"""Of these the ones that say, even alone, that something was done: `ok` and `good` may be mere politeness."""

NOT_APPLICABLE = ("n/a", "na", "n.a.", "n.a", "n\\a", "not applicable", "skip", "skipped")
FAILED = ("fail", "failed", "fails", "problem", "broken", "not ok")
FAILED_PLAINLY = ("fail", "failed", "fails")
NOT_DONE = ("no", "nope", "not done", "not yet", "not done yet", "later", "will do", "pending", "open", "missed")
NOT_DONE_WHY = ("not done yet", "not done", "not yet done", "not yet", "not finished", "not complete", "not completed")
"""Of these the ones that a reason may follow."""

HELP = ("?", "??", "help", "how", "help me", "commands", "what can i say", "what can i write")
SNOOZE = r"(?:snooze|zzz|remind me later|remind us later)(?: (?:for )?(?:10|ten)(?: ?m(?:in(?:ute)?s?)?)?)?"
BECAUSE = ("because", "why", "reason")
CORRECT = ("correct", "correction", "corrected", "change")

_POLITE = re.compile(r"[\s,]+(?:thanks|thank you|thx|ty|please|pls)$")
_IS = re.compile(r"(?:(?:is|are|was|were|reads|shows|showed|=|:)\s+|at\s+(?=[-+.\d]))", re.IGNORECASE)


def polite(low: str) -> str:
    """Lower-case words without the thanks at their end."""
    return _POLITE.sub("", low)


def says_done(rest: str) -> bool:
    """Whether `rest` is nothing but that it is done: `ok`, `all good`, `done 👍`, `done, thanks`."""
    low = polite(rest.casefold().strip(" .!")).strip(" .!")
    words = re.sub(r"^(?:all|it's|its)\s+", "", low).split(" ")
    return all(word in DONE for word in words)


def says_not_done(rest: str) -> bool:
    """Whether `rest` is nothing but that it is not done."""
    return polite(rest.casefold().strip(" .!")) in NOT_DONE


def without_is(rest: str) -> str:
    """`is 41` and `is at 41` as `41`."""
    for _ in range(2):
        found = _IS.match(rest)
        rest = rest[found.end() :] if found else rest
    return rest


def after_verb(rest: str, verbs: Iterable[str]) -> str | None:
    """The words after the verb that `rest` begins with; None when it begins with none of them."""
    low = rest.casefold()
    for verb in sorted(verbs, key=len, reverse=True):
        if low == verb or (low.startswith(verb) and not low[len(verb)].isalnum()):
            return rest[len(verb) :].strip(" :;,-–—")
    return None
