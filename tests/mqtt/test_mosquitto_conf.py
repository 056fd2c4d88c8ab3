"""docs/mosquitto.conf, started as it is shipped: a stock Mosquitto keeps with it what shiftbot is away for."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.mqtt.brokers import Mosquitto, free_port, program, wait_until
from tests.mqtt.subscribing import TOPIC, Shelf, Subscribers

SHIPPED = Path(__file__).parents[2] / "docs" / "mosquitto.conf"
PASSWORD = "correct horse"
MESSAGES = 5_000

DEBIANS_OWN = "user root\npersistence true\npersistence_location {0}/\nlog_dest file {0}/log\ninclude_dir {0}/conf.d\n"
"""What Debian's mosquitto.conf says, with places of the test's own; the user, because root's rights are given up."""


class Shipped(Mosquitto):
    """A Mosquitto with Debian's configuration and ours, as somebody has who followed the first lines of ours."""

    @property
    def url(self) -> str:
        """With the name and password that the configuration asks for."""
        return f"mqtt://shiftbot:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}"

    def configuration(self) -> str:
        """Debian's, which takes ours in out of a folder."""
        self._put_ours()
        return DEBIANS_OWN.format(self.folder)

    def _put_ours(self) -> None:
        ours, passwords = self.folder / "conf.d" / "shiftbot.conf", self.folder / "passwords"
        ours.parent.mkdir(exist_ok=True)
        text = SHIPPED.read_text(encoding="utf-8")
        for shipped, here in (
            ("\nlistener 1883\n", f"\nlistener {self.port} 127.0.0.1\n"),
            ("\npassword_file /etc/mosquitto/passwords\n", f"\npassword_file {passwords}\n"),
        ):
            assert shipped in text
            text = text.replace(shipped, here)
        ours.write_text(text, encoding="utf-8")
        if not passwords.exists():
            subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "shiftbot", PASSWORD], check=True)


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[Shipped]:
    """A Mosquitto with the shipped configuration, listening."""
    broker = Shipped(program(), tmp_path, free_port(), "")
    broker.start()
    yield broker
    broker.stop()


def publish_all(broker: Mosquitto) -> list[bytes]:
    """Publish all messages at QoS 1; what they were, once the broker has taken them."""
    payloads = [b"%d" % number for number in range(MESSAGES)]
    client = Client(CallbackAPIVersion.VERSION2, client_id="fridge-1")
    client.username_pw_set("shiftbot", PASSWORD)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for sent in [client.publish(TOPIC, payload, qos=1) for payload in payloads]:
        sent.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    return payloads


def saved(broker: Mosquitto) -> None:
    """Wait until Mosquitto has saved twice from now on: what was there before is in the second for certain."""
    path = broker.folder / "mosquitto.db"
    for _ in range(2):
        since = time.time()
        wait_until(lambda since=since: path.exists() and path.stat().st_mtime > since, "it is saved")  # type: ignore[misc]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["restarted", "killed"])
def test_the_shipped_configuration_keeps_five_thousand_messages_for_an_absent_shiftbot_over_its_own_end(
    how: signal.Signals, shipped: Shipped, subscribe: Subscribers
) -> None:
    """Stopped as a service manager stops it, or killed after its next save, which comes every second."""
    subscribe(shipped.url, Shelf()).stop()
    payloads = publish_all(shipped)
    if how is signal.SIGKILL:
        saved(shipped)
    shipped.stop(how)
    shipped.start()
    shelf = Shelf()
    subscribe(shipped.url, shelf)
    wait_until(lambda: len(shelf.messages) >= MESSAGES, "everything is there again")
    assert list(dict.fromkeys(shelf.payloads())) == payloads


def test_the_shipped_configuration_lets_nobody_in_without_the_right_password(
    shipped: Shipped, subscribe: Subscribers
) -> None:
    shelf = Shelf()
    subscriber = subscribe.begin(f"mqtt://shiftbot:wrong@127.0.0.1:{shipped.port}", shelf)
    wait_until(lambda: any("not authori" in str(each).lower() for each in subscriber.trouble()), "it is refused")
    assert not subscriber.is_connected
