"""What Slack adds to blocks that pass (block_id, action_id, `emoji`, `verbatim`), and how long their text is in all."""

import copy
from typing import Any

from shiftbot.demo.emulator import ids

Json = dict[str, Any]

# Not documented; github.com/slackapi/bolt-js/issues/2509 measured about 13,200, "12,000 with a buffer" was the reply.
TEXT_IN_A_MESSAGE = 13_200
_ACTIONLESS = {"image", "plain_text", "mrkdwn"}


def completed(blocks: list[Json]) -> list[Json]:
    """A deep copy with the ids and flags that Slack gives back."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = ids.mixed(5)
        for element in [block.get("accessory"), block.get("element"), *_held(block)]:
            if isinstance(element, dict) and element.get("type") not in _ACTIONLESS and not element.get("action_id"):
                element["action_id"] = ids.mixed(5)
    _flag_texts(blocks)
    return blocks


def _held(block: Json) -> list[Any]:
    return block["elements"] if block["type"] in ("actions", "context_actions") else []


def _flag_texts(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _flag_texts(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for item in value.values():
            _flag_texts(item)


def text_length(value: Any) -> int:
    """Characters in every `text` string below `value`."""
    if isinstance(value, list):
        return sum(text_length(item) for item in value)
    if not isinstance(value, dict):
        return 0
    return sum(
        len(item) if key == "text" and isinstance(item, str) else text_length(item) for key, item in value.items()
    )
