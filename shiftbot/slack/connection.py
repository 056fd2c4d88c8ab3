"""The Bolt app with all its listeners, and the two ways Slack reaches it: Socket Mode, or HTTP with a signing secret.

The built-in socket client reconnects by itself; what it does not do is done here: start when Slack is away, notice a
connection that is open but deaf, and begin anew (libraries.md B 2.3, C).
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from threading import Event, Thread

from slack_bolt import Ack, App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk import WebClient

from shiftbot.clock import ClockWatch, WallClock
from shiftbot.errors import Refused
from shiftbot.slack import (
    actions,
    follow_ups,
    forms,
    hand_over,
    muting,
    on_duty,
    opening,
    pins,
    reach,
    reactions,
    replies,
    temps,
    texts,
)
from shiftbot.slack.client import calm_logger, slack_client
from shiftbot.slack.commands import Commands
from shiftbot.slack.desk import Desk
from shiftbot.slack.home import HomeTabs
from shiftbot.slack.links import Links
from shiftbot.slack.overhearing import Overhearing
from shiftbot.slack.shortcuts import Shortcuts
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import UNREACHED, Touch

log = logging.getLogger(__name__)

LISTENERS = 100
"""Threads that acknowledge, at most; a form's waits for its answer. Made when needed only, so a quiet app has few."""

PING_SECONDS = 3
DEAF_SECONDS = 20.0
"""The built-in client gives a mute peer up after four pings; later than that we do not trust it."""
RESTART_SECONDS = 30.0
WAITS_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
ANY = re.compile(".*", re.DOTALL)


def build_app(
    desk: Desk,
    *,
    bot_token: str,
    signing_secret: str | None = None,
    base_url: str,
    executor: Executor | None = None,
    working: Executor | None = None,
    homes: HomeTabs | None = None,
) -> App:
    """The app with every listener. Makes no call: Slack may be away. Without a secret no HTTP request is believed.

    `executor` acknowledges, `working` works on what is acknowledged; each has threads of its own unless it is given.
    """
    app = App(
        client=slack_client(bot_token, base_url),
        signing_secret=signing_secret or secrets.token_hex(32),
        token_verification_enabled=False,
        listener_executor=executor or ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        logger=calm_logger("shiftbot.slack.bolt"),
    )
    app.use(_same_client)
    links = Links()
    switchboard = Switchboard(app, desk, working=working)
    actions.register(switchboard)
    forms.register(switchboard)
    for feature in (follow_ups, hand_over, muting, on_duty, opening, pins, reach, temps):
        feature.register(switchboard)
    Commands(links).register(switchboard)
    Shortcuts(links).register(switchboard)
    Overhearing(desk, links).register(switchboard)  # before whatever reads messages
    replies.register(switchboard)
    reactions.register(switchboard)
    (homes or HomeTabs(desk, links)).register(switchboard)
    _register_rest(app, switchboard)
    return app


def _same_client(context: BoltContext, client: WebClient, next_: Callable[[], BoltResponse]) -> BoltResponse:
    # Bolt makes a client anew for each request, of Slack's own kind; ours has the boundaries of its calls.
    context["client"] = slack_client(str(client.token), client.base_url)
    return next_()


def _register_rest(app: App, switchboard: Switchboard) -> None:
    """Whatever else comes is acknowledged too, or Slack shows an error and sends it again (invariant 12)."""

    def from_an_old_card(_touch: Touch) -> None:
        raise Refused(texts.OLD_BUTTON)

    def acknowledge(ack: Ack) -> None:
        ack()

    app.action("card_link")(acknowledge)
    for listen in (app.view, app.view_closed, app.shortcut, app.command, app.options, app.event):
        listen(ANY)(acknowledge)
    switchboard.on_click(ANY, from_an_old_card)
    app.error(_report)


def _report(error: Exception) -> None:
    """The last resort of every listener; what goes wrong in the work itself is told elsewhere (switchboard.telling)."""
    log.error("a listener failed", exc_info=error, extra={"action": "listener_failed"})


