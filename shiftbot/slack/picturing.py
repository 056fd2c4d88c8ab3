"""What a card shows now: its subject read from the database, as text and blocks. Sends nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import DeliveryFailed
from shiftbot.services import hand_over, rostering
from shiftbot.slack import looking
from shiftbot.slack.beside import beside
from shiftbot.slack.blocks.alert_card import alert_fallback, alert_message
from shiftbot.slack.blocks.case_card import case_card, case_fallback
from shiftbot.slack.blocks.duty_asked import duty_asked, duty_asked_fallback
from shiftbot.slack.blocks.hand_over_card import hand_over_card, hand_over_fallback
from shiftbot.slack.blocks.parts import Block, plain_lines
from shiftbot.slack.blocks.run_card import fallback, further_card, further_pages, run_card
from shiftbot.slack.blocks.together import Listed, head_of, together_fallback, together_message
from shiftbot.storage import alerts, cards, cases, outbox
from shiftbot.storage.cards import Card


@dataclass(frozen=True, slots=True)
class Picture:
    """A card as Slack is given it. `further` cards continue it in its thread."""

    text: str
    blocks: list[Block]
    further: int = 0


def picture_of(connection: Connection, pharmacy: Pharmacy, card: Card, now: datetime) -> Picture:
    """The card now. Raises DeliveryFailed when there is nothing left to show."""
    found = _DRAWN[card.kind](connection, pharmacy, card, now)
    if found is None:
        raise DeliveryFailed(f"there is nothing to show for {card.kind} {card.subject}")
    return found


def _run(connection: Connection, pharmacy: Pharmacy, card: Card, now: datetime) -> Picture | None:
    seen = looking.picture(connection, pharmacy, int(card.subject), now)
    return None if seen is None else Picture(fallback(seen), run_card(seen), further_pages(seen))


def _run_more(connection: Connection, pharmacy: Pharmacy, card: Card, now: datetime) -> Picture | None:
    seen = looking.picture(connection, pharmacy, int(card.subject), now)
    page = int(card.target.rpartition(":")[2])
    if seen is None or page > further_pages(seen) + 1:
        return None
    return Picture(fallback(seen), further_card(seen, page))


def _alert(connection: Connection, pharmacy: Pharmacy, card: Card, now: datetime) -> Picture | None:
    alert = alerts.look_at(connection, int(card.subject))
    if alert is None or alert.site not in pharmacy.sites:
        return None
    others = cards.at_message(connection, card.channel, card.ts) if card.channel and card.ts else []
    if len(others) > 1:
        return _list(connection, pharmacy, others)
    told = [parcel for parcel in outbox.of_alert(connection, alert.id) if parcel.ts == card.ts]
    said = told[0].notice.text if told else ""
    blocks = alert_message(alert, pharmacy.sites[alert.site], pharmacy, said, beside(connection, alert, now))
    return Picture(plain_lines(alert_fallback(alert, said)), blocks)


def _list(connection: Connection, pharmacy: Pharmacy, together: list[Card]) -> Picture:
    """Several alerts that went out as one message, each as it stands."""
    listed = []
    for card in together:
        alert = alerts.look_at(connection, int(card.subject))
        told = [each for each in outbox.of_alert(connection, int(card.subject)) if each.ts == card.ts]
        said = told[0].notice.text if told else (alert.title if alert else "")
        listed.append(Listed(said, alert, bool(told and told[0].may_repeat)))
    head = head_of(listed)
    return Picture(together_fallback(head, listed), together_message(head, listed, pharmacy))


def _case(connection: Connection, pharmacy: Pharmacy, card: Card, _now: datetime) -> Picture | None:
    case = cases.look_at(connection, int(card.subject))
    if case is None or case.site not in pharmacy.sites:
        return None
    return Picture(case_fallback(case), case_card(case, pharmacy.sites[case.site], pharmacy))


def _hand_over(connection: Connection, pharmacy: Pharmacy, card: Card, _now: datetime) -> Picture | None:
    view = hand_over.view(connection, pharmacy, int(card.subject))
    return None if view is None else Picture(hand_over_fallback(view), hand_over_card(view))


def _duty(connection: Connection, pharmacy: Pharmacy, card: Card, now: datetime) -> Picture | None:
    found = rostering.question(connection, pharmacy, card.subject, now)
    return None if found is None else Picture(plain_lines(duty_asked_fallback(found)), duty_asked(found))


_DRAWN = {
    CardKind.RUN: _run,
    CardKind.RUN_MORE: _run_more,
    CardKind.ALERT: _alert,
    CardKind.CASE: _case,
    CardKind.HAND_OVER: _hand_over,
    CardKind.DUTY: _duty,
}
