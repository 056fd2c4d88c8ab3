"""Reading the value of a line out of a form's fields; what cannot be read is said beside the field it stands in."""

from datetime import date

from shiftbot.domain import answer
from shiftbot.domain.answer import VOICEMAIL_KINDS, read_age, read_quantity, read_temperature, read_value
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.errors import PatientInformation, Unreadable
from shiftbot.slack.touch import FieldRefused, Json, Touch


def read_fields(touch: Touch, line: Line) -> Json | None:
    """The value entered for a line; `None` for a tick. Raises FieldRefused."""
    match line.kind:
        case ItemKind.VOICEMAIL:
            return _voicemail(touch)
        case ItemKind.MIN_MAX:
            return _pair(touch, line)
        case ItemKind.PHOTO:
            return _photo(touch)
        case ItemKind.DATE:
            return {"date": _date(touch.entered("value"))}
    try:
        return read_value(line, touch.entered("value"))
    except Unreadable as why:
        raise FieldRefused("value", str(why)) from why


def is_empty(touch: Touch, line: Line) -> bool:
    """Whether nothing at all was entered for a line."""
    blocks = {ItemKind.MIN_MAX: ("low", "high"), ItemKind.VOICEMAIL: ("oldest",)}.get(line.kind, ("value",))
    return not any(touch.entered(block) or touch.files(block) for block in blocks)


def _pair(touch: Touch, line: Line) -> Json:
    low, high = (_degrees(touch, end, line.unit) for end in ("low", "high"))
    if low > high:
        raise FieldRefused("high", "The highest is lower than the lowest. Have the two been swapped?")
    return {"low": low, "high": high, "unit": line.unit}


def _degrees(touch: Touch, block_id: str, unit: str) -> float:
    try:
        return read_temperature(touch.entered(block_id), unit)
    except Unreadable as why:
        raise FieldRefused(block_id, str(why)) from why


def _photo(touch: Touch) -> Json:
    files = touch.files("value")
    if not files:
        raise FieldRefused("value", "Choose a picture first.")
    try:
        refuse_patient_information(touch.file_names("value"))
    except PatientInformation as why:
        raise FieldRefused("value", f"The file's name: {why}") from why
    return {"file": files[0]}


def _date(words: str) -> str:
    try:
        return date.fromisoformat(words.strip()).isoformat()
    except ValueError:
        raise FieldRefused("value", "That is not a date. Write it like 2026-12-24") from None


def _voicemail(touch: Touch) -> Json:
    counted = {}
    for kind in VOICEMAIL_KINDS:
        try:
            counted[kind] = read_quantity(touch.entered(kind) or "0")
        except Unreadable as why:
            raise FieldRefused(kind, str(why)) from why
    if not sum(counted.values()):
        return answer.voicemail(counted, 0)
    try:
        return answer.voicemail(counted, read_age(touch.entered("oldest").strip()))
    except Unreadable as why:
        raise FieldRefused("oldest", str(why)) from why
