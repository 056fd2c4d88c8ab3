"""The guard before every free text: nothing that looks like patient information is stored or sent on (invariant 10).

The classes are the structured identifiers of domain.md §3; the text itself is never kept, only the class.
"""

import re

from shiftbot.errors import Refused

_DAY = r"\d{1,4}[/.\- ]\w{1,9}[/.\-, ]{1,2}\d{1,4}"
_MONTH_FIRST = r"[a-z]{3,9}\.?\s+\d{1,2},?\s+\d{2,4}"
_YEAR = r"(?:[a-z]{3,9}\.?\s+)?(?:19|20)\d{2}\b"
_OTHER_NUMBERS = ("ndc", "upc", "npi", "gtin", "lot", "serial", "invoice", "order", "ticket", "tracking")
"""What a bare number of ten digits is when one of these words stands before it."""
_NO_PHONE = "".join(f"(?<!{word}{sep})" for word in _OTHER_NUMBERS for sep in (" ", " #", "#", ": ", " no. "))
_PATIENT = r"(?i:pt\.?|patient)(?i:'s|’s)?(?:\s+(?i:name))?"
_NOT_A_NAME = (
    "area|asked|bathroom|bill|called|came|care|counsel\\w*|education|files?|information|insurance|leaflets?|line|name"
    "|pick-?up|portal|profiles?|queue|refused|returned|room|safety|services?|side|told|waiting|wants?"
    "|was|is|has|in|at|on|no|not|and|or|the|who|will|with"
)
"""What follows “patient” on a pharmacy's wall and is nobody."""

PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("a social security number", "leave it out", re.compile(r"(?<![\d-])\d{3}[- ]\d{2}[- ]\d{4}(?![\d-])")),
    ("an e-mail address", "leave it out", re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")),
    (
        "a phone number",
        "write “the prescriber's line” instead",
        re.compile(
            r"(?<![\d-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])"
            r"|\b(?:call(?:\s?back)?|phone|ph|tel|cell|mobile|fax)\b\W{0,3}(?:at|on|no\.?|number)?\W{0,3}"
            r"\d{3}[ .-]?(?:\d{3}[ .-]?)?\d{4}\b"
            r"|(?<![\w+])\+\d{1,3}(?:[ .-]?\d{2,4}){3,4}(?!\d)"
            rf"|{_NO_PHONE}(?<![\w.-])\d{{10}}(?![\w-])",
            re.IGNORECASE,
        ),
    ),
    (
        "a date of birth",
        "leave it out",
        re.compile(
            rf"\b(?:dob|d\.o\.b|born|birth(?:day|date)?)\b(?:\W|\bon\b|\bin\b|\bis\b){{0,12}}"
            rf"(?:{_DAY}|{_MONTH_FIRST}|{_YEAR}|\d{{6,8}}\b)"
            r"|\b\d{1,2}[/.-]\d{1,2}[/.-](?:19\d{2}|200\d)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "a prescription or record number",
        "look it up in the dispensing system instead",
        re.compile(
            r"\b(?:rx|script|prescription|mrn|member|medicaid|medicare|patient|insurance|acct|account|policy)"
            r"\s*(?:no\.?|number|id|#)?\s*[:#]?\s*[a-z]{0,3}\d{5,}\b",
            re.IGNORECASE,
        ),
    ),
    (
        "a patient's name",
        "write “a patient” instead",
        re.compile(
            rf"\b(?:{_PATIENT}(?:\s+|\s*[:#]\s*)|[Mm]rs?\.?\s+|MRS?\.?\s+|[Mm]s\.?\s+|[Mm]iss\s+)"
            rf"(?!(?i:{_NOT_A_NAME})\b)[A-Z][A-Za-z]*['’-]?[A-Za-z]+\b"
            # Without a capital it is taken for a name only where little else can stand: `mrs jones`, `patient: jones`.
            rf"|\b(?:[Mm]rs?\.?\s+|{_PATIENT}\s*:\s*)"
            rf"(?!(?i:{_NOT_A_NAME})\b)[A-Za-z]{{2,}}"
        ),
    ),
    (
        "a street address",
        "leave it out",
        re.compile(
            r"\b\d{1,5}\s+(?:[NSEW]\.?\s+)?(?:[A-Z][a-z]+\s+){0,2}(?:[A-Z][a-z]+|\d{1,3}(?:st|nd|rd|th))\s+"
            r"(?:St|Street|Ave|Avenue|Rd|Road|Dr(?!\.?\s+[A-Z])|Drive|Ln|Lane|Blvd|Boulevard|Court|Pl|Place)\b"
        ),
    ),
)


def patient_information(text: str) -> tuple[str, str] | None:
    """What looks like patient information in `text`: its class, and how to write it instead; None when nothing does."""
    for name, instead, pattern in PATTERNS:
        if pattern.search(text):
            return name, instead
    return None


def refuse_patient_information(text: str) -> None:
    """Raise Refused, naming class and remedy but never the text, when `text` looks like patient information."""
    found = patient_information(text)
    if found:
        raise Refused(f"That looks like {found[0]}, so nothing was stored. Please {found[1]} and send it again.")


def keepable(text: str) -> str:
    """A free text as it may be kept: trimmed, without control characters (PostgreSQL takes no NUL).

    Raises Refused when it looks like patient information.
    """
    refuse_patient_information(text)
    return "".join(letter for letter in text if letter in "\n\t" or ord(letter) >= ord(" ")).strip()
