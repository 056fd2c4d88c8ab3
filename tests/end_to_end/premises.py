"""A pharmacy's folder for the wall's clock: written for this minute, so that checklists are due in seconds from now.

The site's time zone is chosen so that it is noon there: no test meets midnight or a closed door.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SITE = "hilltop-main"
CHANNEL = "C0HILLTOP"

PEOPLE = [
    {"id": "amira", "name": "Amira Hassan", "slack": "U0AMIRA", "roles": ["pharmacist"]},
    {"id": "ben", "name": "Ben Ortiz", "slack": "U0BEN", "roles": ["technician"]},
    {"id": "morgan", "name": "Morgan Lee", "slack": "U0MORGAN", "roles": ["manager"]},
    {"id": "priya", "name": "Priya Nair", "slack": "U0PRIYA", "roles": ["pharmacist"]},
]

QUICK_FRIDGE = {
    "id": "quick-fridge", "name": "Refrigerator that is told of at once", "low": {"C": 2, "F": 36},
    "high": {"C": 8, "F": 46}, "alarm_delay": "2s", "critical": {"after": "60m"},
    "clear": {"inside": {"C": 0.3, "F": 0.5}, "after": "2s"},
}  # fmt: skip

LADDER = [
    {"tell": "channel"},
    {"after": "1s", "tell": "on-duty-pharmacist"},
    {"after": "30m", "tell": "manager", "repeat": "30m"},
]


@dataclass(frozen=True)
class Round:
    """A checklist that opens this minute. `due_in` and `grace` are seconds from now."""

    id: str
    due_in: int
    grace: int = 1
    lines: Sequence[str] = ("Lights on", "Phones answered", "Bins empty")
    site: str = SITE

    def written(self, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
        """As a file in checklists/ says it."""
        minute = now.replace(second=0, microsecond=0)
        due = int((now - minute).total_seconds()) + self.due_in
        items = [{"id": f"line-{number}", "title": title} for number, title in enumerate(self.lines, start=1)]
        return {
            "id": self.id, "title": self.id.replace("-", " ").capitalize(),
            "opens": f"{minute.astimezone(zone):%H:%M}", "due": f"{due}s", "grace": f"{self.grace}s",
            "remind": "none", "sections": [{"title": "All of it", "items": items}],
        }  # fmt: skip


@dataclass(frozen=True)
class Fridge:
    """A unit whose alarm goes out two seconds after it left 2 to 8 °C."""

    id: str
    topic: str
    format: str = "plain"
    site: str = SITE

    def written(self) -> dict[str, Any]:
        """As a file in sensors/ says it."""
        sensor = {"topic": self.topic, "format": self.format, "every": "5m"}
        name = self.id.replace("-", " ").capitalize()
        return {"id": self.id, "site": self.site, "name": name, "class": "quick-fridge", "sensor": sensor}


@dataclass
class Premises:
    """What to write. `sites` maps a site's id to its channel."""

    folder: Path
    rounds: Sequence[Round] = ()
    fridges: Sequence[Fridge] = ()
    ladder: Sequence[dict[str, Any]] = field(default_factory=lambda: list(LADDER))
    sites: dict[str, str] = field(default_factory=lambda: {SITE: CHANNEL})

    def write(self, now: datetime | None = None) -> Path:
        """Write the folder for this instant; the folder."""
        now = now or datetime.now(UTC)
        zone = noon_zone(now)
        for name in ("checklists", "sensors"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        _write(self.folder / "pharmacy.yaml", self._pharmacy(zone))
        for each in self.rounds:
            _write(self.folder / "checklists" / f"{each.id}.yaml", each.written(now, zone))
        units = [fridge.written() for fridge in self.fridges]
        _write(self.folder / "sensors" / "units.yaml", {"classes": [QUICK_FRIDGE], "units": units})
        return self.folder

    def _pharmacy(self, zone: ZoneInfo) -> dict[str, Any]:
        sites = [
            {
                "id": site, "name": f"Hilltop Pharmacy ({site})", "timezone": zone.key, "temperature_unit": "C",
                "channel": channel, "hours": {"mon-sun": "08:00-20:00"}, "setting": "retail", "fallback": "morgan",
                "checklists": [each.id for each in self.rounds if each.site == site],
            }
            for site, channel in self.sites.items()
        ]  # fmt: skip
        roster = [
            {"site": site, "person": "amira", "days": "mon-sun", "from": "00:00", "to": "24:00"} for site in self.sites
        ]
        return {"sites": sites, "people": PEOPLE, "roster": roster, "escalation": {"standard": list(self.ladder)}}


def noon_zone(now: datetime) -> ZoneInfo:
    """A zone without daylight saving in which it is between noon and one o'clock."""
    ahead = 12 - now.astimezone(UTC).hour
    # The signs of these zones go against all others: Etc/GMT-5 is five hours ahead.
    zone = ZoneInfo(f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT")
    if (now.astimezone(zone) + timedelta(0)).hour != 12:
        raise AssertionError(f"{zone} is not the zone in which it is noon at {now}")
    return zone


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
