"""Block elements: what each needs, what it may have, and in which blocks it may stand.

Limits: docs.slack.dev/reference/block-kit/block-elements.
"""

import re
from typing import Any

from shiftbot.demo.emulator.blockkit.parts import (
    CONFIRM,
    DISPATCH,
    FILTER,
    ID,
    OVERFLOW_OPTION,
    SLACK_FILE,
    option,
    option_groups,
    options,
    plain_text,
    text,
)
from shiftbot.demo.emulator.blockkit.rules import (
    Problem,
    Rule,
    also,
    anything,
    boolean,
    each,
    integer,
    one_of,
    shape,
    string,
    url,
)

_PLACEHOLDER = plain_text(150)


def _element(kind: str, needed: dict[str, Rule] | None = None, /, **further: Rule) -> Rule:
    return shape({"type": one_of(kind), **(needed or {})}, {"action_id": ID, **further})


def _matching(pattern: str, says: str) -> Rule:
    def check(value: Any, at: str, problems: list[Problem]) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            problems.append(Problem(at, says))

    return check


_DATE = _matching(r"\d{4}-\d{2}-\d{2}", "must be a valid date in the format YYYY-MM-DD")
_TIME = _matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a valid time in the format HH:mm")


def _either_options_or_groups(value: Any, at: str, problems: list[Problem]) -> None:
    if (value.get("options") is None) == (value.get("option_groups") is None):
        problems.append(Problem(at, "must provide exactly one of options or option_groups"))


def _initial_is_offered(value: Any, at: str, problems: list[Problem]) -> None:
    groups = [offered for group in value.get("option_groups") or [] for offered in group["options"]]
    offered = list(value.get("options") or []) + groups
    first = [value["initial_option"]] if value.get("initial_option") else value.get("initial_options") or []
    where = "initial_option" if value.get("initial_option") else "initial_options"
    if any(_bare(chosen) not in [_bare(o) for o in offered] for chosen in first):
        problems.append(Problem(f"{at}/{where}", "initial option must match one of the options exactly"))


def _bare(chosen: dict[str, Any]) -> tuple[Any, ...]:
    return (
        chosen["value"],
        chosen["text"]["type"],
        chosen["text"]["text"],
        (chosen.get("description") or {}).get("text"),
    )


def _static_select(kind: str, **further: Rule) -> Rule:
    rule = _element(
        kind,
        {},
        options=options(100),
        option_groups=option_groups(),
        placeholder=_PLACEHOLDER,
        confirm=CONFIRM,
        focus_on_load=boolean,
        **further,
    )
    return also(also(rule, _either_options_or_groups), _initial_is_offered)


def _select(kind: str, **further: Rule) -> Rule:
    return _element(kind, {}, placeholder=_PLACEHOLDER, confirm=CONFIRM, focus_on_load=boolean, **further)


def _choice(kind: str, **further: Rule) -> Rule:
    rule = _element(kind, {"options": options(10, rich=True)}, confirm=CONFIRM, focus_on_load=boolean, **further)
    return also(rule, _initial_is_offered)


def _typed(kind: str, **further: Rule) -> Rule:
    return _element(
        kind, {}, placeholder=_PLACEHOLDER, dispatch_action_config=DISPATCH, focus_on_load=boolean, **further
    )


