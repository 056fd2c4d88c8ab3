"""The days a site stays closed: public holidays of a country or region, and dates of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import holidays

from shiftbot.definitions.mistakes import Mistaken, nearest, shown
from shiftbot.definitions.times import parse_date


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """A container of dates, without end: holidays are worked out a year at a time, when first asked for."""

    code: str | None = None
    also: frozenset[date] = frozenset()
    worked_names: frozenset[str] = frozenset()
    worked_dates: frozenset[date] = frozenset()

    def __contains__(self, on: object) -> bool:
        if not isinstance(on, date):
            return False
        return on in self.also or (on not in self.worked_dates and self._is_holiday(on))

    def _is_holiday(self, on: date) -> bool:
        """On the day itself or where it is observed, unless each holiday of the day is worked."""
        names = _of_year(self.code, on.year).get(on, ()) if self.code else ()
        return any(_plain(name) not in self.worked_names for name in names)


def closed_days(code: str | None, also: Iterable[date], open_anyway: Iterable[str]) -> ClosedDays:
    """`code` is `US` or `US-NY`; `open_anyway` are names or dates of its holidays. `Mistaken` when one is unknown."""
    if code is not None:
        check_code(code)
    worked = [worked_day(code, each) for each in open_anyway]
    names = frozenset(each for each in worked if isinstance(each, str))
    dates = frozenset(each for each in worked if isinstance(each, date))
    return ClosedDays(code, frozenset(also), names, dates)


def check_code(code: str) -> None:
    """`Mistaken` unless the code names a country, or a region of one, whose holidays are known."""
    country, _, region = code.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        near = nearest(country, known)
        raise Mistaken(f"{shown(code)} is no country whose holidays are known", f"write {near or 'for example US-NY'}")
    if region and region not in known[country]:
        near = nearest(region, known[country])
        mend = f"write {country}-{near}" if near else f"write {country}, or {country}-{min(known[country], default='')}"
        raise Mistaken(f"{shown(code)} is no region whose holidays are known", mend.removesuffix("-"))


@cache
def _of_year(code: str, year: int) -> dict[date, tuple[str, ...]]:
    country, _, region = code.partition("-")
    days: Any = holidays.country_holidays(country, subdiv=region or None, years=year, language="en_US")
    return {on: tuple(days.get_list(on)) for on in days if on.year == year}


def worked_day(code: str | None, name: str) -> str | date:
    """A holiday the site works on, by date or by its plain name. `Mistaken` when there is none of that name."""
    if name[:1].isdigit():
        return parse_date(name)
    names = {_plain(each): each for on in _names(code) for each in on}
    if _plain(name) in names:
        return _plain(name)
    near = nearest(_plain(name), names)
    mend = f"did you mean {names[near]}?" if near else "write its date, like 2026-10-12"
    raise Mistaken(f"{shown(name)} is no holiday there", mend)


def _names(code: str | None) -> Iterable[tuple[str, ...]]:
    """Of any one year: names are the same in all, and no clock is read for them."""
    return _of_year(code, 2026).values() if code else ()


def _plain(name: str) -> str:
    return name.lower().replace("(observed)", "").strip()
