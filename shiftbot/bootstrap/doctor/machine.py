"""This machine: a home folder that holds and can be written, room on its disk, and whoever watches us."""

import os
import socket
import ssl
from collections.abc import Iterator
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from shiftbot.bootstrap.doctor.database import room_at
from shiftbot.bootstrap.doctor.finding import Finding, not_looked, well, wrong
from shiftbot.bootstrap.health import HEARTBEAT_TIMEOUT
from shiftbot.boundaries import around
from shiftbot.settings import Settings

HEARTBEAT = "heartbeat"


def look_at_home(settings: Settings) -> Iterator[Finding]:
    """The home folder."""
    home = settings.home.absolute()
    if not home.is_dir():
        yield wrong("home", f"{home} is no folder", "see SHIFTBOT_HOME")
        return
    try:
        with TemporaryFile(dir=home) as tried:
            tried.write(b"shiftbot doctor")
    except OSError as error:
        needed = "" if settings.database_url else "; its database lies there"
        yield wrong("home", f"{home} cannot be written: {error.strerror}{needed}", f"give it to user {os.getuid()}")
    else:
        yield well("home", f"{home} can be written")
    if settings.database_url:
        yield room_at("home", home)


def look_at_heartbeat(settings: Settings) -> Iterator[Finding]:
    """The address that is pinged after each good tick: whether anybody listens. No ping: that is the ticker's word.

    The address is never shown: whoever knows it can ping.
    """
    if settings.heartbeat_url is None:
        yield not_looked(HEARTBEAT, "SHIFTBOT_HEARTBEAT_URL is not set: nobody would notice if shiftbot were dead")
        return
    try:
        with around("call to the heartbeat"):
            _knock(settings.heartbeat_url)
    except OSError as error:
        yield wrong(HEARTBEAT, f"whoever watches is not reached: {error}", "see SHIFTBOT_HEARTBEAT_URL")
    else:
        yield well(HEARTBEAT, "whoever watches is reached")


def _knock(url: str) -> None:
    """Connect, encrypted where it should be, and say nothing. Raises OSError."""
    parts = urlsplit(url)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    with socket.create_connection((host, port), timeout=HEARTBEAT_TIMEOUT) as line:
        if parts.scheme == "https":
            ssl.create_default_context().wrap_socket(line, server_hostname=host).close()
