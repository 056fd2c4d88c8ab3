"""What a checklist is: sections of items, and the plan of numbered lines that a run follows, frozen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from shiftbot.domain.recurrence import Schedule


class Role(StrEnum):
    """Who may do something. A pharmacist may do all that a technician may (domain.md §4.1)."""

    TECHNICIAN = "technician"
    PHARMACIST = "pharmacist"
    MANAGER = "manager"


class ItemKind(StrEnum):
    """What an item asks for."""

    TICK = "tick"
    CHOICE = "choice"
    NUMBER = "number"
    TEMPERATURE = "temperature"
    MIN_MAX = "min-max"
    COUNT = "count"
    VOICEMAIL = "voicemail"
    DATE = "date"
    TEXT = "text"
    PHOTO = "photo"
    SIGNATURE = "signature"


class OnFail(StrEnum):
    """What a failed item leads to."""

    NOTHING = "nothing"
    FOLLOW_UP = "follow-up"
    ALERT = "alert"


class ForEach(StrEnum):
    """What one item becomes several lines for."""

    UNIT = "unit"
    CONTROLLED = "controlled"
    REGISTER = "register"
    MAILBOX = "mailbox"


class Meaning(StrEnum):
    """What a signature means; it stands beside the printed name and the time (domain.md §2.4, 11.50)."""

    DONE = "done"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    WITNESSED = "witnessed"


class ShiftPart(StrEnum):
    """`start`: this checklist shows what the shift before left open. `end`: it asks for a hand-over note."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Condition:
    """Asked only when an earlier item was answered so: an outcome's word, `out-of-range`, or an option of a choice.

    In an `Item` the `item` is an item's id, in a `Line` a line's key. `words` are in lower case; any of them will do.
    """

    item: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookAgain:
    """A follow-up that is due `after` the answer; only after a failure or a value out of range when `only_failed`."""

    after: timedelta
    only_failed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to answer, as written in a checklist file."""

    id: str
    title: str
    kind: ItemKind = ItemKind.TICK
    role: Role = Role.TECHNICIAN
    required: bool = True
    on_fail: OnFail = OnFail.NOTHING
    for_each: ForEach | None = None
    from_sensor: bool = False
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    witness: Role | None = None
    help: str = ""
    words: tuple[str, ...] = ()
    """Further words a typed reply may name the item by, e.g. `fridge`."""
    sop: str = ""
    """Where the procedure stands: an https address."""
    when: Condition | None = None
    look_again: LookAgain | None = None
    meaning: Meaning = Meaning.DONE
    valid_for: timedelta | None = None
    """A date item must lie at least this far ahead of the day it is answered on; nearer is out of range."""
    gate: str = ""
    """The task of the site's policy that says whose this is; `role` holds where the policy says nothing."""
    by_degrees: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """`C` and `F` to the limits as printed in each, where a checklist is for sites of either; else `low` and `high`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of items."""

    title: str
    items: tuple[Item, ...]
    all_good: bool = False
    """Whether one word may tick all of it."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist as written in one file."""

    id: str
    title: str
    schedule: Schedule
    sections: tuple[Section, ...]
    escalation: str = "standard"
    version: str = ""
    """Digest of the file's meaning; a running run keeps the plan of its version."""
    shift: ShiftPart | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One answerable line of a run: an item, laid out for one unit or controlled drug where it says `for_each`."""

    key: str
    number: int
    section: str
    title: str
    kind: ItemKind
    role: Role
    required: bool
    on_fail: OnFail
    subject: str | None
    from_sensor: bool
    options: tuple[str, ...]
    low: float | None
    high: float | None
    unit: str
    witness: Role | None
    help: str
    words: tuple[str, ...]
    # What came later has a default: plans that were frozen before do not name it.
    sop: str = ""
    when: Condition | None = None
    look_again: LookAgain | None = None
    meaning: Meaning = Meaning.DONE
    valid_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run asks, frozen when it was prepared: edits to the file touch the next occurrence only."""

    checklist: str
    version: str
    title: str
    escalation: str
    lines: tuple[Line, ...]
    all_good: tuple[str, ...] = ()
    """Titles of the sections that one word may tick."""
    shift: ShiftPart | None = None
    pin: bool = False
    """Whether a signature asks for the signer's PIN."""

    def line(self, key: str) -> Line:
        """The line with this key; `KeyError` when the plan has none."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)

    @property
    def required(self) -> tuple[Line, ...]:
        """The lines without which the run is not complete."""
        return tuple(line for line in self.lines if line.required)

    def to_json(self) -> str:
        """The plan as canonical JSON text (sorted keys, no spaces), the form it is stored and hashed in."""
        # dataclasses.asdict would copy every word of it, one by one; thousands of plans are written at midnight.
        plan = {name: getattr(self, name) for name in _PLAN}
        lines = [{name: getattr(line, name) for name in _LINE} for line in self.lines]
        return json.dumps(
            plan | {"lines": lines}, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
        )

    @property
    def digest(self) -> str:
        """SHA-256 of `to_json`, in hex: equal plans are stored once."""
        return digest_of(self.to_json())

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The plan that `to_json` wrote, now or before a plan held all that it holds now."""
        raw: dict[str, Any] = json.loads(text)
        lines = tuple(_line(line) for line in raw.pop("lines"))
        shift = raw.pop("shift", None)
        all_good = tuple(raw.pop("all_good", ()))
        return cls(lines=lines, all_good=all_good, shift=ShiftPart(shift) if shift else None, **raw)


_LINE = tuple(field.name for field in fields(Line))
_PLAN = tuple(field.name for field in fields(Plan) if field.name != "lines")


def _plain(value: timedelta | Condition | LookAgain) -> object:
    """Spans as seconds, conditions and second looks as mappings: all that JSON does not know of a plan."""
    return value.total_seconds() if isinstance(value, timedelta) else asdict(value)


def digest_of(body: str) -> str:
    """The digest of a plan that is written out already."""
    return hashlib.sha256(body.encode()).hexdigest()


def _line(raw: dict[str, Any]) -> Line:
    when, again, valid_for = raw.get("when"), raw.get("look_again"), raw.get("valid_for")
    return Line(
        **raw
        | {
            "kind": ItemKind(raw["kind"]),
            "role": Role(raw["role"]),
            "on_fail": OnFail(raw["on_fail"]),
            "witness": Role(raw["witness"]) if raw["witness"] else None,
            "options": tuple(raw["options"]),
            "words": tuple(raw["words"]),
            "when": Condition(when["item"], tuple(when["words"])) if when else None,
            "look_again": LookAgain(timedelta(seconds=again["after"]), again["only_failed"]) if again else None,
            "meaning": Meaning(raw.get("meaning", Meaning.DONE)),
            "valid_for": timedelta(seconds=valid_for) if valid_for is not None else None,
        }
    )
