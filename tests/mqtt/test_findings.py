"""What a broker does wrong that lets us in: seen at its greeting, and said with what to do."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from shiftbot.mqtt.broker import Broker, Device
from shiftbot.mqtt.findings import BrokerFacts, broker_findings
from shiftbot.mqtt.subscriber import V5, V311
from tests.mqtt.brokers import Mosquitto, publish, running_mosquitto, wait_until
from tests.mqtt.subscribing import TOPIC, Shelf, Subscribers

SHIPPED = Path("docs/mosquitto.conf")


def test_nothing_is_found_where_a_broker_keeps_what_it_is_given(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    subscriber = subscribe(mosquitto.url, Shelf())
    wait_until(lambda: subscriber.broker.qos is not None, "the subscription is answered")
    assert broker_findings(subscriber.broker) == []
    mosquitto.stop()
    mosquitto.start()
    wait_until(lambda: subscriber.is_connected and subscriber.broker.qos is not None, "it is connected again")
    assert broker_findings(subscriber.broker) == []


def test_a_broker_that_forgets_us_at_a_restart_is_found_out(tmp_path: Path, subscribe: Subscribers) -> None:
    with running_mosquitto(tmp_path, "persistence false") as broker:
        subscriber = subscribe(broker.url, Shelf())
        broker.stop(signal.SIGKILL)
        wait_until(lambda: not subscriber.is_connected, "the loss is noticed")
        broker.start()
        wait_until(lambda: subscriber.is_connected, "it is connected again")
        assert "persistence true" in str(broker_findings(subscriber.broker))
        subscriber.stop()


def test_a_broker_that_speaks_3_1_1_only_is_said(subscribe: Subscribers) -> None:
    with Broker() as broker:
        subscriber = subscribe(broker.url, Shelf(), protocol=V311)
        assert "max_inflight_messages" in str(broker_findings(subscriber.broker))
        subscriber.stop()


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        (BrokerFacts(session_kept=timedelta(minutes=5)), "only 5 minutes"),
        (BrokerFacts(qos=0), "allow QoS 1"),
        (BrokerFacts(dropped=12_345), "12,345 messages"),
    ],
)
def test_each_fault_is_one_line_with_what_to_do(facts: BrokerFacts, named: str) -> None:
    (line,) = broker_findings(facts)
    assert named in line


def test_a_topic_that_we_may_not_hear_is_said(subscribe: Subscribers) -> None:
    with Broker({"fridge": Device("keep-it-cold", (TOPIC,), (TOPIC,))}) as broker:
        subscriber = subscribe(broker.url_for("fridge"), Shelf(), topics=(TOPIC, "#"), protocol=V311)
        wait_until(lambda: bool(subscriber.trouble()), "something is said")
        assert [str(each) for each in subscriber.trouble()] == ["the MQTT broker does not let us hear #"]
        subscriber.stop()


def test_the_configuration_that_is_shipped_starts_and_keeps_what_we_are_away_for(
    tmp_path: Path, subscribe: Subscribers
) -> None:
    """As it is shipped, but for the port, the folder, the passwords of this machine and who may come in."""
    passwords = tmp_path / "passwords"
    passwords.write_text("", encoding="utf-8")
    shipped = [
        line.replace("/etc/mosquitto/passwords", str(passwords))
        for line in SHIPPED.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("listener 1883", "allow_anonymous false", "persistence_location"))
    ]
    shelf = Shelf()
    with running_mosquitto(tmp_path, "\n".join(shipped)) as broker:
        subscribe(broker.url, Shelf()).stop()
        publish(broker.port, TOPIC, "4.2")
        subscriber = subscribe(broker.url, shelf)
        wait_until(lambda: shelf.payloads() == [b"4.2"], "what was sent meanwhile comes")
        assert (subscriber.protocol, broker_findings(subscriber.broker)) == (V5, [])
        subscriber.stop()
