"""What Sparkplug nodes and devices said of themselves at birth, kept while this process lives: later messages need it.

Births are never retained, so a node that was born before we listened, or of which a message is missing, is asked to be
born again (Sparkplug 3.0, "Sequence Numbers" and "Rebirth"). It is asked more and more seldom while it does not answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.mqtt.formats import sparkplug_b
from shiftbot.mqtt.formats.decoded import Unusable
from shiftbot.mqtt.formats.sparkplug_b import UNBORN, Address, Birth, Gist

KEPT_MAX = 10_000
"""Devices whose births are kept, and nodes; a pharmacy has few, and a broken node must not fill the memory."""

ASKED_AGAIN, ASKED_AGAIN_AT_MOST = timedelta(minutes=1), timedelta(hours=1)

TRIED_AGAIN_WITHIN = timedelta(minutes=10)
"""A batch that is stored at the second try is heard twice; what is older still came by a clock that was set back."""

_NUMBERED = frozenset({"NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH"})
_BIRTHS_AND_DEATHS = frozenset({"NBIRTH", "DBIRTH", "NDEATH", "DDEATH"})


@dataclass(slots=True)
class _Node:
    """A node: its last message, as a hash, its number, and when it may be asked to be born again."""

    topic: str
    heard_at: datetime
    said: int = 0
    sequence: int | None = None
    ask_at: datetime | None = None
    ask_again: timedelta = ASKED_AGAIN

    def has_heard(self, said: int, at: datetime) -> bool:
        """Whether this message (its hash) came before."""
        return timedelta(0) < self.heard_at - at < TRIED_AGAIN_WITHIN or (at == self.heard_at and said == self.said)


class Births:
    """The last birth of every node and device."""

    def __init__(self) -> None:
        self._births: dict[tuple[str, str, str], Birth] = {}
        self._nodes: dict[tuple[str, str], _Node] = {}
        self._wanted: set[tuple[str, str]] = set()

    def hear(self, topic: str, payload: bytes, at: datetime, *, retained: bool = False) -> None:
        """Take in any message of a node or a device. One that cannot be read, or was retained, changes nothing."""
        address = sparkplug_b.address_of(topic)
        if address is None or retained or (address.kind not in _NUMBERED and address.kind != "NDEATH"):
            return
        node = self._node(address, topic, at)
        if node is None or node.has_heard(said := hash((topic, payload)), at):
            return
        node.heard_at, node.said = at, said
        try:
            gist = sparkplug_b.gist_of(payload)
            if address.kind in _NUMBERED:
                self._count(node, address, gist)
            if address.kind in _BIRTHS_AND_DEATHS:
                self._keep(address, payload, gist)
        except Unusable:
            return

    def _node(self, address: Address, topic: str, at: datetime) -> _Node | None:
        """The node that speaks; `None` when there are too many."""
        key = address.group, address.node
        if key not in self._nodes and len(self._nodes) < KEPT_MAX:
            self._nodes[key] = _Node(topic, at)
        return self._nodes.get(key)

    def _keep(self, address: Address, payload: bytes, gist: Gist) -> None:
        owner = address.group, address.node, address.device
        if address.kind == "NDEATH" and self._births.get(owner, UNBORN).is_later_than(gist):
            return
        birth = None if address.kind.endswith("DEATH") else sparkplug_b.birth_in(payload)
        if address.kind.startswith("N"):
            # A node's birth or death ends what its devices said before: their aliases are given anew.
            for each in [each for each in self._births if each[:2] == owner[:2]]:
                del self._births[each]
        if birth is None:
            self._births.pop(owner, None)
        elif len(self._births) < KEPT_MAX:
            self._births[owner] = birth

    def _count(self, node: _Node, address: Address, gist: Gist) -> None:
        """Note a message's number; one that is not the next means that something is missing, a birth perhaps."""
        key = address.group, address.node
        if address.kind == "NBIRTH":
            self._wanted.discard(key)
            node.ask_again = ASKED_AGAIN
        elif node.sequence is None or gist.sequence != (node.sequence + 1) % 256:
            self._wanted.add(key)
        node.sequence = gist.sequence

    def want(self, topic: str) -> None:
        """Nobody can tell what was said on this topic until its node is born again."""
        address = sparkplug_b.address_of(topic)
        if address is not None and (address.group, address.node) in self._nodes:
            self._wanted.add((address.group, address.node))

    def questions(self, now: datetime) -> list[tuple[str, bytes]]:
        """Topics and payloads that ask nodes to be born again; each is given once."""
        due = [each for each in self._wanted if (at := self._nodes[each].ask_at) is None or at <= now]
        self._wanted.difference_update(due)
        return [question for each in sorted(due) if (question := _question(self._nodes[each], now))]

    def of(self, topic: str) -> Birth:
        """What the node or device of a topic said at birth; nothing when that was not heard."""
        address = sparkplug_b.address_of(topic)
        return self._births.get((address.group, address.node, address.device), UNBORN) if address else UNBORN


def _question(node: _Node, now: datetime) -> tuple[str, bytes] | None:
    node.ask_at, node.ask_again = now + node.ask_again, min(2 * node.ask_again, ASKED_AGAIN_AT_MOST)
    return sparkplug_b.rebirth(node.topic)
