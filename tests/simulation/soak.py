"""`python -m tests.simulation.soak [HOW MANY]`: live through many seeds, on all cores, and print those that fail."""

import logging
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.seeds import live_through, told

SEEDS = 500
FIRST = 1000


def look_at(seed: int) -> list[str]:
    """What differs in one seed; a seed that breaks differs, too."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return told(live_through(seed))
    except Exception as error:  # noqa: BLE001 - the other seeds are still to be looked at
        return [f"seed {seed}: {type(error).__name__}: {error}"]


def main() -> None:
    """Exit 1 when any seed fails."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    failed = 0
    with ProcessPoolExecutor() as pool:
        for number, found in enumerate(pool.map(look_at, range(FIRST, FIRST + many)), 1):
            failed += bool(found)
            for line in found:
                sys.stdout.write(f"{line}\n")
            if number % 10 == 0 or number == many:
                sys.stdout.write(f"{number} of {many} seeds, {failed} failed\n")
            sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
