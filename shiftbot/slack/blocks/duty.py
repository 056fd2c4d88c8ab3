"""`/shift duty`: who is on duty now and in the week to come, what was changed, what waits, where nobody would be."""

from collections.abc import Iterator
from datetime import timedelta

from slack_sdk.models.blocks import ButtonElement, PlainTextObject
from slack_sdk.models.views import View

from shiftbot.domain.coverage import NOBODY_ON_DUTY, by_cause, span_of
from shiftbot.domain.duty_change import Agreement, Kind, Standing, coming_shifts, vacated
from shiftbot.domain.local_time import local_date, local_text
from shiftbot.domain.roster import Shift
from shiftbot.domain.site import RosterCalendar
from shiftbot.services import rostering
from shiftbot.slack.blocks.duty_asked import put_value
from shiftbot.slack.blocks.duty_days import day_text
from shiftbot.slack.blocks.duty_picture import DutyPicture, change_text, end_text, held, name_of
from shiftbot.slack.blocks.modals.window import Modal
from shiftbot.slack.blocks.parts import Block, actions, asking, button, context, divider, plain, section
from shiftbot.storage.roster_shifts import CalendarState

DAYS = 7
OFFERS_SHOWN = 8
CHANGES_SHOWN = 12
HOLES_SHOWN = 6
SPANS_SHOWN = 4
CALENDARS_SHOWN = 6

_DAY = timedelta(days=1)


def duty_window(seen: DutyPicture, notice: str = "") -> Modal:
    """The window; `notice` is what has just been done."""
    blocks = [section(notice)] if notice else []
    blocks += [section(now_text(seen)), actions(_buttons(seen), "duty-buttons")]
    blocks += [*_offers(seen), *_changes(seen), divider()]
    today = local_date(seen.site.calendar, seen.now)
    blocks += [section(day_text(seen, today + number * _DAY), block_id=f"duty-day-{number}") for number in range(DAYS)]
    blocks += [*_holes(seen), *_calendars(seen)]
    return View(
        type="modal",
        callback_id="duty",
        title=PlainTextObject(text="Who is on duty"),
        close=PlainTextObject(text="Close"),
        private_metadata=seen.site.id,
        blocks=blocks,
    ).to_dict()


# --- now


def now_text(seen: DutyPicture) -> str:
    """Who is on duty now and until when; nobody is said with what happens then."""
    running = held(seen, seen.now, seen.now + timedelta(microseconds=1))
    name = f"*{plain(seen.site.name)}*"
    if running:
        return "\n".join([name, *(f":bust_in_silhouette: *On duty now:* {_who(seen, shift)}" for shift in running)])
    fallback = seen.pharmacy.people.get(seen.site.fallback)
    meanwhile = f" Alerts go to {plain(fallback.name)}." if fallback else ""
    return f"{name}\n:warning: *Nobody is on duty as pharmacist now.*{meanwhile}{_next(seen)}"


def _next(seen: DutyPicture) -> str:
    coming = [shift for shift in coming_shifts(seen.pharmacy, seen.site.id, seen.now) if shift.starts_at > seen.now]
    if not coming:
        return ""
    return f" Next: {name_of(seen, coming[0].person)}, {local_text(seen.site.calendar, coming[0].starts_at)}."


def _who(seen: DutyPicture, shift: Shift) -> str:
    until = end_text(seen.site, seen.now, shift.ends_at)
    return f"*{name_of(seen, shift.person)}* until {until}{change_text(seen, shift)}"


def _buttons(seen: DutyPicture) -> list[ButtonElement]:
    """What this person may do; a manager does it for others, too."""
    site = seen.site.id
    running = held(seen, seen.now, seen.now + timedelta(microseconds=1))
    has_duty = any(shift.person == seen.person.id for shift in running)
    has_shifts = any(shift.person == seen.person.id for shift in coming_shifts(seen.pharmacy, site, seen.now))
    row = [button("Sign on", "duty_sign_on", site, "primary")] if seen.signs_on else []
    if seen.is_pharmacist and not has_duty:
        row.append(button("Take over now…", "duty_take", site, None if running else "primary"))
    if seen.is_manager or (seen.is_pharmacist and has_shifts):
        row += [button("Hand over…", "duty_hand_over", site), button("Swap…", "duty_swap", site)]
        row.append(button("Call in sick…", "duty_away", site))
    if seen.is_manager:
        row.append(button("Put somebody on duty…", "duty_put", put_value(site)))
    return [*row, button("Send me the picture", "duty_picture", site)]


# --- what waits and what was changed


def _first_halves(seen: DutyPicture, state: Standing) -> list[tuple[Agreement, ...]]:
    """The changes in a state, a swap as both of its halves."""
    found = {each.key: each for each in seen.agreed if each.state is state}
    paired: list[tuple[Agreement, ...]] = []
    for each in found.values():
        other = found.get(each.together or "")
        if other is None or each.id < other.id:
            paired.append((each, other) if other else (each,))
    return paired


