"""A user group in Slack holds who is on duty, whoever that is by now; what keeps it from that is told, once."""

from dataclasses import replace
from datetime import time

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.site import RosterRule
from shiftbot.storage import alerts
from tests.slack.workplace import Workplace

GROUP = "S0DUTY"
WEEK = frozenset(range(7))


def with_group(work: Workplace) -> None:
    """Amira is on duty until two, then Priya; the site keeps a group."""
    site = replace(work.pharmacy.sites["hilltop-main"], duty_group=GROUP)
    roster = (
        RosterRule(site.id, "amira", WEEK, time(8), time(14)),
        RosterRule(site.id, "priya", WEEK, time(14), time(20)),
    )
    work.pharmacy = replace(work.pharmacy, sites={site.id: site}, roster=roster, digest=f"{work.pharmacy.digest}:group")
    work.emulator.add_user_group(GROUP, "duty", [])


def sets(work: Workplace, since: int) -> list[str]:
    """What the group was set to, in order."""
    calls = [call for call in work.emulator.calls[since:] if call.method == "usergroups.users.update"]
    return [str(call.arguments["users"]) for call in calls]


def test_the_group_follows_the_roster_and_is_left_alone_in_between(work: Workplace) -> None:
    with_group(work)
    since = len(work.emulator.calls)
    for clock in ("07:00", "08:00", "09:00", "13:59", "14:00", "16:00", "20:30"):
        work.at(clock)
    assert sets(work, since) == ["U0AMIRA", "U0PRIYA"]


def test_a_group_that_cannot_be_set_is_an_alert_until_it_can(work: Workplace) -> None:
    with_group(work)
    work.emulator.fail("usergroups.users.update", "error", error="permission_denied")
    work.at("08:00")
    assert "user group S0DUTY" in titles(work)
    work.at("09:01")
    work.at("09:02")
    assert "user group S0DUTY" not in titles(work)


def titles(work: Workplace) -> str:
    """What is wrong with delivery."""
    with work.database.snapshot() as connection:
        return " ".join(alert.title for alert in alerts.unresolved(connection, kind=AlertKind.DELIVERY))
