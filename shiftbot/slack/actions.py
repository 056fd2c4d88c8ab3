"""Buttons: each acknowledged first, then one short transaction or one form. What is refused is told to the person."""

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import Line
from shiftbot.domain.count import refuse_unless_counter, refuse_unless_witness
from shiftbot.domain.notice import CardKind
from shiftbot.domain.run import may_answer, refuse_unless_allowed, refuse_unless_open
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import counts as counting
from shiftbot.services import delivery, escalation, runs
from shiftbot.services.runs import RunView
from shiftbot.slack import looking, texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.blocks.run_lines import confirmable
from shiftbot.slack.switchboard import Switchboard, Touch, tell_privately
from shiftbot.storage import alerts, cases
from shiftbot.storage import counts as stored_counts

CONFIRM_WITHIN = {"C": 0.5, "F": 1.0}
"""A pre-filled temperature that has moved further than this since the card was drawn is shown anew, not confirmed."""


def register(switchboard: Switchboard) -> None:
    """Every button that changes something or opens a form."""
    for action_id, work in {
        "item_done": tick,
        "item_confirm": confirm,
        "item_enter": open_entry,
        "item_problem": open_problem,
        "help_show": show_help,
        "count_enter": open_count,
        "count_witness": open_witness,
        "count_book": open_book,
        "alert_acknowledge": acknowledge,
        "alert_decline": decline,
        "alert_escalate": escalate,
        "alert_close": open_close,
        "case_fill": open_case,
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
        _refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, replies, "button", touch.now))
    desk.wake()


def _refuse_all(responded: runs.Responded) -> None:
    """A button says one thing about one line: when that is refused, the person hears why."""
    for _, why in responded.refused:
        raise Refused(why)


def confirm(touch: Touch) -> None:
    """`Confirm 41.2 °F`: what the sensor says now, if it still says what the person saw."""
    desk, pharmacy, now = touch.desk, touch.desk.pharmacy(), touch.now
    reference, _, shown = touch.value.rpartition("|")
    moved = ""
    with desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
        view, line = looking.find_line(connection, pharmacy, reference)
        filled = looking.sensor_says(connection, pharmacy, line.line, now)
        current = confirmable(filled)
        if filled is None or current is None or abs(current - float(shown)) > CONFIRM_WITHIN[line.line.unit]:
            delivery.touch(connection, CardKind.RUN, view.run.id, now)
            moved = "It has changed since the card was drawn. Look again in a moment, at the card and at the display."
        else:
            value = {"temperature": round(current, 2), "unit": line.line.unit, "from_sensor": True}
            if filled.low is not None and filled.high is not None:
                value |= {"low": round(filled.low, 2), "high": round(filled.high, 2), "since": filled.since.isoformat()}
            replies = [Reply(line.line.key, value=value)]
            _refuse_all(runs.respond(connection, pharmacy, view.run.id, touch.person, replies, "button", now))
    desk.wake()
    if moved:
        raise Refused(moved)


def open_entry(touch: Touch) -> None:
    """`Enter…`: the form for a line's value."""
    pharmacy, now = touch.desk.pharmacy(), touch.now
    with touch.desk.database.snapshot() as connection:
        view, line = looking.find_line(connection, pharmacy, touch.value)
        _refuse_answered(touch, view, line)
        refuse_unless_allowed(line.line, touch.person)
        refuse_unless_open(view.run, now)
    touch.open(modals.enter(line.line, view.run.id))


def _refuse_answered(touch: Touch, view: RunView, line: runs.LineView) -> None:
    if line.answer is not None:
        who = texts.short_name(touch.desk.pharmacy(), line.answer.answered_by)
        at = texts.clock(view.site, line.answer.answered_at)
        raise AlreadyDone(f"{who} answered “{line.line.title}” at {at}. The card shows it in a moment.")


