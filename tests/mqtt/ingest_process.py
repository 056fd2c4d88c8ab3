"""A process that only takes readings in, to be killed: `python -m tests.mqtt.ingest_process DATABASE_URL MQTT_URL`."""

import sys
import threading

from shiftbot.clock import WallClock
from shiftbot.mqtt.intake import Intake
from shiftbot.mqtt.subscriber import Subscriber
from shiftbot.storage.database import Database
from tests.cast import hilltop


def main() -> None:
    """Take readings in until killed."""
    database = Database(sys.argv[1])
    pharmacy = hilltop()
    intake = Intake(database, lambda: pharmacy)
    Subscriber(sys.argv[2], intake.store, client_id="shiftbot-test", now=WallClock().now).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