_SOME = integer(least=1)
_NAMES = each(string(), most=1000)
_FEEDBACK = shape({"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)})


def _one_image_source(value: Any, at: str, problems: list[Problem]) -> None:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        problems.append(Problem(at, "must provide exactly one of image_url or slack_file"))


IMAGE = also(
    shape(
        {"type": one_of("image"), "alt_text": string(2000)},
        {"image_url": url(3000), "slack_file": SLACK_FILE},
    ),
    _one_image_source,
)

ELEMENTS: dict[str, Rule] = {
    "button": _element(
        "button",
        {"text": plain_text(75)},
        value=string(2000),
        url=url(3000),
        style=one_of("primary", "danger"),
        confirm=CONFIRM,
        accessibility_label=string(75),
    ),
    "image": IMAGE,
    "overflow": _element("overflow", {"options": each(OVERFLOW_OPTION, most=5)}, confirm=CONFIRM),
    "checkboxes": _choice("checkboxes", initial_options=options(10, rich=True)),
    "radio_buttons": _choice("radio_buttons", initial_option=option(rich=True)),
    "static_select": _static_select("static_select", initial_option=option()),
    "multi_static_select": _static_select(
        "multi_static_select", initial_options=options(100), max_selected_items=_SOME
    ),
    "external_select": _select("external_select", initial_option=option(), min_query_length=integer(0)),
    "multi_external_select": _select(
        "multi_external_select", initial_options=options(100), min_query_length=integer(0), max_selected_items=_SOME
    ),
    "users_select": _select("users_select", initial_user=string()),
    "multi_users_select": _select("multi_users_select", initial_users=_NAMES, max_selected_items=_SOME),
    "channels_select": _select("channels_select", initial_channel=string(), response_url_enabled=boolean),
    "multi_channels_select": _select("multi_channels_select", initial_channels=_NAMES, max_selected_items=_SOME),
    "conversations_select": _select(
        "conversations_select",
        initial_conversation=string(),
        default_to_current_conversation=boolean,
        response_url_enabled=boolean,
        filter=FILTER,
    ),
    "multi_conversations_select": _select(
        "multi_conversations_select",
        initial_conversations=_NAMES,
        default_to_current_conversation=boolean,
        max_selected_items=_SOME,
        filter=FILTER,
    ),
    "datepicker": _select("datepicker", initial_date=_DATE),
    "timepicker": _select("timepicker", initial_time=_TIME, timezone=string()),
    "datetimepicker": _element(
        "datetimepicker",
        initial_date_time=integer(1_000_000_000, 9_999_999_999),
        confirm=CONFIRM,
        focus_on_load=boolean,
    ),
    "plain_text_input": _typed(
        "plain_text_input",
        initial_value=string(3000, least=0),
        multiline=boolean,
        min_length=integer(0, 3000),
        max_length=integer(1, 3000),
    ),
    "number_input": _element(
        "number_input",
        {"is_decimal_allowed": boolean},
        initial_value=string(),
        min_value=string(),
        max_value=string(),
        placeholder=_PLACEHOLDER,
        dispatch_action_config=DISPATCH,
        focus_on_load=boolean,
    ),
    "email_text_input": _typed("email_text_input", initial_value=string(least=0)),
    "url_text_input": _typed("url_text_input", initial_value=string(least=0)),
    "rich_text_input": _typed(
        "rich_text_input", initial_value=anything, min_lines=integer(1, 100), max_lines=integer(1, 100)
    ),
    "file_input": _element("file_input", filetypes=each(string(), most=100), max_files=integer(1, 10)),
    "feedback_buttons": _element("feedback_buttons", {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}),
    "icon_button": _element(
        "icon_button",
        {"icon": one_of("trash"), "text": plain_text(75)},
        value=string(2000),
        confirm=CONFIRM,
        accessibility_label=string(75),
        visible_to_user_ids=each(string(), most=10),
    ),
    "workflow_button": _element(
        "workflow_button",
        {"text": plain_text(75), "workflow": anything},
        style=one_of("primary", "danger"),
        accessibility_label=string(75),
    ),
}
_MENUS = frozenset(name for name in ELEMENTS if name.endswith("_select"))
_CHOICES = frozenset({"checkboxes", "radio_buttons", "datepicker", "timepicker", *_MENUS})
IN_SECTION = frozenset({"button", "image", "overflow", "workflow_button", *_CHOICES})
IN_ACTIONS = frozenset({"button", "overflow", "workflow_button", "datetimepicker", *_CHOICES})
IN_INPUT = frozenset({"datetimepicker", "file_input", *(n for n in ELEMENTS if n.endswith("_input")), *_CHOICES})
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
CONTEXT_TEXT = text(3000)
