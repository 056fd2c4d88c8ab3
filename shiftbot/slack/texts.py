"""What shiftbot says in Slack, in one place: short, plain, kind; the same words as everywhere else (design.md §2).

Knows nothing of Slack's mark-up except `code` and *bold*; texts that people wrote are escaped where blocks are built.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shiftbot.domain.answer import VOICEMAIL_KINDS, Answer, Outcome
from shiftbot.domain.checklist import ItemKind, Line, Meaning, Plan, Role
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.replies.asking import example
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.domain.values.dates import date_text
from shiftbot.domain.values.numbers import number_text

NOT_SAVED = "Not saved: the database did not answer. Please try again."
NO_DATABASE = "The database did not answer just now. Please try again in a moment."
NOT_SURE = "This took too long, so I cannot say yet whether it was saved. Look at the card before you try again."
WENT_WRONG = (
    "Something went wrong on my side and it is logged. Nothing may have been saved: look at the card, then try again."
)
TOO_SLOW = "That took too long to open. Please press it again."
PIN_TYPED = (
    "I understand no bare number here. If that was your PIN: type it into the form of `/shift pin` and nowhere else."
)
PIN_SAID = (
    "Never type your PIN in a message: others read it here. I kept nothing of it. Please delete your message now, then "
    "change your PIN with `/shift pin`. To sign, press the line's button: its form is the only place for a PIN."
)
OLD_BUTTON = "This button is from an older version of the card. Please use the card as it looks now."
DELETE_IT = "Please delete your message: I cannot do that for you."
ALL_GOOD = "all-good"
"""`Answer.via` of a tick that one button or one thumb gave to a whole section."""
MAY_REPEAT = "(This may be a repeat.)"
TEACHING = """_New here? A line's number ticks it: `3`, `1-4 done`; with a value: `5 41.2`; not today: `6 n/a closed`._
_`undo 3` takes your own answer back, `?` shows everything I understand._"""
REPLY_HELP = """*How to answer in this thread*
`3` or `3 ok`  tick line 3
`1-4 done` · `3,4` · `3 4 5` · `three and four`  tick several
`all` · `all but 5` · `all but fridge`  tick all that only need a tick
`cold chain all good`  tick a whole section, where the checklist allows it
`2 41.2` · `fridge 41.2` · `2 50 door left open`  a temperature or number, and a note if you like
`3 38 to 43`  lowest and highest  ·  `6 30 Nov 2026` · `6 11/2026`  a date
`8 clean`  an option, its first letters will do  ·  `12 sign`  your signature, where no PIN is asked
`5 n/a drive-through closed`  not applicable, and why
`7 fail seal torn`  it failed, and why
`2 because the door was open`  why a value is out of range
`correct 2 41 misread the display`  mend an answer, and why  ·  `undo 3`  take your own answer back
`mine cold chain`  you take this section  ·  `snooze`  remind us 10 minutes later
For a photo, attach it to a reply with the line's number.
Controlled counts go by their button, so that each counts blind. Please never write anything about a patient."""


def reply_hint(plan: Plan) -> str:
    """How to answer a checklist in its thread, with forms that fit what it asks."""
    kinds = {line.kind for line in plan.lines}
    if kinds == {ItemKind.VOICEMAIL}:
        forms = ["`none`", "`2 refill, 1 clinical, oldest 40m`", "`?`"]
    elif kinds == {ItemKind.COUNT}:
        forms = ["`1 n/a none in stock`", "`?`"]
    else:
        typed = ["`fridge 41`"] if ItemKind.TEMPERATURE in kinds else []
        pairs = [line for line in plan.lines if line.kind is ItemKind.MIN_MAX]
        signed = [line for line in plan.lines if line.kind is ItemKind.SIGNATURE and not plan.pin]
        typed += [f"`{line.number} {example(line)}`" for line in pairs[:1]]
        typed += [f"`{line.number} sign`" for line in signed[:1]]
        forms = ["`3`", "`1-4 done`", *typed, "`5 n/a closed`", "`undo 3`", "`?`"]
    return f"Reply in this thread: {' · '.join(forms)}"


def unknown_person(pharmacy: Pharmacy) -> str:
    """To somebody whose Slack account belongs to nobody in pharmacy.yaml."""
    managers = [person.name for person in pharmacy.people_with(Role.MANAGER)]
    whom = f"Ask {managers[0]}" if managers else "Ask your manager"
    return (
        "I do not know your Slack account yet, so nothing was stored. "
        f"{whom} to add you to the people in pharmacy.yaml; then try again."
    )


def unknown_command(word: str, nearest: str) -> str:
    """To somebody who typed a word that is no command."""
    return f"I do not know `/shift {word}`. The nearest is `/shift {nearest}`. `/shift help` shows them all."


def short_name(pharmacy: Pharmacy, person_id: str | None) -> str:
    """A person as colleagues would say it on a card: `Ben O.`; the id when they are no longer defined."""
    person = pharmacy.people.get(person_id or "")
    if person is None:
        return person_id or "somebody"
    first, _, rest = person.name.partition(" ")
    return f"{first} {rest.split()[-1][0]}." if rest.split() else first


def clock(site: Site, at: datetime) -> str:
    """The wall clock at the site, like `07:15`."""
    return local_clock(site.calendar, at)


def degrees(value: float, unit: str) -> str:
    """A temperature with its unit and at most one decimal: `41.2 °F`."""
    return f"{round(value, 1) + 0.0:g} °{unit}"  # never -0


def value_text(line: Line, value: Mapping[str, Any] | None) -> str:
    """The value of an answer in words; empty for a tick."""
    if not value:
        return ""
    if "temperature" in value:
        return f"{number_text(float(value['temperature']))} °{value.get('unit', line.unit)}"
    if "low" in value:
        both = f"{number_text(float(value['low']))} to {number_text(float(value['high']))}"
        return f"{both} °{value.get('unit', line.unit)}"
    if "number" in value:
        return f"{number_text(float(value['number']))} {line.unit}".strip()
    if "counts" in value:
        return voicemail_text(value)
    if "count" in value:
        return count_text(value)
    if "meaning" in value:
        return signed_text(value)
    if "date" in value:
        return date_text(date.fromisoformat(str(value["date"])))
    return "photo attached" if "file" in value else str(value.get("choice", value.get("text", "")))


def signed_text(value: Mapping[str, Any]) -> str:
    """`signed as reviewed by Amira Hassan, pharmacist`: printed name and meaning; the time stands beside it."""
    who = ", ".join(str(value[part]) for part in ("name", "role") if value.get(part))
    return f"signed as {value['meaning']}" + (f" by {who}" if who else "")


def count_text(value: Mapping[str, Any]) -> str:
    """A count. Of a controlled one never the quantities: whoever counts next must not find them on a card."""
    if "witnessed" not in value:
        return f"{value['count']}"
    if counts_agree(value):
        return "counted twice, agrees with the book"
    both = value["count"] == value["witnessed"]
    return "counted twice, differs from the book" if both else "counted twice, the two counts differ"


def counts_agree(value: Mapping[str, Any]) -> bool:
    """Whether both counts and the book quantity of a closed count are one number; true of what is no closed count."""
    if "witnessed" not in value:
        return True
    return bool(value.get("agrees", value["count"] == value["witnessed"] == value.get("book")))


def voicemail_text(value: Mapping[str, Any]) -> str:
    """`3 messages (2 refill, 1 clinical), oldest 40 min`, or `no messages`."""
    counts: Mapping[str, int] = value["counts"]
    total = sum(counts.values())
    if not total:
        return "no messages"
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in VOICEMAIL_KINDS if counts.get(kind))
    return f"{total} message{'s' if total > 1 else ''} ({kinds}), oldest {minutes_text(int(value['oldest_minutes']))}"


def minutes_text(minutes: int) -> str:
    """`40 min`, `2 h`, `2 h 5 min`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def answer_text(line: Line, answer: Answer) -> str:
    """An answer in words, the same wherever it is shown: `done`, `41.2 °F`, `n/a: closed`, `failed: seal torn`."""
    if answer.outcome is Outcome.NOT_APPLICABLE:
        return f"n/a: {answer.note}"
    if answer.outcome is Outcome.FAILED:
        return f"failed: {answer.note}"
    if answer.outcome is Outcome.WITHDRAWN:
        return "taken back"
    value = value_text(line, answer.value) or "done"
    return f"{value} ({answer.note})" if answer.note else value


