"""What the autopilot's cast can do, through the same clicks, replies and forms as whoever sits at the page.

A deed answers whether it is over: False asks to be tried again a moment later. Each waits until its effect shows.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shiftbot.demo.emulator import Message, Person, SlackEmulator, View
from shiftbot.demo.fridges import Fridges
from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import runs
from shiftbot.services.runs import LineView, RunView
from shiftbot.storage import alerts, cards, cases
from shiftbot.storage.database import Database

EFFECT_WITHIN = 2.0
"""Seconds of the wall's clock in which what somebody did must show."""

ONE_LINE_ANSWERED = "voicemail"


class Silencer(Protocol):
    """Silences a unit's sensor, or lets it speak."""

    def __call__(self, unit: str, *, is_silent: bool) -> None:
        """Raises LookupError for a unit there is not."""
        ...


@dataclass(frozen=True)
class Cast:
    """The people at their Slack clients, the units, and the database to see what is open."""

    emulator: SlackEmulator
    database: Database
    pharmacy: Pharmacy
    site: Site
    now: Callable[[], datetime]
    fridges: Fridges
    silence: Silencer

    def person(self, person_id: str) -> Person:
        """Somebody at their Slack client."""
        return self.emulator.person(self.pharmacy.people[person_id].slack)

    def run(self, checklist: str) -> RunView | None:
        """The oldest run of a checklist that can still be answered."""
        with self.database.snapshot() as connection:
            views = runs.unfinished(connection, self.pharmacy, self.site.id, self.now())
        return next((view for view in views if view.run.checklist == checklist), None)

    def card(self, kind: CardKind, subject: object) -> tuple[str, str] | None:
        """Where the card of something stands, once it is posted: channel and ts."""
        with self.database.snapshot() as connection:
            found = cards.of_subject(connection, kind, str(subject))
        return next(((card.channel, card.ts) for card in found if card.channel and card.ts), None)

    def line(self, view: RunView, key: str) -> LineView | None:
        """One line of a run as it stands now; None when the run has no such line."""
        with self.database.snapshot() as connection:
            again = runs.view_run(connection, self.pharmacy, view.run.id)
        return next((each for each in again.lines if each.line.key == key), None) if again else None

    def is_answered(self, view: RunView, key: str) -> bool:
        """Whether a line is answered by now, or there is none."""
        line = self.line(view, key)
        return line is None or line.answer is not None


Deed = Callable[[Cast], bool]


def _soon(claim: Callable[[], bool]) -> bool:
    """Whether something comes true in a moment."""
    deadline = time.monotonic() + EFFECT_WITHIN
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _open(cast: Cast, checklist: str) -> tuple[RunView, tuple[str, str]] | None:
    view = cast.run(checklist)
    place = cast.card(CardKind.RUN, view.run.id) if view else None
    return (view, place) if view and place else None


def _press(cast: Cast, who: str, view: RunView, place: tuple[str, str], key: str, action: str) -> bool:
    """Press a line's button; False when the card shows no such button at this moment."""
    line = cast.line(view, key)
    if line is None:
        return False
    try:
        cast.person(who).click(place, action, block_id=f"line-{line.line.number}").wait()
    except LookupError:
        return False
    return True


def press(who: str, checklist: str, key: str) -> Deed:
    """Press `Done` on a line; whoever may not hears so."""

    def deed(cast: Cast) -> bool:
        found = _open(cast, checklist)
        if found is None:
            return False
        view, place = found
        heard = len(cast.person(who).ephemerals)
        if _press(cast, who, view, place, key, "item_done"):
            _soon(lambda: cast.is_answered(view, key) or len(cast.person(who).ephemerals) > heard)
        return True

    return deed


def press_card(who: str, checklist: str, action: str) -> Deed:
    """Press a button of the card itself, such as that somebody has read the hand-over note."""

    def deed(cast: Cast) -> bool:
        found = _open(cast, checklist)
        if found is None:
            return False
        cast.person(who).click(found[1], action).wait()
        _soon(lambda: not _has_button(cast, found[1], action))
        return True

    return deed


def _has_button(cast: Cast, place: tuple[str, str], action: str) -> bool:
    channel, ts = place
    blocks = next((each.blocks for each in cast.emulator.messages(channel) if each.ts == ts), [])
    return f'"{action}"' in json.dumps(blocks)


def _card_form(who: str, checklist: str, action: str, values: Mapping[str, Any]) -> Deed:
    def deed(cast: Cast) -> bool:
        found = _open(cast, checklist)
        if found is None:
            return False
        person = cast.person(who)
        person.click(found[1], action).wait()
        return _soon(lambda: bool(person.views)) and _submit(person, values)

    return deed


def close_follow_up(who: str, checklist: str, how: str) -> Deed:
    """Close the first follow-up that the card carries, and say what was done."""
    return _card_form(who, checklist, "follow_up_close", {"how": how})


def close_due(who: str, how: str) -> Deed:
    """Close the follow-up of which one's newest direct messages remind."""

    def deed(cast: Cast) -> bool:
        person = cast.person(who)
        for message in reversed(person.inbox):
            try:
                person.click(message, "follow_up_close").wait()
            except LookupError:
                continue
            return _soon(lambda: bool(person.views)) and _submit(person, {"how": how})
        return False

    return deed


