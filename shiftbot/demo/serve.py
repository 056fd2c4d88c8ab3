"""`shiftbot demo`: the stage on this machine until Ctrl-C, and the few lines that the terminal shows."""

import logging
import os
import tempfile
import webbrowser
from collections.abc import Callable
from datetime import date
from pathlib import Path

from shiftbot.bootstrap import Interruption
from shiftbot.demo.controls import Controls
from shiftbot.demo.stage import Stage, Wishes
from shiftbot.errors import SettingsError

START = """
The demo runs. Open this page and be Ben, Amira or Morgan:

    {url}

A working day takes about {minutes} minutes; Ctrl-C stops it.
The pharmacy's files, its database and a log are in {home}
"""

END = """
The demo is over. Its record is kept, and can be checked offline:

    shiftbot verify --database {database}
"""

WORKING_HOURS = 14

PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def serve(
    say: Callable[[str], None],
    *,
    speed: float,
    port: int,
    day: date,
    autopilot: bool,
    open_browser: bool,
) -> None:
    """Run the demo until it is interrupted. Raises SettingsError for what cannot be."""
    if speed <= 0:
        raise SettingsError(f"--speed is {speed:g}; the demo's clock must run: write for example 80")
    # Nothing of the demo leaves this machine, and a proxy does not know the way to it.
    for name in PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    home = Path(tempfile.mkdtemp(prefix="shiftbot-demo-"))
    _log_to(home / "demo.log")
    stage = build(Wishes(home, day, speed, port, autopilot))
    interruption = Interruption()
    stage.start()
    say(START.format(url=stage.emulator.url, minutes=max(1, round(WORKING_HOURS * 60 / speed)), home=home))
    if open_browser:
        webbrowser.open(stage.emulator.url)
    interruption.wait()
    stage.stop()
    say(END.format(database=stage.database_path))


def _log_to(path: Path) -> None:
    """What goes on behind the page goes into a file; only what went wrong is shown."""
    written, shown = logging.FileHandler(path), logging.StreamHandler()
    shown.setLevel(logging.ERROR)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", handlers=[written, shown]
    )


def build(wishes: Wishes) -> Stage:
    """A stage with its control panel. Raises SettingsError when the port is taken."""
    try:
        return Stage(wishes, mount=lambda stage: Controls(stage).app())
    except OSError as error:
        raise SettingsError(
            f"port {wishes.port} cannot be used: {error.strerror}; choose another with --port"
        ) from error
