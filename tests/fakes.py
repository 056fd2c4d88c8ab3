"""Fakes with names: a sender that writes down what was said to whom and fails as it is told, and a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown
from shiftbot.services.delivery import Receipt
from shiftbot.storage.cards import Card
from shiftbot.storage.outbox import Parcel


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The instant."""
        return self.now

    def forward(self, **span: float) -> None:
        """Let a span pass (seconds=…)."""
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Said:
    """One message that arrived: where, what, by which key, and whether it says that it may be a repeat."""

    target: str
    text: str
    key: str
    may_repeat: bool = False


@dataclass
class FakeSender:
    """Slack and every other means, in memory. `said` and `shown` are what arrived, in order.

    `trouble` maps a target to what happens to the next messages there, one each; then all is well again.
    """

    said: list[Said] = field(default_factory=list)
    shown: list[tuple[str, str, int]] = field(default_factory=list)
    looked_for: list[str] = field(default_factory=list)
    trouble: dict[str, list[Callable[[Callable[[], None]], None]]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    before_each: Callable[[], None] = lambda: None
    _posted: dict[str, Receipt] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def send(self, parcel: Parcel) -> Receipt:
        """Write the notice down, or be in trouble."""
        self.before_each()
        said = Said(parcel.target, parcel.notice.text, parcel.notice.key, parcel.may_repeat)
        self._meet(parcel.target, lambda: self._arrive(said))
        return self._posted[parcel.notice.key]

    def show(self, card: Card) -> Receipt | None:
        """Post or edit a card; None when its message is gone."""
        self.before_each()
        if card.ts is not None and card.ts in self.gone:
            return None
        self._meet(card.channel or card.target, lambda: self._display(card))
        return self._posted[card.key] if card.ts is None else Receipt(card.channel, card.ts)

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """What was posted under a key."""
        self.looked_for.append(key)
        self._meet(f"find:{target}", lambda: None)
        return self._posted.get(key)

    def to(self, target: str) -> list[str]:
        """The texts that arrived somewhere."""
        return [said.text for said in self.said if said.target == target]

    def _arrive(self, said: Said) -> None:
        self.said.append(said)
        self._post(said.target, said.key)

    def _display(self, card: Card) -> None:
        self.shown.append((card.kind, card.subject, card.wanted))
        if card.ts is None:
            self._post(card.target, card.key)

    def _post(self, target: str, key: str) -> None:
        self._posted[key] = Receipt(target, f"{next(self._numbers)}.000100")

    def _meet(self, place: str, arrive: Callable[[], None]) -> None:
        waiting = self.trouble.get(place)
        if waiting:
            waiting.pop(0)(arrive)
        else:
            arrive()


def postponed(**wait: float) -> Callable[[Callable[[], None]], None]:
    """Nothing is sent; the other side asks to wait (seconds=…)."""

    def meet(_arrive: Callable[[], None]) -> None:
        raise DeliveryPostponed("asked to wait", wait=timedelta(**wait))

    return meet


def answer_lost(arrive: Callable[[], None]) -> None:
    """It arrives, but nobody hears so."""
    arrive()
    raise DeliveryUnknown("no answer came")


def lost(_arrive: Callable[[], None]) -> None:
    """It does not arrive, and nobody hears so."""
    raise DeliveryUnknown("no answer came")


def refused(_arrive: Callable[[], None]) -> None:
    """It will never arrive this way."""
    raise DeliveryFailed("the channel is archived")


def broken(_arrive: Callable[[], None]) -> None:
    """Our own code trips over this one."""
    raise KeyError("no such line")


class ProcessDied(BaseException):
    """What a kill -9 looks like from inside: nothing after this line runs."""


def killed(_arrive: Callable[[], None]) -> None:
    """The process dies before the message is out."""
    raise ProcessDied


def killed_after(arrive: Callable[[], None]) -> None:
    """The process dies when the message is out and nobody has noted it yet."""
    arrive()
    raise ProcessDied
