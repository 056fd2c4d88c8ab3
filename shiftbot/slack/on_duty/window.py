"""`/shift duty`: the window of the week, drawn from the database, and its picture by direct message."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.coverage import NOBODY_ON_DUTY
from shiftbot.domain.duty_change import Kind, Standing
from shiftbot.domain.local_time import local_date, local_text
from shiftbot.domain.roster import openings, roster_of, shifts
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.reports.roster_picture import Bar, RosterPicture, roster_png
from shiftbot.services import coverage, duty, rostering
from shiftbot.slack import texts
from shiftbot.slack.blocks.duty import DAYS, duty_window
from shiftbot.slack.blocks.duty_days import day_span
from shiftbot.slack.blocks.duty_picture import DutyPicture
from shiftbot.slack.blocks.modals.window import Modal
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.temps import send_file
from shiftbot.slack.touch import Touch
from shiftbot.storage import duty_changes, roster_shifts


def register(switchboard: Switchboard) -> None:
    """The two buttons that change nothing."""
    switchboard.on_click("duty_show", show)
    switchboard.on_click("duty_picture", send_picture)


def show(touch: Touch) -> None:
    """`Who is on duty` on a message or the Home tab."""
    touch.refuse_stranger()
    open_window(touch, site_of(touch.desk.pharmacy(), touch.value))


def site_of(pharmacy: Pharmacy, site_id: str) -> Site:
    """The site that a button or form names. Raises Refused for one that is no longer defined."""
    site = pharmacy.sites.get(site_id)
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    return site


def open_window(touch: Touch, site: Site) -> None:
    """Open it, or draw it in the place of what is open."""
    touch.refuse_stranger()
    touch.open(window(touch, site))


def window(touch: Touch, site: Site, notice: str = "") -> Modal:
    """The window as things are agreed now; `notice` is what has just been done."""
    with touch.desk.database.snapshot() as connection:
        return duty_window(look(connection, touch.desk.pharmacy(), site, touch.person, touch.now), notice)


def look(connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, now: datetime) -> DutyPicture:
    """Everything the window shows."""
    lived = duty.as_agreed(connection, pharmacy, now)
    named = [each for each in lived.calendars if each.site == site.id]
    return DutyPicture(
        site=site,
        pharmacy=lived,
        person=person,
        now=now,
        agreed=duty_changes.of_site(connection, site.id, now),
        holes=coverage.holes_of(connection, lived, site, now),
        calendars=[(each, roster_shifts.load(connection, site.id, each.source)) for each in named],
        signs_on=rostering.due_to_sign_on(connection, lived, site, person, now),
    )


def send_picture(touch: Touch) -> None:
    """`Send me the picture`: to whoever pressed it, by direct message."""
    site = site_of(touch.desk.pharmacy(), touch.value)
    touch.refuse_stranger()
    with touch.desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
    send(touch, site)
    if (touch.body.get("view") or {}).get("callback_id") == "duty":
        touch.open(window(touch, site, ":calendar: The picture of the week is in your messages with me."))


def send(touch: Touch, site: Site) -> None:
    """The week as PNG. Raises Refused when Slack does not take it."""
    with touch.desk.database.snapshot() as connection:
        seen = look(connection, touch.desk.pharmacy(), site, touch.person, touch.now)
    picture = picture_of(seen)
    send_file(touch, roster_png(picture), f"duty-{site.id}.png", f"{plain(site.name)}, {picture.subtitle}")


def picture_of(seen: DutyPicture) -> RosterPicture:
    """What the picture shows: whole local days from today on."""
    site, pharmacy = seen.site, seen.pharmacy
    today = local_date(site.calendar, seen.now)
    since, until = day_span(site, today)[0], day_span(site, today + timedelta(days=DAYS - 1))[1]
    bars = [
        Bar(_name(pharmacy, shift.person), shift.starts_at, shift.ends_at, changed=shift.change is not None)
        for shift in shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), since, until)
    ]
    bars += [
        Bar(_name(pharmacy, each.instead_of), max(each.starts_at, since), min(each.ends_at, until), away=True)
        for each in seen.agreed
        if each.kind is Kind.ABSENCE and each.state is Standing.STANDING and each.starts_at < until
    ]
    last = local_text(site.calendar, until - timedelta(hours=12))
    return RosterPicture(
        title=site.name,
        subtitle=f"on duty, {local_text(site.calendar, since)[:-6]} to {last[:-6]}",
        zone=site.calendar.timezone,
        since=since,
        until=until,
        now=seen.now,
        rows=list(dict.fromkeys(bar.row for bar in sorted(bars, key=lambda bar: bar.since))),
        bars=bars,
        openings=list(openings(site.calendar, since, until)),
        holes=[(hole.starts_at, hole.ends_at) for hole in seen.holes if hole.what == NOBODY_ON_DUTY],
    )


def _name(pharmacy: Pharmacy, person_id: str | None) -> str:
    person = pharmacy.people.get(person_id or "")
    return person.name if person else person_id or "somebody"
