"""A checklist with an item of every kind, opened by hand: for the tests of cards, forms and replies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shiftbot.demo.emulator import Message, Person
from shiftbot.demo.emulator.modals import View
from shiftbot.domain.answer import Answer
from shiftbot.domain.checklist import Checklist, Condition, Item, ItemKind, Meaning, OnFail, Role, Section, ShiftPart
from shiftbot.domain.notice import CardKind
from shiftbot.domain.recurrence import Schedule, Trigger
from shiftbot.services import occasions
from shiftbot.services.runs import LineView
from shiftbot.storage import cards
from tests.cast import AMIRA
from tests.slack.begun import with_checklists
from tests.slack.workplace import CHANNEL, Workplace

EVERY_KIND = (
    Section(
        "Front",
        (
            Item("lights", "Lights on"),
            Item("phones", "Phones answered"),
            Item("drive", "Drive-through open", sop="https://sop.example.org/drive|through"),
            Item("till", "Till counted", role=Role.PHARMACIST),
        ),
        all_good=True,
    ),
    Section(
        "Readings",
        (
            Item("room", "Room humidity", kind=ItemKind.NUMBER, low=20, high=60, unit="%", help="Read it at the door."),
            Item("fridge", "Fridge display", kind=ItemKind.TEMPERATURE, low=36, high=46, words=("fridge",)),
            Item("span", "Fridge min and max", kind=ItemKind.MIN_MAX, low=36, high=46),
            Item("seal", "Seal", kind=ItemKind.CHOICE, options=("Intact", "Torn", "Missing")),
            Item(
                "seal-why",
                "What happened to the seal",
                kind=ItemKind.TEXT,
                when=Condition("seal", ("torn", "missing")),
            ),
        ),
    ),
    Section(
        "Papers",
        (
            Item("kit", "Kit expires", kind=ItemKind.DATE, valid_for=timedelta(days=30), on_fail=OnFail.FOLLOW_UP),
            Item("shelf", "Photo of the shelf", kind=ItemKind.PHOTO),
            Item("bottles", "Bottles in stock", kind=ItemKind.COUNT),
            Item("sweep", "Voicemail", kind=ItemKind.VOICEMAIL),
            Item("log", "Pharmacist log", kind=ItemKind.SIGNATURE, role=Role.PHARMACIST, meaning=Meaning.REVIEWED),
        ),
    ),
)


def every_kind(
    work: Workplace, *, sections: Sequence[Section] = EVERY_KIND, pin: bool = False, shift: ShiftPart | None = None
) -> None:
    """Open it now, in a pharmacy that takes photos. `work.view("kinds")` is its run."""
    schedule = Schedule(opens=(), due=timedelta(hours=2), grace=timedelta(minutes=30), trigger=Trigger.BY_HAND)
    checklist = Checklist("kinds", "Every kind", schedule, tuple(sections), shift=shift)
    changed = with_checklists(work.pharmacy, checklist)
    site = replace(changed.sites["hilltop-main"], photos=True, pin=pin)
    work.pharmacy = replace(changed, sites={site.id: site})
    with work.database.transaction() as connection:
        occasions.open_by_hand(connection, work.pharmacy, site, "kinds", AMIRA, "test", work.now)
    work.settle()


def opened(work: Workplace, who: Person, action_id: str, title: str) -> View:
    """The form that a line's button opens."""
    while who.views:
        who.dismiss()
    work.press(who, "kinds", action_id, title)
    work.emulator.wait_until(lambda: bool(who.views))
    return who.views[-1]


def line(work: Workplace, title: str) -> LineView:
    """One line of the run as it stands."""
    return next(each for each in work.view("kinds").lines if title in each.line.title)


def answer(work: Workplace, title: str) -> Answer | None:
    """What stands for a line."""
    return line(work, title).answer


def further(work: Workplace, checklist: str = "kinds") -> list[Message]:
    """The messages that continue the card in its thread, in their order."""
    with work.database.snapshot() as connection:
        more = cards.of_subject(connection, CardKind.RUN_MORE, str(work.view(checklist).run.id))
    said = {message.ts: message for message in work.emulator.messages(CHANNEL, work.card(checklist).ts)}
    return [said[str(card.ts)] for card in more]