def dispatch_http(app: App, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Sequence[str]], str]:
    """Answer one signed HTTP request of Slack's: status, headers, body. It blocks: call it in a thread."""
    request = BoltRequest(body=body.decode("utf-8", "replace"), headers=dict(headers.items()))
    response: BoltResponse = app.dispatch(request)
    return response.status, dict(response.headers), response.body or ""


class SocketConnection:
    """Socket Mode, kept up by a thread of its own. An unreachable Slack is waited for, never an error."""

    def __init__(
        self,
        app: App,
        *,
        app_token: str,
        base_url: str,
        restart_seconds: float = RESTART_SECONDS,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`now` is the machine's own clock unless given, which somebody may set."""
        self._now = now or WallClock().now
        self._app = app
        self._app_token = app_token
        self._base_url = base_url
        self._restart_seconds = restart_seconds
        self._handler: SocketModeHandler | None = None
        self._stopping = Event()
        self._connected_at = 0.0
        self._thread = Thread(target=self._keep_up, name="slack-socket", daemon=True)

    def start(self) -> None:
        """Begin to connect, and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and wait for the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)
        self._close()

    @property
    def is_healthy(self) -> bool:
        """Whether Slack answered a ping of ours within the last 20 s."""
        return self.silent_seconds <= DEAF_SECONDS

    @property
    def silent_seconds(self) -> float:
        """How long ago Slack last answered a ping; infinite when there is no connection."""
        session = self._handler.client.current_session if self._handler else None
        if session is None or not session.is_active():
            return float("inf")
        heard_at = session.last_ping_pong_time or self._connected_at
        return max(time.time() - heard_at, 0.0)

    def _keep_up(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            if self._stay_connected():
                failures = 0
            else:
                self._stopping.wait(WAITS_SECONDS[min(failures, len(WAITS_SECONDS) - 1)])
                failures += 1

    def _stay_connected(self) -> bool:
        """Connect and stay until the connection is better begun anew; False when that failed, which is logged.

        Whatever answers in Slack's place (a proxy's page, half an answer) ends an attempt and never this thread: nobody
        else would start it again.
        """
        try:
            clock = ClockWatch(self._now)
            self._connect()
            self._watch(clock)
        except UNREACHED as error:
            log.warning("Slack cannot be reached: %s; trying again", error, extra={"action": "slack_unreached"})
            return False
        except Exception as error:
            log.warning("what Slack answered is not Slack's", exc_info=error, extra={"action": "slack_unreadable"})
            return False
        return True

    def _connect(self) -> None:
        """A fresh client, connected. Raises what slack_sdk raises."""
        self._close()
        self._handler = SocketModeHandler(
            self._app,
            self._app_token,
            web_client=slack_client(self._app_token, self._base_url),
            ping_interval=PING_SECONDS,
            concurrency=LISTENERS,
            logger=calm_logger("shiftbot.slack.socket"),
        )
        self._handler.client.connect()
        self._connected_at = time.time()

    def _watch(self, clock: ClockWatch) -> None:
        """Return when the connection was deaf for so long that it is better begun anew, or nobody can say any more.

        The library dates what it hears by the wall's clock: set back, a dead connection would seem alive for as long.
        """
        deaf_since: float | None = None
        while not self._stopping.wait(0.5):
            if clock.look():
                log.warning("the clock was set; the connection to Slack begins anew", extra={"action": "slack_anew"})
                return
            if self.is_healthy:
                deaf_since = None
                continue
            deaf_since = deaf_since or time.monotonic()
            if time.monotonic() - deaf_since > self._restart_seconds:
                log.warning("the connection to Slack is deaf; beginning anew", extra={"action": "slack_deaf"})
                return

    def _close(self) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        try:
            handler.client.close()
        except AttributeError:
            # A thread of the library let go of the socket at the same moment, and it looked before it waited for that
            # thread. Asked again it finds no socket, and ends what else it began.
            handler.client.close()
