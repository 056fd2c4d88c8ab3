"""What `/shift help` and `/shift reload` say: short, and of help only what the asker can use."""

from collections.abc import Sequence

from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Pharmacy
from shiftbot.slack.blocks.parts import plain

EVERYBODY = (
    ("open", "the checklists that are open now"),
    ("open NAME", "open one now, like `/shift open crash cart`"),
    ("delivery", "a cold delivery came"),
    ("follow-up WHAT", "something that is still to be done"),
    ("handover", "leave a note to the next shift"),
    ("flag", "flag an irregularity"),
    ("status", "everything at a glance: overdue, alerts, fridges, messages that wait"),
    ("temps", "the fridges and freezers: last day, charts, a reading by hand"),
    ("duty", "who is on duty this week, and how to change it; as a picture, too"),
    ("reach", "how you are reached, and a test of it"),
)

HAVING_DUTY = (
    ("duty take 14:00", "you have the duty from now until then"),
    ("duty sick", "you cannot come: those who could take it are asked"),
    ("swap", "swap a shift with a colleague"),
)

SIGNING = (("pin", "set the PIN you sign with, or change it"),)

DEFINING = (
    ("mute UNIT 2h WHY", "no calls for a unit, or `site`, for a while; `/shift mute` lists and ends them"),
    ("reload", "read the checklists again after an edit"),
)

MANAGING = (("pin reset @NAME", "somebody forgot their PIN, or it is locked"),)

FOOT = "Checklists are answered with their buttons, or in words in their thread: write `?` there to see how."


def command_help(roles: frozenset[Role]) -> str:
    """The commands for somebody with these roles; without any, those that everybody may try."""
    lines = [*EVERYBODY]
    if roles & {Role.PHARMACIST, Role.MANAGER}:
        lines += HAVING_DUTY
    if roles & {Role.TECHNICIAN, Role.PHARMACIST}:
        lines += SIGNING
    if roles & {Role.PHARMACIST, Role.MANAGER}:
        lines += DEFINING
    if Role.MANAGER in roles:
        lines += MANAGING
    listed = [f"`/shift {words}`  {meaning}" for words, meaning in lines]
    return "\n".join(["*What I can do here*", *listed, FOOT])


MISTAKES_SHOWN = 10


def definitions_in_force(pharmacy: Pharmacy) -> str:
    """After definitions were read again without a mistake."""
    counted = (
        _counted(len(pharmacy.checklists), "checklist"),
        _counted(len(pharmacy.sites), "pharmacy", "pharmacies"),
        _counted(len(pharmacy.units), "storage unit"),
        _counted(len(pharmacy.people), "person", "people"),
    )
    return f":white_check_mark: In force: {', '.join(counted)}. What runs now keeps the version it began with."


def definitions_kept(mistakes: Sequence[str]) -> str:
    """After definitions were read again with mistakes: their places, and that nothing has changed."""
    lines = [f"•  `{plain(mistake)}`" for mistake in mistakes[:MISTAKES_SHOWN]]
    more = len(mistakes) - MISTAKES_SHOWN
    lines += [f"and {more} more; `shiftbot check` says all of them"] if more > 0 else []
    head = f":no_entry: {_counted(len(mistakes), 'mistake')} found, so the old definitions stay in force:"
    return "\n".join([head, *lines])


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or f'{one}s'}"
