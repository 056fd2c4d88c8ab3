"""shiftbot as one of those that are compared: what `shiftbot ingest` and `shiftbot tick` do, with a hundred fridges."""

from functools import partial
from pathlib import Path

from tests.benchmarks.peers.peer import Peer
from tests.benchmarks.taking import start
from tests.mqtt.brokers import Mosquitto

INSTANTS = "SELECT taken_at FROM readings"
COUNTED = "SELECT count(*) FROM readings"


def shiftbot(home: Path, broker: Mosquitto) -> Peer:
    """Stores, rolls up and judges every reading, and acknowledges after the commit."""
    path = home / "shiftbot.db"
    return Peer("shiftbot", path, partial(start, home, f"sqlite:///{path}", broker.url), INSTANTS, COUNTED)
