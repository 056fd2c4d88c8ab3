"""Real brokers for tests: Mosquitto on a free port, with the settings a test asks for, and a way to wait for things."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from shiftbot.mqtt.broker import Broker
from shiftbot.mqtt.subscriber import V5, V311

MISSING = "These tests need Mosquitto. On Debian: apt-get install mosquitto mosquitto-clients (or: make system)."
WAITS_AT_MOST = 60.0

KEEPS_EVERYTHING = "persistence true\nautosave_interval 1\nautosave_on_changes false\nmax_queued_messages 0"


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds, however busy the machine is; fails with `what` when it never does."""
    deadline = time.monotonic() + WAITS_AT_MOST
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {WAITS_AT_MOST:.0f} s in vain until {what}")
        time.sleep(0.01)


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Mosquitto:
    """A Mosquitto that can be killed and started again on the same port, with the same files."""

    program: str
    folder: Path
    port: int
    settings: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        path = self.folder / "mosquitto.conf"
        path.write_text(self.configuration(), encoding="utf-8")
        self.process = subprocess.Popen([self.program, "-c", str(path)], stderr=subprocess.DEVNULL)
        wait_until(self._listens, "Mosquitto listens")

    def configuration(self) -> str:
        """What it is told: open to everybody on this machine, its files in its folder."""
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", "log_type none"]
        lines += [f"persistence_location {self.folder}/", self.settings]
        return "\n".join(lines) + "\n"

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None


def program() -> str:
    """Where Mosquitto is installed; the test fails when it is not."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        pytest.fail(MISSING)
    return found


@contextmanager
def running_mosquitto(folder: Path, settings: str = KEEPS_EVERYTHING) -> Iterator[Mosquitto]:
    """A Mosquitto for as long as the block lasts."""
    broker = Mosquitto(program(), folder, free_port(), settings)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def publish(port: int, topic: str, payload: str | bytes, *more: str) -> None:
    """Publish one message with mosquitto_pub at QoS 1, as any device would."""
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-t", topic, "-s", *more]
    subprocess.run(command, input=payload if isinstance(payload, bytes) else payload.encode(), check=True)


EITHER = ("mosquitto", "embedded")


@dataclass(frozen=True)
class Reachable:
    """A broker of either kind: its port, where we connect to it, and the protocol we then speak."""

    port: int
    url: str
    protocol: MQTTProtocolVersion


@contextmanager
def running_broker(kind: str, folder: Path) -> Iterator[Reachable]:
    """A broker of one of the kinds `EITHER` for as long as the block lasts."""
    if kind == "mosquitto":
        with running_mosquitto(folder) as mosquitto:
            yield Reachable(mosquitto.port, mosquitto.url, V5)
        return
    with Broker() as embedded:
        yield Reachable(embedded.port, embedded.url, V311)
