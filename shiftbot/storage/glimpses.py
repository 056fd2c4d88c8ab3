"""What every sensor of a unit showed last, whatever it measures, and what its device last said of itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from shiftbot.domain.site import Sensor
from shiftbot.storage.tables import latest, sensors


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The newest value of a sensor in `degrees` (`C`, `F`, `%` …); `facts` are JSON. `None` is what it never said."""

    unit: str
    topic: str
    metric: str
    probe: str
    value: float | None
    degrees: str
    taken_at: datetime | None
    heard_at: datetime | None
    battery: float | None
    facts: str | None

    def is_of(self, sensor: Sensor) -> bool:
        """Whether it is that of the sensor a unit has now."""
        return (self.topic, self.metric, self.probe) == (sensor.topic, sensor.metric, sensor.probe)


def of_units(connection: Connection, units: Collection[str]) -> dict[str, list[Glimpse]]:
    """By unit, every sensor that it has or had."""
    query = (
        select(
            sensors.c.unit, sensors.c.topic, sensors.c.metric, sensors.c.probe, latest.c.value,
            latest.c.unit.label("degrees"), latest.c.taken_at, latest.c.heard_at, latest.c.battery, latest.c.facts,
        )
        .join(latest, latest.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units))
        .order_by(sensors.c.metric, sensors.c.probe, sensors.c.id)
    )  # fmt: skip
    found: dict[str, list[Glimpse]] = {}
    for row in connection.execute(query):
        found.setdefault(row.unit, []).append(Glimpse(**dict(row._mapping) | {"degrees": row.degrees or ""}))
    return found
