"""Which pharmacies somebody sees when there are many: their own, by roster, fallback or where they were seen."""

from dataclasses import replace

from shiftbot.domain.site import Pharmacy
from shiftbot.slack.sites import Whereabouts, sites_for
from tests.cast import AMIRA, BEN, HILLTOP, MORGAN, PRIYA, hilltop


def chain(count: int = 40) -> Pharmacy:
    """Many sites; Amira is on the roster of the ninth, Morgan is the fallback of the twentieth."""
    named = [
        replace(HILLTOP, id=f"site-{n}", channel=f"C{n}", fallback="morgan" if n == 20 else "priya")
        for n in range(1, count + 1)
    ]
    pharmacy = hilltop(quiet=True, units=())
    return replace(
        pharmacy, sites={site.id: site for site in named}, roster=(replace(pharmacy.roster[0], site="site-9"),)
    )


def shown(person: object, whereabouts: Whereabouts, *troubled: str) -> list[str]:
    """The ids of the sites somebody sees."""
    return [site.id for site in sites_for(chain(), person, whereabouts, troubled)]  # type: ignore[arg-type]


def test_a_pharmacist_sees_the_sites_of_the_roster_and_a_manager_those_they_stand_in_for() -> None:
    assert shown(AMIRA, Whereabouts()) == ["site-9"]
    assert shown(MORGAN, Whereabouts()) == ["site-20"]


def test_a_technician_sees_the_site_in_whose_channel_they_work() -> None:
    whereabouts = Whereabouts()
    whereabouts.seen("U0BEN", "C31")
    whereabouts.seen("U0BEN", "D0BEN")
    whereabouts.seen("U0BEN", None)
    assert shown(BEN, whereabouts) == ["site-31"]
    whereabouts.seen("U0BEN", "C7")
    assert shown(BEN, whereabouts) == ["site-7", "site-31"]
    assert shown(BEN, whereabouts, "site-31", "site-40") == ["site-31", "site-7"]


def test_somebody_of_no_site_sees_those_with_trouble_first() -> None:
    assert shown(BEN, Whereabouts(), "site-33", "site-12") == ["site-12", "site-33", "site-1", "site-2", "site-3"]


def test_whoever_stands_in_for_all_sites_sees_those_with_trouble_first() -> None:
    assert shown(PRIYA, Whereabouts(), "site-33")[:2] == ["site-33", "site-1"]
    assert len(shown(PRIYA, Whereabouts(), "site-33")) == 5


def test_only_the_latest_five_places_are_remembered() -> None:
    whereabouts = Whereabouts()
    for number in (1, 2, 3, 4, 5, 6, 2):
        whereabouts.seen("U0BEN", f"C{number}")
    assert shown(BEN, whereabouts) == ["site-2", "site-6", "site-5", "site-4", "site-3"]
