"""A PostgreSQL server of the tests' own: one a test process, thrown away afterwards, on a port nobody else uses."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg
import pytest

MISSING = (
    "These tests need PostgreSQL. On Debian: apt-get install postgresql postgresql-common (or: make system)."
    " Each test process starts a server of its own; one that runs already is left alone."
)

ATTEMPTS = 3
"""Between looking for a free port and using it somebody else may take it."""

# Nobody needs these tests' databases after a power cut.
HASTE = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "ssl=off",
    "checkpoint_timeout=1h", "max_wal_size=2GB",
)  # fmt: skip


@dataclass
class PostgresServer:
    """Where the server listens; makes and drops databases in it."""

    host: str
    port: int
    user: str
    password: str
    made: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with self.connect("postgres") as connection:
            connection.execute(statement.encode())

    def connect(self, database: str) -> psycopg.Connection:
        """A plain psycopg connection, each statement its own transaction."""
        return psycopg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database, autocommit=True
        )

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh database, a copy of `template`; its name. Dropped afterwards, whoever is still connected."""
        name = f"test_{next(self.made)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_postgres(settings: Sequence[str] = HASTE) -> Iterator[PostgresServer]:
    """A server for as long as the block lasts. It also goes when this process is killed: its input ends then."""
    if shutil.which("pg_virtualenv") is None:
        pytest.fail(MISSING)
    said = ""
    for _ in range(ATTEMPTS):
        with _starting(settings) as process:
            server, said = _wait_for(process)
            if server is not None:
                yield server
                return
    pytest.fail(f"{MISSING}\npg_virtualenv said:\n{said}")


@contextmanager
def _starting(settings: Sequence[str]) -> "Iterator[subprocess.Popen[str]]":
    options = [word for setting in settings for word in ("-o", setting)]
    tell = 'echo "ready $PGHOST $PGPORT $PGUSER $PGPASSWORD"; cat > /dev/null'
    # Where pytest has its folders: in memory, if the Makefile found room there. A thousand databases cost half as much.
    scratch = os.environ.get("PYTEST_DEBUG_TEMPROOT")
    environment = os.environ | ({"TMPDIR": scratch} if scratch else {})
    command = ["pg_virtualenv", "-t", *options, "-i", "--auth=trust", "-c", f"-p {_free_port()}", "sh", "-c", tell]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as process:
        yield process
        process.communicate()  # its input ends, it takes the server down, and says so


def _wait_for(process: "subprocess.Popen[str]") -> tuple[PostgresServer | None, str]:
    """The server once it is ready; None and what was said when it is not (somebody else took the port just then)."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if line.startswith("ready "):
            host, port, user, password = line.split()[1:]
            return PostgresServer(host, int(port), user, password), ""
    return None, "".join(said)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
