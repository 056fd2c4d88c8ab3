"""Answers: allowed, stored with their record entry, followed by what they lead to, and the run settled by them."""

from shiftbot.services.answering.allowing import refuse_unless_asked
from shiftbot.services.answering.book import Book, names, open_book, open_books
from shiftbot.services.answering.settling import settle
from shiftbot.services.answering.storing import add_answer, add_reason, body_of, store_answer, withdraw_answer

__all__ = [
    "Book",
    "add_answer",
    "add_reason",
    "body_of",
    "names",
    "open_book",
    "open_books",
    "refuse_unless_asked",
    "settle",
    "store_answer",
    "withdraw_answer",
]