def kind_of_person(role: Role) -> str:
    """`a pharmacist`, `a technician`."""
    return f"a {role.value}"


def joined(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def signed_as(person: Person) -> str:
    """What a pharmacist puts their name to."""
    return f"I sign as {person.name}, pharmacist: reviewed and approved."


def signing_role(line: Line, person: Person) -> Role:
    """As what somebody signs a line: what the line asks for, else the highest they are."""
    order = (line.role, Role.PHARMACIST, Role.TECHNICIAN, Role.MANAGER)
    return next((role for role in order if role in person.roles), line.role)


def signature_text(name: str, role: Role, meaning: Meaning) -> str:
    """What somebody puts their name to: `I, Amira Hassan, pharmacist, have REVIEWED this.`"""
    return f"I, {name}, {role}, have {meaning.upper()} this."


def kind_words(kind: ItemKind) -> str:
    """What a field of this kind asks for."""
    return {
        ItemKind.TEMPERATURE: "Temperature on the display",
        ItemKind.NUMBER: "Number",
        ItemKind.COUNT: "How many",
        ItemKind.TEXT: "In a few words",
        ItemKind.DATE: "Date",
    }.get(kind, "Answer")


def private_reply(what: str, instead: str) -> str:
    """To whoever typed patient information into a thread; for them only, in plain words."""
    return f"That looks like {what}, so nothing was stored. Please {instead} and send it again. {DELETE_IT}"


def private_message(what: str, instead: str, channel: str, link: str | None) -> str:
    """To whoever wrote patient information in a site's channel, as a direct message with its mark-up."""
    which = f"<{link}|Your message>" if link else "Your message"
    return (
        f":lock: {which} in <#{channel}> looks like it holds {what}. I have stored nothing of it. "
        f"{DELETE_IT} When you write it again, please {instead}."
    )


def private_place(what: str, channel: str, link: str | None) -> str:
    """To the managers, with its mark-up: the class and the place, and not a word of what was written."""
    which = f"<{link}|A message>" if link else "A message"
    return (
        f":lock: {which} in <#{channel}> looks like it holds {what}. Nothing of it was stored, and whoever wrote it "
        "was asked to delete it. I tell you the class and the place only."
    )
