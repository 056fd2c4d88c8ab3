"""A process that was started to be measured: its memory and CPU as the system counts them, and its end."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

STOPS_WITHIN = 30.0


@dataclass
class Started:
    """A process of ours."""

    process: subprocess.Popen[bytes]

    @property
    def resident_mb(self) -> float:
        """Memory that is resident now."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

    @property
    def cpu_seconds(self) -> float:
        """CPU used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def expect_alive(self) -> None:
        """Raises RuntimeError when it has ended by itself."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args!r} ended by itself: {self.process.returncode}")

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as a service manager does: what does not go in time is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
