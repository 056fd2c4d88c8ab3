"""Where devices said in Home Assistant's way that they come and go: heard beside their sensors' own topics.

Announcements are retained, so a broker says all of them again to whoever starts; nothing is stored here.
"""

from shiftbot.mqtt.formats import home_assistant
from shiftbot.mqtt.formats.decoded import AVAILABILITY, Unusable, availability
from shiftbot.mqtt.formats.home_assistant import Described

KEPT_MAX = 5_000
"""State topics whose announcement is kept; no pharmacy has more, and a flood must not fill the memory."""


class Announcements:
    """By the topic on which something says whether it is there, the state topics of the sensors that it is about."""

    def __init__(self) -> None:
        self._described: dict[str, Described] = {}
        self._about: dict[str, set[str]] = {}
        self._there: dict[str, dict[str, bool]] = {}

    def hear(self, topic: str, payload: bytes) -> None:
        """Take in an announcement; one that cannot be read changes nothing."""
        try:
            described = home_assistant.described(topic, payload)
        except Unusable:
            return
        for each in described:
            if each.availability and (each.topic in self._described or len(self._described) < KEPT_MAX):
                self._described[each.topic] = each
                for beside in each.availability:
                    self._about.setdefault(beside, set()).add(each.topic)

    def is_told_on(self, topic: str) -> bool:
        """Whether somebody announced that this topic says whether it is there."""
        return topic in self._about

    def told(self, topic: str, payload: bytes) -> list[tuple[str, bool]]:
        """The state topics whose sensors a message is about, and whether they are there.

        Who announced several such topics, its own and its gateway's, is there when all say so.
        """
        found = []
        for state_topic in sorted(self._about.get(topic, ())):
            there = _is_there(self._described[state_topic], payload)
            if there is not None:
                said = self._there.setdefault(state_topic, {})
                said[topic] = there
                found.append((state_topic, all(said.values())))
        return found


def _is_there(described: Described, payload: bytes) -> bool | None:
    word = payload.decode("utf-8", "replace").strip()
    if word in (described.online, described.offline):
        return word == described.online
    said = availability(payload).facts.get(AVAILABILITY)
    return None if said is None else said == 1
