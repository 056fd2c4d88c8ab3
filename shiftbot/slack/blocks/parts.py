"""The few Block Kit parts that everything is made of, cut to Slack's limits (libraries.md §3), as plain dicts.

Texts that people wrote are escaped here; nothing else in the package knows Slack's mark-up rules.
"""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
)

Block = dict[str, Any]

SECTION_CHARACTERS = 2900
"""Slack takes 3,000; the rest is room for the ellipsis and for escaped characters."""

OPTIONS_MAX = 100


def escape(text: str) -> str:
    """`text` with Slack's three control characters escaped, so that nobody is mentioned by what somebody typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What somebody typed, as they typed it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut(text: str, most: int) -> str:
    """`text` in at most `most` characters, with an ellipsis where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def header(text: str) -> Block:
    """A title in large letters."""
    return HeaderBlock(text=PlainTextObject(text=cut(text, 150), emoji=True)).to_dict()


def context(*texts: str) -> Block:
    """Small grey text."""
    return ContextBlock(elements=[MarkdownTextObject(text=cut(text, 2900)) for text in texts[:10]]).to_dict()


def divider() -> Block:
    """A line across."""
    return DividerBlock().to_dict()


def section(text: str, accessory: ButtonElement | None = None, block_id: str | None = None) -> Block:
    """A paragraph, with a button at its right if given."""
    return SectionBlock(
        text=MarkdownTextObject(text=cut(text, SECTION_CHARACTERS)), accessory=accessory, block_id=block_id
    ).to_dict()


def button(text: str, action_id: str, value: str, style: str | None = None) -> ButtonElement:
    """A button; `style` is `primary` (green) or `danger` (red)."""
    return ButtonElement(
        text=PlainTextObject(text=cut(text, 75), emoji=True), action_id=action_id, value=value, style=style
    )


def link_button(text: str, action_id: str, url: str) -> ButtonElement:
    """A button that opens a link."""
    return ButtonElement(text=PlainTextObject(text=cut(text, 75), emoji=True), action_id=action_id, url=url)


def actions(buttons: Sequence[ButtonElement], block_id: str | None = None) -> Block:
    """A row of buttons."""
    return ActionsBlock(elements=list(buttons), block_id=block_id).to_dict()


def text_input(
    block_id: str,
    label: str,
    *,
    hint: str = "",
    placeholder: str = "",
    initial: str = "",
    multiline: bool = False,
    optional: bool = False,
    most: int = 1000,
) -> Block:
    """A field for words (or for a number that is read by us, since people type `4,6`). Its action id is `value`."""
    element = PlainTextInputElement(
        action_id="value",
        placeholder=PlainTextObject(text=cut(placeholder, 150)) if placeholder else None,
        initial_value=initial or None,
        multiline=multiline or None,
        max_length=most,
    )
    return _input(block_id, label, element, hint, optional)


def number_input(block_id: str, label: str, *, hint: str = "", optional: bool = False, initial: str = "0") -> Block:
    """A field for a whole number from 0 to 999. Its action id is `value`."""
    element = NumberInputElement(
        action_id="value", is_decimal_allowed=False, min_value="0", max_value="999", initial_value=initial or None
    )
    return _input(block_id, label, element, hint, optional)


def select(
    block_id: str, label: str, choices: Sequence[tuple[str, str]], *, initial: str | None = None, hint: str = ""
) -> Block:
    """A list to choose one from; `choices` are (value, text). Its action id is `value`."""
    options = [_option(value, text) for value, text in choices[:OPTIONS_MAX]]
    first = next((option for option in options if option.value == initial), None)
    element = StaticSelectElement(
        action_id="value", placeholder=PlainTextObject(text="Choose…"), options=options, initial_option=first
    )
    return _input(block_id, label, element, hint, False)


def radio(block_id: str, label: str, choices: Sequence[tuple[str, str]], *, initial: str | None = None) -> Block:
    """At most ten buttons of which one is chosen; `choices` are (value, text). Its action id is `value`."""
    options = [_option(value, text) for value, text in choices[:10]]
    first = next((option for option in options if option.value == initial), None)
    return _input(
        block_id, label, RadioButtonsElement(action_id="value", options=options, initial_option=first), "", False
    )


def _option(value: str, text: str) -> Option:
    return Option(value=value, text=PlainTextObject(text=cut(text, 75)))


def _input(block_id: str, label: str, element: Any, hint: str, optional: bool) -> Block:
    return InputBlock(
        block_id=block_id,
        label=PlainTextObject(text=cut(label, 2000)),
        element=element,
        hint=PlainTextObject(text=cut(hint, 2000)) if hint else None,
        optional=optional,
    ).to_dict()
