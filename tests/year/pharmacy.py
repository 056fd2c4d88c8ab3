"""The pharmacy of the simulated year: Hilltop with every retail pack, a roster of three, sensors that speak hourly."""

from dataclasses import replace
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from shiftbot.domain.site import Pharmacy, RosterRule, Sensor
from tests.packs import PLACES, load_hilltop

RETAIL = (
    "retail-opening", "retail-morning", "retail-midday", "retail-afternoon", "retail-closing", "voicemail",
    "controlled-count", "cs-daily-security", "dispensing-area-daily", "inventory-daily", "refill-due-calls",
    "outdates-monthly", "compliance-weekly", "compliance-monthly", "compliance-annual",
    "cold-delivery-receipt", "excursion-response", "vaccine-clinic-day", "cs-count-event",
)  # fmt: skip

EVERY = timedelta(hours=1)
"""Between two readings of a sensor: what checklists and alerts do is the same, and a year of them is quickly said."""

WEEKDAYS, SATURDAY = frozenset(range(5)), frozenset({5})

ROSTER = (
    RosterRule("hilltop-main", "amira", WEEKDAYS, time(7), time(21)),
    RosterRule("hilltop-main", "priya", SATURDAY, time(8), time(18)),
    RosterRule("hilltop-main", "ben", WEEKDAYS | SATURDAY, time(7), time(20, 30)),
)

MORE = PLACES + "    signing: pin\n"

LATER_CLOSING = """
id: retail-closing
extends: retail-closing
drop: [robot]
grace: 20m
change: { register: { for_each: register, title: reconciled } }
"""


@cache
def hilltop(*, changed: bool = False) -> Pharmacy:
    """The definitions; `changed` with an overlay of the closing checklist."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        if changed:
            (home / "checklists").mkdir()
            (home / "checklists" / "closing.yaml").write_text(LATER_CLOSING, encoding="utf-8")
        loaded = load_hilltop(home, *RETAIL, more=MORE)
    units = {key: replace(unit, sensor=Sensor(f"hilltop/{key}", every=EVERY)) for key, unit in loaded.units.items()}
    return replace(loaded, units=units, roster=ROSTER)
