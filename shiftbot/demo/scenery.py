"""What the demo's stage is furnished with: a copy of its pharmacy in a folder, and its people in the Slack emulator."""

from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree

import yaml

from shiftbot.demo.emulator import SlackEmulator
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.services import follow_ups, hand_over, reaching
from shiftbot.services.duty import on_duty
from shiftbot.storage.database import Database

ORDER = (Role.TECHNICIAN, Role.PHARMACIST, Role.MANAGER)
"""The page opens as the first person: somebody who ticks."""

CHANNEL = "hilltop-main"

WRITER = "priya"
NOTE = "The insulin order came one box short; the wholesaler is asked. Drive-through: the bell is loose, knock."
FOLLOW_UP = "Ask the wholesaler for the missing box of insulin"


def copy_pharmacy(home: Path) -> None:
    """Put the demo's pharmacy.yaml and sensors/ into `home`."""
    with as_file(files("shiftbot.demo") / "pharmacy") as source:
        copytree(source, home, dirs_exist_ok=True)


def furnish(emulator: SlackEmulator, pharmacy: Pharmacy, site: Site, at: datetime) -> None:
    """Everybody in the workspace with their title on the day of `at`, the channel, the groups, the app's manifest."""
    duty = on_duty(pharmacy, site.id, at)
    for person in sorted(pharmacy.people.values(), key=lambda each: (_rank(each), each not in duty)):
        emulator.add_user(person.slack, handle=person.id, name=person.name, title=_title(person, person in duty))
    emulator.add_channel(site.channel, name=CHANNEL, members=[person.slack for person in pharmacy.people.values()])
    for role, group in pharmacy.groups.items():
        emulator.add_user_group(group, f"{role.value}s", [person.slack for person in pharmacy.people_with(role)])
    emulator.use_manifest(yaml.safe_load((files("shiftbot.slack") / "manifest.yaml").read_text(encoding="utf-8")))


def leave_open(database: Database, pharmacy: Pharmacy, site: Site, opens_at: datetime) -> None:
    """What the shift before left: a note, a follow-up and buttons pressed, so that the day begins as most days do."""
    evening, priya = opens_at - timedelta(hours=38), pharmacy.people[WRITER]
    with database.transaction() as connection:
        follow_ups.add_by_hand(
            connection,
            pharmacy,
            site,
            priya,
            FOLLOW_UP,
            opens_at + timedelta(hours=4),
            "demo",
            evening,
            Role.TECHNICIAN,
        )
        hand_over.write(connection, pharmacy, site, priya, NOTE, "demo", evening)
        for person in pharmacy.people.values():
            reaching.heard_from(connection, pharmacy, person, evening)


def _rank(person: Person) -> int:
    return min(ORDER.index(role) for role in person.roles)


def _title(person: Person, is_on_duty: bool) -> str:
    if Role.PHARMACIST in person.roles:
        return "Pharmacist on duty" if is_on_duty else "Pharmacist, off today"
    return ORDER[_rank(person)].value.capitalize()
