"""The guard before every free text: nothing that looks like patient information is stored or sent on (invariant 10).

The classes are the structured identifiers of domain.md §3; the text itself is never kept, only the class.
"""

import re

from shiftbot.errors import Refused

PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("a social security number", "leave it out", re.compile(r"\b\d{3}-\d{2}-\d{4}\b")),
    ("an e-mail address", "leave it out", re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")),
    (
        "a phone number",
        "write “the prescriber's line” instead",
        re.compile(r"(?<![\d-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])"),
    ),
    (
        "a date of birth",
        "leave it out",
        re.compile(
            r"\b(?:dob|d\.o\.b|born|birth(?:day|date)?)\b\W{0,12}\d{1,4}[/.\- ]\w{1,9}[/.\- ]\d{1,4}", re.IGNORECASE
        ),
    ),
    (
        "a prescription or record number",
        "look it up in the dispensing system instead",
        re.compile(
            r"\b(?:rx|mrn|member|patient id|acct|account|policy)\s*(?:no\.?|number|id|#)?\s*[:#]?\s*[a-z]{0,3}\d{5,}\b",
            re.IGNORECASE,
        ),
    ),
    (
        "a patient's name",
        "write “a patient” instead",
        re.compile(r"\b(?:[Pp]t\.?|[Pp]atient|Mr\.?|Mrs\.?|Ms\.?|Miss)\s+[A-Z][a-z]+\b"),
    ),
    (
        "a street address",
        "leave it out",
        re.compile(
            r"\b\d{1,5}\s+(?:[NSEW]\.?\s+)?[A-Z][a-z]+\s+(?:St|Street|Ave|Avenue|Rd|Road|Dr|Drive|Ln|Lane|Blvd|Ct|Court)\b"
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
