"""Showing cards that are out of date: posted once, edited in place ever after."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown, StorageUnavailable
from shiftbot.services.delivery.pace import Pace
from shiftbot.services.delivery.rules import TURN
from shiftbot.services.delivery.sending import BATCH, BROKEN, IN_HAND_FOR, Receipt, Sender, wait_after
from shiftbot.storage import cards, outbox
from shiftbot.storage.cards import Card
from shiftbot.storage.database import Database

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=1)
"""How far back a card that may have been posted is looked for."""

RETRY_FAILED = timedelta(hours=1)
"""A card that failed for good is tried again so often: somebody may have invited the bot meanwhile."""


def show_cards(
    database: Database, pharmacy: Pharmacy, sender: Sender, now: datetime, pace: Pace, clock: Callable[[], datetime]
) -> int:
    with database.snapshot() as connection:
        due = cards.find_due(connection, now, BATCH)
    shown = 0
    for card in due:
        if clock() >= now + TURN:
            break
        if not pace.is_ready(_place(card), clock()):
            continue
        with database.transaction() as connection:
            if not cards.claim(connection, card, clock() + IN_HAND_FOR):
                continue
        shown += _show(database, pharmacy, sender, card, pace, clock)
    return shown


def _place(card: Card) -> str:
    return card.channel or card.target.partition(":")[0]


def _show(
    database: Database, pharmacy: Pharmacy, sender: Sender, card: Card, pace: Pace, clock: Callable[[], datetime]
) -> int:
    # A card that was in hand when something broke may have been posted: look before posting a second one.
    # A user group is set as a whole, so setting it twice does no harm, and nothing of it could be found.
    broken = card.ts is None and card.state in BROKEN and card.kind is not CardKind.DUTY_GROUP
    wait, began_at = wait_after(card.attempts + 1), clock()
    try:
        found = sender.find(card.target, card.key, clock() - LOOK_BACK) if broken else None
        receipt = found or sender.show(card)
    except DeliveryPostponed as error:
        if error.wait:
            pace.asked_to_wait(_place(card), clock() + error.wait, clock())
        if error.wait or (
            isinstance(error.__cause__, Exception) and not isinstance(error.__cause__, StorageUnavailable)
        ):
            pace.failed(_place(card), began_at, str(error), clock())
        return _put_off(database, card, "unknown" if broken else "pending", clock() + max(wait, error.wait), str(error))
    except DeliveryUnknown as error:
        pace.sent(_place(card), clock())
        pace.failed(_place(card), began_at, str(error), clock())
        return _put_off(database, card, "unknown", clock() + wait, str(error))
    except DeliveryFailed as error:
        if error.everywhere:
            pace.failed(_place(card), began_at, str(error), clock(), certain=True)
            return _put_off(database, card, "unknown" if broken else "pending", clock() + wait, str(error))
        pace.has_failed = True
        return _fail_card(database, pharmacy, card, str(error), clock())
    except StorageUnavailable:
        raise
    except Exception as error:
        log.exception("%s could not be shown", card.key, extra={"action": "card_broke"})
        return _put_off(database, card, "unknown", clock() + wait, str(error))
    pace.sent(_place(card), clock())
    pace.worked(_place(card))
    return _settle_shown(database, card, receipt, clock(), outdated=found is not None)


def _settle_shown(database: Database, card: Card, receipt: Receipt | None, now: datetime, *, outdated: bool) -> int:
    with database.transaction() as connection:
        if receipt is None or receipt.channel is None or receipt.ts is None:
            if cards.lose_message(connection, card, now) and card.kind is CardKind.RUN:
                cards.lose_further(connection, card.subject, now)  # they stood in the thread of what is gone
            return 0
        cards.settle_shown(connection, card, receipt.channel, receipt.ts, now)
        if receipt.further:
            cards.add(connection, _further(card, receipt.further), now)
        if outdated:
            cards.touch(connection, card.kind, [card.subject], now)
    return 1


def _further(card: Card, count: int) -> list[tuple[CardKind, str, str, str]]:
    """The cards that continue one in its thread; what follows the colon is the page, the first being the card."""
    pages = range(2, count + 2)
    return [(CardKind.RUN_MORE, card.subject, card.site, f"{card.target}:{page}") for page in pages]


def _put_off(database: Database, card: Card, state: str, at: datetime, error: str) -> int:
    with database.transaction() as connection:
        cards.settle(connection, card, state, at, error)
    return 0


def _fail_card(database: Database, pharmacy: Pharmacy, card: Card, error: str, now: datetime) -> int:
    """A card that cannot be shown is tried again when its subject changes, and hourly; meanwhile an alert says so."""
    log.warning("a card failed: %s", error, extra={"action": "card_failed"})
    is_group = card.kind is CardKind.DUTY_GROUP
    notice = Notice(
        key=f"{card.key}:failed:{card.wanted}",
        lane=Lane.ROUTINE,
        site=card.site,
        kind=NoticeKind.DELIVERY,
        recipient=card.target,
        text=f"the {card.kind} of {card.subject}" if is_group else f"the card of {card.kind} {card.subject}",
    )
    with database.transaction() as connection:
        failed = cards.settle(connection, card, "failed", now + RETRY_FAILED, error)
        if failed and card.site in pharmacy.sites:
            outbox.add_failed(connection, notice, error, now)
    return 0
