"""The environment, read once and frozen. Each variable may also come from a file, as NAME_FILE (design.md §7)."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr

from shiftbot.errors import SettingsError

NAMES = {
    "home": "SHIFTBOT_HOME",
    "database_url": "SHIFTBOT_DATABASE_URL",
    "mqtt_url": "SHIFTBOT_MQTT_URL",
    "slack_bot_token": "SLACK_BOT_TOKEN",
    "slack_app_token": "SLACK_APP_TOKEN",
    "slack_signing_secret": "SLACK_SIGNING_SECRET",
    "slack_api_url": "SLACK_API_URL",
    "heartbeat_url": "SHIFTBOT_HEARTBEAT_URL",
    "port": "PORT",
}


class Settings(BaseModel):
    """What the environment says; secrets do not show when printed."""

    model_config = ConfigDict(frozen=True)

    home: Path = Path()
    database_url: str = ""
    mqtt_url: str | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    heartbeat_url: str | None = None
    port: int = 8080

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: as set, else a SQLite file in the home folder."""
        return self.database_url or f"sqlite:///{self.home / 'shiftbot.db'}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError naming the variable that is wrong."""
    source = os.environ if environ is None else environ
    values = {field: value for field, name in NAMES.items() if (value := _read(source, name)) is not None}
    if "port" in values and not values["port"].isdigit():
        raise SettingsError(f"PORT is {values['port']!r}; write a number such as 8080")
    settings = Settings.model_validate(values)
    if settings.mqtt_url and not settings.mqtt_url.startswith(("mqtt://", "mqtts://")):
        raise SettingsError(f"SHIFTBOT_MQTT_URL is {settings.mqtt_url!r}; write mqtt://host:1883 or mqtts://host:8883")
    return settings


def _read(source: Mapping[str, str], name: str) -> str | None:
    plain, from_file = source.get(name), source.get(f"{name}_FILE")
    if plain and from_file:
        raise SettingsError(f"{name} and {name}_FILE are both set; keep one of them")
    if from_file:
        try:
            return Path(from_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE names {from_file}, which cannot be read: {error.strerror}") from error
    return plain or None
