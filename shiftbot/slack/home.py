"""The Home tab of everybody who opened theirs: published when opened, and again when what it shows has changed.

Who opened it is kept in memory only: a restart forgets it, and the tab is fresh again when it is next opened. A thread
of its own keeps the tabs fresh, so that no message ever waits for one.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from threading import Event, Lock, Thread
from typing import Any

from slack_sdk import WebClient
from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import StorageUnavailable
from shiftbot.services import duty
from shiftbot.slack import home_looking as looking
from shiftbot.slack import sites
from shiftbot.slack.blocks.home_picture import ManagedPicture
from shiftbot.slack.blocks.home_tab import home_tab, stranger
from shiftbot.slack.client import TIMEOUT_SECONDS
from shiftbot.slack.desk import Desk
from shiftbot.slack.links import Links
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import UNREACHED, Json
from shiftbot.storage import glances

log = logging.getLogger(__name__)

REMEMBERED = 500
"""How many people's tabs are kept fresh; whoever opened theirs longest ago is forgotten first."""

REFRESH_SECONDS = 3.0
"""Temperatures change all the time, and Slack takes about 100 tabs a minute (libraries.md §3)."""

LOOK_AGAIN_SECONDS = 15.0
"""What another process changed is seen so soon, though nobody here says that anything has."""


class HomeTabs:
    """Publishes Home tabs. `refresh` looks at all that are remembered; between `start` and `stop` a thread does so."""

    def __init__(
        self,
        desk: Desk,
        links: Links,
        *,
        every_seconds: float = REFRESH_SECONDS,
        look_again_seconds: float = LOOK_AGAIN_SECONDS,
    ) -> None:
        self._every_seconds = every_seconds
        self._look_again_seconds = look_again_seconds
        self._desk = desk
        self._links = links
        self._client = WebClient()
        self._patterns = looking.Patterns()
        self._shown: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()
        self._changed = Event()
        self._stopping = Event()
        self._thread: Thread | None = None

    def register(self, switchboard: Switchboard) -> None:
        """Listen to Home tabs being opened, and publish as that app does."""
        self._client = switchboard.app.client

        def opened(_body: Json, event: Json, _client: WebClient) -> None:
            if event.get("tab", "home") == "home":
                self.publish(str(event["user"]), again=True)

        switchboard.on_event("app_home_opened", opened)

    def start(self) -> None:
        """Keep the tabs fresh from now on."""
        self._thread = Thread(target=self._keep_fresh, name="home-tabs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Publish the tab in hand and stop."""
        self._stopping.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join(timeout=TIMEOUT_SECONDS)

    def changed(self) -> None:
        """Something may have changed; returns at once."""
        self._changed.set()

    def _keep_fresh(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait(timeout=self._look_again_seconds)
            self._changed.clear()
            self.refresh()
            self._stopping.wait(self._every_seconds)

    def refresh(self) -> int:
        """Publish every remembered tab that has changed; how many."""
        with self._lock:
            users = list(self._shown)
        return sum(self.publish(user) for user in users if not self._stopping.is_set())

    def publish(self, user: str, *, again: bool = False) -> bool:
        """Publish somebody's tab when it has changed (or anyway); whether it was published."""
        try:
            view = self._view(user)
            digest = sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
            if self._shown.get(user) == digest and not again:
                return False
            self._client.views_publish(user_id=user, view=view)
        except StorageUnavailable as error:
            log.warning("a Home tab waits: %s", error, extra={"action": "home_waits"})
            return False
        except UNREACHED as error:
            log.warning("a Home tab was not published: %s", error, extra={"action": "home_failed"})
            return False
        except Exception:
            # One tab that cannot be made never stops the others.
            log.exception("a Home tab could not be made", extra={"action": "home_broke"})
            return False
        self._remember(user, digest)
        return True

    def _remember(self, user: str, digest: str) -> None:
        with self._lock:
            self._shown[user] = digest
            self._shown.move_to_end(user)
            if len(self._shown) > REMEMBERED:
                self._shown.popitem(last=False)

    def _view(self, user: str) -> dict[str, Any]:
        desk = self._desk
        pharmacy, now = desk.pharmacy(), desk.now()
        person = pharmacy.person_by_slack(user)
        if person is None:
            return stranger(pharmacy)
        with desk.database.snapshot() as connection:
            troubled = glances.troubled(connection, now)
            shown = sites.sites_for(pharmacy, person, desk.whereabouts, troubled)
            lived = duty.as_agreed(connection, pharmacy, now)
            seen = [looking.site_picture(connection, lived, site, person, now) for site in shown]
            posted = looking.posted_cards(connection, [view for picture in seen for view in picture.runs])
            managed = self._managed(connection, pharmacy, person, shown, troubled, now)
        links = {run: self._links.to(self._client, standing) for run, standing in posted.items()}
        return home_tab(person, pharmacy, [replace(picture, links=links) for picture in seen], managed, now)

    def _managed(
        self,
        connection: Connection,
        pharmacy: Pharmacy,
        person: Person,
        shown: Sequence[Site],
        troubled: Mapping[str, int],
        now: datetime,
    ) -> ManagedPicture | None:
        if Role.MANAGER not in person.roles:
            return None
        picture = looking.managed_picture(connection, pharmacy, person, troubled, now)
        lines = [line for site in shown for line in self._patterns.lines(connection, pharmacy, site, now)]
        return replace(picture, mistakes=self._desk.mistakes(), patterns=lines)
