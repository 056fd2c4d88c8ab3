"""Links to posted cards, asked of Slack once each and kept: a message never moves."""

import logging
from collections import OrderedDict
from collections.abc import Sequence

from slack_sdk import WebClient

from shiftbot.slack.touch import UNREACHED
from shiftbot.storage.cards import Card

log = logging.getLogger(__name__)

KEPT = 1_000


class Links:
    """Permalinks of messages."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def to(self, client: WebClient, posted: Sequence[Card]) -> str | None:
        """The link to the first of these cards that is posted; nothing when none is, or Slack does not say."""
        card = next((card for card in posted if card.channel and card.ts), None)
        return self.to_message(client, str(card.channel), str(card.ts)) if card else None

    def to_message(self, client: WebClient, channel: str, ts: str) -> str | None:
        """The link to a message; nothing when Slack does not say."""
        known = self._known.get((channel, ts))
        if known is None:
            try:
                known = str(client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
            except UNREACHED as error:
                log.info("no link to a message: %s", error, extra={"action": "no_permalink"})
                return None
            self._known[(channel, ts)] = known
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return known
