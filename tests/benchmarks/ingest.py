"""How fast readings are taken in: stored durably, rolled up and judged, beside the same client doing less.

`python -m tests.benchmarks.ingest [COUNT]`. Every measurement is a process of its own with Mosquitto and a publisher
beside it, on the same machine in the same minute: only their ratios mean something elsewhere.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from shiftbot.mqtt.intake import Intake, Message
from shiftbot.mqtt.subscriber import BATCH_MAX, V5, V311, Subscriber
from shiftbot.services import cold_chain
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from tests.benchmarks.databases import address, kinds
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.taking import definitions, publish
from tests.mqtt.brokers import running_mosquitto

COUNT = 100_000
PACED_RATE = 1_000
PACED_COUNT = 10_000
COUNTRY_RATE = 5_000
COUNTRY_COUNT = 30_000
JUDGES_EVERY_SECONDS = 0.05
"""Seconds between two judgings: every batch asks for one, and under load they come together."""

UNLIMITED = "max_queued_messages 0\nmax_inflight_messages 0"


class Finish:
    """Counts what is done, and knows when it began and ended."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.done = 0
        self.began = 0.0
        self.ended = 0.0
        self.cpu = 0.0
        self.reached = threading.Event()

    def begin(self) -> None:
        """The first message is there."""
        if not self.began:
            self.began, self.cpu = time.perf_counter(), time.process_time()

    def add(self, more: int) -> None:
        """So many more are done."""
        self.done += more
        if self.done >= self.count:
            self.ended = time.perf_counter()
            self.reached.set()

    def figures(self) -> dict[str, float]:
        """Readings a second, CPU and memory of this process."""
        self.reached.wait()
        elapsed = self.ended - self.began
        return {
            "per_second": self.count / elapsed,
            "cpu_us": (time.process_time() - self.cpu) / self.count * 1e6,
            "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def shiftbot(port: int, count: int, database_url: str) -> dict[str, Any]:
    """The real thing: the subscriber, the intake, and judging whenever something was stored."""
    database, pharmacy, finish = Database(database_url), definitions(), Finish(count)
    migrate(database)
    intake, waits = Intake(database, lambda: pharmacy), SimpleQueue[float]()
    cold_chain.judge_units(database, pharmacy, datetime.now(UTC))
    judged, asked = Finish(count), threading.Event()

    def store(batch: Sequence[Message]) -> None:
        finish.begin()
        stored = intake.store(batch)
        committed = datetime.now(UTC)
        for message in batch:
            waits.put((committed - _taken_at(message.payload)).total_seconds() * 1000)
        finish.add(stored)

    def judge() -> None:
        while not judged.reached.is_set():
            asked.wait()
            asked.clear()
            done = finish.done
            cold_chain.judge_units(database, pharmacy, datetime.now(UTC))
            if done >= count:
                judged.begin()
                judged.add(count)
            time.sleep(JUDGES_EVERY_SECONDS)

    threading.Thread(target=judge, daemon=True).start()
    url = f"mqtt://127.0.0.1:{port}"
    plain_store = store if count <= PACED_COUNT else _counted(intake, finish)
    subscriber = Subscriber(url, plain_store, client_id="bench", now=_now, on_stored=asked.set)
    subscriber.start()
    _ready(lambda: subscriber.is_connected)
    judged.reached.wait()
    finish.ended = max(finish.ended, judged.ended)
    figures: dict[str, Any] = finish.figures() | {"waits": sorted(waits.get() for _ in range(waits.qsize()))}
    subscriber.stop()
    database.close()
    return figures


def _counted(intake: Intake, finish: Finish) -> Callable[[Sequence[Message]], None]:
    def store(batch: Sequence[Message]) -> None:
        finish.begin()
        finish.add(intake.store(batch))

    return store


def _taken_at(payload: bytes) -> datetime:
    at = payload.index(b"taken_at") + 12
    return datetime.fromisoformat(payload[at : at + 27].decode())


def _now() -> datetime:
    return datetime.now(UTC)


def only_counting(port: int, count: int, _database_url: str) -> dict[str, Any]:
    """The same client, which only counts and acknowledges."""
    finish = Finish(count)

    def on_message(_client: Client, _data: object, _message: MQTTMessage) -> None:
        finish.begin()
        finish.add(1)

    client = _client(manual=False)
    client.on_message = on_message
    _listen(client, port)
    return finish.figures()


def only_inserting(port: int, count: int, database_url: str) -> dict[str, Any]:
    """The same client, which decodes, inserts in natural batches into one table, and acknowledges."""
    finish, queue = Finish(count), SimpleQueue[MQTTMessage]()
    database = Database(database_url)
    create = "CREATE TABLE plain (topic TEXT, taken_at TEXT, value FLOAT, PRIMARY KEY (topic, taken_at))"
    with database.transaction() as connection:
        connection.exec_driver_sql(create + (" WITHOUT ROWID" if database.is_sqlite else ""))
    mark = "?" if database.is_sqlite else "%s"
    insert = f"INSERT INTO plain VALUES ({mark}, {mark}, {mark}) ON CONFLICT DO NOTHING"
    client = _client(manual=True)

    def write() -> None:
        while True:
            batch = [queue.get()]
            finish.begin()
            try:
                while len(batch) < BATCH_MAX:
                    batch.append(queue.get_nowait())
            except Empty:
                pass
            decoded = [(message.topic, json.loads(message.payload)) for message in batch]
            with database.transaction() as connection:
                rows = [(name, said["taken_at"], said["temperature"]) for name, said in decoded]
                connection.exec_driver_sql(insert, rows)
            for message in batch:
                client.ack(message.mid, message.qos)
            finish.add(len(batch))

    threading.Thread(target=write, daemon=True).start()
    client.on_message = lambda _client, _data, message: queue.put(message)
    _listen(client, port)
    figures = finish.figures()
    database.close()
    return figures


PROTOCOL = V311
"""Stock paho is quicker so: every MQTT 5 message costs it 20 µs more."""


def _client(*, manual: bool) -> Client:
    clean = None if PROTOCOL == V5 else False
    return Client(CallbackAPIVersion.VERSION2, "bench", clean_session=clean, protocol=PROTOCOL, manual_ack=manual)


def _listen(client: Client, port: int) -> None:
    connected = threading.Event()

    def on_connect(client: Client, *_: object) -> None:
        client.subscribe("#", qos=1)
        connected.set()

    client.on_connect = on_connect
    more: dict[str, Any] = {}
    if PROTOCOL == V5:
        wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        wishes.SessionExpiryInterval, wishes.ReceiveMaximum = 3600, BATCH_MAX
        more = {"clean_start": False, "properties": wishes}
    client.connect("127.0.0.1", port, **more)
    client.loop_start()
    _ready(connected.is_set)


def _ready(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.01)
    time.sleep(0.3)
    sys.stdout.write("ready\n")
    sys.stdout.flush()


VARIANTS = {"shiftbot": shiftbot, "counting": only_counting, "inserting": only_inserting}


def measure(variant: str, count: int, rate: int = 0, database_url: str = "") -> dict[str, Any]:
    """Run one variant in a process of its own, with a broker and a publisher beside it."""
    with tempfile.TemporaryDirectory() as name, running_mosquitto(Path(name), UNLIMITED) as broker:
        url = database_url or f"sqlite:///{name}/bench.sqlite3"
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.ingest",
            "--child",
            variant,
            str(broker.port),
            str(count),
            url,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            if child.stdout is None or child.stdout.readline() != "ready\n":
                raise RuntimeError(f"{variant} did not start")
            publish(broker.port, count, rate)
            figures: dict[str, Any] = json.loads(child.stdout.readline())
    return figures


def run(words: Sequence[str] = ()) -> list[Figure]:
    """Measure everything. A number among the words is how many readings."""
    if shutil.which("mosquitto") is None and shutil.which("mosquitto", path="/usr/sbin") is None:
        return [Figure("readings taken in", "not measured: Mosquitto is not installed")]
    count = next((int(word) for word in words if word.isdigit()), COUNT)
    counting = measure("counting", count)
    figures = [_counting(counting, count)]
    for kind in kinds():
        figures += _stored(kind, count, counting)
    return [*figures, _latency(), _country()]


def _counting(counting: dict[str, Any], count: int) -> Figure:
    what = f"{count:,} readings of 80 bytes from Mosquitto at QoS 1, only counted and acknowledged by stock paho"
    return Figure(what, _figures(counting))


def _stored(kind: str, count: int, counting: dict[str, Any]) -> list[Figure]:
    """Ours on one database beside stock paho that decodes, inserts in natural batches and acknowledges."""
    with address(kind) as url:
        ours = measure("shiftbot", count, database_url=url)
    with address(kind) as url:
        plain = measure("inserting", count, database_url=url)
    to_counting, to_plain = (ours["per_second"] / each["per_second"] for each in (counting, plain))
    return [
        Figure(f"the same decoded, stored durably, rolled up and judged by shiftbot, {kind}", _figures(ours)),
        Figure("… its ratio to only counting", f"{to_counting:.2f}"),
        Figure("… its ratio to decoding and inserting alone", f"{to_plain:.2f}", "≥ 0.8", _figures(plain)),
    ]


def _country() -> Figure:
    """Every pharmacy of a large country: 60,000 sites with 5 sensors each, one reading a minute."""
    ours, plain = (
        measure(variant, COUNTRY_COUNT, COUNTRY_RATE)["cpu_us"] * COUNTRY_RATE / 1e6
        for variant in ("shiftbot", "inserting")
    )
    what = f"{COUNTRY_RATE:,} readings/s, one by one: 60,000 sites × 5 sensors × 1/min"
    return Figure(
        what, f"one process, {ours:.2f} of a core", "half a core", f"decoding and inserting alone: {plain:.2f}"
    )


def _figures(measured: dict[str, Any]) -> str:
    speed, cpu, memory = measured["per_second"], measured["cpu_us"], measured["rss_mb"]
    return f"{speed:,.0f}/s, {cpu:.0f} µs CPU a reading, {memory:.0f} MB resident"


def _latency() -> Figure:
    waits = measure("shiftbot", PACED_COUNT, PACED_RATE)["waits"]
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    what = f"published → committed at {PACED_RATE:,}/s"
    return Figure(what, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "p50 ≤ 3 ms, p99 ≤ 10 ms", "0.4 and 0.8 ms")


def main() -> None:
    """Print the figures; or, as a child, measure one variant."""
    if sys.argv[1:2] == ["--child"]:
        variant, port, count, url = sys.argv[2:6]
        figures = VARIANTS[variant](int(port), int(count), url)
        sys.stdout.write(json.dumps(figures) + "\n")
        sys.stdout.flush()
        return
    sys.stdout.write(table(run(sys.argv[1:])) + "\n")


if __name__ == "__main__":
    main()
