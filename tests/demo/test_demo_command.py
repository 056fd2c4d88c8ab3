"""`shiftbot demo` as a command: one URL, a clean end at Ctrl-C, one plain line for what cannot be."""

import os
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

COMMAND = [sys.executable, "-m", "shiftbot", "demo", "--no-browser"]


def test_it_prints_one_url_and_ends_cleanly_at_ctrl_c(tmp_path: os.PathLike[str]) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "http_proxy": "http://127.0.0.1:9"}
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True, env=environment) as demo:
        assert demo.stdout is not None
        url = next(line.strip() for line in demo.stdout if "http://" in line)
        with urlopen(url, timeout=10) as page:
            assert page.status == 200
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
        assert demo.wait(timeout=20) == 0
    assert "http://" not in rest
    command = next(line.split() for line in rest.splitlines() if "shiftbot verify" in line)
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--speed", "0"], "--speed"), (["--day", "2026-11-26"], "closed")],
)
def test_what_cannot_be_is_one_plain_line(options: list[str], says: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr
