"""People at work: a proper answer for every kind of line, from whoever may give it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shiftbot.domain.answer import Reply, read_voicemail
from shiftbot.domain.checklist import ItemKind, Line, Meaning, Role
from shiftbot.domain.local_time import local_date
from shiftbot.services import counts, runs, signing
from shiftbot.services.runs import Responded, RunView
from shiftbot.services.signing import Proof
from tests.pharmacy import PharmacyHarness

PIN = "4711"

COUNTED = 120
"""Of every drug, by everybody and in the book."""

WHO = {Role.TECHNICIAN: "Ben", Role.PHARMACIST: "Amira", Role.MANAGER: "Morgan"}

Value = Mapping[str, Any]


def good_value(line: Line, on: date, choice: int = 0) -> Value | None:
    """A value well inside the line's limits; of options the one of that number, counted round."""
    middle = _middle(line)
    match line.kind:
        case ItemKind.CHOICE:
            return {"choice": line.options[choice % len(line.options)]}
        case ItemKind.NUMBER:
            return {"number": middle}
        case ItemKind.TEMPERATURE:
            return {"temperature": middle, "unit": line.unit}
        case ItemKind.MIN_MAX:
            return {"low": middle - 0.5, "high": middle + 0.5, "unit": line.unit}
        case ItemKind.COUNT:
            return {"count": COUNTED}
        case ItemKind.VOICEMAIL:
            return read_voicemail("2 refill, 1 clinical, oldest 40m")
        case ItemKind.DATE:
            return {"date": (on + (line.valid_for or timedelta(0)) + timedelta(days=100)).isoformat()}
        case ItemKind.TEXT:
            return {"text": "all as it should be"}
        case ItemKind.PHOTO:
            return {"file": "F0PHOTO1"}
        case ItemKind.SIGNATURE | ItemKind.TICK:
            return None


def bad_value(line: Line, on: date) -> Value | None:
    """A value out of the line's limits, where it has any."""
    far = (line.high + 5) if line.high is not None else (line.low - 5) if line.low is not None else None
    match line.kind:
        case ItemKind.NUMBER if far is not None:
            return {"number": far}
        case ItemKind.TEMPERATURE if far is not None:
            return {"temperature": far, "unit": line.unit}
        case ItemKind.MIN_MAX if far is not None:
            return {"low": _middle(line), "high": far, "unit": line.unit}
        case ItemKind.DATE if line.valid_for is not None:
            return {"date": on.isoformat()}
    return None


def _middle(line: Line) -> float:
    if line.low is not None and line.high is not None:
        return round((line.low + line.high) / 2, 1)
    if line.low is not None:
        return line.low + 1
    return line.high - 1 if line.high is not None else 5.0


def who_answers(line: Line) -> str:
    """The first name of whoever answers a line; of a witnessed one somebody who did nothing else in its section."""
    return WHO[line.role]


@dataclass
class Crew:
    """Everybody of the cast, answering properly. `choice` says which option they choose, `says` what else they say."""

    pharmacy: PharmacyHarness
    choice: int = 0
    says: Callable[[Line], Reply | None] = field(default=lambda _: None)

    @property
    def today(self) -> date:
        """The local date of the story's instant."""
        return local_date(self.pharmacy.site.calendar, self.pharmacy.now)

    def finish(self, run: int, *, names: Sequence[str] = ("Ben", "Amira", "Morgan")) -> RunView:
        """Answer all that is asked, and all that this leads to being asked; the run as it stands then."""
        for _ in range(8):
            view = self.view(run)
            blank = [each.line for each in view.blank if who_answers(each.line) in names]
            if not blank:
                return view
            for name in names:
                self.answer(run, name, [line for line in blank if who_answers(line) == name])
        raise AssertionError(f"there is no end of it: {[each.line.key for each in self.view(run).blank]}")

    def answer(self, run: int, name: str, lines: Sequence[Line]) -> Responded | None:
        """`name` answers these lines, in one go where that can be; nothing may be refused."""
        for line in lines:
            if line.kind is ItemKind.COUNT and line.witness:
                self.count(run, line.key)
        replies = [self.reply(line) for line in lines if line.kind is not ItemKind.COUNT or not line.witness]
        if not replies:
            return None
        responded = self.say(run, name, replies)
        assert not responded.refused, responded.refused
        return responded

    def say(self, run: int, name: str, replies: Sequence[Reply]) -> Responded:
        """`name` says this to a run; signed where the site asks for a PIN."""
        pharmacy, person = self.pharmacy, self.pharmacy.person(name)
        signs = any(self.view(run).plan.line(each.line).kind is ItemKind.SIGNATURE for each in replies)
        proof = self.prove(name) if signs and pharmacy.site.pin else None
        return pharmacy.act(
            lambda connection: runs.respond(
                connection, pharmacy.definitions, run, person, replies, "test", pharmacy.now, proof=proof
            )
        )

    def reply(self, line: Line) -> Reply:
        """What is said to one line."""
        return self.says(line) or Reply(line.key, value=good_value(line, self.today, self.choice))

    def count(self, run: int, key: str, *, counted: int = COUNTED) -> None:
        """Ben counts, Amira witnesses and reads the book."""
        pharmacy, ben, amira = self.pharmacy, self.pharmacy.person("Ben"), self.pharmacy.person("Amira")
        about = (pharmacy.definitions, run, key)
        pharmacy.act(lambda connection: counts.enter(connection, *about, ben, counted, pharmacy.now))
        pharmacy.act(lambda connection: counts.witness(connection, *about, amira, counted, pharmacy.now))
        pharmacy.act(lambda connection: counts.book(connection, *about, amira, COUNTED, pharmacy.now))

    def prove(self, name: str) -> Proof:
        """`name` gives their PIN, and sets one first if they have none."""
        pharmacy, person = self.pharmacy, self.pharmacy.person(name)
        if not pharmacy.look(lambda connection: signing.has_pin(connection, person)):
            pharmacy.act(
                lambda connection: signing.set_pin(connection, person, PIN, pharmacy.now, site=pharmacy.site.id)
            )
        site = pharmacy.site.id
        return signing.check_pin(pharmacy.database, pharmacy.definitions, person, PIN, site, pharmacy.now)

    def view(self, run: int) -> RunView:
        """The run as it stands."""
        found = self.pharmacy.look(lambda connection: runs.view_run(connection, self.pharmacy.definitions, run))
        assert found is not None
        return found


def is_witness(line: Line) -> bool:
    """Whether somebody witnesses with it."""
    return line.kind is ItemKind.SIGNATURE and line.meaning is Meaning.WITNESSED
