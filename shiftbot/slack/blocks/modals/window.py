"""What every form is made of: a window with a title, fields, and what it is about. Knows nothing of any one form."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from shiftbot.slack.blocks.parts import Block, cut, section

Modal = dict[str, Any]

NO_PATIENT = "Never anything about a patient: no name, date of birth, phone or prescription number."


def window(callback_id: str, title: str, about: str, blocks: Sequence[Block], submit: str = "Save") -> Modal:
    """A form; `about` is what its submission carries back to us, at most 3,000 characters."""
    return View(
        type="modal",
        callback_id=callback_id,
        title=PlainTextObject(text=cut(title, 24)),
        submit=PlainTextObject(text=submit),
        close=PlainTextObject(text="Cancel"),
        private_metadata=about,
        blocks=list(blocks),
    ).to_dict()


def message(title: str, text: str) -> Modal:
    """A window that only says something."""
    return View(
        type="modal",
        callback_id="message",
        title=PlainTextObject(text=cut(title, 24)),
        close=PlainTextObject(text="Close"),
        blocks=[section(text)],
    ).to_dict()
