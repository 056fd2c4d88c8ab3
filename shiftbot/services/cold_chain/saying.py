"""Routine words of the cold chain, to a site's channel or its managers."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import delivery


def tell_channel(connection: Connection, pharmacy: Pharmacy, site: Site, key: str, text: str, now: datetime) -> None:
    """Say it in the site's channel, once for `key`."""
    _queue(connection, pharmacy, site, [(key, site.channel)], text, now)


def tell_managers(connection: Connection, pharmacy: Pharmacy, site: Site, key: str, text: str, now: datetime) -> None:
    """Say it to every manager, once for `key`; to the site's fallback where there is none."""
    managers = pharmacy.people_with(Role.MANAGER) or (pharmacy.people[site.fallback],)
    _queue(connection, pharmacy, site, [(f"{key}:{each.id}", each.id) for each in managers], text, now)


def _queue(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    recipients: Iterable[tuple[str, str]],
    text: str,
    now: datetime,
) -> None:
    notices = [
        Notice(key, Lane.ROUTINE, site.id, NoticeKind.COLD_CHAIN, recipient, text) for key, recipient in recipients
    ]
    delivery.queue(connection, pharmacy, notices, now)
