"""The third step of the tick on real rows: excursions, alerts, cases, silence, late readings; on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select

from shiftbot.domain.alert import Alert, AlertKind, AlertState, Severity
from shiftbot.domain.case import Case, CaseKind
from shiftbot.domain.site import Pharmacy, Sensor, TemperatureUnit
from shiftbot.services import cold_chain
from shiftbot.services.cold_chain import Condition
from shiftbot.storage import agenda, alerts, cases, causes, readings, record, rejections
from shiftbot.storage import cold_chain as stored
from shiftbot.storage.agenda import Awaited
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival
from shiftbot.storage.tables import alerts as alert_rows
from shiftbot.storage.tables import excursions, hourly, latest, unit_states
from shiftbot.storage.tables import readings as readings_table
from tests.cast import FRIDGE, VACCINE_REFRIGERATOR, hilltop

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
OTHER = replace(FRIDGE, id="spare-fridge", name="Spare fridge", sensor=Sensor("hilltop/spare-fridge"))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class Chain:
    """A pharmacy's cold chain on a database; a fridge of 36..46 °F whose sensor speaks Fahrenheit here."""

    def __init__(self, database: Database, pharmacy: Pharmacy | None = None) -> None:
        self.database = database
        self.pharmacy = pharmacy or hilltop(units=(FRIDGE, OTHER))
        self.sensors: dict[str, int] = {}
        with database.transaction() as connection:
            pairs = [(unit.id, unit.sensor.topic) for unit in self.pharmacy.units.values() if unit.sensor]
            self.sensors = {unit: number for (unit, _), number in readings.register(connection, pairs).items()}
        self.judge(0)

    def store(self, *pairs: tuple[float, float], received: float | None = None, unit: str = FRIDGE.id) -> "Chain":
        batch = [
            Arrival(self.sensors[unit], at(minute), at(minute if received is None else received), value, FAHRENHEIT)
            for minute, value in pairs
        ]
        with self.database.transaction() as connection:
            readings.store(connection, batch)
        return self

    def judge(self, minute: float) -> "Chain":
        cold_chain.judge_units(self.database, self.pharmacy, at(minute))
        return self

    def live(self, *pairs: tuple[float, float], unit: str = FRIDGE.id) -> "Chain":
        for minute, value in pairs:
            self.store((minute, value), unit=unit).judge(minute)
        return self

    def excursions(self) -> list[dict[str, Any]]:
        with self.database.snapshot() as connection:
            query = select(excursions).where(excursions.c.merged_into.is_(None)).order_by(excursions.c.started_at)
            return [dict(row._mapping) for row in connection.execute(query)]

    def alerts(self, kind: AlertKind) -> list[Alert]:
        """Every alert of a kind that there ever was; one of several causes is seen from each that is of this kind."""
        with self.database.snapshot() as connection:
            query = select(alert_rows.c.id).order_by(alert_rows.c.opened_at, alert_rows.c.id)
            found = [alerts.look_at(connection, each) for each in connection.execute(query).scalars()]
            several = causes.of_alerts(connection, [each.id for each in found if each is not None])
        seen = []
        for alert in found:
            assert alert is not None
            seen += [alerts.seen_from(alert, cause) for cause in several.get(alert.id, ())] or [alert]
        return [each for each in seen if each.kind is kind]

    def case(self) -> Case:
        with self.database.snapshot() as connection:
            (case,) = cases.open_cases(connection, "hilltop-main")
        return case

    def recorded(self) -> list[str]:
        with self.database.snapshot() as connection:
            return [entry.kind for entry in record.entries_of(connection, "hilltop-main")]

    def overview(self, minute: float) -> cold_chain.UnitView:
        with self.database.snapshot() as connection:
            return cold_chain.unit_overview(connection, self.pharmacy, "hilltop-main", at(minute))[0]

    def look(self, connection: Connection) -> datetime | None:
        found = agenda.look(connection)
        return min((found[each] for each in (Awaited.UNITS, Awaited.SETTLING) if each in found), default=None)


