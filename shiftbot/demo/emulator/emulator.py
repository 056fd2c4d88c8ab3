"""`SlackEmulator`: a Slack workspace on this machine, for the demo and for tests.

Puts the parts together and offers looking in, faults and people. Imports nothing of shiftbot but its own package.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from shiftbot.demo.emulator import ids, picture
from shiftbot.demo.emulator.app_manifest import AppManifest
from shiftbot.demo.emulator.courier import ACK_SECONDS, RETRY_DELAYS, Courier
from shiftbot.demo.emulator.envelopes import Call, Envelope
from shiftbot.demo.emulator.faults import Faults
from shiftbot.demo.emulator.file_endpoints import FileEndpoints
from shiftbot.demo.emulator.http_mode import HttpCarrier
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.page import PageEndpoints
from shiftbot.demo.emulator.person import Person
from shiftbot.demo.emulator.rate_limits import RateLimits
from shiftbot.demo.emulator.response_endpoint import ResponseEndpoint
from shiftbot.demo.emulator.server import Server
from shiftbot.demo.emulator.socket_mode import SocketHub
from shiftbot.demo.emulator.trouble import Trouble
from shiftbot.demo.emulator.web_api.endpoint import WebApi
from shiftbot.demo.emulator.web_api.method import Desk
from shiftbot.demo.emulator.workspace import UserGroup, Workspace

Json = dict[str, Any]


class SlackEmulator(Trouble):
    """`now` stamps messages and paces rate limits; triggers, deadlines and redelivery run on the wall clock.

    `rate_limits`: chat.postMessage by channel; `tier_limits`: every other method by its tier.
    `retry_delays`: seconds before each of the repeats of an unacknowledged event, `ack_seconds`: how long an
    acknowledgement may take; both are Slack's own by default.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        port: int = 0,
        workspace: str = "Hilltop Pharmacy",
        *,
        rate_limits: bool = True,
        tier_limits: bool = False,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        ack_seconds: float = ACK_SECONDS,
    ) -> None:
        self._workspace = Workspace(workspace, now)
        self._server = Server(port)
        self._workspace.url = self._server.url
        self._faults = Faults()
        self._mounts: list[tuple[str, ASGIApp]] = []
        self._hub = SocketHub(self.app_id, self._server.transport_of, self._acknowledge)
        self._courier = Courier(self._workspace.log, self._hub, retry_delays, ack_seconds)
        self._workspace.delivery = self._courier
        self._http: HttpCarrier | None = None
        desk = Desk(self._workspace, RateLimits(now, posts=rate_limits, tiers=tier_limits), self._open_connection)
        self._web_api = WebApi(desk, self._faults, self._kind_of, self._hang_up)
        self._revoked = False
        self.bot_token = ids.bot_token()
        self.app_token = ids.app_token(self.app_id)
        self.signing_secret = ids.signing_secret()

    # Addresses and names

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def team_id(self) -> str:
        return self._workspace.team_id

    @property
    def app_id(self) -> str:
        return self._workspace.app_id

    @property
    def bot_id(self) -> str:
        return self._workspace.bot_id

    @property
    def bot_user_id(self) -> str:
        return self._workspace.bot.id

    # Furnishing

    def add_user(self, user_id: str, handle: str, name: str, title: str = "", **further: Any) -> Person:
        """`further`: email, timezone, dnd (the fields of dnd.info)."""
        with self._workspace.lock:
            user = self._workspace.add_user(user_id, handle, name, title, **further)
            self._workspace.feed.publish("people")
            return Person(self._workspace, user)

    def add_channel(
        self, channel_id: str, name: str, members: Iterable[str], *, bot: bool = True, private: bool = False
    ) -> None:
        with self._workspace.lock:
            self._workspace.add_channel(channel_id, name, members, bot=bot, private=private)

    def add_user_group(self, group_id: str, handle: str, users: Iterable[str], name: str = "") -> None:
        with self._workspace.lock:
            self._workspace.groups[group_id] = UserGroup(group_id, handle, name or handle.capitalize(), list(users))

    def use_manifest(self, manifest: Json) -> None:
        """Subscriptions, scopes, commands, shortcuts, Home tab and bot name; before, everything is allowed."""
        with self._workspace.lock:
            self._workspace.manifest = AppManifest.of(manifest)
            self._workspace.bot.name = self._workspace.manifest.bot_name or self._workspace.bot.name

    def mount(self, path: str, app: ASGIApp) -> None:
        """Before `start`."""
        self._mounts.append((path, app))

    # Running

    def start(self) -> None:
        self._server.start(self._app())
        if self._server.loop is not None:
            self._courier.begin(self._server.loop)

    def stop(self) -> None:
        self._workspace.feed.end()
        self._courier.end()
        if self._http is not None:
            self._http.close()
        self._server.stop()

    def __enter__(self) -> "SlackEmulator":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _app(self) -> Starlette:
        page = PageEndpoints(self._workspace)
        files = FileEndpoints(self._workspace.files)
        response = ResponseEndpoint(self._workspace, self._web_api)
        routes: list[BaseRoute] = [
            Route("/api/{method}", self._web_api_endpoint, methods=["GET", "POST"]),
            *(
                Route(f"/{kind}/{{team}}/{{secret}}", response.__call__, methods=["POST"])
                for kind in ("actions", "commands", "app")
            ),
            WebSocketRoute("/link", self._hub.serve),
            *files.routes(),
            *(Mount(path, app) for path, app in self._mounts),
            *page.routes(),
        ]
        return Starlette(routes=routes)

    async def _web_api_endpoint(self, request: Request) -> Any:
        return await self._web_api(request)

    # People and looking

    def person(self, user_id: str) -> Person:
        return Person(self._workspace, self._workspace.users[user_id])

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """By channel id or name, or a person's id. Top level, or one thread's replies without its parent."""
        with self._workspace.lock:
            place = self._workspace.im_with(channel) if channel in self._workspace.users else None
            place = place or self._workspace.find_channel(channel)
            if place is None:
                raise LookupError(f"there is no channel {channel!r}")
            if thread_ts is None:
                return self._workspace.messages.top_level(place.id)
            return [m for m in self._workspace.messages.thread(place.id, thread_ts) if m.is_reply]

    @property
    def envelopes(self) -> list[Envelope]:
        return self._workspace.log.envelopes

    @property
    def calls(self) -> list[Call]:
        return self._workspace.log.calls

    @property
    def rejected(self) -> list[Call]:
        """Calls, and payloads of acknowledgements, that were malformed; injected faults are not among them."""
        return self._workspace.log.rejected

    @property
    def connections(self) -> int:
        """Socket Mode connections that are open and not told to go."""
        return self._hub.connections

    def wait_until(self, claim: Callable[[], bool], timeout: float = 5.0) -> None:
        """Raises TimeoutError with a picture of the workspace."""
        deadline = time.monotonic() + timeout
        while not claim():
            if time.monotonic() > deadline:
                raise TimeoutError(f"did not come true within {timeout:g} s. There was:\n{self.picture()}")
            time.sleep(0.005)

    def picture(self) -> str:
        with self._workspace.lock:
            return picture.of(self._workspace)

    def deliver_over_http(self, request_url: str) -> None:
        """From now on instead of Socket Mode."""
        self._http = HttpCarrier(request_url, self.signing_secret, self._acknowledge, self._courier.refuse)
        self._courier.carrier = self._http

    # What the parts ask for

    def _acknowledge(self, envelope_id: str, response: Json | None) -> None:
        self._courier.acknowledge(envelope_id, response)

    def _open_connection(self) -> str:
        return f"ws://127.0.0.1:{self._server.port}/link?ticket={self._hub.make_ticket()}&app_id={self.app_id}"

    def _kind_of(self, token: str | None) -> str | None:
        if not token:
            return None
        kind = {self.bot_token: "bot", self.app_token: "app"}.get(token, "unknown")
        return "revoked" if self._revoked and kind != "unknown" else kind

    def _hang_up(self, request: Request) -> None:
        if request.client is not None:
            self._server.hang_up((request.client.host, request.client.port))
