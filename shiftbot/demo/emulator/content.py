"""From arguments to content that may be stored: blocks and views checked and completed, texts cut, metadata looked at.

Shared by chat.*, views.*, response URLs and acknowledgements. Raises `Refusal` with Slack's error and places.
"""

import json
from typing import Any

from shiftbot.demo.emulator.blockkit import problems_in_blocks, problems_in_view
from shiftbot.demo.emulator.blockkit.completion import TEXT_IN_A_MESSAGE, completed, text_length
from shiftbot.demo.emulator.refusals import Refusal

Json = dict[str, Any]

TEXT_CUT_AT = 40_000
MARKDOWN_LIMIT = 12_000
ATTACHMENTS = 100
VIEW_BYTES = 250_000
METADATA_BYTES = 8_000  # docs.slack.dev/messaging/message-metadata


def parsed(value: Any, error: str) -> Any:
    """An argument that may be JSON or a string of JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refusal(error) from None


def blocks_content(value: Any, unreadable: str = "invalid_blocks_format") -> list[Json]:
    """`unreadable`: the method's code for what is no list of JSON."""
    blocks = parsed(value, unreadable) if value != "" else None
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise Refusal(unreadable)
    problems = problems_in_blocks(blocks)
    if problems:
        raise Refusal("invalid_blocks", [problem.line("/blocks") for problem in problems])
    return completed(blocks)


def attachments_content(value: Any) -> list[Json]:
    attachments = parsed(value, "invalid_arguments") or []
    if not isinstance(attachments, list) or not all(isinstance(attachment, dict) for attachment in attachments):
        raise Refusal("invalid_arguments", ["[ERROR] must provide an array of objects [json-pointer:/attachments]"])
    if len(attachments) > ATTACHMENTS:
        raise Refusal("too_many_attachments")
    for index, attachment in enumerate(attachments):
        problems = problems_in_blocks(attachment.get("blocks") or [])
        if problems:
            raise Refusal("invalid_blocks", [p.line(f"/attachments/{index}/blocks") for p in problems])
    return [{**attachment, "blocks": completed(attachment.get("blocks") or [])} for attachment in attachments]


def metadata_content(value: Any) -> Json | None:
    metadata = parsed(value, "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise Refusal("invalid_metadata_format")
    if metadata and not (
        isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
    ):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return metadata


def message_content(arguments: Json, too_long: str | None = None) -> Json:
    """`text`, `blocks` and `attachments` as fields of Message; raises no_text when there is nothing to show.

    `too_long`: the method's code for blocks with too much text in all; None where Slack sets no such limit.
    """
    blocks = blocks_content(arguments.get("blocks"))
    if too_long and text_length(blocks) > TEXT_IN_A_MESSAGE:
        raise Refusal(too_long)
    attachments = attachments_content(arguments.get("attachments"))
    text = arguments.get("text") or ""
    markdown = arguments.get("markdown_text")
    if markdown and (text or blocks):
        raise Refusal("markdown_text_conflict")
    if markdown and len(markdown) > MARKDOWN_LIMIT:
        raise Refusal("invalid_arguments", ["[ERROR] must be less than 12001 characters [json-pointer:/markdown_text]"])
    if not isinstance(text, str):
        raise Refusal("invalid_arguments", ["[ERROR] must be a string [json-pointer:/text]"])
    text = markdown or text
    if not text and not blocks and not attachments:
        raise Refusal("no_text")
    return {"text": text[:TEXT_CUT_AT], "blocks": blocks, "attachments": attachments}


def view_content(value: Any, kinds: tuple[str, ...]) -> Json:
    view = parsed(value, "invalid_arguments")
    if view is None:
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: view"])
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refusal("view_too_large")
    problems = problems_in_view(view, kinds)
    if problems:
        raise Refusal("invalid_arguments", [problem.line("/view") for problem in problems])
    return {**view, "blocks": completed(view["blocks"])}
