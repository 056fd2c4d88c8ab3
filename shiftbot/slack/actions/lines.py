"""The buttons of single lines: done, confirm what the sensor says, enter, sign; and how to reply in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.notice import CardKind
from shiftbot.domain.run import refuse_unless_allowed, refuse_unless_open
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery, runs, signing
from shiftbot.services.cold_chain.looking import Prefill
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack import looking, texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.run_lines import confirmable, pair_of, prefill_hint
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch

CONFIRM_WITHIN = {"C": 0.5, "F": 1.0}
"""A pre-filled temperature that has moved further than this since the card was drawn is shown anew, not confirmed."""

MOVED = "It has changed since the card was drawn. Look again in a moment, at the card and at the display."


def register(switchboard: Switchboard) -> None:
    """Every button of a line."""
    for action_id, work in {
        "item_done": tick,
        "item_confirm": confirm,
        "item_enter": open_entry,
        "line_sign": open_signature,
        "help_show": show_help,
        "run_snooze": snooze,
    }.items():
        switchboard.on_click(action_id, work)


def tick(touch: Touch) -> None:
    """`Done` on a line."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    with desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
        view, line = looking.find_line(connection, pharmacy, touch.value)
        replies = [Reply(line.line.key)]
        refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, replies, "button", touch.now))
    desk.wake()


def refuse_all(responded: runs.Responded) -> None:
    """A button or form says one thing about one line: when that is refused, the person hears why."""
    for _, why in responded.refused:
        raise Refused(why)


def confirm(touch: Touch) -> None:
    """`Confirm 41.2 °F`: what the sensor says now, if it still says what the person saw; with it the unit's pair."""
    desk, pharmacy, now = touch.desk, touch.desk.pharmacy(), touch.now
    reference, _, shown = touch.value.rpartition("|")
    moved, form = False, None
    with desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
        view, line = looking.find_line(connection, pharmacy, reference)
        filled = looking.sensor_says(connection, pharmacy, view, line.line, now)
        lines = _seen_lines(view, line.line, shown)
        if filled is None or not _is_still(lines, filled, shown):
            delivery.touch(connection, CardKind.RUN, view.run.id, now)
            moved = True
        else:
            replies = [Reply(each.key, value=_confirmed(each, filled)) for each in lines]
            refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, replies, "button", now))
            form = looking.ask_why(connection, pharmacy, reference)
    desk.wake()
    if moved:
        raise Refused(MOVED)
    if form:
        touch.open(form)


def _seen_lines(view: RunView, line: Line, shown: str) -> list[Line]:
    """The lines that the button spoke of: the one it stands at, and the unit's lowest and highest if it named them."""
    pair = pair_of(view, line)
    return [line, pair] if pair is not None and shown.count("/") == 2 else [line]


def _is_still(lines: Sequence[Line], filled: Prefill, shown: str) -> bool:
    """Whether the sensor says what was shown on the button: `41.2`, `39.1/43` for a pair, `41.2/39.1/43` for both."""
    says = [each for line in lines for each in confirmable(line, filled)]
    seen = [float(each) for each in shown.split("/")]
    within = CONFIRM_WITHIN[lines[0].unit]
    return len(says) == len(seen) and all(abs(a - b) <= within for a, b in zip(says, seen, strict=True)) and says != []


def _confirmed(line: Line, filled: Prefill) -> Mapping[str, Any]:
    said = [round(each, 2) for each in confirmable(line, filled)]
    since = {"unit": line.unit, "from_sensor": True, "since": filled.since.isoformat()}
    if line.kind is ItemKind.MIN_MAX:
        return {"low": said[0], "high": said[1]} | since
    if filled.low is None or filled.high is None:
        return {"temperature": said[0], "unit": line.unit, "from_sensor": True}
    return {"temperature": said[0], "low": round(filled.low, 2), "high": round(filled.high, 2)} | since


def open_entry(touch: Touch) -> None:
    """`Enter…`: the form for a line's value, with what its sensor says."""
    pharmacy, now = touch.desk.pharmacy(), touch.now
    with touch.desk.database.snapshot() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.value)
        _refuse_unless_theirs(touch, view, line)
        filled = looking.sensor_says(connection, pharmacy, view, line.line, now)
    hint = f":thermometer: {prefill_hint(filled, view.site)}" if filled else ""
    touch.open(modals.enter(line.line, view.run.id, hint, _initial(line.line, filled)))


def _initial(line: Line, filled: Prefill | None) -> Mapping[str, str]:
    """A pair is pre-filled: nobody stands a day at the fridge. What the display shows now is read by the person."""
    says = confirmable(line, filled)
    pair = line.kind is ItemKind.MIN_MAX and len(says) == 2
    return {"low": f"{round(says[0], 1):g}", "high": f"{round(says[1], 1):g}"} if pair else {}


def _refuse_unless_theirs(touch: Touch, view: RunView, line: LineView) -> None:
    refuse_answered(touch, view, line)
    refuse_unless_allowed(line.line, touch.person)
    refuse_unless_open(view.run, touch.now)


def refuse_answered(touch: Touch, view: RunView, line: LineView) -> None:
    """Raise AlreadyDone with who answered a line, and when."""
    if line.answer is not None:
        who = texts.short_name(touch.desk.pharmacy(), line.answer.answered_by)
        at = texts.clock(view.site, line.answer.answered_at)
        raise AlreadyDone(f"{who} answered “{line.line.title}” at {at}. The card shows it in a moment.")


def open_signature(touch: Touch) -> None:
    """`Sign…`: what the signature says, and the PIN where the site asks for it."""
    with touch.desk.database.snapshot() as connection:
        view, line = looking.find_line(connection, touch.desk.pharmacy(), touch.value)
        _refuse_unless_theirs(touch, view, line)
        if view.plan.pin and not signing.has_pin(connection, touch.person):
            raise Refused(signing.NO_PIN)
    touch.open(modals.sign(line.line, view.run.id, touch.person, pin=view.plan.pin))


def show_help(touch: Touch) -> None:
    """`How to reply`."""
    touch.open(modals.message("How to reply", texts.REPLY_HELP))


def snooze(touch: Touch) -> None:
    """`Snooze`: the reminders of a run come a little later."""
    desk, pharmacy = touch.desk, touch.desk.pharmacy()
    with desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
        view = looking.find_run(connection, pharmacy, touch.value)
        until = runs.snooze(connection, pharmacy, view.run.id, touch.person, touch.now)
    desk.wake()
    touch.tell(f"I will remind you again at {texts.clock(view.site, until)}.")