@pytest.fixture
def chain(database: Database) -> Chain:
    return Chain(database)


def every(minutes: range, value: float) -> list[tuple[float, float]]:
    return [(float(minute), value) for minute in minutes]


def test_readings_in_range_leave_nothing_but_the_mark_that_they_were_judged(chain: Chain) -> None:
    chain.live(*every(range(0, 20, 5), 41.0))
    assert chain.excursions() == []
    with chain.database.snapshot() as connection:
        row = connection.execute(select(latest).where(latest.c.sensor == chain.sensors[FRIDGE.id])).one()
    assert (row.judged_through, row.unjudged_since) == (at(15), None)


def test_an_excursion_is_stored_at_its_first_reading_and_told_after_the_delay(chain: Chain) -> None:
    chain.live((0, 41.0), (5, 47.0), (10, 48.2))
    (excursion,) = chain.excursions()
    assert (excursion["started_at"], excursion["extreme"], excursion["told_at"]) == (at(5), 48.2, None)
    assert chain.alerts(AlertKind.EXCURSION) == []
    chain.live((15, 47.5)).live((15, 41.0), unit=OTHER.id).judge(20)
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert alert.title == "Vaccine fridge is too warm"
    assert "48.2 °F at worst, outside 36 to 46 °F since 10:05" in alert.detail
    assert (alert.subject, alert.severity) == (str(excursion["id"]), Severity.NORMAL)
    facts = chain.case().facts
    assert (facts["open"], facts["extreme"], facts["unit"]) == (True, 48.2, FRIDGE.id)
    assert chain.recorded() == ["excursion-started", "alert-opened", "case-opened"]


def test_recovery_resolves_the_alert_and_leaves_the_case_to_be_signed(database: Database) -> None:
    chain = Chain(database, hilltop(units=(FRIDGE,)))
    chain.live(*every(range(0, 25, 5), 47.0), *every(range(25, 40, 5), 41.0))
    (excursion,) = chain.excursions()
    assert (excursion["back_at"], excursion["ended_at"], excursion["seconds_out"]) == (at(25), at(35), 1500.0)
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert alert.state is AlertState.RESOLVED
    assert alert.resolution == "Back in range since 10:25; 25 minutes out, 47.0 °F at worst."
    assert chain.case().facts["open"] is False
    assert chain.recorded()[-2:] == ["excursion-ended", "alert-resolved"]


def test_a_short_excursion_is_on_the_record_without_an_alert_or_a_case(chain: Chain) -> None:
    chain.live((0, 47.0), (5, 41.0), (10, 41.0), (15, 41.0))
    assert [row["ended_at"] for row in chain.excursions()] == [at(15)]
    assert chain.alerts(AlertKind.EXCURSION) == []
    assert chain.recorded() == ["excursion-started", "excursion-ended"]


def test_an_hour_out_of_range_makes_the_alert_critical(chain: Chain) -> None:
    chain.live(*every(range(0, 60, 5), 47.0)).judge(60)
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert alert.severity is Severity.CRITICAL


def test_a_critical_temperature_is_told_at_once_as_critical(chain: Chain) -> None:
    chain.live((0, 31.9))
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert (alert.severity, alert.title) == (Severity.CRITICAL, "Vaccine fridge is too cold")


def test_what_happened_while_shiftbot_was_away_is_told_and_then_resolved(chain: Chain) -> None:
    chain.live((0, 41.0))
    chain.store(*every(range(5, 30, 5), 47.0), *every(range(30, 60, 5), 41.0), received=120).judge(120)
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert alert.state is AlertState.TRIGGERED
    assert alert.detail.startswith("found late, already over: 47.0 °F at worst from 10:05, 25 minutes outside")
    with chain.database.snapshot() as connection:
        assert chain.look(connection) == at(125)
    chain.judge(125)
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert alert.state is AlertState.RESOLVED
    assert chain.case().facts["open"] is False


