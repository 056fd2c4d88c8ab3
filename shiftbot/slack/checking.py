"""Questions to Slack that change nothing, for `shiftbot doctor`: who we are, what we may do, what is there."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Any

import yaml
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from shiftbot.errors import DeliveryError, DeliveryPostponed
from shiftbot.slack.client import slack_client
from shiftbot.slack.faults import attempt, code

PATIENCE = timedelta(seconds=60)
"""When Slack asks to wait for no longer than this, we do."""

ASKED_ONE_BY_ONE = 50
"""Up to so many people are asked about one by one; more are looked up in the list of everybody, 200 a call."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who our token is, which scopes it has (`None`: Slack did not say), and what time it is for Slack."""

    team: str
    user: str
    bot_id: str
    scopes: frozenset[str] | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as our bot sees it."""

    name: str
    is_private: bool
    is_archived: bool
    has_us: bool


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account in the workspace."""

    name: str
    is_deactivated: bool
    is_bot: bool


def wanted_scopes() -> frozenset[str]:
    """The scopes that the shipped manifest asks for."""
    manifest = yaml.safe_load((files("shiftbot.slack") / "manifest.yaml").read_text(encoding="utf-8"))
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


class Inquiry:
    """Asks on behalf of the bot. Every question raises DeliveryError when there is no answer, or a clear no."""

    def __init__(self, bot_token: str, base_url: str) -> None:
        self._client = slack_client(bot_token, base_url)

    def standing(self) -> Standing:
        """Who we are."""
        answer = _ask(self._client.auth_test)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        scopes = headers.get("x-oauth-scopes")
        return Standing(
            str(answer.get("team", "")), str(answer.get("user", "")), str(answer.get("bot_id") or ""),
            frozenset(each.strip() for each in scopes.split(",")) if scopes else None, _date(headers.get("date")),
        )  # fmt: skip

    def place(self, channel: str) -> Place:
        """One channel; a private one is there only for those who are in it."""
        found: Mapping[str, Any] = _ask(lambda: self._client.conversations_info(channel=channel))["channel"]
        flags = (bool(found.get(flag)) for flag in ("is_private", "is_archived", "is_member"))
        return Place(str(found.get("name", "")), *flags)

    def accounts(self, ids: Collection[str]) -> dict[str, Account]:
        """The accounts among these ids that are there."""
        if len(ids) > ASKED_ONE_BY_ONE:
            return {user["id"]: _account(user) for user in self._everybody() if user["id"] in ids}
        found = ((each, self._user(each)) for each in ids)
        return {each: _account(user) for each, user in found if user is not None}

    def _user(self, user_id: str) -> Mapping[str, Any] | None:
        try:
            user: Mapping[str, Any] = _ask(lambda: self._client.users_info(user=user_id))["user"]
        except DeliveryError as error:
            if refusal(error) in ("user_not_found", "user_not_visible"):
                return None
            raise
        return user

    def _everybody(self) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            answer = _ask(lambda after=cursor: self._client.users_list(limit=200, cursor=after or None))  # type: ignore[misc]
            yield from answer["members"]
            more: Mapping[str, str] = answer.get("response_metadata") or {}
            cursor = more.get("next_cursor", "")
            if not cursor:
                return

    def groups(self) -> dict[str, bool]:
        """Every user group, and whether it is in use."""
        found = _ask(lambda: self._client.usergroups_list(include_disabled=True))["usergroups"]
        return {group["id"]: not group.get("date_delete") for group in found}

    def tell(self, slack_id: str, text: str) -> None:
        """Send somebody a direct message."""
        _ask(lambda: self._client.chat_postMessage(channel=slack_id, text=text))


def open_socket(app_token: str, base_url: str) -> None:
    """See that Slack gives the app token a socket. Raises DeliveryError."""
    client: WebClient = slack_client(app_token, base_url)
    _ask(lambda: client.apps_connections_open(app_token=app_token))


def refusal(error: DeliveryError) -> str:
    """Slack's own code for a clear no; empty when it said none."""
    cause = error.__cause__
    return code(cause) if isinstance(cause, SlackApiError) else ""


def _ask(call: Callable[[], SlackResponse]) -> SlackResponse:
    while True:
        try:
            return attempt(call)
        except DeliveryPostponed as error:
            if not timedelta(0) < error.wait <= PATIENCE:
                raise
            time.sleep(error.wait.total_seconds())


def _account(user: Mapping[str, Any]) -> Account:
    return Account(
        str(user.get("real_name") or user.get("name", "")), bool(user.get("deleted")), bool(user.get("is_bot"))
    )


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC) if header else None
    except ValueError:
        return None
