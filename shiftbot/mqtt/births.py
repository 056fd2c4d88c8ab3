"""What Sparkplug nodes and devices said of themselves at birth, kept while this process lives: later messages need it.

Births are never retained, so after a start the nodes must be asked for a rebirth (formats/sparkplug_b.py, `rebirth`).
"""

from shiftbot.mqtt.formats import sparkplug_b
from shiftbot.mqtt.formats.decoded import Unusable
from shiftbot.mqtt.formats.sparkplug_b import UNBORN, Birth

KEPT_MAX = 10_000
"""Devices whose births are kept; a pharmacy has few, and a broken node must not fill the memory."""


class Births:
    """The last birth of every node and device."""

    def __init__(self) -> None:
        self._births: dict[tuple[str, str, str], Birth] = {}

    def hear(self, topic: str, payload: bytes) -> None:
        """Take in a birth or a death; anything else, and a birth that cannot be read, changes nothing."""
        address = sparkplug_b.address_of(topic)
        if address is None or address.kind not in ("NBIRTH", "DBIRTH", "NDEATH", "DDEATH"):
            return
        owner = (address.group, address.node, address.device)
        if address.kind.startswith("N"):
            # A node's birth or death ends what its devices said before: their aliases are given anew.
            for each in [each for each in self._births if each[:2] == owner[:2]]:
                del self._births[each]
        if address.kind.endswith("DEATH"):
            self._births.pop(owner, None)
            return
        try:
            birth = sparkplug_b.birth_in(payload)
        except Unusable:
            return
        if len(self._births) < KEPT_MAX:
            self._births[owner] = birth

    def of(self, topic: str) -> Birth:
        """What the node or device of a topic said at birth; nothing when that was not heard."""
        address = sparkplug_b.address_of(topic)
        return self._births.get((address.group, address.node, address.device), UNBORN) if address else UNBORN
