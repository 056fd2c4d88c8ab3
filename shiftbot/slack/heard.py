"""Whoever presses a button of ours is reached by Slack: noted before the click is worked on, never in its way."""

import logging
from collections import OrderedDict
from threading import Lock

from shiftbot.errors import StorageUnavailable
from shiftbot.services import reaching
from shiftbot.slack.touch import Touch

log = logging.getLogger(__name__)


class Heard:
    """Notes that Slack reaches whoever presses a button of ours, at most once a day for each person and process."""

    REMEMBERED = 10_000

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._lock = Lock()

    def note(self, touch: Touch) -> None:
        """Somebody pressed a button. What cannot be stored now is noted the next time."""
        pharmacy = touch.desk.pharmacy()
        person = pharmacy.person_by_slack(touch.place.user)
        if person is None or not self._is_news((pharmacy.digest, person.id, f"{touch.now:%Y-%m-%d}")):
            return
        try:
            with touch.desk.database.transaction() as connection:
                reaching.heard_from(connection, pharmacy, person, touch.now)
        except StorageUnavailable as error:
            log.info("not noted that somebody is reached: %s", error, extra={"action": "heard_not_noted"})

    def _is_news(self, key: tuple[str, str, str]) -> bool:
        with self._lock:
            if key in self._known:
                return False
            self._known[key] = None
            if len(self._known) > self.REMEMBERED:
                self._known.popitem(last=False)
            return True
