"""A plan with a line of every kind, and what people may type to it: for tests of the reply grammar, anywhere."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import ItemKind, Line, Meaning, OnFail, Plan, Role
from shiftbot.domain.replies import Understood
from shiftbot.domain.values.saying import value_words
from shiftbot.domain.values.voicemail import voicemail

TODAY = date(2026, 11, 23)


def line(number: int, title: str, kind: ItemKind = ItemKind.TICK, *words: str, unit: str = "", **more: Any) -> Line:
    """A line as `lay_out` would make it."""
    values: dict[str, Any] = {
        "key": f"line-{number}",
        "number": number,
        "section": "Front",
        "title": title,
        "kind": kind,
        "role": Role.TECHNICIAN,
        "required": True,
        "on_fail": OnFail.NOTHING,
        "subject": None,
        "from_sensor": False,
        "options": (),
        "low": None,
        "high": None,
        "unit": unit,
        "witness": None,
        "help": "",
        "words": words,
    }
    return Line(**values | more)


FRIDGE: dict[str, Any] = {"unit": "F", "low": 36.0, "high": 46.0, "section": "Cold chain"}

DAY = Plan(
    "day",
    "v1",
    "Day",
    "standard",
    (
        line(1, "Lights on", ItemKind.TICK, "lights"),
        line(2, "Vaccine fridge: temperature", ItemKind.TEMPERATURE, "fridge", "vaccine fridge", **FRIDGE),
        line(3, "Vaccine fridge: lowest and highest", ItemKind.MIN_MAX, "extremes", "vaccine fridge", **FRIDGE),
        line(4, "Loggers on", ItemKind.TICK, "logger", section="Cold chain"),
        line(5, "Cash drawer counted", ItemKind.TICK, "drawer"),
        line(6, "Vials", ItemKind.COUNT, "vials"),
        line(7, "Seal intact", ItemKind.TICK, "seal"),
        line(8, "Freezer", ItemKind.TEMPERATURE, "freezer", unit="C", low=-50, high=-15, section="Cold chain"),
        line(9, "Oxycodone 5 mg", ItemKind.COUNT, "oxycodone", witness=Role.PHARMACIST, section="Controlled"),
        line(10, "Anything else", ItemKind.TEXT, "remark"),
        line(11, "Hood pressure", ItemKind.NUMBER, "pressure", unit="psi", low=0, high=5),
        line(12, "Log", ItemKind.SIGNATURE, "log", meaning=Meaning.REVIEWED, section="Pharmacist"),
        line(13, "Kit expiry", ItemKind.DATE, "expiry", valid_for=timedelta(days=30)),
        line(14, "Shelf", ItemKind.PHOTO, "shelf"),
        line(15, "Counter", ItemKind.CHOICE, "counter", options=("clean", "dirty", "out of use")),
        line(16, "Delivery there", ItemKind.CHOICE, "delivery", options=("yes", "no")),
        line(17, "Messages", ItemKind.VOICEMAIL, "voicemail"),
        line(18, "Doors shut", ItemKind.TICK, "doors", section="Cold chain"),
    ),
    all_good=("Cold chain",),
)
"""A site in °F with a freezer in °C, whose cold chain one word may tick; signatures ask for no PIN."""

ANSWERED = tuple(each.key for each in DAY.lines)

NOTES = st.sampled_from(["door left open", "seal torn", "closed; two days", "Display misread, looked again", "(frost)"])


def _numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.decimals(min_value=str(low), max_value=str(high), places=1).map(float)


def values(of: Line) -> st.SearchStrategy[dict[str, Any] | None]:
    """Values that a line may be given by typing."""
    match of.kind:
        case ItemKind.TEMPERATURE:
            return _numbers(-50, 60).map(lambda degrees: {"temperature": degrees, "unit": of.unit})
        case ItemKind.MIN_MAX:
            return st.lists(_numbers(-50, 60), min_size=2, max_size=2).map(
                lambda pair: {"low": min(pair), "high": max(pair), "unit": of.unit}
            )
        case ItemKind.NUMBER:
            return _numbers(0, 9999).map(lambda number: {"number": number})
        case ItemKind.COUNT:
            return st.integers(0, 1_000_000).map(lambda count: {"count": count})
        case ItemKind.DATE:
            return st.dates(date(2010, 1, 1), date(2099, 12, 31)).map(lambda day: {"date": day.isoformat()})
        case ItemKind.CHOICE:
            return st.sampled_from(of.options).map(lambda option: {"choice": option})
        case ItemKind.TEXT:
            return st.sampled_from(["boxes came late", "2 boxes; one torn", "Fine again"]).map(
                lambda text: {"text": text}
            )
        case ItemKind.VOICEMAIL:
            counts = st.dictionaries(st.sampled_from(["new", "refill", "clinical"]), st.integers(1, 99), max_size=3)
            return st.tuples(counts, st.integers(1, 600)).map(
                lambda said: dict(voicemail(said[0], said[1] if said[0] else 0))
            )
        case ItemKind.SIGNATURE:
            return st.just({"meaning": of.meaning.value})
        case _:
            return st.none()


TYPED = tuple(each for each in DAY.lines if each.kind is not ItemKind.PHOTO and each.witness is None)
"""The lines of DAY that typing alone may answer."""

NOTED = (ItemKind.TICK, ItemKind.TEMPERATURE, ItemKind.MIN_MAX, ItemKind.NUMBER, ItemKind.DATE)
"""Kinds whose values may be followed by a note."""


@st.composite
def replies(draw: st.DrawFn, lines: tuple[Line, ...] = TYPED) -> Reply:
    """An answer to one line: a value with or without a note, not applicable, or failed."""
    about = draw(st.sampled_from(lines))
    outcome = draw(st.sampled_from([Outcome.DONE, Outcome.DONE, Outcome.NOT_APPLICABLE, Outcome.FAILED]))
    if outcome is not Outcome.DONE:
        return Reply(about.key, outcome, note=draw(NOTES))
    note = draw(st.one_of(st.just(""), st.sampled_from(["door left open", "looked twice"])))
    return Reply(about.key, value=draw(values(about)), note=note if about.kind in NOTED else "")


def typed(reply: Reply, plan: Plan = DAY) -> str:
    """`reply` as somebody would type it."""
    of = plan.line(reply.line)
    words = {Outcome.DONE: "ok", Outcome.NOT_APPLICABLE: "n/a", Outcome.FAILED: "fail"}[reply.outcome]
    if reply.value:
        words = _value_typed(of, reply.value)
    note = f"{',' if of.kind is ItemKind.TICK and reply.outcome is Outcome.DONE else ''} {reply.note}"
    if reply.reason:
        why = reply.reason if reply.outcome is not Outcome.DONE else f"because {reply.reason}"
        return f"correct {of.number} {words} {why}"
    return f"{of.number} {words}{note if reply.note else ''}"


def _value_typed(of: Line, value: Any) -> str:
    if of.kind is ItemKind.SIGNATURE:
        return "sign"
    if of.kind is not ItemKind.VOICEMAIL:
        return value_words(of, value)
    counted = ", ".join(f"{count} {kind}" for kind, count in value["counts"].items() if count)
    return f"{counted}, oldest {value['oldest_minutes']}m" if counted else "none"


_HURRIED = """1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 1-4 -18 38 41 43 4,6 38/43 38-43 36F 1e9 4² ½ , and ok
done n/a fail undo all but good fridge freezer extremes lights seal cold chain front torn ? none refill oldest 40m ; : -
° F C to min max correct because sign signed reviewed snooze mine take three one twelve no yes clean dirty Nov 30
2026 11/30/2026 03/04/2026 11/26 ( ) psi :+1: 👍 \u200f \u202a ٤ ４.6 4711 not is was the"""
HURRIED = _HURRIED.split()
"""Words of people in a hurry, of which a message is made at random."""

WORDS = st.sampled_from(HURRIED)
MESSAGES = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=9).map(" ".join),
    st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), max_size=4).map("\n".join),
    st.lists(replies().map(typed), max_size=4).map("; ".join),
)
"""Anything: noise, words of the grammar in any order, whole replies in a row."""


def shown(understood: Understood, plan: Plan = DAY) -> str:
    """What was understood in one line: `1 · 2=41 (door open) · 7 fail torn · asks 3, 12`."""
    said = [_reply_shown(reply, plan) for reply in understood.replies]
    said += [f"undo {plan.line(key).number}" for key in understood.undo]
    said += [f"{plan.line(key).number} because {why}" for key, why in understood.because]
    said += [f"takes {understood.claim}"] if understood.claim else []
    said += ["snooze"] if understood.snooze else []
    said += ["help"] if understood.help else []
    said += [f"asks: {asked}" for asked in understood.asked]
    return " · ".join(said)


def _reply_shown(reply: Reply, plan: Plan) -> str:
    of = plan.line(reply.line)
    words = {Outcome.DONE: "", Outcome.NOT_APPLICABLE: " n/a", Outcome.FAILED: " fail"}[reply.outcome]
    words = f"={_value_typed(of, reply.value)}" if reply.value else words
    note = f" ({reply.note})" if reply.note and not reply.reason else ""
    return f"{of.number}{words}{note}" + (f" corrected: {reply.reason}" if reply.reason else "")


def rows(table: str) -> list[tuple[str, str]]:
    """The rows of a table: what stands before and after `|`; a written `\\n` is a line break."""
    pairs = (row.rsplit(" | ", 1) for row in table.strip().splitlines())
    return [(said.rstrip().replace("\\n", "\n"), meant.strip()) for said, meant in pairs]
