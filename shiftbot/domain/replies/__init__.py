"""Typed replies to a run: `3`, `1-4 done`, `all but 5`, `fridge 41`, `5 n/a closed`, `7 fail seal torn`, `undo 3`, `?`.

Pure: words and a plan go in, answers to store come out. From the top: a message (`message`), its parts (`splitting`),
what one part says (`reading`), which lines it names (`lines`), and what is said of them (`saying`, `correcting`,
`everything`).
"""

from shiftbot.domain.plain_text import without_direction
from shiftbot.domain.replies.message import NOTE_MAX, read_replies
from shiftbot.domain.replies.understood import Understood, attach, lone_photo

__all__ = ["NOTE_MAX", "Understood", "attach", "lone_photo", "read_replies", "without_direction"]
