"""What the shifts before left, on the card that a shift begins with: the note nobody has read, and open follow-ups."""

from shiftbot.domain.hand_over import HandOver
from shiftbot.domain.recurrence import local_text
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.slack import texts
from shiftbot.slack.blocks.follow_ups import follow_up_line
from shiftbot.slack.blocks.parts import Block, actions, button, context, cut, divider, plain, section
from shiftbot.slack.blocks.run_lines import RunPicture
from shiftbot.slack.blocks.run_pages import LEFT_OPEN_TAKES

FOLLOW_UPS_MAX = 10
NOTE_SHOWN = 600


def left_open_blocks(picture: RunPicture) -> list[Block]:
    """At most `LEFT_OPEN_TAKES` blocks; none when nothing was left."""
    left = picture.left_open
    blocks = [_note(picture, left.note)] if left.note is not None else []
    if left.follow_ups:
        blocks += _follow_ups(list(left.follow_ups), LEFT_OPEN_TAKES - len(blocks) - 3)
    return [*blocks, divider()] if blocks else []


def _note(picture: RunPicture, note: HandOver) -> Block:
    who = plain(texts.short_name(picture.pharmacy, note.written_by))
    at = local_text(picture.view.site.calendar, note.written_at)
    said = "\n".join(f"> {plain(line)}" for line in cut(note.note, NOTE_SHOWN).splitlines() if line.strip())
    text = f":memo: *Hand-over note* from {who}, {at}" + (f"\n{said}" if said else "")
    return section(text, button("I have read it", "hand_over_read", str(note.id), "primary"), f"hand-over-{note.id}")


def _follow_ups(carried: list[CarriedFollowUp], room: int) -> list[Block]:
    """A heading, each follow-up with its buttons, and how many found no room."""
    blocks: list[Block] = []
    shown = 0
    for each in carried[:FOLLOW_UPS_MAX]:
        further = _follow_up(each)
        if len(blocks) + len(further) > room:
            break
        blocks += further
        shown += 1
    more = len(carried) - shown
    head = section(f":pushpin: *Left open by the shifts before* ({len(carried)})")
    rest = [context(f"and {more} more, on the Home tab")] if more else []
    return [head, *blocks, *rest]


def _follow_up(each: CarriedFollowUp) -> list[Block]:
    """One that somebody has is one block; one that nobody has offers to take it as well."""
    value = str(each.follow_up.id)
    close = button("Close…", "follow_up_close", value)
    if each.follow_up.owner is not None:
        return [section(follow_up_line(each), close, f"follow-up-{value}")]
    take = button("Take it", "follow_up_take", value)
    return [section(follow_up_line(each)), actions([take, close], f"follow-up-{value}")]
