"""A reminder of a run, to one person: what is still open for them, the way to the card, and a button to put it off."""

from shiftbot.slack.blocks.parts import Block, actions, button, link_button, plain, section


def reminder(text: str, run_id: str, link: str | None, *, may_snooze: bool) -> list[Block]:
    """The blocks; without anything to press only the words."""
    row = [link_button("Open the card", "card_link", link)] if link else []
    row += [button("Snooze 10 min", "run_snooze", run_id)] if may_snooze else []
    return [section(f":bell: {plain(text)}"), *([actions(row, "reminder-actions")] if row else [])]
