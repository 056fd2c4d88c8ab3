"""Layout blocks: what each needs, what it may have, and on which surface it may stand.

Limits: docs.slack.dev/reference/block-kit/blocks. `data_visualization` came on 2026-06-16 (docs.slack.dev/changelog).
"""

from typing import Any

from shiftbot.demo.emulator.blockkit.elements import (
    CONTEXT_TEXT,
    ELEMENTS,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
)
from shiftbot.demo.emulator.blockkit.parts import ID, SLACK_FILE, plain_text, text
from shiftbot.demo.emulator.blockkit.rules import (
    Problem,
    Rule,
    also,
    anything,
    boolean,
    by_type,
    each,
    integer,
    number,
    one_of,
    shape,
    string,
    url,
)


def _block(kind: str, required: dict[str, Rule] | None = None, **further: Rule) -> Rule:
    return shape({"type": one_of(kind), **(required or {})}, {"block_id": ID, **further})


def _text_or_fields(value: Any, at: str, problems: list[Problem]) -> None:
    if value.get("text") is None and value.get("fields") is None:
        problems.append(Problem(at, "missing required field: text"))


def _distinct_action_ids(value: Any, at: str, problems: list[Problem]) -> None:
    seen: set[str] = set()
    for index, element in enumerate(value["elements"]):
        action_id = element.get("action_id")
        if action_id in seen:
            problems.append(Problem(f"{at}/elements/{index}/action_id", f"`action_id` {action_id} already exists"))
        elif action_id is not None:
            seen.add(action_id)


def _one_image_source(value: Any, at: str, problems: list[Problem]) -> None:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        problems.append(Problem(at, "must provide exactly one of image_url or slack_file"))


def _dispatch_needs_an_actionable(value: Any, at: str, problems: list[Problem]) -> None:
    if value.get("dispatch_action") and value["element"]["type"] == "file_input":
        problems.append(Problem(f"{at}/dispatch_action", "file_input cannot dispatch actions"))


_CHART_LABEL = string(20)
_POINT = shape({"label": _CHART_LABEL, "value": number})
_SERIES = shape({"name": _CHART_LABEL, "data": each(_POINT, most=20)})
_AXES = shape(
    {"categories": each(_CHART_LABEL, most=20)},
    {"x_label": string(50), "y_label": string(50)},
)
_LINES = {
    kind: shape({"type": one_of(kind), "series": each(_SERIES, most=12), "axis_config": _AXES})
    for kind in ("line", "bar", "area")
}
_CHART = by_type({**_LINES, "pie": shape({"type": one_of("pie"), "segments": each(_POINT, most=12)})})

_RICH_TEXT_PARTS = by_type(
    {
        kind: shape(
            {"type": one_of(kind), "elements": each(anything, most=1000, least=0)},
            {
                "style": anything,
                "indent": integer(0, 8),
                "offset": integer(0),
                "border": integer(0, 1),
                "language": string(),
            },
        )
        for kind in ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
    }
)
_CELL = by_type(
    {
        "raw_text": shape({"type": one_of("raw_text"), "text": string(least=1)}),
        "raw_number": shape({"type": one_of("raw_number"), "value": number}, {"text": string()}),
        "rich_text": _block("rich_text", {"elements": each(_RICH_TEXT_PARTS, most=1000)}),
    }
)
_COLUMN = shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: dict[str, Rule] = {
    "section": also(
        _block(
            "section",
            text=text(3000),
            fields=each(text(2000), most=10),
            accessory=by_type(ELEMENTS, IN_SECTION),
            expand=boolean,
        ),
        _text_or_fields,
    ),
    "header": _block("header", {"text": plain_text(150)}, level=integer(1, 6)),
    "divider": _block("divider"),
    "context": _block(
        "context",
        {"elements": each(by_type({"image": IMAGE, "plain_text": CONTEXT_TEXT, "mrkdwn": CONTEXT_TEXT}), most=10)},
    ),
    "actions": also(
        _block("actions", {"elements": each(by_type(ELEMENTS, IN_ACTIONS), most=25)}), _distinct_action_ids
    ),
    "context_actions": also(
        _block("context_actions", {"elements": each(by_type(ELEMENTS, IN_CONTEXT_ACTIONS), most=5)}),
        _distinct_action_ids,
    ),
    "input": also(
        _block(
            "input",
            {"label": plain_text(2000), "element": by_type(ELEMENTS, IN_INPUT)},
            hint=plain_text(2000),
            optional=boolean,
            dispatch_action=boolean,
        ),
        _dispatch_needs_an_actionable,
    ),
    "image": also(
        _block("image", {"alt_text": string(2000)}, image_url=url(3000), slack_file=SLACK_FILE, title=plain_text(2000)),
        _one_image_source,
    ),
    "markdown": _block("markdown", {"text": string(12_000)}),
    "rich_text": _block("rich_text", {"elements": each(_RICH_TEXT_PARTS, most=1000)}),
    "file": _block("file", {"external_id": string(), "source": one_of("remote")}),
    "table": _block(
        "table",
        {"rows": each(each(_CELL, most=20), most=100)},
        column_settings=each(_COLUMN, most=20),
    ),
    "video": _block(
        "video",
        {"alt_text": string(2000), "title": plain_text(200), "thumbnail_url": url(3000), "video_url": url(3000)},
        author_name=string(50),
        description=plain_text(200),
        provider_name=string(50),
        provider_icon_url=url(2000),
        title_url=url(2000),
    ),
    "data_visualization": _block("data_visualization", {"title": string(50), "chart": _CHART}),
}

_EVERYWHERE = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video"})
ON_SURFACE = {
    "message": _EVERYWHERE | {"context_actions", "data_visualization", "file", "markdown", "table"},
    "modal": _EVERYWHERE,
    "home": _EVERYWHERE | {"data_visualization", "table"},
}
