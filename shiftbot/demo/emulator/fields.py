"""Interactive elements of blocks: finding them, the typed values they hold, and what a person enters into them.

Values as a person gives them are text or a list of texts (options by value); values as Slack sends
them are the objects of `state.values`. Knows nothing of messages, modals or the network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from shiftbot.demo.emulator.form_checks import what_is_wrong

Json = dict[str, Any]

# Element type -> (key of the value in state.values, key of the first value in the element).
_SINGLE = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_MANY = {
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", "initial_files"),
}


@dataclass(frozen=True)
class Placed:
    """An interactive element and the block that holds it."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        return str(self.element["action_id"])

    @property
    def type(self) -> str:
        return str(self.element["type"])

    @property
    def is_input(self) -> bool:
        return bool(self.block["type"] == "input")


class FormRefused(ValueError):
    """The client itself would not send the form; `errors` are sentences by block_id."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__("The form cannot be submitted: " + "; ".join(f"{k}: {v}" for k, v in errors.items()))


def placed_elements(blocks: list[Json]) -> Iterator[Placed]:
    for block in blocks:
        held = [block.get("accessory"), block.get("element"), *block.get("elements", []), *block.get("actions", [])]
        for element in held:
            if isinstance(element, dict) and "action_id" in element:
                yield Placed(block, element)


def holds_a_value(element: Mapping[str, Any]) -> bool:
    kind = str(element.get("type"))
    return kind in _SINGLE or kind in _MANY


def first_value(element: Json) -> Json:
    """What the element holds before anyone touched it."""
    kind = str(element["type"])
    if kind in _MANY:
        key, initial = _MANY[kind]
        return {"type": kind, key: list(element.get(initial) or [])}
    key, initial = _SINGLE[kind]
    return {"type": kind, key: element.get(initial)}


def state_of(blocks: list[Json], entered: Mapping[str, Mapping[str, Json]]) -> dict[str, dict[str, Json]]:
    """`state.values`: every element that holds a value, touched or not."""
    values: dict[str, dict[str, Json]] = {}
    for placed in placed_elements(blocks):
        if holds_a_value(placed.element):
            typed = entered.get(placed.block_id, {}).get(placed.action_id) or first_value(placed.element)
            values.setdefault(placed.block_id, {})[placed.action_id] = typed
    return values


def typed_value(placed: Placed, human: Any) -> Json:
    """What the element holds once a person entered `human`; raises LookupError for an option that is not offered."""
    kind = placed.type
    if kind in _MANY:
        chosen = [] if human is None else [human] if isinstance(human, str) else list(human)
        many_options = kind in ("checkboxes", "multi_static_select", "multi_external_select")
        return {"type": kind, _MANY[kind][0]: [option_of(placed, c) for c in chosen] if many_options else chosen}
    key = _SINGLE[kind][0]
    if human is None or human == "":
        return {"type": kind, key: None}
    return {"type": kind, key: _single(placed, human)}


def _single(placed: Placed, human: Any) -> Any:
    match placed.type:
        case "static_select" | "external_select" | "radio_buttons":
            return option_of(placed, human)
        case "datetimepicker":
            return int(human)
        case "rich_text_input":
            return human if isinstance(human, dict) else rich_text(str(human))
        case "datepicker":
            return date.fromisoformat(str(human)).isoformat()
        case "timepicker":
            return time.fromisoformat(str(human)).strftime("%H:%M")
        case _:
            return str(human)


def rich_text(text: str) -> Json:
    """A `rich_text` block as Slack's composer makes it of plain typing."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def offered_options(element: Json) -> list[Json]:
    groups = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return list(element.get("options") or []) + groups


def option_of(placed: Placed, wanted: Any) -> Json:
    """The offered option with that value, or that text. An external select takes any: its options come from the app."""
    if isinstance(wanted, dict):
        wanted = wanted.get("value")
    offered = offered_options(placed.element)
    for option in offered:
        if wanted in (option.get("value"), option["text"]["text"]):
            return option
    if "external" in placed.type:
        return {"text": {"type": "plain_text", "text": str(wanted), "emoji": True}, "value": str(wanted)}
    there_are = ", ".join(repr(option.get("value")) for option in offered)
    raise LookupError(f"{placed.action_id} offers no option {wanted!r}; it offers {there_are}")


def value_in(typed: Json) -> Any:
    """The value inside one entry of `state.values`."""
    kind = str(typed["type"])
    return typed[(_MANY.get(kind) or _SINGLE[kind])[0]]


def check_form(blocks: list[Json], entered: Mapping[str, Mapping[str, Json]]) -> None:
    """What Slack's client checks before it sends a form; raises FormRefused."""
    errors = {}
    for placed in placed_elements(blocks):
        if placed.is_input and holds_a_value(placed.element):
            typed = entered.get(placed.block_id, {}).get(placed.action_id) or first_value(placed.element)
            wrong = what_is_wrong(placed.element, value_in(typed), optional=bool(placed.block.get("optional")))
            if wrong:
                errors[placed.block_id] = wrong
    if errors:
        raise FormRefused(errors)
