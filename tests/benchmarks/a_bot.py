"""`shiftbot run` as a process of its own, between a Slack emulator and its embedded broker, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from shiftbot import slack
from shiftbot.demo.emulator import SlackEmulator
from tests.benchmarks.processes import Started
from tests.mqtt.brokers import free_port

LINES = 40
"""As many lines as still have a button each on one card."""

STARTS_WITHIN = 60.0
STOPS_WITHIN = 30.0


def write_home(folder: Path, sites: int) -> None:
    """A chain that never closes: each site has one checklist, open all day, and one person for everybody."""
    pharmacy = {"sites": [_site(number) for number in range(sites)], "people": [_BEN, _MORGAN]}
    _write(folder / "pharmacy.yaml", pharmacy)
    items = [{"id": f"line-{number}", "title": f"Line {number}"} for number in range(LINES)]
    checklist = {"id": "all-day", "title": "All day", "opens": "open", "due": "close", "grace": "10m"}
    _write(folder / "checklists" / "all-day.yaml", checklist | {"sections": [{"title": "Front", "items": items}]})


_BEN = {"id": "ben", "name": "Ben Ortiz", "slack": "U0BEN", "roles": ["technician"]}
_MORGAN = {"id": "morgan", "name": "Morgan Lee", "slack": "U0MORGAN", "roles": ["manager"]}


def channel_of(number: int) -> str:
    """The channel of a site."""
    return f"C0SITE{number:05}"


def _site(number: int) -> dict[str, Any]:
    return {
        "id": f"site-{number}",
        "name": f"Pharmacy {number}",
        "timezone": "UTC",
        "temperature_unit": "C",
        "channel": channel_of(number),
        "hours": {"mon-sun": "00:00-24:00"},
        "setting": "retail",
        "checklists": ["all-day"],
        "fallback": "morgan",
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


@contextmanager
def workspace(sites: int) -> Iterator[SlackEmulator]:
    """A Slack with Ben, Morgan and the channels of a chain."""
    with SlackEmulator() as emulator:
        emulator.add_user("U0BEN", "ben", "Ben Ortiz", "Technician")
        emulator.add_user("U0MORGAN", "morgan", "Morgan Lee", "Manager")
        for number in range(sites):
            emulator.add_channel(channel_of(number), f"site-{number}", ["U0BEN", "U0MORGAN"])
        emulator.use_manifest(yaml.safe_load((Path(slack.__file__).parent / "manifest.yaml").read_text()))
        yield emulator


@dataclass
class Bot(Started):
    """A running `shiftbot run`."""

    began: float
    port: int

    def health(self) -> dict[str, Any]:
        """What `/healthz` says; nothing while it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                said: dict[str, Any] = json.load(answer)
                return said
        except (URLError, ConnectionError):
            return {}

    def wait_for_first_tick(self) -> float:
        """Seconds from the start of the process to the end of its first tick."""
        while not self.health().get("last_tick_at"):
            if self.process.poll() is not None or time.perf_counter() - self.began > STARTS_WITHIN:
                raise RuntimeError("shiftbot run did not start")
            time.sleep(0.005)
        return time.perf_counter() - self.began


@contextmanager
def running(home: Path, emulator: SlackEmulator) -> Iterator[Bot]:
    """`shiftbot run` for as long as the block lasts."""
    port = free_port()
    environment = os.environ | {
        "SHIFTBOT_HOME": str(home),
        "SLACK_BOT_TOKEN": emulator.bot_token,
        "SLACK_APP_TOKEN": emulator.app_token,
        "SLACK_API_URL": emulator.api_url,
        "PORT": str(port),
        "PYTHONFAULTHANDLER": "1",
    }
    began = time.perf_counter()
    command = [sys.executable, "-m", "shiftbot", "run"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield Bot(process, began, port)
        finally:
            _end(process, home / "log")


def _end(process: subprocess.Popen[bytes], log: Path) -> None:
    """Stop it as a service manager does; one that does not go is made to say where it stands."""
    process.terminate()
    try:
        process.wait(timeout=STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        process.wait()
        raise RuntimeError(f"shiftbot run did not stop:\n{log.read_text(encoding='utf-8')}") from None
