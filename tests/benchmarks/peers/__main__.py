"""`python -m tests.benchmarks.peers`: shiftbot beside Node-RED on one Mosquitto, the same payloads, one table."""

import shutil
import sys
from functools import partial

from tests.benchmarks.figures import aligned
from tests.benchmarks.peers.measuring import QUESTIONS, MakePeer
from tests.benchmarks.peers.node_red import BEST, DEFAULT, installed, node_red
from tests.benchmarks.peers.ours import shiftbot

PEERS: dict[str, MakePeer] = {
    "shiftbot": shiftbot,
    **{flow.name: partial(node_red, flow) for flow in (BEST, DEFAULT)},
}


def main() -> None:
    """Ask each question of each in turn, so that what else the machine does meanwhile meets all of them."""
    if shutil.which("mosquitto") is None and shutil.which("mosquitto", path="/usr/sbin") is None:
        sys.exit("make bench-peers needs Mosquitto. On Debian: apt-get install mosquitto")
    installed()
    rows = [["measured", *PEERS]]
    for what, ask in QUESTIONS.items():
        row = [what]
        for name, make in PEERS.items():
            sys.stderr.write(f"{what}: {name} …\n")
            row.append(ask(make))
        rows.append(row)
    sys.stdout.write(aligned(rows) + "\n")


if __name__ == "__main__":
    main()