def test_a_silent_sensor_has_an_alert_of_its_own_until_it_is_heard_again(chain: Chain) -> None:
    chain.live((0, 41.0)).judge(19)
    assert chain.alerts(AlertKind.SILENT) == []
    chain.store((15, 41.0), unit=OTHER.id).judge(20)
    (alert,) = chain.alerts(AlertKind.SILENT)
    assert (alert.title, alert.severity) == ("Vaccine fridge: no readings", Severity.NORMAL)
    assert chain.overview(21).condition is Condition.SILENT
    chain.store((55, 41.0), unit=OTHER.id).judge(60)
    assert chain.alerts(AlertKind.SILENT)[0].severity is Severity.CRITICAL
    chain.live((61, 41.0))
    assert chain.alerts(AlertKind.SILENT)[0].state is AlertState.RESOLVED
    assert chain.overview(61).condition is Condition.IN_RANGE


def test_a_unit_that_comes_back_silent_has_a_new_alert(chain: Chain) -> None:
    chain.live((0, 41.0)).judge(20)
    with_it = chain.pharmacy
    chain.pharmacy = replace(hilltop(units=()), digest="without units")
    chain.judge(50)
    assert {alert.state for alert in chain.alerts(AlertKind.SILENT)} == {AlertState.RESOLVED}
    chain.pharmacy = replace(with_it, digest="with the units again")
    chain.judge(60).judge(79)
    assert {alert.state for alert in chain.alerts(AlertKind.SILENT)} == {AlertState.RESOLVED}
    chain.judge(80)
    assert silent_now(chain) == ["Spare fridge: no readings", "Vaccine fridge: no readings"]
    chain.live((81, 41.0))
    assert silent_now(chain) == ["Spare fridge: no readings"]


def test_a_sensor_allowed_longer_and_then_no_longer_is_silent_anew(chain: Chain) -> None:
    patient = replace(FRIDGE, sensor=Sensor("hilltop/vaccine-fridge", every=timedelta(hours=1)))
    hasty = chain.pharmacy = replace(hilltop(units=(FRIDGE,)), digest="one fridge")
    chain.live((0, 41.0)).judge(20)
    chain.pharmacy = replace(hilltop(units=(patient,)), digest="longer")
    chain.judge(60)
    (alert,) = chain.alerts(AlertKind.SILENT)
    assert alert.resolution == "Its sensor may be silent for longer now."
    chain.pharmacy = hasty
    chain.judge(120)
    assert silent_now(chain) == ["Vaccine fridge: no readings"]


def silent_now(chain: Chain) -> list[str]:
    alerts_of_silence = chain.alerts(AlertKind.SILENT)
    return sorted(alert.title for alert in alerts_of_silence if alert.state is not AlertState.RESOLVED)


def test_a_sensor_that_never_spoke_is_reported_silent(chain: Chain) -> None:
    chain.judge(20)
    assert sorted(alert.title for alert in chain.alerts(AlertKind.SILENT)) == [
        "Spare fridge: no readings",
        "Vaccine fridge: no readings",
    ]


def test_a_retained_replay_does_not_end_the_silence(chain: Chain) -> None:
    chain.live((0, 41.0)).judge(20)
    with chain.database.transaction() as connection:
        replayed = Arrival(chain.sensors[FRIDGE.id], at(5), at(21), 41.0, FAHRENHEIT, retained=True)
        readings.store(connection, [replayed])
    chain.judge(21)
    alert = next(each for each in chain.alerts(AlertKind.SILENT) if "Vaccine" in each.title)
    assert alert.state is AlertState.TRIGGERED
    assert chain.overview(21).condition is Condition.SILENT


