"""The other side of delivery in a simulation: Slack and the further means, as reliable as the weather lets them be.

It notes what truly came, whatever the product was told of it. Speaks the protocol of services.delivery.Sender.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.boundaries import around
from shiftbot.errors import DeliveryPostponed, DeliveryUnknown
from shiftbot.services.delivery import Receipt, is_outside
from shiftbot.simulation.logbook import Heard, Logbook
from shiftbot.simulation.weather import Weather
from shiftbot.storage.cards import Card
from shiftbot.storage.outbox import Parcel

Hears = Callable[[Heard, Parcel], None]


@dataclass
class Clocks:
    """True time, and the machine's."""

    now: datetime
    weather: Weather

    def machine(self) -> datetime:
        """What the machine's clock shows."""
        return self.now + self.weather.skew(self.now)


class SimulatedSlack:
    """Everybody's inbox, with faults before and after the effect."""

    def __init__(self, seed: int, clocks: Clocks, logbook: Logbook, hears: Hears) -> None:
        self._chance = random.Random(f"{seed}:slack")
        self._clocks = clocks
        self._logbook = logbook
        self._hears = hears
        self._posted: dict[tuple[str, str], Receipt] = {}
        self._number = 0

    def send(self, parcel: Parcel) -> Receipt:
        """Let it come, unless the weather is against it. Raises DeliveryPostponed or DeliveryUnknown."""
        with around("call to simulated Slack"):
            return self._call(parcel.target, lambda: self._post(parcel))

    def show(self, card: Card) -> Receipt:
        """Post or edit a card."""
        with around("call to simulated Slack"):
            return self._call(card.target, lambda: self._draw(card))

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """What was posted with this key, if it was. Raises DeliveryPostponed while Slack is away."""
        if self._clocks.weather.now("slack", self._clocks.now) and not is_outside(target):
            raise DeliveryPostponed("Slack was not reached", wait=timedelta(0)) from ConnectionRefusedError()
        return self._posted.get((target, key))

    def _call(self, target: str, effect: Callable[[], Receipt]) -> Receipt:
        if not is_outside(target) and self._clocks.weather.now("slack", self._clocks.now):
            if self._chance.random() < 0.5:
                raise DeliveryPostponed("Slack was not reached", wait=timedelta(0)) from ConnectionRefusedError()
            raise DeliveryUnknown("no answer from Slack: time-out")
        drawn = self._chance.random() / self._clocks.weather.answers if self._clocks.weather.answers else 1.0
        if drawn >= 1:
            return effect()
        self._logbook.count("call to Slack or a means that went wrong")
        if drawn < 0.35:
            wait = timedelta(seconds=self._chance.choice((1, 5, 30, 60)))
            now = self._clocks.machine()
            self._logbook.excuse("waits", now, now + wait)
            raise DeliveryPostponed("Slack asks to wait", wait=wait)
        if drawn < 0.7:
            raise DeliveryUnknown("Slack answered 503 and no clear yes or no")
        effect()
        raise DeliveryUnknown("no answer from Slack: the connection was dropped after the effect")

    def _post(self, parcel: Parcel) -> Receipt:
        receipt = self._receipt(parcel.target)
        for key, alert in _listed(parcel):
            self._posted[(parcel.target, key)] = receipt
            heard = self._heard(parcel, key, alert)
            self._logbook.heard.append(heard)
            self._hears(heard, parcel)
        return receipt

    def _heard(self, parcel: Parcel, key: str, alert: int | None) -> Heard:
        notice = parcel.notice
        base, bar, place = key.rpartition("|")
        return Heard(
            next(self._logbook.numbers), self._clocks.machine(), base if bar and place.isdecimal() else key,
            parcel.target, notice.recipient, notice.site, notice.kind.value, alert, parcel.may_repeat,
            parcel.created_at, int(notice.lane),
        )  # fmt: skip

    def _draw(self, card: Card) -> Receipt:
        return Receipt(card.channel, card.ts) if card.channel and card.ts else self._posted_card(card)

    def _posted_card(self, card: Card) -> Receipt:
        receipt = self._receipt(card.target)
        if (card.target, card.key) in self._posted:
            self._logbook.count(f"card posted twice: {card.key}")
        self._posted[(card.target, card.key)] = receipt
        return receipt

    def _receipt(self, target: str) -> Receipt:
        if is_outside(target):
            return Receipt()
        self._number += 1
        return Receipt(f"D{target}" if target.startswith("U") else target, f"{self._number}.000100")


def _listed(parcel: Parcel) -> Iterable[tuple[str, int | None]]:
    """The messages in one message."""
    together = parcel.notice.about.get("together")
    if not together or parcel.notice.kind.value == "outage":
        return [(parcel.notice.key, parcel.notice.alert)]
    return [(each["key"], each["alert"]) for each in together]
