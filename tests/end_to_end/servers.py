"""A PostgreSQL server that can be restarted under those who use it, as an upgrade or a power cut would."""

import os
import signal
import subprocess
import time
from pathlib import Path

from psycopg import OperationalError

from tests.mqtt.brokers import wait_until
from tests.postgres import PostgresServer


def restart(server: PostgresServer, away_for: float) -> None:
    """End the server at once, whoever is connected; start it again a little later, as it was started before."""
    with server.connect("postgres") as connection:
        row = connection.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'").fetchone()
    assert row is not None
    pid = int((Path(row[0]) / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    process = Path(f"/proc/{pid}")
    command = process.joinpath("cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    owner, folder = process.stat(), process.joinpath("cwd").readlink()
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not _is_alive(process), "PostgreSQL is gone")
    time.sleep(away_for)
    # Nobody's child: pg_virtualenv ends it by its pid file, as it would have ended the first one.
    subprocess.run(
        ["sh", "-c", 'exec "$@" > /dev/null 2>&1 < /dev/null &', "sh", *command],
        cwd=folder, user=owner.st_uid, group=owner.st_gid, start_new_session=True, check=True,
    )  # fmt: skip
    wait_until(lambda: _answers(server), "PostgreSQL answers again")


def _is_alive(process: Path) -> bool:
    try:
        return process.joinpath("stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _answers(server: PostgresServer) -> bool:
    try:
        server.execute("SELECT 1")
    except OperationalError:
        return False
    return True
