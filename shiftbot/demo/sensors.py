"""The simulated sensors' own way to the broker: one paho client, apart from everything of shiftbot's."""

from urllib.parse import urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

QOS = 1


class SensorRadio:
    """Publishes what the sensors say; what cannot go out yet waits in paho's queue."""

    def __init__(self, url: str) -> None:
        """`url` is mqtt://host:port."""
        address = urlsplit(url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 1883
        self._client = Client(CallbackAPIVersion.VERSION2, "hilltop-sensors", protocol=MQTTProtocolVersion.MQTTv311)
        self._client.max_inflight_messages_set(200)

    def start(self) -> None:
        """Connect in the background."""
        self._client.connect_async(self._host, self._port)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Hand one message to the network thread."""
        self._client.publish(topic, payload, QOS, retain)

    def stop(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()
