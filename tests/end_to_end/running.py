"""`shiftbot run` as a process of its own: started, killed, stopped; its words kept in a file."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from shiftbot.settings import NAMES
from tests.mqtt.brokers import free_port, wait_until


@dataclass
class Running:
    """One process of shiftbot, and all that were it before. `environment` holds what the design names."""

    log: Path
    environment: Mapping[str, str]
    command: str = "run"
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Running":
        """Start it, and return at once."""
        inherited = {
            name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in NAMES.values()
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shiftbot", self.command],
                env=inherited | {"PORT": str(self.port)} | dict(self.environment), stdout=log, stderr=log,
            )  # fmt: skip
        return self

    def started(self) -> "Running":
        """Start it, and wait until it says that it runs."""
        before = self.said().count("is running;")
        self.start()
        wait_until(lambda: self.said().count("is running;") > before or self.has_ended, "shiftbot says that it runs")
        if self.has_ended:
            raise AssertionError(f"shiftbot ended:\n{self.said()}")
        return self

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """kill -9, at whatever instruction it is."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """Ask it to end, as systemd does; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    def hang_up(self) -> None:
        """Ask it to read its definitions again, as `systemctl reload` does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def said(self) -> str:
        """Everything it wrote, standard output and error together."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def errors(self) -> list[str]:
        """Lines of level ERROR, and tracebacks."""
        return [line for line in self.said().splitlines() if " ERROR " in line or line.startswith("Traceback")]

    def health(self) -> tuple[int, str]:
        """What /healthz says: status and body."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
