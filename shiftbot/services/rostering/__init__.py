"""The roster as it is lived: changes that people agree, signing on at the start of a shift, calendars read anew."""

from shiftbot.services.rostering.asking import Asks, Question, question
from shiftbot.services.rostering.calendars import calendars_due, keep_calendar, keep_failure, shown_name
from shiftbot.services.rostering.changing import (
    answer,
    asked_whom,
    call_in_absent,
    offer,
    offer_swap,
    stand_in,
    take_over,
    withdraw,
)
from shiftbot.services.rostering.covering import cover
from shiftbot.services.rostering.expiring import expire_offers
from shiftbot.services.rostering.signing_on import due_to_sign_on, look_for_sign_ons, plan_ahead, sign_on
from shiftbot.services.rostering.telling import asked_words, said, span_text

__all__ = [
    "Asks",
    "Question",
    "answer",
    "asked_whom",
    "asked_words",
    "calendars_due",
    "call_in_absent",
    "cover",
    "due_to_sign_on",
    "expire_offers",
    "keep_calendar",
    "keep_failure",
    "look_for_sign_ons",
    "offer",
    "offer_swap",
    "plan_ahead",
    "question",
    "said",
    "shown_name",
    "sign_on",
    "span_text",
    "stand_in",
    "take_over",
    "withdraw",
]
