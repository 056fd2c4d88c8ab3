"""What is noted when somebody writes what looks like patient information: the class and the place, never the words."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import delivery
from shiftbot.storage import record


def note_refusal(connection: Connection, site: Site, actor: str, what: str, now: datetime) -> None:
    """Put the class `what` on the record, with who wrote and in whose channel.

    In a transaction of its own: that of what was refused is rolled back.
    """
    record.append(connection, [Entry(site.id, now, actor, "privacy-refused", site.channel, {"class": what})])


def tell_of_message(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    key: str,
    sender: str,
    told: str,
    managers: str,
    now: datetime,
) -> None:
    """Tell whoever wrote a message that cannot be taken back by us, and the managers; both texts have their mark-up.

    `sender` is a person's id, or a Slack id of somebody unknown; without `told` only the managers hear of it.
    """
    notices = [_notice(site, f"{key}:sender", sender, told)] if told else []
    notices += [_notice(site, f"{key}:{person}", person, managers) for person in _managers(pharmacy, site)]
    delivery.queue(connection, pharmacy, notices, now)


def _notice(site: Site, key: str, recipient: str, text: str) -> Notice:
    return Notice(key, Lane.ROUTINE, site.id, NoticeKind.PRIVACY, recipient, text)


def _managers(pharmacy: Pharmacy, site: Site) -> Sequence[str]:
    return [person.id for person in pharmacy.people_with(Role.MANAGER)] or [site.fallback]
