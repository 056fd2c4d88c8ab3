"""A message that asks somebody about duty, with its buttons until it is answered, and with what became of it after."""

from collections.abc import Collection
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from shiftbot.domain.checklist import Role
from shiftbot.services.rostering import Asks, Question
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import Block, actions, button, context, plain, section

_MARKS = {Asks.OFFER: ":arrows_counterclockwise:", Asks.AWAY: ":sos:", Asks.SIGN_ON: ":wave:"}

EVERYBODY = frozenset(Role)


def duty_asked(question: Question, roles: Collection[Role] = EVERYBODY, *, may_repeat: bool = False) -> list[Block]:
    """The blocks; of the buttons those for somebody with these roles."""
    repeat = f"\n_{texts.MAY_REPEAT}_" if may_repeat else ""
    said = section(f"{_MARKS[question.asks]} {plain(question.text)}{repeat}")
    if question.outcome:
        return [said, context(plain(question.outcome))]
    row = _row(question, roles)
    return [said, *([actions(row, "duty-asked")] if row else [])]


def duty_asked_fallback(question: Question) -> str:
    """The same in words only."""
    return f"{question.text} {question.outcome}".strip()


def _row(question: Question, roles: Collection[Role]) -> list[ButtonElement]:
    number = str(question.number)
    if question.asks is Asks.OFFER:
        return [
            button("Accept", "duty_accept", number, "primary"),
            button("Decline", "duty_decline", number),
        ]
    if question.asks is Asks.SIGN_ON:
        row = [button("Sign on", "duty_sign_on", question.site, "primary")]
        return [*row, button("Who is on duty", "duty_show", question.site)]
    row = [button("I can take it", "duty_cover", number, "primary")] if Role.PHARMACIST in roles else []
    if Role.MANAGER in roles:
        row.append(button("Put somebody on duty…", "duty_put", put_value(question.site, question.span)))
    return [*row, button("Who is on duty", "duty_show", question.site)]


def put_value(site: str, span: tuple[datetime, datetime] | None = None) -> str:
    """What a button carries that opens the form to put somebody on duty: the site, and for which stretch."""
    return "|".join([site, *(at.isoformat() for at in span or ())])
