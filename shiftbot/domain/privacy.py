"""The guard before every free text: nothing that looks like patient information is stored or sent on (invariant 10).

The classes are the structured identifiers of domain.md §3; the text itself is never kept, only the class.
"""

import re

from shiftbot.errors import PatientInformation

_SEP = r"[ .\-/–—]"
"""What stands between the groups of a number."""
_WIDE = re.compile(r"\s+")
"""Odd spacing, made even before the patterns look: it hides no number, and a long run cannot slow them."""
_LOOSE = r"(?: [-–—]|[-–—] ?|[ .])"
"""The same with a space on one side of a dash; with spaces on both (`120 - 30 - 1500`) it is a row of counts."""
_SPACED_DAY = r"\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?\d{2,4}\b"
_DAY = r"\d{1,4}[/.\- ]\w{1,9}[/.\-, ]{1,2}\d{1,4}"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_NAMED_DAY = rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH})"
_YEAR = rf"(?:{_MONTH}\s+)?(?:19|20)\d{{2}}\b"
_BIRTH = r"b(?:irth|rith|irht|ith)"
"""“birth”, and with the letters that fingers most often swap or drop."""
_BORN = rf"\b(?:d[./ ]?o[./ ]?b|born|b-?day|{_BIRTH}[ -]?(?:day|date)?|(?:date|year|day) of {_BIRTH})(?![a-z])"
_OLD_DAY = r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:[013-9]\d)\b"
"""A date of no year in the twenties: those before a birth word are mostly the day of the note."""
_OTHER_NUMBERS = (
    *("ndc", "upc", "npi", "gtin", "lot", "serial", "invoice", "inv", "order", "po", "ticket", "tracking", "tote"),
    *("seal", "form", "item", "batch", "bag", "sn"),
)
"""What a bare number of ten digits is when one of these words stands before it."""
_NO_PHONE = "".join(f"(?<!{word}{sep})" for word in _OTHER_NUMBERS for sep in (" ", " #", "#", "# ", ": ", " no. "))
_CALL = (
    r"\b(?:call(?:\s?back)?|cb|phone|ph|tel|cell|mobile|fax|home|te?xt|vm|voice ?mail"
    r"|(?:new|his|her|their|contact|work|alt)\s+(?:#|no\.?|number))(?!\w)"
)
_LOCAL = rf"(?<![\w.-])(?=[2-9]\d\d[ -]\d{{4}}(?![\w-]))(?!\d(?:00|15|30|45)){_NO_PHONE}\d{{3}}[ -]\d{{4}}"
"""A number without its area code, which a word must say is called; `500-1000` is a range, `930 1030` are hours."""
_REACHED = r"\b(?:call(?:s|ed)?|phone[ds]?|ring|rang|reach(?:ed)?|te?xt(?:ed)?|msgs?|messages?|vms?|voice ?mail)\b"
_TRADE = ("wholesaler", "mckesson", "cardinal", "cencora", "amerisource", "vendor", "supplier", "ups", "fedex", "bank")
"""Whose accounts are no patient's."""
_NO_TRADE = "".join(rf"(?<!\b{name} )(?<!\b{name}'s )" for name in _TRADE)
_RECORD_WORDS = (
    r"\b(?:rxs?|scripts?|prescriptions?|prescr\.?|mrn|member|memb|mbr|subscriber|card\s?holder|beneficiary|medicaid"
    r"|medicare|patient|ins(?:urance)?\.?(?:\s+card)?|health plan|med(?:ical)?\.?\s+rec(?:ord)?|chart"
    rf"|{_NO_TRADE}acc(?:oun)?t|policy|pt)"
)
_SAID_NUMBER = r"\s*(?:numbers?|nos?\b\.?|nums?|nbrs?\b\.?|ids?|n\b|#)(?:\s+(?:is|was)\b)?"
_NUMBER_WORD = rf"(?:{_SAID_NUMBER})?"
_GROUPS = r"(?!(?:19|20)\d\d-)(?=\d(?:[ -]?\d){4})(?:\d{2,}(?:-\d{2,})+|\d{3} \d{3,})"
"""A number of five digits or more, written in groups; one that begins with a year is a date or a document."""
_PATIENT = r"(?i:pts?\.?|patients?)(?i:'s|’s)?(?:\s+(?i:named?))?(?:\s+(?i:is))?"
_TITLE = r"(?:[Mm]rs?\.?|MRS?\.?|[Mm]s\.?|MS\.|[Mm]x\.?|[Mm]iss|[Mm]ister|[Mm]adam)"
_NOT_A_NAME = (
    "area|asked|assistance|bag|bathroom|bill|called|came|care|clean|coffee|contin|counsel\\w*|education|files?|forms?"
    "|information|insurance|leaflets?|line|name"
    "|pick-?up|portal|profiles?|queue|refused|returned|room|safety|services?|side|sign|teams|told|waiting|wants?"
    "|was|is|has|in|at|on|no|not|and|or|the|who|will|with"
)
"""What follows “patient” or a title on a pharmacy's wall and is nobody."""
_STREET = (
    r"(?:St|Street|Ave|Avenue|Rd|Road|Dr(?!\.?\s+[A-Z])|Drive|Ln|Lane|Blvd|Boulevard|Court|Pl|Place|Terrace|Ter"
    r"|Parkway|Pkwy|Cir|Circle|Square|Sq|Way|Trail)"
)
_COMPASS = r"(?:old|new|north|south|east|west|[nsew])\.?"
_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)"

PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "a social security number",
        "leave it out",
        re.compile(
            rf"(?<![\d-])\d{{3}}{_LOOSE}\d{{2}}{_LOOSE}\d{{4}}(?![\d-])"
            r"|\b(?:ssn?|soc(?:ial)?(?:\.|\s+sec(?:urity)?)?)\b\W{0,9}(?:no\.?|number|#|is)?\W{0,9}\d{9}\b"
            # The last four alone, where they are said to be that.
            r"|\b(?:ssn|social)\s+(?:ends|ending)(?:\s+(?:in|with))?\W{0,3}\d{4}\b"
            r"|\blast\s+(?:4|four)(?:\s+digits)?\s+(?:of\s+)?(?:the\s+)?(?:ssn|social)\W{0,3}(?:is\s+)?\d{4}\b",
            re.IGNORECASE,
        ),
    ),
    (
        "an e-mail address",
        "leave it out",
        re.compile(
            r"(?<![\w.+-])[\w.+-]{1,64}(?:\s?@\s?|\s?[(\[]at[)\]]\s?)[\w-]+(?:\.\w{2,})+"
            # Spelled out, only with a dot or the like before “at”: one orders at a wholesaler's site by its address.
            r"|(?<![\w.+-])[a-z]{1,32}[._][\w.]{1,32} at [\w-]{1,63}\.(?:com|org|net|edu|gov|us)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "a phone number",
        "write “the prescriber's line” instead",
        re.compile(
            rf"(?<![\d-])(?:\+?1{_SEP}?)?(?:\(\d{{3}}\) ?[-.]? ?|\d{{3}}{_SEP})\d{{3}}{_SEP}?\d{{4}}(?![\d-])"
            rf"|{_CALL}\W{{0,3}}(?:at|on|no\.?|phone|number)?\W{{0,3}}1?\d{{3}}[ .-]?(?:\d{{3}}[ .-]?)?\d{{4}}\b"
            rf"|{_REACHED}[^\n\d]{{0,24}}\bat {_LOCAL}|{_LOCAL}\W{{1,3}}(?:to |pls |please )?{_REACHED}"
            # A dash between spaces also parts counts; area code and exchange never begin with 0 or 1.
            r"|(?<![\d-])[2-9]\d{2} ?- ?[2-9]\d{2} ?- ?\d{4}(?![\d-])"
            r"|(?<![\w+])\+\d{1,3}(?:[ .-]?\d{2,4}){3,4}(?!\d)"
            rf"|{_NO_PHONE}(?<![\w.-])\d{{10}}(?![\w-])",
            re.IGNORECASE,
        ),
    ),
    (
        "a date of birth",
        "leave it out",
        re.compile(
            rf"{_BORN}(?:\W|\b(?:on|in|is|file|the)\b){{0,12}}(?:{_DAY}|{_SPACED_DAY}|{_NAMED_DAY}|{_YEAR}|\d{{6,8}}\b)"
            r"|\b\d{1,2}[/.-]\d{1,2}[/.-](?:19\d{2}|200\d)\b"
            rf"|{_OLD_DAY}\W{{1,3}}(?:(?:is|as|for)\s+)?{_BORN}",
            re.IGNORECASE,
        ),
    ),
    (
        "a prescription or record number",
        "look it up in the dispensing system instead",
        re.compile(
            rf"{_RECORD_WORDS}{_NUMBER_WORD}\s*[:#=-]?\s*[a-z]{{0,3}}-?\d{{5,}}(?:-\d+)?\b"
            rf"|{_RECORD_WORDS}{_SAID_NUMBER}\s*[:#=-]?\s*(?:[a-z]{{0,3}}\d{{5,}}[a-z]|{_GROUPS})\b"
            rf"|{_RECORD_WORDS}{_NUMBER_WORD}\s*[:#=-]?\s*\d,\d{{3}},\d{{3}}\b"
            r"|\brx\s*num\W*\d{5,}\b"
            # A Medicare number has letters in fixed places (CMS: 1EG4-TE5-MK73 is its printed example).
            r"|\b[1-9][a-z][a-z\d]\d-?[a-z][a-z\d]\d-?[a-z]{2}\d{2}\b"
            # A hospital's number of one stay, and the licence shown for a pick-up.
            r"|\b(?:fin|csn|encounter|visit)\s*(?:numbers?|no\b\.?|id|#)?\s*[:#]?\s*\d{6,}\b"
            r"|\b(?:dl|driver'?s?'?\s+licen[sc]e)\s*(?:numbers?|no\b\.?|#)?\s*[:#]?\s*[a-z]{0,2}\d{6,}\b"
            r"|\bID\s*[:#]?\s*[a-z]{1,3}\d{7,}\b"
            r"|\b\d{6,8}\s+rx\b",
            re.IGNORECASE,
        ),
    ),
    (
        "a patient's name",
        "write “a patient” instead",
        re.compile(
            rf"\b(?:{_PATIENT}(?:\s+|\s*[:#]\s*)|{_TITLE}\s+|Master\s+)(?:[A-Z]\.?\s+)?"
            rf"(?!(?i:{_NOT_A_NAME})\b)[A-Z][A-Za-z]*['’-]?[A-Za-z]+\b"
            # Long-term care and mail order have other words for a patient; two names, as these begin a title too.
            rf"|\b(?i:resident|customer|client)(?:\s*:\s*|\s+)(?!(?i:{_NOT_A_NAME})\b)[A-Z][a-z]+,?\s+[A-Z][a-z]+\b"
            # Without a capital it is taken for a name only where little else can stand: `mrs jones`, `patient: jones`.
            rf"|\b(?:[Mm]rs?(?:\.\s*|\s+)|{_PATIENT}\s*:\s*)"
            rf"(?!(?i:{_NOT_A_NAME})\b)[A-Za-z]{{2,}}"
        ),
    ),
    (
        "a street address",
        "leave it out",
        re.compile(
            r"\b\d{1,5}\s+(?:[NSEW]\.?\s+)?(?:[A-Z][a-z]+\s+){0,2}(?:[A-Z][a-z]+|\d{1,3}(?:st|nd|rd|th))\s+"
            rf"{_STREET}\b"
            # In small letters only what is never anything else in a pharmacy: `402 pine street`, not `3 drive`.
            rf"|\b(?i:\d{{2,5}}\s+(?:{_COMPASS}\s+)?(?:[a-z]{{3,}}|{_ORDINAL})"
            r"\s+(?:street|avenue|ave|road|boulevard|blvd|parkway|pkwy))\b"
            r"|\b(?i:\d{1,5}\s+(?:\w{1,20}\.?,?\s+){1,3}(?:apt|apartment)\.?\s*#?\d{1,4}[a-z]?)\b"
            r"|\b(?i:p\.?\s?o\.?\s?box)\s+\d+"
            r"|\b\d{2,5}\s+(?:Highway|Hwy|Route)\s+\d+"
        ),
    ),
)


def patient_information(text: str) -> tuple[str, str] | None:
    """What looks like patient information in `text`: its class, and how to write it instead; None when nothing does."""
    narrow = _WIDE.sub(lambda run: "\n" if "\n" in run[0] else " ", text)
    for name, instead, pattern in PATTERNS:
        if pattern.search(narrow):
            return name, instead
    return None


def refuse_patient_information(text: str) -> None:
    """Raise PatientInformation, naming class and remedy but never the text, when `text` looks like it."""
    found = patient_information(text)
    if found:
        what, instead = found
        why = f"That looks like {what}, so nothing was stored. Please {instead} and send it again."
        raise PatientInformation(what, why)


def keepable(text: str) -> str:
    """A free text as it may be kept: trimmed, without control characters (PostgreSQL takes no NUL).

    Raises PatientInformation when it looks like that.
    """
    refuse_patient_information(text)
    return "".join(letter for letter in text if letter in "\n\t" or ord(letter) >= ord(" ")).strip()