def test_an_open_excursion_stays_open_and_unknown_while_its_sensor_is_silent(chain: Chain) -> None:
    chain.live(*every(range(0, 25, 5), 47.0)).judge(300)
    assert chain.excursions()[0]["ended_at"] is None
    assert chain.overview(300).condition is Condition.SILENT
    assert chain.case().facts["open"] is True


def test_judging_again_without_news_changes_nothing(chain: Chain) -> None:
    chain.live(*every(range(0, 25, 5), 47.0))
    before = (chain.excursions(), chain.recorded())
    chain.judge(20).judge(20)
    assert (chain.excursions(), chain.recorded()) == before


def test_a_new_process_goes_on_from_the_rows(chain: Chain) -> None:
    chain.live(*every(range(0, 15, 5), 47.0))
    again = Database(chain.database.engine.url.render_as_string(hide_password=False))
    Chain(again).judge(15)
    again.close()
    assert [alert.subject for alert in chain.alerts(AlertKind.EXCURSION)] == [str(chain.excursions()[0]["id"])]


def test_a_late_reading_that_starts_an_excursion_earlier_moves_its_start(chain: Chain) -> None:
    chain.live((0, 41.0), (10, 47.0))
    chain.store((5, 50.0), received=12).judge(12)
    (excursion,) = chain.excursions()
    assert (excursion["started_at"], excursion["extreme"]) == (at(5), 50.0)
    chain.live((15, 47.0)).judge(20)
    assert len(chain.alerts(AlertKind.EXCURSION)) == 1


def test_a_late_found_excursion_is_raised_once_without_a_storm(chain: Chain) -> None:
    chain.live(*every(range(0, 120, 10), 41.0))
    for minute in range(32, 70, 2):
        chain.store((minute, 47.0), received=120).judge(120)
    told = chain.alerts(AlertKind.EXCURSION)
    assert len([alert for alert in told if alert.state is AlertState.TRIGGERED]) <= 1
    assert len(told) <= 1


def test_two_excursions_that_late_readings_join_become_one(chain: Chain) -> None:
    chain.live((0, 47.0), (5, 41.0), (16, 41.0), (30, 47.0), (35, 41.0), (50, 41.0))
    assert len(chain.excursions()) == 2
    chain.store((8, 47.0), (12, 47.0), (20, 47.0), (25, 47.0), received=51).judge(51)
    (excursion,) = chain.excursions()
    assert (excursion["started_at"], excursion["ended_at"]) == (at(0), at(50))
    assert "excursion-merged" in chain.recorded()


def test_an_ended_excursion_that_late_readings_reopen_is_told_as_a_new_one(chain: Chain) -> None:
    chain.live(*every(range(0, 20, 5), 47.0), (20, 41.0), (31, 41.0))
    assert chain.alerts(AlertKind.EXCURSION)[0].state is AlertState.RESOLVED
    chain.store((25, 47.0), (32, 47.0), received=33).judge(33).judge(50)
    assert [row["ended_at"] for row in chain.excursions()] == [None]
    assert [alert.state for alert in chain.alerts(AlertKind.EXCURSION)] == [AlertState.RESOLVED, AlertState.TRIGGERED]


def test_a_unit_that_is_no_longer_defined_ends_its_alerts_and_says_why(chain: Chain) -> None:
    chain.live(*every(range(0, 25, 5), 47.0))
    chain.pharmacy = replace(hilltop(units=(OTHER,)), digest="without the fridge")
    chain.judge(21)
    (alert,) = chain.alerts(AlertKind.EXCURSION)
    assert alert.resolution == "The unit is no longer watched by a sensor."
    assert chain.case().facts["open"] is False
    chain.store((25, 47.0)).judge(25)
    assert len(chain.excursions()) == 1


