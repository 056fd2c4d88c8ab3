"""What was changed in the rows of causes, notes and mutes is found: each has its entry in the record."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from shiftbot.domain.alert import AlertKind
from shiftbot.services import escalation, muting
from shiftbot.services.escalation import NewAlert
from shiftbot.storage.database import Database
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness

CHANGES = (
    "UPDATE alert_causes SET began_at = began_at + 1 WHERE subject = 'freezer:1'",
    "UPDATE alert_causes SET subject = 'shelf:1' WHERE subject = 'freezer:1'",
    "UPDATE alert_causes SET ending = 'It was nothing.' WHERE subject = 'fridge:1'",
    "UPDATE alert_causes SET ended_at = began_at, ending = 'It was nothing.' WHERE subject = 'freezer:1'",
    "DELETE FROM alert_causes WHERE subject = 'freezer:1'",
    "UPDATE alert_notes SET note = 'Nobody came'",
    "UPDATE alert_notes SET person = 'priya'",
    "DELETE FROM alert_notes",
    "UPDATE mutes SET reason = 'because'",
    "UPDATE mutes SET author = 'priya'",
    "UPDATE mutes SET ends_at = ends_at - 1",
    "UPDATE mutes SET ended_by = 'priya'",
    "DELETE FROM mutes",
)


def begin(pharmacy: PharmacyHarness, new: NewAlert) -> None:
    pharmacy.act(lambda c: escalation.open_alert(c, pharmacy.definitions, new, pharmacy.now))


@pytest.fixture
def lived(database: Database) -> PharmacyHarness:
    """Two sensors fell silent and one was heard again; a note was written; a mute came and was ended."""
    pharmacy = PharmacyHarness(database, hilltop(quiet=True, units=()), at="12:00")
    for subject in ("fridge:1", "freezer:1"):
        begin(pharmacy, NewAlert("hilltop-main", AlertKind.SILENT, subject, f"{subject} is silent", "since noon"))
    alert, ben, amira = pharmacy.alerts()[0].id, pharmacy.person("Ben"), pharmacy.person("Amira")
    pharmacy.act(lambda c: escalation.add_note(c, alert, ben, "Electrician comes", pharmacy.now))
    pharmacy.fast_forward(minutes=5).act(
        lambda c: escalation.resolve_alert(
            c, pharmacy.definitions, AlertKind.SILENT, "fridge:1", "Heard.", pharmacy.now
        )
    )
    until = pharmacy.now + timedelta(hours=2)
    mute = pharmacy.act(
        lambda c: muting.begin_mute(c, pharmacy.definitions, pharmacy.site, "", "works", amira, until, pharmacy.now)
    )
    pharmacy.fast_forward(minutes=5).act(
        lambda c: muting.end_mute(c, pharmacy.definitions, mute.id, amira, pharmacy.now)
    )
    return pharmacy


def test_what_was_lived_holds_and_every_change_of_it_is_found(lived: PharmacyHarness) -> None:
    assert lived.look(verify).findings == ()
    for change in CHANGES:
        with lived.database.engine.connect() as connection:
            assert _is_refused(connection, change) or verify(connection).findings, change
            connection.rollback()
    assert lived.look(verify).findings == ()


def _is_refused(connection: Connection, change: str) -> bool:
    """Whether the database itself guards what is never changed."""
    try:
        changed = connection.execute(text(change)).rowcount
    except IntegrityError:
        return True
    assert changed, change
    return False
