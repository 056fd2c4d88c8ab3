"""The address of an MQTT broker: mqtt:// or mqtts://, with user and password if need be, and whom TLS trusts."""

from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client

from shiftbot.errors import SettingsError
from shiftbot.mqtt.trust import Trust


class Address:
    """Where the broker is, and who we are to it."""

    def __init__(self, url: str, trust: Trust | None = None) -> None:
        """Understand a URL, and read the certificates. Raises SettingsError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise SettingsError(f"the MQTT address cannot be understood: {error}") from None
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise SettingsError("the MQTT address must look like mqtt://host:1883 or mqtts://user:password@host:8883")
        self.host = parts.hostname
        self.tls = (trust or Trust()).context() if parts.scheme == "mqtts" else None
        if trust and self.tls is None:
            raise SettingsError(f"{', '.join(trust.names())} set, but SHIFTBOT_MQTT_URL is mqtt://; write mqtts://")
        self.port = port or (8883 if self.tls else 1883)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    def prepare(self, client: Client) -> None:
        """Give a client its credentials."""
        if self._user is not None:
            client.username_pw_set(self._user, self._password)
        if self.tls is not None:
            client.tls_set_context(self.tls)

    def __str__(self) -> str:
        """Without user and password, for logs."""
        return f"{self.host}:{self.port}"
