"""What a process opens before its parts are made: the database, the lock on it, the broker, the token for Slack."""

import fcntl
import logging
import os
import socket
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

from shiftbot.bootstrap.parts import Part
from shiftbot.errors import SettingsError, ShiftbotError
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.broker import Broker
from shiftbot.mqtt.broker_devices import SETTING as DEVICES
from shiftbot.mqtt.broker_devices import read_devices
from shiftbot.mqtt.trust import Trust
from shiftbot.settings import Settings
from shiftbot.storage.database import Database, parse_url
from shiftbot.storage.migrations import migrate

log = logging.getLogger(__name__)


def open_database(settings: Settings) -> Database:
    """The database, migrated. Raises SettingsError or StorageUnavailable with a plain line."""
    database = Database(settings.database)
    try:
        migrate(database)
    except ShiftbotError:
        database.close()
        raise
    return database


def bot_token(settings: Settings, parts: frozenset[Part]) -> str | None:
    """The token for Slack, for the parts that need it. Raises SettingsError before anything is opened or locked."""
    if not parts & {Part.BOT, Part.TICK}:
        return None
    if settings.slack_bot_token is None:
        raise SettingsError("SLACK_BOT_TOKEN is not set; it is the xoxb- token of your Slack app")
    if Part.BOT in parts and settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise SettingsError("set SLACK_APP_TOKEN (xapp-, Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode)")
    return settings.slack_bot_token.get_secret_value()


def outside_broker(settings: Settings) -> Address | None:
    """The broker that is named, its certificates read. Raises SettingsError, before anything is opened."""
    key = settings.mqtt_key.get_secret_value() if settings.mqtt_key else None
    trust = Trust(settings.mqtt_ca, settings.mqtt_cert, key)
    if settings.mqtt_url is None:
        if trust:
            raise SettingsError(
                f"{', '.join(trust.names())} set without SHIFTBOT_MQTT_URL; name the broker they are for"
            )
        return None
    if settings.mqtt_devices is not None:
        raise SettingsError(
            f"{DEVICES} is for the embedded broker, but SHIFTBOT_MQTT_URL names another; name devices there"
        )
    return Address(settings.mqtt_url, trust)


def embedded_broker(settings: Settings, port: int) -> Broker:
    """A broker of our own, not started. Raises SettingsError: a network that others share needs passwords."""
    devices = read_devices(settings.mqtt_devices.get_secret_value()) if settings.mqtt_devices else {}
    if not devices and not _is_this_machine(settings.mqtt_host):
        raise SettingsError(
            f"SHIFTBOT_MQTT_HOST opens the broker to the network; name who may publish in {DEVICES}, "
            "as lines of name, password and topics"
        )
    return Broker(devices, settings.mqtt_host, port)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def start_broker(wanted: Broker) -> Broker:
    """The embedded broker, started; on a free port when the one it should have is another's."""
    try:
        return wanted.start()
    except SettingsError:
        if wanted.port == 0:
            raise
        mend = f"if a broker of yours runs there, set SHIFTBOT_MQTT_URL=mqtt://{wanted.host}:{wanted.port}"
        log.warning("port %d is taken; %s", wanted.port, mend, extra={"action": "broker_port_taken"})
        return Broker(wanted.devices, wanted.host).start()


def hold(settings: Settings, parts: str, now: datetime) -> TextIO | None:
    """On SQLite one process at a time: `parts` and `now` tell the next one who has the file. On PostgreSQL nothing.

    Raises SettingsError when another has the file, and names it.
    """
    url = parse_url(settings.database)
    if url.get_backend_name() != "sqlite":
        return None
    try:
        lock = Path(f"{url.database}.lock").open("a+", encoding="utf-8")  # noqa: SIM115 - held while the process works
    except OSError as error:
        raise SettingsError(f"the database {url.database} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with lock:
            who = _who_has_it(lock)
        raise SettingsError(f"another shiftbot{who} works on {url.database}; stop that one first") from error
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}, since {now:%Y-%m-%d %H:%M:%S} UTC, as {parts}")
    lock.flush()
    return lock


WORDS_MAX = 200
"""Of a lock file no more is shown; somebody may have written anything there."""


def _who_has_it(lock: TextIO) -> str:
    """What the one who has the file wrote of itself; nothing when it has not come to that yet."""
    lock.seek(0)
    words = "".join(letter for letter in lock.read(WORDS_MAX) if letter.isprintable())
    return f" ({words})" if words else ""
