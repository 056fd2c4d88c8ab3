"""What the shifts before left, on the card that a shift begins with: the note nobody has read, and open follow-ups."""

from shiftbot.domain.hand_over import HandOver
from shiftbot.domain.local_time import local_text
from shiftbot.services.follow_ups import CarriedFollowUp
from shiftbot.slack import texts
from shiftbot.slack.blocks.follow_ups import follow_up_line
from shiftbot.slack.blocks.parts import Block, actions, button, cut, divider, plain, section
from shiftbot.slack.blocks.run_lines import RunPicture
from shiftbot.slack.blocks.run_sections import paragraphs

FOLLOW_UPS_MAX = 10
NOTE_SHOWN = 600


def left_open_blocks(picture: RunPicture, room: int) -> list[Block]:
    """At most `room` blocks, of which `LEFT_OPEN_TAKES` are enough; none when nothing was left."""
    left = picture.left_open
    blocks = [_note(picture, left.note)] if left.note is not None else []
    if left.follow_ups:
        blocks += _follow_ups(list(left.follow_ups), room - len(blocks) - 1)
    return [*blocks, divider()] if blocks else []


def _note(picture: RunPicture, note: HandOver) -> Block:
    who = plain(texts.short_name(picture.pharmacy, note.written_by))
    at = local_text(picture.view.site.calendar, note.written_at)
    said = "\n".join(f"> {plain(line)}" for line in cut(note.note, NOTE_SHOWN).splitlines() if line.strip())
    text = f":memo: *Hand-over note* from {who}, {at}" + (f"\n{said}" if said else "")
    return section(text, button("I have read it", "hand_over_read", str(note.id), "primary"), f"hand-over-{note.id}")


def _follow_ups(carried: list[CarriedFollowUp], room: int) -> list[Block]:
    """A heading, each follow-up with its buttons as far as there is room, the others as text, the rest counted."""
    blocks = [section(f":pushpin: *Left open by the shifts before* ({len(carried)})")]
    shown, more = list(carried[:FOLLOW_UPS_MAX]), len(carried) - FOLLOW_UPS_MAX
    while shown:
        further = _follow_up(shown[0])
        for_the_rest = 1 if shown[1:] or more > 0 else 0
        if len(blocks) + len(further) + for_the_rest > room:
            break
        blocks += further
        shown.pop(0)
    rest = [follow_up_line(each) for each in shown] + ([f"and {more} more, on the Home tab"] if more > 0 else [])
    return [*blocks, *(section(text) for text in paragraphs(rest)[:1])]


def _follow_up(each: CarriedFollowUp) -> list[Block]:
    """One that somebody has is one block; one that nobody has offers to take it as well."""
    value = str(each.follow_up.id)
    close = button("Close…", "follow_up_close", value)
    if each.follow_up.owner is not None:
        return [section(follow_up_line(each), close, f"follow-up-{value}")]
    take = button("Take it", "follow_up_take", value)
    return [section(follow_up_line(each)), actions([take, close], f"follow-up-{value}")]
