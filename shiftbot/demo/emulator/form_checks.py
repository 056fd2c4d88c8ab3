"""The checks Slack's own client makes on one input before a modal is sent, in its words.

Knows nothing of blocks; a server never sees a form that fails these.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def what_is_wrong(element: Mapping[str, Any], value: Any, *, optional: bool) -> str | None:
    if value is None or value in ("", []):
        return None if optional else "Please complete this required field."
    match element["type"]:
        case "plain_text_input":
            return _length(element, str(value))
        case "number_input":
            return _number(element, str(value))
        case "email_text_input" if not _EMAIL.fullmatch(str(value)):
            return "Must be a valid email address."
        case "url_text_input" if not re.match(r"https?://\S+", str(value)):
            return "Must be a valid URL."
        case _:
            return None


def _length(element: Mapping[str, Any], value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Must be at most {element.get('max_length', 3000)} characters."
    return None


def _number(element: Mapping[str, Any], value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Must be a number."
    if not element.get("is_decimal_allowed", False) and number != number.to_integral_value():
        return "Must be a whole number."
    if element.get("min_value") is not None and number < Decimal(str(element["min_value"])):
        return f"Must be at least {element['min_value']}."
    if element.get("max_value") is not None and number > Decimal(str(element["max_value"])):
        return f"Must be at most {element['max_value']}."
    return None
