"""Typed text made plain: full-width and foreign digits, odd dashes and invisible marks. Pure; knows no checklist."""

import unicodedata

BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Invisible marks of writing direction, which come along with copied text and would stand before the number."""

_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F, 0x20E3])
"""Soft hyphens, joiners of no width, and what makes an emoji of a digit or a tick."""

_ALIKE = {0x2212: "-", 0x00BA: "°"}
"""A minus, and the ordinal sign that stands beside it on some keyboards and is typed for a degree."""


def without_direction(text: str) -> str:
    """`text` without the invisible marks of writing direction."""
    return text.translate(BIDI)


def plain_text(text: str) -> str:
    """`text` with every digit as 0-9 and compatible letters as themselves.

    Superscripts, fractions and circled numbers stay as they are: plain digits would make 42 of `4²`.
    """
    if text.isascii():
        return text
    visible = without_direction(text).translate(_INVISIBLE).translate(_ALIKE)
    return "".join(map(_plain_character, visible))


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character if category == "No" else unicodedata.normalize("NFKC", character)
