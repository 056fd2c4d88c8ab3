"""The forms of a controlled count: no quantity in any of them before both blind counts are in (invariant 7)."""

from shiftbot.domain.checklist import Line
from shiftbot.services.counts import CountOutcome
from shiftbot.slack.blocks.modals.window import Modal, message, window
from shiftbot.slack.blocks.parts import plain, section, text_input


def count(line: Line, run_id: int, callback_id: str) -> Modal:
    """A blind count: the first (`count_enter`) or the witness's (`count_witness`). It shows no number."""
    first = "Count what is there and write down the number, before anybody looks at the book."
    second = "Count it yourself, without asking for the first number. The two are compared afterwards."
    text = first if callback_id == "count_enter" else second
    return window(
        callback_id,
        "Blind count" if callback_id == "count_enter" else "Witness the count",
        f"{run_id}|{line.key}",
        [
            section(f"*{plain(line.title)}*\n{text}"),
            text_input("quantity", "How many are there?", placeholder="a whole number", most=20),
        ],
    )


def book(line: Line, run_id: int, outcome: CountOutcome, *, may_book: bool) -> Modal:
    """After both blind counts: whether they agree, and the book quantity for whoever reads the perpetual inventory."""
    about = f"{run_id}|{line.key}"
    if outcome.counted == outcome.witnessed:
        said = f":white_check_mark: Both counts are in and agree: *{outcome.counted}*."
    else:
        said = f":warning: Both counts are in and differ: *{outcome.counted}* and *{outcome.witnessed}*."
    if not may_book:
        return message("Both counts are in", f"{said}\nA pharmacist now enters the book quantity.")
    return window(
        "count_book",
        "Book quantity",
        about,
        [
            section(f"*{plain(line.title)}*\n{said}"),
            text_input("quantity", "Book quantity", hint="From the perpetual inventory, as it is now.", most=20),
        ],
        submit="Close the count",
    )


def closed_count(line: Line, outcome: CountOutcome) -> Modal:
    """How the count came out."""
    numbers = f"Counted {outcome.counted}, witnessed {outcome.witnessed}, book {outcome.book}."
    if outcome.agrees:
        said = f":white_check_mark: {numbers} It agrees."
    else:
        said = f":warning: {numbers} It does not agree: a case is open and the pharmacist on duty is told."
    return message("Count closed", f"*{plain(line.title)}*\n{said}")
