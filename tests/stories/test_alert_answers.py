"""What people say to an alert: I have it, not now, I cannot, a note; and what a message from before may still do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import AlertKind, AlertState, AsOf, Severity
from shiftbot.errors import AlreadyDone, PatientInformation, Refused
from shiftbot.services import escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import alert_notes
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

HOUR = timedelta(hours=1)

Flags = Callable[..., PharmacyHarness]


@pytest.fixture
def flagged(open_pharmacy: Opens) -> Flags:
    """At 10:00 the back door is found open, and Amira was told."""

    def flag(severity: Severity = Severity.NORMAL) -> PharmacyHarness:
        pharmacy = open_pharmacy(hilltop(units=(), quiet=True), at="10:00")
        new = NewAlert("hilltop-main", AlertKind.IRREGULARITY, "door", "The back door is open", "", severity)
        pharmacy.act(lambda connection: escalation.open_alert(connection, pharmacy.definitions, new, pharmacy.now))
        pharmacy.expect_message(to="Amira", about="back door")
        return pharmacy

    return flag


def snoozes(pharmacy: PharmacyHarness, name: str, span: timedelta) -> None:
    alert, who = pharmacy.alerts()[0].id, pharmacy.person(name)
    pharmacy.act(lambda connection: escalation.snooze(connection, pharmacy.definitions, alert, who, span, pharmacy.now))


def notes(pharmacy: PharmacyHarness, name: str, words: str) -> int:
    alert, who = pharmacy.alerts()[0].id, pharmacy.person(name)
    return pharmacy.act(lambda connection: escalation.add_note(connection, alert, who, words, pharmacy.now))


def presses_stale(pharmacy: PharmacyHarness, seen: AsOf | None) -> None:
    """A button of a message that was drawn when the alert stood so."""
    alert = pharmacy.alerts()[0].id
    cast = pharmacy.definitions
    pharmacy.look(lambda connection: escalation.refuse_stale(connection, cast, alert, seen, looking=True))
    pharmacy.act(lambda connection: escalation.refuse_stale(connection, cast, alert, seen))


def seen_now(pharmacy: PharmacyHarness) -> AsOf:
    return ladder.as_of(pharmacy.alerts()[0])


def fits(pharmacy: PharmacyHarness) -> bool:
    return pharmacy.look(verify).holds


def test_a_snooze_is_an_acknowledgement_with_an_end_of_its_own(flagged: Flags) -> None:
    pharmacy = flagged()
    snoozes(pharmacy, "Amira", HOUR)
    (alert,) = pharmacy.alerts()
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "amira")
    pharmacy.at("10:59").expect_silence()
    message = pharmacy.at("11:00").expect_message(to="Amira", about="back door")
    assert "acknowledgement ran out" in message.text
    assert fits(pharmacy)


@pytest.mark.parametrize(("severity", "longest"), [(Severity.NORMAL, "4 hours"), (Severity.CRITICAL, "30 minutes")])
def test_no_snooze_is_longer_than_its_severity_allows(flagged: Flags, severity: Severity, longest: str) -> None:
    pharmacy = flagged(severity)
    with pytest.raises(Refused, match=f"rests for {longest} at most"):
        snoozes(pharmacy, "Amira", HOUR * 5)
    assert pharmacy.alerts()[0].state is AlertState.TRIGGERED


def test_whoever_has_it_may_snooze_it_and_nobody_else(flagged: Flags) -> None:
    pharmacy = flagged()
    pharmacy.acknowledges("Amira")
    with pytest.raises(AlreadyDone, match="Amira Hassan already has this one"):
        snoozes(pharmacy, "Priya", HOUR)
    snoozes(pharmacy, "Amira", HOUR * 4)
    pharmacy.at("13:59").expect_silence()
    pharmacy.at("14:00").expect_message(to="Amira", about="ran out")


def test_a_technician_cannot_snooze(flagged: Flags) -> None:
    pharmacy = flagged()
    with pytest.raises(Refused, match="pharmacist or manager"):
        snoozes(pharmacy, "Ben", HOUR)


def test_anybody_may_write_a_note_and_it_goes_on_the_record(flagged: Flags) -> None:
    pharmacy = flagged()
    notes(pharmacy, "Ben", "Locksmith  comes at eleven")
    alert = pharmacy.alerts()[0].id
    (kept,) = pharmacy.look(lambda connection: alert_notes.of_alert(connection, alert))
    assert (kept.person, kept.note) == ("ben", "Locksmith comes at eleven")
    assert pharmacy.recorded("alert-noted") == [("ben", {"alert": alert, "note": "Locksmith comes at eleven"})]
    assert fits(pharmacy)


def test_a_note_about_a_patient_is_not_kept(flagged: Flags) -> None:
    pharmacy = flagged()
    with pytest.raises(PatientInformation):
        notes(pharmacy, "Ben", "Pt. Johnson came in by it")
    with pytest.raises(Refused, match="few words"):
        notes(pharmacy, "Ben", "  ")
    assert pharmacy.recorded("alert-noted") == []


def test_a_message_from_before_escalates_nothing_and_says_what_happened_since(flagged: Flags) -> None:
    pharmacy = flagged()
    seen = seen_now(pharmacy)
    presses_stale(pharmacy, seen)
    pharmacy.at("10:10").expect_message(to="Amira", about="back door")
    with pytest.raises(AlreadyDone, match="next step was taken at 10:10: Amira Hassan was told"):
        presses_stale(pharmacy, seen)
    newer = seen_now(pharmacy)
    pharmacy.at("10:12").acknowledges("Priya")
    with pytest.raises(AlreadyDone, match="Priya Nair has it until 10:42"):
        presses_stale(pharmacy, newer)
    held = seen_now(pharmacy)
    pharmacy.at("10:13").cannot("Priya")
    pharmacy.expect_message(to="Morgan", about="back door")
    with pytest.raises(AlreadyDone, match="Morgan Lee was told"):
        presses_stale(pharmacy, held)


def test_what_an_older_version_sent_is_still_understood(flagged: Flags) -> None:
    pharmacy = flagged()
    pharmacy.at("10:10").expect_message(to="Amira", about="back door")
    presses_stale(pharmacy, None)


def test_nothing_is_pressed_on_what_is_resolved(flagged: Flags) -> None:
    pharmacy = flagged()
    alert = pharmacy.alerts()[0].id
    pharmacy.closes("Amira", "Locked, nothing missing")
    pharmacy.expect_message(to="Amira", about="Resolved")
    with pytest.raises(AlreadyDone, match="resolved already: Amira Hassan: Locked, nothing missing"):
        pharmacy.act(
            lambda connection: escalation.refuse_stale(connection, pharmacy.definitions, alert, AsOf(1, taken=False))
        )


def test_an_acknowledgement_from_an_older_message_counts_as_long_as_nobody_has_it(flagged: Flags) -> None:
    pharmacy = flagged()
    pharmacy.at("10:10").expect_message(to="Amira", about="back door")
    pharmacy.at("10:25").expect_message(to="Morgan", about="back door")
    pharmacy.acknowledges("Amira")
    assert pharmacy.alerts()[0].acknowledged_by == "amira"