def test_wider_limits_end_an_excursion_at_the_next_readings(chain: Chain) -> None:
    chain.live((0, 47.0), (5, 47.0))
    wider = replace(VACCINE_REFRIGERATOR, high={CELSIUS: 10.0, FAHRENHEIT: 50.0})
    chain.pharmacy = replace(hilltop(units=(replace(FRIDGE, storage_class=wider),)), digest="wider")
    chain.live((10, 47.0), (20, 47.0))
    assert chain.excursions()[0]["ended_at"] == at(20)


def test_one_unit_that_cannot_be_judged_does_not_stop_the_others(chain: Chain, expected_errors: list[Any]) -> None:
    chain.live((0, 41.0)).live((0, 41.0), unit=OTHER.id)
    with chain.database.transaction() as connection:
        connection.execute(
            unit_states.update().where(unit_states.c.unit == FRIDGE.id).values(state={"broken": True}, calm=False)
        )
    chain.store((5, 47.0)).store((5, 47.0), unit=OTHER.id).judge(5)
    assert [row["unit"] for row in chain.excursions()] == [OTHER.id]
    assert [each.getMessage() for each in expected_errors] == ["unit vaccine-fridge could not be worked on"]


def test_the_overview_shows_now_and_lowest_and_highest_with_what_was_refused(chain: Chain) -> None:
    chain.live((0, 39.0), (5, 44.0), (10, 41.0))
    with chain.database.transaction() as connection:
        rejections.store(connection, [rejections.Rejection(at(6), "hilltop/vaccine-fridge", "not JSON", b"{")] * 3)
        rejections.store(connection, [rejections.Rejection(at(6), "nobody/here", "no unit has this topic", b"{")])
    view = chain.overview(11)
    assert (view.condition, view.current, view.at, view.low, view.high) == (
        Condition.IN_RANGE,
        41.0,
        at(10),
        39.0,
        44.0,
    )
    assert (view.rejected, view.reasons, view.limits) == (3, ("not JSON (3)",), (36.0, 46.0))
    with chain.database.snapshot() as connection:
        assert cold_chain.unowned_rejections(connection, chain.pharmacy) == 1


def test_a_unit_that_nobody_judged_since_its_sensor_fell_silent_is_not_called_in_range(chain: Chain) -> None:
    chain.live((0, 41.0))
    assert chain.overview(19).condition is Condition.IN_RANGE
    assert chain.overview(20).condition is Condition.SILENT
    with chain.database.snapshot() as connection:
        filled = cold_chain.prefill(connection, chain.pharmacy, FRIDGE.id, at(180))
    assert filled is not None
    assert filled.condition is Condition.SILENT


def test_a_line_is_pre_filled_with_now_and_the_extremes_since_it_was_confirmed(chain: Chain) -> None:
    chain.live((0, 39.0), (5, 44.0), (10, 41.0))
    with chain.database.snapshot() as connection:
        filled = cold_chain.prefill(connection, chain.pharmacy, FRIDGE.id, at(11))
        since = cold_chain.prefill(connection, chain.pharmacy, FRIDGE.id, at(11), since=at(5))
        assert cold_chain.prefill(connection, chain.pharmacy, "no-such-unit", at(11)) is None
    assert filled is not None
    assert since is not None
    assert (filled.current, filled.low, filled.high, filled.since) == (41.0, 39.0, 44.0, at(11) - timedelta(hours=24))
    assert (since.low, since.high) == (41.0, 44.0)


def fresh(database: Database) -> Chain:
    with database.transaction() as connection:
        for table in (excursions, hourly, readings_table, latest, unit_states):
            connection.execute(delete(table))
    return Chain(database, replace(hilltop(units=(FRIDGE,)), digest=f"fresh-{next(_COUNT)}"))


_COUNT = iter(range(1_000_000))
VALUES = st.sampled_from([35.0, 36.0, 36.4, 41.0, 45.6, 46.0, 47.0, 52.0])