def hand_over(who: str, checklist: str, note: str) -> Deed:
    """Write the hand-over note from the card that ends the shift."""
    return _card_form(who, checklist, "hand_over_write", {"note": note})


def confirm(who: str, checklist: str, key: str) -> Deed:
    """Press `Confirm` on a line that the sensor filled in; once more when the value has moved meanwhile."""

    def deed(cast: Cast) -> bool:
        found = _open(cast, checklist)
        if found is None:
            return False
        view, place = found
        heard = len(cast.person(who).ephemerals)
        if _press(cast, who, view, place, key, "item_confirm"):
            _soon(lambda: cast.is_answered(view, key) or len(cast.person(who).ephemerals) > heard)
        return cast.is_answered(view, key)

    return deed


def say(who: str, checklist: str, text: str) -> Deed:
    """Write in a checklist's thread, and wait for the bot to say what it understood."""

    def deed(cast: Cast) -> bool:
        found = _open(cast, checklist)
        if found is None:
            return False
        _, (channel, ts) = found
        before = len(_bot_replies(cast, channel, ts))
        cast.person(who).say(channel, text, thread_ts=ts)
        _soon(lambda: len(_bot_replies(cast, channel, ts)) > before)
        return True

    return deed


def _bot_replies(cast: Cast, channel: str, ts: str) -> list[Message]:
    return [each for each in cast.emulator.messages(channel, thread_ts=ts) if each.bot_id is not None]


def _fill(
    cast: Cast, who: str, view: RunView, place: tuple[str, str], key: str, action: str, values: Mapping[str, Any]
) -> bool:
    """Press a line's button and submit the form that opens; windows that only say something are closed."""
    person = cast.person(who)
    if not _press(cast, who, view, place, key, action) or not _soon(lambda: bool(person.views)):
        return False
    return _submit(person, values)


def _submit(person: Person, values: Mapping[str, Any]) -> bool:
    person.submit(values).wait()
    for view in reversed(person.views):
        _close(person, view)
    return True


def _close(person: Person, view: View) -> None:
    envelope = person.dismiss(view.id)
    if envelope is not None:
        envelope.wait()


def _form(who: str, checklist: str, key: str, action: str, values: Mapping[str, Any]) -> Deed:
    def deed(cast: Cast) -> bool:
        found = _open(cast, checklist)
        return found is not None and _fill(cast, who, *found, key, action, values)

    return deed


def choose(who: str, checklist: str, key: str, option: str) -> Deed:
    """Choose one of a line's options in its form."""
    return _form(who, checklist, key, "item_enter", {"value": option})


def sign_line(who: str, checklist: str, key: str) -> Deed:
    """Put one's name to a line in its form."""
    return _form(who, checklist, key, "line_sign", {})


def sweep(who: str, counted: Mapping[str, int], oldest: str) -> Deed:
    """Fill in the voicemail form: messages by kind, the oldest age."""
    values = {kind: str(number) for kind, number in counted.items()} | {"oldest": oldest}
    return _form(who, ONE_LINE_ANSWERED, "sweep", "item_enter", values)


def count(who: str, key: str, quantity: int) -> Deed:
    """The first blind count."""
    return _form(who, "controlled-count", key, "count_enter", {"quantity": str(quantity)})


def witness(who: str, key: str, quantity: int) -> Deed:
    """The second blind count; the book quantity is left for later."""
    return _form(who, "controlled-count", key, "count_witness", {"quantity": str(quantity)})


def book_quantity(who: str, key: str, quantity: int) -> Deed:
    """The book quantity, which closes the count."""
    return _form(who, "controlled-count", key, "count_book", {"quantity": str(quantity)})


def acknowledge(who: str) -> Deed:
    """Answer the newest alert in one's direct messages."""

    def deed(cast: Cast) -> bool:
        person = cast.person(who)
        with cast.database.snapshot() as connection:
            waiting = [each for each in alerts.unresolved(connection) if each.state is AlertState.TRIGGERED]
        if not waiting:
            return False
        for message in reversed(person.inbox):
            try:
                person.click(message, "alert_acknowledge").wait()
            except LookupError:
                continue
            return True
        return False

    return deed


def sign(who: str, **texts: str) -> Deed:
    """Fill in and sign the oldest case that waits for it."""

    def deed(cast: Cast) -> bool:
        person = cast.person(who)
        with cast.database.snapshot() as connection:
            waiting = [each for each in cases.open_cases(connection, cast.site.id) if not each.facts.get("open")]
        place = cast.card(CardKind.CASE, waiting[0].id) if waiting else None
        if place is None:
            return False
        person.click(place, "case_fill").wait()
        return _soon(lambda: bool(person.views)) and _submit(person, texts)

    return deed


def door(unit: str, *, is_open: bool) -> Deed:
    """Open or close a unit's door."""

    def deed(cast: Cast) -> bool:
        cast.fridges.open_door(unit, is_open=is_open)
        return True

    return deed


def silence(unit: str, *, is_silent: bool) -> Deed:
    """Silence a unit's sensor, or let it speak again."""

    def deed(cast: Cast) -> bool:
        cast.silence(unit, is_silent=is_silent)
        return True

    return deed


def flood(unit: str, *, is_flooding: bool) -> Deed:
    """Begin or end a flood of bad messages from a unit's sensor."""

    def deed(cast: Cast) -> bool:
        cast.fridges.flood(unit, is_flooding=is_flooding)
        return True

    return deed
