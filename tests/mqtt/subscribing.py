"""Subscribers and what they store into, for tests: a shelf that can be away, and a publisher of many messages."""

import threading
from collections.abc import Callable, Sequence

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from shiftbot.clock import WallClock
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.intake import Message
from shiftbot.mqtt.subscriber import Subscriber
from tests.mqtt.brokers import wait_until

TOPIC = "hilltop/vaccine-fridge"
Store = Callable[[Sequence[Message]], object]


class Shelf:
    """A store that keeps what it is given; it can be away, and it can hold its caller up."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.batches: list[int] = []
        self.offered = 0
        self.refusals = 0
        self.open = threading.Event()
        self.open.set()

    def __call__(self, batch: Sequence[Message]) -> None:
        self.offered = len(batch)
        self.open.wait()
        if self.refusals:
            self.refusals -= 1
            raise StorageUnavailable("the database did not answer: locked")
        self.messages += batch
        self.batches.append(len(batch))

    def payloads(self) -> list[bytes]:
        """What was stored, in order."""
        return [message.payload for message in self.messages]


class Subscribers:
    """Starts subscribers and stops them all at the end."""

    def __init__(self) -> None:
        self.started: list[Subscriber] = []
        self.shelves: list[Shelf] = []

    def __call__(self, broker: str | Address, store: Store, **more: object) -> Subscriber:
        """A subscriber, once it is connected."""
        subscriber = self.begin(broker, store, **more)
        wait_until(lambda: subscriber.is_connected, "the subscriber is connected")
        return subscriber

    def begin(self, broker: str | Address, store: Store, **more: object) -> Subscriber:
        """A subscriber, started."""
        settings: dict[str, object] = {"client_id": "shiftbot-test", "now": WallClock().now} | more
        subscriber = Subscriber(broker, store, **settings)  # type: ignore[arg-type]
        self.started.append(subscriber)
        if isinstance(store, Shelf):
            self.shelves.append(store)
        subscriber.start()
        return subscriber

    def stop(self) -> None:
        """Stop them all, those first let go that a shelf holds up."""
        for shelf in self.shelves:
            shelf.open.set()
        for each in self.started:
            each.stop()


def publish_many(port: int, payloads: Sequence[bytes], topic: str = TOPIC, qos: int = 1) -> None:
    """Publish many messages over one connection; returns when the broker has all of them."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="publisher")
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for sent in [client.publish(topic, payload, qos=qos) for payload in payloads]:
        sent.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
