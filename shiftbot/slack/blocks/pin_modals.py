"""The forms around a PIN: to set the first one, and to change it. What is typed there is shown and kept nowhere."""

from shiftbot.domain.site import Person
from shiftbot.slack.blocks.modals.window import Modal, window
from shiftbot.slack.blocks.parts import Block, context, plain, section, text_input

PIN_CHARACTERS = 8


def set_pin(person: Person, site_id: str, *, change: bool) -> Modal:
    """Ask for a PIN twice; for the old one first when there is one."""
    head = section(
        f"*{plain(person.name)}, your PIN signs in your name.*\n"
        "4 to 8 digits that only you know. Look who can see your screen: Slack shows what you type here."
    )
    old = [_field("old", "Your PIN until now")] if change else []
    fields = [*old, _field("pin", "A PIN of 4 to 8 digits"), _field("again", "The same once more")]
    foot = context("Nobody can look it up. Forgotten, or locked after five misses: a manager resets it.")
    title = "Change your PIN" if change else "Set your PIN"
    return window("pin_set", title, f"{site_id}|{'change' if change else ''}", [head, *fields, foot])


def _field(block_id: str, label: str) -> Block:
    return text_input(block_id, label, most=PIN_CHARACTERS)
