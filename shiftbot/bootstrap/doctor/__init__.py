"""`shiftbot doctor`: tests every connection, scope and person's reachability, and says what is wrong and what to do.

Changes nothing and sends nothing, unless a test message is asked for; no secret is ever shown.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from shiftbot.bootstrap.doctor.broker import look_at_sensors_broker
from shiftbot.bootstrap.doctor.database import look_at_database
from shiftbot.bootstrap.doctor.finding import Finding, is_well, render_json, well
from shiftbot.bootstrap.doctor.machine import look_at_heartbeat, look_at_home
from shiftbot.bootstrap.doctor.people import look_at_means, look_at_slack, send_test
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import SettingsError
from shiftbot.settings import Settings

__all__ = ["examine", "is_well", "render_json"]


def examine(
    settings: Settings,
    pharmacy: Pharmacy,
    now: Callable[[], datetime],
    *,
    embedded_port: int,
    test_person: str | None = None,
) -> Iterator[Finding]:
    """Everything, one finding after the other, as it is found. `test_person` is sent a test by every means.

    Raises SettingsError when there is no such person.
    """
    if test_person is not None and test_person not in pharmacy.people:
        raise SettingsError(f"there is no {test_person} in pharmacy.yaml; write one of {', '.join(pharmacy.people)}")
    yield well("definitions", f"{len(pharmacy.sites)} sites, {len(pharmacy.people)} people, no mistakes")
    yield from look_at_home(settings)
    yield from look_at_database(settings.database, now())
    yield from look_at_sensors_broker(settings, embedded_port)
    yield from look_at_slack(settings, pharmacy, now)
    yield from look_at_means(pharmacy)
    if test_person is not None:
        yield from send_test(settings, pharmacy.people[test_person])
    yield from look_at_heartbeat(settings)