def open_problem(touch: Touch) -> None:
    """`N/A or problem…`: choose a line and say why."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    with touch.desk.database.snapshot() as connection:
        view = runs.view_run(connection, pharmacy, int(touch.value))
    blank = [each.line for each in view.blank if may_answer(each.line, person.roles)] if view else []
    if view is None or not blank:
        raise Refused("There is nothing left here for you to answer.")
    touch.open(modals.problem(view.plan.title, view.run.id, blank))


def show_help(touch: Touch) -> None:
    """`How to reply`."""
    touch.open(modals.message("How to reply", texts.REPLY_HELP))


def open_count(touch: Touch) -> None:
    """`Count…`: the first blind count."""
    view, line = _count_line(touch)
    refuse_unless_counter(line, touch.person)
    with touch.desk.database.snapshot() as connection:
        if counting.stage(connection, view.run.id, line.key).state != "blank":
            raise AlreadyDone("This was counted already; a witness counts next.")
    touch.open(modals.count(line, view.run.id, "count_enter"))


def open_witness(touch: Touch) -> None:
    """`Witness…`: the second blind count, for somebody else than who counted."""
    view, line = _count_line(touch)
    with touch.desk.database.snapshot() as connection:
        count = stored_counts.look_at(connection, view.run.id, line.key)
    if count is None:
        raise Refused("Nobody has counted this yet; the first count comes before the witness.")
    if count.witnessed_by is not None:
        raise AlreadyDone("This count is witnessed already.")
    refuse_unless_witness(count, line, touch.person)
    touch.open(modals.count(line, view.run.id, "count_witness"))


def open_book(touch: Touch) -> None:
    """`Book quantity…`: after both counts."""
    view, line = _count_line(touch)
    with touch.desk.database.snapshot() as connection:
        outcome = counting.outcome(connection, view.run.id, line.key)
    if outcome is None:
        raise Refused("The witness counts first; the book quantity comes after both counts.")
    if outcome.book is not None:
        raise AlreadyDone("This count is closed already.")
    if line.witness is not None and line.witness not in touch.person.roles:
        raise Refused(f"A {line.witness} reads the book quantity from the perpetual inventory.")
    touch.open(modals.book(line, view.run.id, outcome, may_book=True))


def _count_line(touch: Touch) -> tuple[RunView, Line]:
    with touch.desk.database.snapshot() as connection:
        view, line = looking.find_line(connection, touch.desk.pharmacy(), touch.value)
    _refuse_answered(touch, view, line)
    refuse_unless_open(view.run, touch.now)
    return view, line.line


def acknowledge(touch: Touch) -> None:
    """`Acknowledge`: the ladder rests for half an hour."""
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            escalation.acknowledge(connection, touch.desk.pharmacy(), int(touch.value), touch.person, touch.now)
    touch.desk.wake()


def decline(touch: Touch) -> None:
    """`I cannot`: the next one is told at once."""
    with touch.desk.database.transaction() as connection:
        first = touch.first_time(connection)
        if first:
            escalation.decline(connection, int(touch.value), touch.person, touch.now)
    touch.desk.wake()
    if first:
        tell_privately(touch.client, touch.place, "Noted. The next person on the list is told now.")


def escalate(touch: Touch) -> None:
    """`Escalate now`: the next step at once."""
    with touch.desk.database.transaction() as connection:
        first = touch.first_time(connection)
        if first:
            escalation.escalate_now(connection, int(touch.value), touch.person, touch.now)
    touch.desk.wake()
    if first:
        tell_privately(touch.client, touch.place, "The next step is taken now.")


def open_close(touch: Touch) -> None:
    """`Close…` on an alert that only people can close."""
    touch.person  # noqa: B018  an unknown account is refused before a form opens
    with touch.desk.database.snapshot() as connection:
        alert = alerts.look_at(connection, int(touch.value))
    if alert is None or alert.resolved_at is not None:
        raise AlreadyDone(f"This is resolved already: {alert.resolution}." if alert else texts.OLD_BUTTON)
    touch.open(modals.close_alert(alert.title, alert.id))


def open_case(touch: Touch) -> None:
    """`Fill in and sign…` on a case."""
    pharmacy, person = touch.desk.pharmacy(), touch.person
    with touch.desk.database.snapshot() as connection:
        case = cases.look_at(connection, int(touch.value))
    if case is None or case.site not in pharmacy.sites:
        raise Refused(texts.OLD_BUTTON)
    touch.open(modals.case(case, pharmacy.sites[case.site], pharmacy, person))