def _offers(seen: DutyPicture) -> Iterator[Block]:
    waiting = _first_halves(seen, Standing.ASKED)
    for halves in waiting[:OFFERS_SHOWN]:
        first, row = halves[0], []
        if seen.is_manager or rostering.asked_whom(first) == seen.person.id:
            row.append(button("Accept", "duty_accept", str(first.id), "primary"))
            row.append(button("Decline", "duty_decline", str(first.id)))
        if seen.is_manager or first.asked_by == seen.person.id:
            row.append(_take_back(first))
        yield section(
            f":hourglass: {plain(rostering.asked_words(seen.pharmacy, halves, seen.now, whom=_asked(seen, first)))}"
        )
        if row:
            yield actions(row, f"duty-offer-{first.id}")
    if len(waiting) > OFFERS_SHOWN:
        yield context(f"and {len(waiting) - OFFERS_SHOWN} more offers that wait")


def _changes(seen: DutyPicture) -> Iterator[Block]:
    standing = _first_halves(seen, Standing.STANDING)
    if standing:
        yield section("*Changed against the roster*")
    for halves in standing[:CHANGES_SHOWN]:
        first = halves[0]
        what = " and ".join(plain(rostering.said(seen.pharmacy, half)) for half in halves)
        why = f": {plain(first.reason)}" if first.reason else ""
        by = plain(name_of(seen, first.asked_by))
        mine = seen.is_manager or seen.person.id in (first.asked_by, first.person, first.instead_of)
        mark = ":no_entry_sign:" if first.kind is Kind.ABSENCE else ":arrows_counterclockwise:"
        yield section(f"{mark} {what}{why}  _({by})_", _take_back(first) if mine else None, f"duty-change-{first.id}")
        if first.kind is Kind.ABSENCE:
            yield from _left(seen, first)
    if len(standing) > CHANGES_SHOWN:
        yield context(f"and {len(standing) - CHANGES_SHOWN} more changes")


def _left(seen: DutyPicture, away: Agreement) -> Iterator[Block]:
    """What of an absent person's duty nobody has, with the buttons of those who can do something about it."""
    left = vacated(seen.pharmacy, away, seen.now)
    row = [button("I can take it", "duty_cover", str(away.id), "primary")] if _can_take(seen, away) else []
    if seen.is_manager and left:
        row.append(button("Put somebody on duty…", "duty_put", put_value(away.site, left[0])))
    if left and row:
        yield actions(row, f"duty-left-{away.id}")


def _can_take(seen: DutyPicture, away: Agreement) -> bool:
    return seen.is_pharmacist and away.instead_of != seen.person.id


def _take_back(agreement: Agreement) -> ButtonElement:
    sure = asking("Take it back?", "What has begun ends now; what is still to come never happens.", "Take back")
    return button("Take back…", "duty_withdraw", str(agreement.id), confirm=sure)


# --- where nobody would be reached, and the calendars


def _holes(seen: DutyPicture) -> Iterator[Block]:
    """The holes of the next two weeks, by what is wrong, each with what to do about it."""
    caused = by_cause(seen.holes)
    if not caused:
        return
    yield section("*Where somebody would not be reached* in the next two weeks")
    worst_first = sorted(caused.items(), key=lambda each: each[0][0] != NOBODY_ON_DUTY)
    for number, ((what, mend), same) in enumerate(worst_first[:HOLES_SHOWN]):
        spans = ", ".join(span_of(seen.site, hole) for hole in same[:SPANS_SHOWN])
        more = f" and {len(same) - SPANS_SHOWN} more" if len(same) > SPANS_SHOWN else ""
        first = (same[0].starts_at, same[0].ends_at)
        mends = seen.is_manager and what == NOBODY_ON_DUTY
        fill = button("Put somebody on duty…", "duty_put", put_value(seen.site.id, first)) if mends else None
        yield section(
            f":warning: {plain(what)}: {spans}{more}.\n_To mend it: {plain(mend)}._", fill, f"duty-hole-{number}"
        )
    if len(caused) > HOLES_SHOWN:
        yield context(f"and {len(caused) - HOLES_SHOWN} more: `shiftbot check` lists them all.")


def _calendars(seen: DutyPicture) -> Iterator[Block]:
    lines = [_calendar(seen, named, state) for named, state in seen.calendars[:CALENDARS_SHOWN]]
    if lines:
        yield context("\n".join(lines))


def _calendar(seen: DutyPicture, named: RosterCalendar, state: CalendarState | None) -> str:
    name = f"Calendar {plain(rostering.shown_name(named))}"
    if state is None:
        return f":hourglass: {name}: not read yet"
    good = f"read {local_text(seen.site.calendar, state.good_at)}" if state.good_at else "never read"
    if state.error:
        stays = "; what it said then stays in force" if state.good_at else ""
        return f":warning: {name}: {good}{stays}; it cannot be read now: {plain(state.error)}"
    remarks = f"  ·  {'; '.join(plain(each) for each in state.remarks[:3])}" if state.remarks else ""
    return f":calendar: {name}: {good}{remarks}"


def _asked(seen: DutyPicture, first: Agreement) -> str:
    whom = rostering.asked_whom(first)
    return "you" if whom == seen.person.id else name_of(seen, whom)
