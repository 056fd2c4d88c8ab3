"""The MQTT broker: reached, and keeping what we are away for."""

from collections.abc import Iterator

from shiftbot.bootstrap.doctor.finding import Finding, doubtful, not_looked, well, wrong
from shiftbot.bootstrap.opening import embedded_broker, outside_broker
from shiftbot.errors import SettingsError
from shiftbot.mqtt.checking import look_at_broker
from shiftbot.mqtt.findings import broker_findings
from shiftbot.mqtt.subscriber import client_id_for
from shiftbot.settings import Settings

AREA = "broker"


def look_at_sensors_broker(settings: Settings, embedded_port: int) -> Iterator[Finding]:
    """The broker that is named; of our own only whether its settings hold, since it runs within shiftbot."""
    try:
        address = outside_broker(settings)
        if address is None:
            own = embedded_broker(settings, embedded_port)
            yield not_looked(AREA, f"shiftbot's own, at {own.host}:{own.port} while it runs; its settings hold")
            return
    except SettingsError as error:
        yield wrong(AREA, str(error), "see the MQTT settings")
        return
    # The running process has an id of its own, and would be thrown out if we came with the same.
    seen = look_at_broker(address, client_id_for(settings.database, "doctor"))
    if seen.why_not:
        yield wrong(AREA, f"{address}: {seen.why_not}", "see SHIFTBOT_MQTT_URL, and the broker's log")
        return
    yield well(AREA, f"{address} lets us in ({'encrypted' if address.tls else 'not encrypted'})")
    for topic in seen.refused:
        yield wrong(AREA, f"we may not hear {topic}", "allow our user to subscribe to it")
    for line in broker_findings(seen.facts):
        what, _, mend = line.partition(": ")
        yield doubtful(AREA, what, mend)
