"""Node-RED, installed with npm into the user's cache, and two flows of it: its best for this work, and its default.

Best: a client id, a session that is kept and not left when Node-RED is stopped, QoS 1, WAL, a prepared statement, each
reading once by its key. Default: the nodes as they are dropped in (QoS 2, no session, a statement in `msg.topic`).
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.peer import Peer
from tests.benchmarks.processes import Started
from tests.mqtt.brokers import Mosquitto, free_port

VERSION = "4.1.15"
SQLITE_NODE = "1.1.1"
"""node-red-node-sqlite, which brings sqlite3 and compiles it where there is no ready one."""

STARTS_WITHIN = 90.0
MISSING = (
    "make bench-peers needs Node.js 18 or later with npm. On Debian: apt-get install nodejs npm; "
    "elsewhere see https://nodejs.org/en/download."
)

INSTANTS = (
    "SELECT CAST(strftime('%s', taken_at) AS INTEGER) * 1000000 + CAST(substr(taken_at, 21, 6) AS INTEGER) "
    "FROM readings"
)

COUNTED = "SELECT coalesce(max(rowid), 0) FROM readings"

TAKEN = {"prepared": "$topic, $taken_at, $value", "msg.topic": "$1, $2, $3"}

SETTINGS = """module.exports = {
    uiHost: "127.0.0.1", uiPort: %d, httpAdminRoot: false, httpNodeRoot: false, credentialSecret: false,
    flowFile: "flows.json", telemetry: {enabled: false, updateNotification: false},
    externalModules: {autoInstall: false}, logging: {console: {level: "info", metrics: false, audit: false}},
};
"""


@dataclass(frozen=True)
class Flow:
    """How its nodes are set."""

    name: str
    client: str
    clean_session: bool
    qos: str
    query: str
    function: str
    create: tuple[str, ...]


COLUMNS = "topic TEXT, taken_at TEXT, value REAL"

BEST = Flow(
    name="Node-RED, its best",
    client="node-red-bench",
    clean_session=False,
    qos="1",
    query="prepared",
    function="msg.params = {$topic: msg.topic, $taken_at: msg.payload.taken_at, $value: msg.payload.temperature};",
    create=("PRAGMA journal_mode=WAL", f"CREATE TABLE readings ({COLUMNS}, PRIMARY KEY (topic, taken_at))"),
)
DEFAULT = Flow(
    name="Node-RED, as dropped in",
    client="",
    clean_session=True,
    qos="2",
    query="msg.topic",
    function=(
        "msg.payload = [msg.topic, msg.payload.taken_at, msg.payload.temperature]; "
        "msg.topic = 'INSERT INTO readings VALUES ($1, $2, $3)';"
    ),
    create=(f"CREATE TABLE readings ({COLUMNS})",),
)


def installed() -> Path:
    """Node-RED's folder; installed when it is not there. Ends the program when it cannot be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "shiftbot-peers" / f"node-red-{VERSION}"
    program = folder / "node_modules" / "node-red" / "red.js"
    if not program.exists() or not _loads(folder):
        _install(folder)
    return program


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        sys.exit(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    sys.stderr.write(f"installing Node-RED {VERSION} into {folder} …\n")
    packages = [f"node-red@{VERSION}", f"node-red-node-sqlite@{SQLITE_NODE}"]
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode or not _loads(folder):
        sys.exit(f"npm could not install Node-RED with its SQLite node:\n{done.stdout}{done.stderr}")


def _loads(folder: Path) -> bool:
    """Whether its SQLite driver, which is compiled code, is there for this Node.js."""
    if shutil.which("node") is None:
        sys.exit(MISSING)
    return not subprocess.run(
        ["node", "-e", "require('sqlite3')"], cwd=folder, capture_output=True, check=False
    ).returncode


def node_red(flow: Flow, home: Path, broker: Mosquitto) -> Peer:
    """A Node-RED with this flow in a folder of its own, its table made."""
    program, path = installed(), home / "readings.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in flow.create:
            database.execute(statement)
    (home / "settings.js").write_text(SETTINGS % free_port(), encoding="utf-8")
    (home / "flows.json").write_text(json.dumps(_nodes(flow, path, broker.port)), encoding="utf-8")
    return Peer(flow.name, path, partial(_start, program, home), INSTANTS, COUNTED)


def _nodes(flow: Flow, path: Path, port: int) -> list[dict[str, Any]]:
    """The flow as its file holds it. No id may be what some property says: it would be taken for a reference."""
    sql = f"INSERT OR IGNORE INTO readings VALUES ({TAKEN[flow.query]})"
    return [
        {"id": "the-tab", "type": "tab", "label": "readings"},
        {
            "id": "the-broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(port),
            "clientid": flow.client, "autoConnect": True, "usetls": False, "protocolVersion": "4", "keepalive": "60",
            "cleansession": flow.clean_session, "autoUnsubscribe": flow.clean_session,
        },
        {
            "id": "the-in", "type": "mqtt in", "z": "the-tab", "topic": "bench/#", "qos": flow.qos,
            "datatype": "auto-detect", "broker": "the-broker", "inputs": 0, "wires": [["the-function"]],
        },
        {
            "id": "the-function", "type": "function", "z": "the-tab", "func": flow.function + "\nreturn msg;",
            "outputs": 1, "libs": [], "wires": [["the-store"]],
        },
        {
            "id": "the-store", "type": "sqlite", "z": "the-tab", "mydb": "the-file", "sqlquery": flow.query, "sql": sql,
            "wires": [[]],
        },
        {"id": "the-file", "type": "sqlitedb", "db": str(path), "mode": "RWC"},
    ]  # fmt: skip


def _start(program: Path, home: Path) -> Started:
    """Start it and wait until it says that it is connected to the broker."""
    log = home / "log"
    with log.open("wb") as said:
        command = ["node", str(program), "-u", str(home), "-s", str(home / "settings.js"), str(home / "flows.json")]
        started = Started(subprocess.Popen(command, cwd=home, stdout=said, stderr=subprocess.STDOUT))
    deadline = time.monotonic() + STARTS_WITHIN
    while b"Connected to broker" not in log.read_bytes():
        if started.process.poll() is not None or time.monotonic() > deadline:
            started.kill()
            raise RuntimeError(f"Node-RED did not start:\n{log.read_text(encoding='utf-8')}")
        time.sleep(0.05)
    return started
