"""The few Block Kit parts that everything is made of, cut to Slack's limits (libraries.md §3), as plain dicts.

Texts that people wrote are escaped here; nothing else in the package knows Slack's mark-up rules.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DatePickerElement,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    NumberInputElement,
    Option,
    OptionGroup,
    OverflowMenuElement,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
    TimePickerElement,
)
from slack_sdk.models.blocks.block_elements import FileInputElement

from shiftbot.domain.plain_text import without_direction

Block = dict[str, Any]

SECTION_CHARACTERS = 2900
"""Slack takes 3,000; the rest is room for the ellipsis and for escaped characters."""

OPTIONS_MAX = 100

LOOKALIKES = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
"""Slack's mark-up has no escape for its own marks, so they are shown as characters that look like them."""

PICTURES = ("jpg", "jpeg", "png", "heic", "webp")


def escape(text: str) -> str:
    """`text` with Slack's three control characters escaped, so that nobody is mentioned by what somebody typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """What people wrote, within marked-up text: one line that mentions nobody, and whose marks and emoji do nothing."""
    quiet = " ".join(without_direction(text).split()).translate(LOOKALIKES)
    quiet = re.sub(r"(?<!\w)_|_(?!\w)", "ˍ", quiet)
    # An emoji's name between colons would be shown as the emoji: a note could draw the mark of a tick.
    return escape(re.sub(r":(?=[\w+'-]*[a-z+][\w+'-]*:)", ":\u2060", quiet))


def plain_lines(text: str) -> str:
    """The same of several lines, which stay apart."""
    return "\n".join(plain(line) for line in text.splitlines())


def linked(text: str, url: str) -> str:
    """Marked-up `text` as a link where there is an address; a bar in it would end the link's address."""
    return f"<{escape(url).replace('|', '%7C')}|{text.replace('|', '∣')}>" if url else text


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


def button(
    text: str, action_id: str, value: str, style: str | None = None, confirm: ConfirmObject | None = None
) -> ButtonElement:
    """A button; `style` is `primary` (green) or `danger` (red); `confirm` is asked before it counts as pressed."""
    return ButtonElement(
        text=PlainTextObject(text=cut(text, 75), emoji=True),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
    )


def asking(title: str, text: str, yes: str) -> ConfirmObject:
    """What a button asks before it counts as pressed."""
    return ConfirmObject(
        title=PlainTextObject(text=cut(title, 100)),
        text=PlainTextObject(text=cut(text, 300)),
        confirm=PlainTextObject(text=cut(yes, 30)),
        deny=PlainTextObject(text="Not yet"),
    )


def link_button(text: str, action_id: str, url: str) -> ButtonElement:
    """A button that opens a link."""
    return ButtonElement(text=PlainTextObject(text=cut(text, 75), emoji=True), action_id=action_id, url=url)


def menu(placeholder: str, action_id: str, choices: Sequence[tuple[str, str]]) -> StaticSelectElement:
    """A list among buttons that acts as soon as one is chosen; `choices` are (value, text)."""
    options = [_option(value, text) for value, text in choices[:OPTIONS_MAX]]
    return StaticSelectElement(
        action_id=action_id, placeholder=PlainTextObject(text=cut(placeholder, 150)), options=options
    )


def overflow(action_id: str, choices: Sequence[tuple[str, str]]) -> OverflowMenuElement:
    """At most five further actions behind three dots; `choices` are (value, text)."""
    return OverflowMenuElement(action_id=action_id, options=[_option(value, text) for value, text in choices[:5]])


def actions(
    buttons: Sequence[ButtonElement | StaticSelectElement | OverflowMenuElement], block_id: str | None = None
) -> Block:
    """A row of buttons, and of lists that act like one."""
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


def date_input(block_id: str, label: str, *, hint: str = "", initial: str = "", optional: bool = False) -> Block:
    """A calendar to choose a day from. Its action id is `value`."""
    element = DatePickerElement(action_id="value", initial_date=initial or None)
    return _input(block_id, label, element, hint, optional)


def time_input(block_id: str, label: str, *, initial: str = "", optional: bool = False) -> Block:
    """A clock to choose a time of the day from, `HH:MM`. Its action id is `value`."""
    element = TimePickerElement(action_id="value", initial_time=initial or None)
    return _input(block_id, label, element, "", optional)


def photo_input(block_id: str, label: str, *, hint: str = "", optional: bool = False) -> Block:
    """A field that takes one picture. Its action id is `value`."""
    element = FileInputElement(action_id="value", filetypes=list(PICTURES), max_files=1)
    return _input(block_id, label, element, hint, optional)


def select(
    block_id: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    initial: str | None = None,
    hint: str = "",
    optional: bool = False,
) -> Block:
    """A list to choose one from; `choices` are (value, text). Its action id is `value`."""
    options = [_option(value, text) for value, text in choices[:OPTIONS_MAX]]
    first = next((option for option in options if option.value == initial), None)
    element = StaticSelectElement(
        action_id="value", placeholder=PlainTextObject(text="Choose…"), options=options, initial_option=first
    )
    return _input(block_id, label, element, hint, optional)


def group_select(block_id: str, label: str, choices: Sequence[tuple[str, str, str]]) -> Block:
    """A long list to choose one from; `choices` are (group, value, text), those of a group together."""
    named = groupby(choices, key=lambda each: each[0])
    groups = [
        OptionGroup(
            label=PlainTextObject(text=cut(name or "Further", 75)), options=[_option(*each[1:]) for each in part]
        )
        for name, group in named
        for part in _batches(list(group))
    ]
    placeholder = PlainTextObject(text="Choose…")
    element = StaticSelectElement(action_id="value", placeholder=placeholder, option_groups=groups[:OPTIONS_MAX])
    return _input(block_id, label, element, "", False)


def radio(
    block_id: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    initial: str | None = None,
    optional: bool = False,
) -> Block:
    """At most ten buttons of which one is chosen; `choices` are (value, text). Its action id is `value`."""
    options = [_option(value, text) for value, text in choices[:10]]
    first = next((option for option in options if option.value == initial), None)
    element = RadioButtonsElement(action_id="value", options=options, initial_option=first)
    return _input(block_id, label, element, "", optional)


def _batches(choices: list[tuple[str, str, str]]) -> list[list[tuple[str, str, str]]]:
    return [choices[at : at + OPTIONS_MAX] for at in range(0, len(choices), OPTIONS_MAX)]


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


def text_length(value: Any) -> int:
    """The characters of every text in a payload, as Slack counts a message's."""
    if isinstance(value, list):
        return sum(text_length(each) for each in value)
    if not isinstance(value, dict):
        return 0
    texts = [each for key, each in value.items() if key == "text" and isinstance(each, str)]
    return sum(map(len, texts)) + sum(text_length(each) for each in value.values() if not isinstance(each, str))
