"""Whether what we send to Slack is valid, by two libraries that know its limits: slack_sdk's models and slackblocks.

The emulator has a third opinion of its own and refuses what is wrong (`SlackEmulator.rejected`).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import slackblocks
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slackblocks import (
    ActionsBlock,
    Button,
    ConfirmationDialogue,
    ContextBlock,
    DatePicker,
    DividerBlock,
    FileInput,
    HeaderBlock,
    HomeTabView,
    InputBlock,
    ModalView,
    NumberInput,
    Option,
    OptionGroup,
    OverflowMenu,
    PlainTextInput,
    RadioButtonGroup,
    SectionBlock,
    StaticSelectMenu,
    Text,
    TextType,
    TimePicker,
)

from shiftbot.demo.emulator import Call

Json = Mapping[str, Any]

POSTS = ("chat.postMessage", "chat.update", "chat.postEphemeral")


def check_calls(calls: Iterable[Call]) -> int:
    """Check every message and view that was sent; how many had blocks. Raises what the libraries raise."""
    checked = 0
    for call in calls:
        if call.method in POSTS and call.arguments.get("blocks"):
            check_message(_loaded(call.arguments["blocks"]))
            checked += 1
        if call.method.startswith("views.") and call.arguments.get("view"):
            check_view(_loaded(call.arguments["view"]))
            checked += 1
    return checked


def check_ack(response: Json | None) -> None:
    """Check the view that an acknowledgement carries, if any."""
    if response and response.get("view"):
        check_view(response["view"])


def check_message(blocks: list[Json]) -> None:
    """A message's blocks."""
    check_blocks(blocks)
    slackblocks.Message(channel="C0HILLTOP", blocks=[_block(block) for block in blocks])._resolve()


def check_view(view: Json) -> None:
    """A modal or a Home tab."""
    View(**view).validate_json()
    check_blocks(view["blocks"])
    blocks = [_block(block) for block in view["blocks"]]
    if view["type"] == "home":
        HomeTabView(blocks=blocks)._resolve()
        return
    submit = {"submit": view["submit"]["text"]} if view.get("submit") else {}
    title, about = view["title"]["text"], view.get("private_metadata") or None
    ModalView(title=title, blocks=blocks, private_metadata=about, callback_id=view["callback_id"], **submit)._resolve()


def check_blocks(blocks: list[Json]) -> None:
    """Each block by slack_sdk's models, and no block id twice."""
    for block, parsed in zip(blocks, Block.parse_all([dict(block) for block in blocks]), strict=True):
        assert parsed.to_dict()["type"] == block["type"]
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    assert len(ids) == len(set(ids)), f"a block id twice: {ids}"


def _loaded(sent: Any) -> Any:
    return json.loads(sent) if isinstance(sent, str) else sent


def _block(block: Json) -> slackblocks.Block:
    """The same block made by slackblocks, which checks the limits; KeyError for a kind we never send."""
    block_id = block.get("block_id")
    match block["type"]:
        case "header":
            return HeaderBlock(_text(block["text"]), block_id=block_id)
        case "divider":
            return DividerBlock(block_id=block_id)
        case "context":
            return ContextBlock([_text(each) for each in block["elements"]], block_id=block_id)
        case "section":
            accessory = _element(block["accessory"]) if block.get("accessory") else None
            return SectionBlock(text=_text(block["text"]), accessory=accessory, block_id=block_id)
        case "actions":
            return ActionsBlock([_element(each) for each in block["elements"]], block_id=block_id)
        case "input":
            hint = _text(block["hint"]) if block.get("hint") else None
            return InputBlock(
                label=_text(block["label"]),
                element=_element(block["element"]),
                hint=hint,
                block_id=block_id,
                optional=bool(block.get("optional")),
            )
    raise KeyError(block["type"])


def _text(text: Json) -> Text:
    return Text(text["text"], type_=TextType.PLAINTEXT if text["type"] == "plain_text" else TextType.MARKDOWN)


def _element(element: Json) -> Any:
    action_id = element["action_id"]
    match element["type"]:
        case "button":
            further = {name: element[name] for name in ("value", "url", "style") if element.get(name)}
            if element.get("confirm"):
                asks = {name: _text(text) for name, text in element["confirm"].items() if name != "style"}
                further["confirm"] = ConfirmationDialogue(
                    title=asks["title"], text=asks["text"], confirm=asks["confirm"], deny=asks["deny"]
                )
            return Button(_text(element["text"]), action_id=action_id, **further)
        case "plain_text_input":
            placeholder = _text(element["placeholder"]) if element.get("placeholder") else None
            return PlainTextInput(
                action_id=action_id,
                placeholder=placeholder,
                initial_value=element.get("initial_value"),
                max_length=element.get("max_length"),
            )
        case "number_input":
            return NumberInput(
                is_decimal_allowed=False,
                action_id=action_id,
                min_value=element["min_value"],
                max_value=element["max_value"],
            )
        case "static_select":
            return StaticSelectMenu(
                action_id=action_id,
                placeholder=_text(element["placeholder"]),
                **_choices(element),
            )
        case "file_input":
            return FileInput(action_id=action_id, filetypes=element["filetypes"], max_files=element["max_files"])
        case "datepicker":
            return DatePicker(action_id=action_id, initial_date=element.get("initial_date"))
        case "timepicker":
            return TimePicker(action_id=action_id, initial_time=element.get("initial_time"))
        case "radio_buttons":
            return RadioButtonGroup(action_id=action_id, options=[_option(each) for each in element["options"]])
        case "overflow":
            return OverflowMenu(action_id=action_id, options=[_option(each) for each in element["options"]])
    raise KeyError(element["type"])


def _choices(element: Json) -> dict[str, Any]:
    if "options" in element:
        return {"options": [_option(each) for each in element["options"]]}
    groups = element["option_groups"]
    return {"option_groups": [OptionGroup(_text(g["label"]), [_option(each) for each in g["options"]]) for g in groups]}


def _option(option: Json) -> Option:
    return Option(_text(option["text"]), value=option["value"])