def essence(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["started_at"], row["ended_at"], row["extreme"], row["direction"], row["seconds_out"]) for row in rows]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(VALUES, min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_readings_in_any_order_end_in_the_same_excursions(database: Database, values: list[float], random: Any) -> None:
    series = [(minute * 5.0, value) for minute, value in enumerate(values)]
    end = series[-1][0]
    in_order = essence(fresh(database).store(*series, received=end).judge(end).excursions())
    shuffled = fresh(database)
    random.shuffle(series)
    for pair in series:
        shuffled.store(pair, received=end).judge(end)
    assert essence(shuffled.excursions()) == in_order


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(VALUES, min_size=2, max_size=20))
def test_rows_judged_one_by_one_equal_rows_judged_at_once(database: Database, values: list[float]) -> None:
    series = [(minute * 5.0, value) for minute, value in enumerate(values)]
    end = series[-1][0]
    at_once = essence(fresh(database).store(*series, received=end).judge(end).excursions())
    assert essence(fresh(database).live(*series).excursions()) == at_once


EVERY_TIER = replace(
    VACCINE_REFRIGERATOR,
    warn_low={FAHRENHEIT: 36.5},
    warn_high={FAHRENHEIT: 45.5},
    cumulative_hot=timedelta(minutes=60),
    cumulative_cold=timedelta(minutes=40),
    flaps=3,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(VALUES, min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_with_every_tier_readings_in_any_order_end_in_the_same_excursions_too(
    database: Database, values: list[float], random: Any
) -> None:
    def watched() -> Chain:
        chain = fresh(database)
        units = {FRIDGE.id: replace(FRIDGE, storage_class=EVERY_TIER)}
        chain.pharmacy = replace(chain.pharmacy, units=units, digest=f"tiers-{next(_COUNT)}")
        return chain

    series = [(minute * 5.0, value) for minute, value in enumerate(values)]
    end = series[-1][0]
    in_order = essence(watched().store(*series, received=end).judge(end).excursions())
    shuffled = watched()
    random.shuffle(series)
    for pair in series:
        shuffled.store(pair, received=end).judge(end)
    assert essence(shuffled.excursions()) == in_order


WILD = st.sampled_from([35.0, 36.0, 41.0, 45.6, 46.0, 47.0, 52.0, 130.0, -40.0])
DOUBTED = replace(EVERY_TIER, rate={FAHRENHEIT: 36.0})


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(WILD, min_size=2, max_size=14), st.sampled_from([2.0, 5.0, 9.0]), st.randoms(use_true_random=False))
@example([41.0, 41.0, 130.0, 130.0, 41.0], 2.0, Random(3))
@example([41.0, 130.0, 130.0, 41.0], 5.0, Random(1))
def test_with_values_in_doubt_no_order_of_readings_loses_or_changes_an_excursion(
    database: Database, values: list[float], step: float, random: Any
) -> None:
    """What was told before a late reading put it in doubt stays told: then there may be more."""

    def watched() -> Chain:
        chain = fresh(database)
        units = {FRIDGE.id: replace(FRIDGE, storage_class=DOUBTED)}
        chain.pharmacy = replace(chain.pharmacy, units=units, digest=f"wild-{next(_COUNT)}")
        return chain

    series = [(minute * step, value) for minute, value in enumerate(values)]
    end = series[-1][0]
    in_order = essence(watched().store(*series, received=end).judge(end).excursions())
    shuffled = watched()
    random.shuffle(series)
    for pair in series:
        shuffled.store(pair, received=end).judge(end)
    assert set(in_order) <= set(essence(shuffled.excursions()))


def test_stored_states_need_the_same_attention_after_a_restart(chain: Chain) -> None:
    chain.live((0, 47.0))
    with chain.database.snapshot() as connection:
        assert chain.look(connection) == at(15)
        assert stored.look_at_states(connection, [FRIDGE.id])[FRIDGE.id].excursion is not None


def test_the_excursions_case_is_of_the_right_kind(chain: Chain) -> None:
    chain.live((0, 60.0))
    assert chain.case().kind is CaseKind.EXCURSION
