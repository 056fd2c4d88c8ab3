"""`python -m tests.benchmarks [NAME …] [--many] [--minutes=N]`: measure all or what is named; one table at the end."""

import logging
import os
import sys
from importlib import import_module

from tests.benchmarks.figures import Figure, table

NAMES = (
    "ingest", "backlog", "kills", "excursions", "steady", "temperatures", "replaying",
    "ticking", "storm", "clicks", "handing", "starting", "year", "simulate",
)  # fmt: skip
"""Modules of this folder, each with `run(words)`; imported one by one, so that none weighs on another's memory."""


def main() -> None:
    """Print the table; a benchmark that cannot be run here says so and stops nothing."""
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        del os.environ[name]  # Slack's client would send even 127.0.0.1 through it
    logging.getLogger("shiftbot").setLevel(logging.ERROR)
    words = sys.argv[1:]
    chosen = [word for word in words if word.isalpha()] or list(NAMES)
    unknown = sorted(set(chosen) - set(NAMES))
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    figures: list[Figure] = []
    for name in chosen:
        sys.stderr.write(f"{name} …\n")
        figures += import_module(f"tests.benchmarks.{name}").run(words)
    sys.stdout.write(table(figures) + "\n")


if __name__ == "__main__":
    main()
