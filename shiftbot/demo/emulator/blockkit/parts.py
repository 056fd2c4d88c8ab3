"""Composition objects: text, option, confirm, dispatch settings.

Limits: docs.slack.dev/reference/block-kit/composition-objects.
"""

from typing import Any

from shiftbot.demo.emulator.blockkit.rules import (
    Problem,
    Rule,
    also,
    anything,
    boolean,
    by_type,
    each,
    one_of,
    shape,
    string,
)

ID = string(255)


def plain_text(most: int, least: int = 1) -> Rule:
    return by_type({"plain_text": _text_shape("plain_text", most, least)})


def text(most: int, least: int = 1) -> Rule:
    return by_type({kind: _text_shape(kind, most, least) for kind in ("plain_text", "mrkdwn")})


def _text_shape(kind: str, most: int, least: int) -> Rule:
    own = {"emoji": boolean} if kind == "plain_text" else {"verbatim": boolean}
    return shape({"type": one_of(kind), "text": string(most, least)}, own)


CONFIRM = shape(
    {"title": plain_text(100), "text": text(300), "confirm": plain_text(30)},
    {"deny": plain_text(30), "style": one_of("primary", "danger")},
)

DISPATCH = shape(
    optional={"trigger_actions_on": each(one_of("on_enter_pressed", "on_character_entered"), most=2)},
)

FILTER = shape(
    optional={
        "include": each(one_of("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)


def option(*, rich: bool = False) -> Rule:
    """`rich`: checkboxes and radio buttons may use mrkdwn."""
    words = text(75) if rich else plain_text(75)
    return shape({"text": words, "value": string(150)}, {"description": words})


OVERFLOW_OPTION = shape(
    {"text": plain_text(75), "value": string(150)}, {"description": plain_text(75), "url": string(3000)}
)


def options(most: int, *, rich: bool = False) -> Rule:
    return also(each(option(rich=rich), most), _distinct_values)


def option_groups() -> Rule:
    return each(shape({"label": plain_text(75), "options": options(100)}), most=100)


def _distinct_values(value: Any, at: str, problems: list[Problem]) -> None:
    values = [item["value"] for item in value]
    problems.extend(
        Problem(f"{at}/{index}/value", "option values must be unique")
        for index, item in enumerate(values)
        if item in values[:index]
    )


SLACK_FILE = shape(optional={"id": string(), "url": string()})
CONVERSATION = anything
