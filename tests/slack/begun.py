"""What the tests of commands, forms and Home tabs do again and again: type a command, wait for a form, read a tab."""

import json
from dataclasses import replace
from datetime import timedelta

from shiftbot.demo.emulator import Person
from shiftbot.demo.emulator.modals import View
from shiftbot.domain.checklist import Checklist, Item, Section
from shiftbot.domain.record import ChainedEntry
from shiftbot.domain.recurrence import Schedule, Trigger
from shiftbot.domain.site import Pharmacy
from shiftbot.storage import record
from tests.slack.workplace import CHANNEL, Workplace


def said(who: Person, words: str, channel: str = CHANNEL) -> str:
    """What `/shift words` answers."""
    response = who.command("/shift", words, channel).wait().response
    return str((response or {}).get("text", ""))


def form(work: Workplace, who: Person) -> View:
    """The form that opens for somebody."""
    work.emulator.wait_until(lambda: bool(who.views))
    return who.views[-1]


def shown(view: View | None) -> str:
    """Everything a view shows, as text."""
    return json.dumps(view.payload if view else None, ensure_ascii=False)


def home(work: Workplace, who: Person) -> str:
    """Somebody's Home tab, opened and as fresh as can be."""
    if who.home is None:
        who.open_home()
        work.emulator.wait_until(lambda: who.home is not None)
    work.homes.publish(who.id, again=True)
    return shown(who.home)


def channel(work: Workplace) -> str:
    """Everything the channel's messages show, as text."""
    return json.dumps([[m.text, m.blocks] for m in work.emulator.messages(CHANNEL)], ensure_ascii=False)


def entries(work: Workplace, kind: str) -> list[ChainedEntry]:
    """The record's entries of one kind."""
    with work.database.snapshot() as connection:
        return [entry for entry in record.entries_of(connection, "hilltop-main") if entry.kind == kind]


def triggered(title: str, trigger: Trigger) -> Checklist:
    """A checklist that no clock opens: two things to look at within an hour."""
    schedule = Schedule(opens=(), due=timedelta(hours=1), grace=timedelta(minutes=30), trigger=trigger)
    items = (Item("look", "Look at the boxes"), Item("seal", "Seals intact"))
    return Checklist(title.lower().replace(" ", "-"), title, schedule, (Section("Boxes", items),))


def with_checklists(pharmacy: Pharmacy, *further: Checklist) -> Pharmacy:
    """The pharmacy with some checklists more."""
    site = pharmacy.sites["hilltop-main"]
    named = (*site.checklists, *(each.id for each in further))
    known = {**pharmacy.checklists, **{each.id: each for each in further}}
    return replace(pharmacy, sites={site.id: replace(site, checklists=named)}, checklists=known)
