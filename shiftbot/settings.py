"""The environment, read once and frozen. Each variable may also come from a file, as NAME_FILE (design.md §7)."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from shiftbot.errors import SettingsError

NAMES = {
    "home": "SHIFTBOT_HOME",
    "database_url": "SHIFTBOT_DATABASE_URL",
    "mqtt_url": "SHIFTBOT_MQTT_URL",
    "mqtt_ca": "SHIFTBOT_MQTT_CA",
    "mqtt_cert": "SHIFTBOT_MQTT_CERT",
    "mqtt_key": "SHIFTBOT_MQTT_KEY",
    "mqtt_host": "SHIFTBOT_MQTT_HOST",
    "mqtt_devices": "SHIFTBOT_MQTT_DEVICES",
    "slack_bot_token": "SLACK_BOT_TOKEN",
    "slack_app_token": "SLACK_APP_TOKEN",
    "slack_signing_secret": "SLACK_SIGNING_SECRET",
    "slack_api_url": "SLACK_API_URL",
    "heartbeat_url": "SHIFTBOT_HEARTBEAT_URL",
    "web_host": "SHIFTBOT_WEB_HOST",
    "port": "PORT",
}

HTTP = ("https", "http")

LAST_PORT = 65_535


class Settings(BaseModel):
    """What the environment says; secrets do not show when printed."""

    model_config = ConfigDict(frozen=True)

    home: Path = Path()
    database_url: str = ""
    mqtt_url: str | None = None
    mqtt_ca: str | None = None
    """Each of the three is the path of a PEM file, or its text; as NAME_FILE it is a file like every other setting."""
    mqtt_cert: str | None = None
    mqtt_key: SecretStr | None = None
    mqtt_host: str = "127.0.0.1"
    """The address the embedded broker listens on: this machine only, unless it says otherwise and devices are named."""
    mqtt_devices: SecretStr | None = None
    """What may publish to the embedded broker, as lines of `name password topic …` (mqtt/broker_devices.py)."""
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    heartbeat_url: str | None = None
    web_host: str = "127.0.0.1"
    """The address that is listened on: this machine's own only, unless it says otherwise (`0.0.0.0`: everybody)."""
    port: int = 8080

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: as set, else a SQLite file in the home folder."""
        return self.database_url or f"sqlite:///{self.home / 'shiftbot.db'}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError naming the variable that is wrong."""
    source = os.environ if environ is None else environ
    values = {field: value for field, name in NAMES.items() if (value := _read(source, name)) is not None}
    port = values.get("port", "8080")
    if not (port.isascii() and port.isdigit() and int(port) <= LAST_PORT):
        raise SettingsError(f"PORT is {port!r}; write a number such as 8080")
    _refuse_other_addresses(values, "mqtt_url", ("mqtt", "mqtts"), "mqtt://host:1883 or mqtts://host:8883")
    _refuse_other_addresses(values, "slack_api_url", HTTP, "https://slack.com/api/")
    _refuse_other_addresses(values, "heartbeat_url", HTTP, "https://hc-ping.com/your-own-id")
    if "slack_api_url" in values:
        values["slack_api_url"] = values["slack_api_url"].rstrip("/") + "/"
    return Settings.model_validate(values)


def _refuse_other_addresses(values: Mapping[str, str], field: str, schemes: tuple[str, ...], mend: str) -> None:
    # The address may hold a password, so it is not repeated.
    if field in values and not _is_address(values[field], schemes):
        raise SettingsError(f"{NAMES[field]} cannot be understood; write {mend}")


def _is_address(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def _read(source: Mapping[str, str], name: str) -> str | None:
    plain, from_file = source.get(name), source.get(f"{name}_FILE")
    if plain and from_file:
        raise SettingsError(f"{name} and {name}_FILE are both set; keep one of them")
    if from_file:
        return _content(name, Path(from_file))
    return plain or None


def _content(name: str, path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name}_FILE names {path}, which is not text in UTF-8") from error
    if not content:
        raise SettingsError(f"{name}_FILE names {path}, which is empty")
    return content
