"""Everything around the process that is killed, which no kill touches: Slack, the web hook, the broker's part, people.

People and machines do what they do after a crash: Slack sends an event again that was not answered, the broker a
message that was not acknowledged, a person presses again what still stands there, and somebody starts shiftbot again.
"""

import contextlib
import os
import random
import secrets
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import current_thread, main_thread
from typing import Any

import yaml
from sqlalchemy import Connection as SqlConnection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shiftbot.demo.emulator import Envelope, Message, SlackEmulator, ids
from shiftbot.demo.emulator.http_mode import HttpCarrier, _payload_in
from shiftbot.services.reaching import verifying
from shiftbot.storage.database import Database
from tests.crash import hilltop
from tests.crash.clock import SharedClock
from tests.crash.databases import Copies
from tests.crash.product import Product, Workspace
from tests.end_to_end.workplace import EVERYBODY, MANIFEST

Find = Callable[["World"], Message]
Seen = Callable[["World"], bool]


class Died(Exception):
    """The process is gone. `heard` is what it had said of the command in hand."""

    def __init__(self, at: str, heard: set[str]) -> None:
        super().__init__(at)
        self.heard = heard


class StoryBroken(Exception):
    """The process ended otherwise than by our hand: the product, or this test, is wrong."""


class Foreseen:
    """In place of `secrets` in the emulator: two worlds differ in nothing but the kill, the ids in them included."""

    def __init__(self) -> None:
        self._random = random.Random(4711)

    def choice(self, among: str) -> str:
        """As `secrets` does."""
        return self._random.choice(among)

    def token_hex(self, count: int) -> str:
        """As `secrets` does."""
        return self._random.randbytes(count).hex()


class OneCode:
    """In place of `secrets` where a person's means is asked for a code: each process, dead or not, draws the same."""

    compare_digest = staticmethod(secrets.compare_digest)

    def randbelow(self, count: int) -> int:
        """As `secrets` does."""
        return 4711 % count


class Post:
    """Slack's way to the app: what a person's act makes is kept for the story; the bot's own echoes need no answer."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []

    def deliver(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        on_ack: Callable[[Envelope], None] | None = None,
        accepts_response_payload: bool = False,
    ) -> Envelope:
        """As the emulator's courier does it, without sending."""
        number = f"envelope-{len(self.kept)}"
        envelope = Envelope(
            number, kind, payload, 0.0, on_ack=on_ack, accepts_response_payload=accepts_response_payload
        )
        if current_thread() is main_thread():
            self.kept.append(envelope)
        return envelope


class Life:
    """One process of the product, forked and waiting for its first command."""

    def __init__(self, told: Connection, pid: int) -> None:
        self.told = told
        self.pid = pid

    def wait(self) -> int:
        """The status with which it ended."""
        self.told.close()
        return os.waitpid(self.pid, 0)[1]


def lives(*products: Product) -> list[Life]:
    """A process for each of the products, with an end of a line that nobody else holds open."""
    lines = [Pipe() for _ in products]
    made = []
    for product, (ours, its) in zip(products, lines, strict=True):
        others = [end for line in lines for end in line if end is not its and not end.closed]
        made.append(Life(ours, forked(partial(_live, product, its, others))))
        its.close()
    return made


def _live(product: Product, told: Connection, others: Sequence[Connection]) -> None:
    for each in others:
        each.close()
    product.serve(told)


def forked(act: Callable[[], object]) -> int:
    """Have a process of its own do something, and end; its id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        act()
        status = 0
    except BaseException:  # noqa: BLE001 - nothing may return into the code that forked
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


class World:
    """The story's Monday at Hilltop as everybody but the product knows it. Forked whole, it is another Monday."""

    def __init__(self, copies: Copies) -> None:
        self.clock = SharedClock(hilltop.at("07:00"))
        self.copies = copies
        self.hooked: list[str] = []
        """What came by the web hook, oldest first."""
        self.published: set[Any] = set()
        """The instants of all readings that the sensor has taken."""
        self.post = Post()
        self.emulator = self._furnished()
        self.complaints: list[str] = []
        """What the product logged as an error."""
        self.at_the_kill: Callable[[frozenset[str]], None] = lambda _heard: None
        self.looking_glass = Database(copies.url)
        self._database = Database(copies.url)
        self.make_product()
        self._carrier = HttpCarrier("http://shiftbot", self.emulator.signing_secret, _never, _never)
        self._lives: list[Life] = []
        self.die_at: int | None = None
        self.died_at = ""
        self.reached: list[str] = []

    def make_product(self) -> None:
        """The parts of a process anew, on the database as it was prepared before."""
        heartbeat = f"{self.emulator.url}/means/heartbeat"
        workspace = Workspace(self.emulator.bot_token, self.emulator.signing_secret, self.emulator.api_url, heartbeat)
        hook = f"json://{self.emulator.url.removeprefix('http://')}/means/priya"
        self.product = Product(self._database, hilltop.pharmacy(hook), workspace, self.clock)

    def _furnished(self) -> SlackEmulator:
        vars(ids)["secrets"] = Foreseen()
        vars(verifying)["secrets"] = OneCode()
        emulator = SlackEmulator(self.clock.seconds, rate_limits=False)
        for user_id, (handle, name, title) in EVERYBODY.items():
            emulator.add_user(user_id, handle, name, title)
            emulator._workspace.im_with(user_id)
        emulator.add_channel(hilltop.CHANNEL, "hilltop-main", list(EVERYBODY))
        emulator.use_manifest(yaml.safe_load(MANIFEST.read_text(encoding="utf-8")))
        emulator.mount(
            "/means", Starlette(routes=[Route("/heartbeat", _heard), Route("/priya", self._hooked, methods=["POST"])])
        )
        emulator._workspace.delivery = self.post
        routed = emulator._app()
        vars(emulator)["_app"] = lambda: routed  # made once for all worlds
        # Held open through all worlds and lives: nobody else may take its port in between.
        self._listening = emulator._server._socket
        return emulator

    async def _hooked(self, request: Request) -> Response:
        self.hooked.append(str((await request.json())["message"]))
        return Response()

    # --- its processes

    def begin(self, *, going: bool, living: Sequence[Life] = ()) -> None:
        """Open for the product, which begins to work unless the step in hand is its start.

        A world needs no more processes than two: the one that is killed, and a fresh one after it.
        """
        self._lives = list(living) or lives(self.product, self.product)
        self.emulator._server._socket = self._listening.dup()
        self.emulator.start()
        if going:
            die_at, self.die_at = self.die_at, None
            self.ask("start")
            self.die_at = die_at

    def let_go(self) -> None:
        """Let the processes end."""
        for life in self._lives:
            life.told.send(("quit",))
            if status := life.wait():
                raise StoryBroken(f"a process ended with status {status}")
        self._lives = []

    def end(self) -> None:
        """Let the processes end, and close."""
        self.let_go()
        self.emulator.stop()
        self.copies.wait_for_the_dead()

    def ask(self, what: str, *about: object) -> set[str]:
        """Have the process do something; what it said meanwhile. Raises Died when it is killed over it."""
        die_at, self.die_at = self.die_at, None
        heard: dict[str, Any] = {}
        line = self._lives[0].told
        dying = ""
        with contextlib.suppress(BrokenPipeError):
            line.send((what, die_at, *about))
        while True:
            try:
                word, *said = line.recv()
            except EOFError:
                break
            if word == "done":
                self.reached = said[0]
                self._noted(heard)
                return set(heard)
            if word == "dying":
                dying = said[0]
            elif word == "complained":
                self.complaints.append(said[0])
            else:
                heard[word] = said
        self._buried(dying)
        self._noted(heard)
        self.at_the_kill(frozenset(heard))
        raise Died(dying, set(heard))

    def _noted(self, heard: dict[str, Any]) -> None:
        if "answered" in heard:
            self._answered(*heard["answered"])

    def _buried(self, dying: str) -> None:
        status = self._lives.pop(0).wait()
        if not dying:
            raise StoryBroken(f"the process ended by itself, with status {status}")
        self.died_at = dying
        self.copies.wait_for_the_dead()

    @contextlib.contextmanager
    def looking(self) -> Iterator[SqlConnection]:
        """Look into the database, and leave no connection behind."""
        with self.looking_glass.snapshot() as connection:
            yield connection
        self.looking_glass.close()

    # --- what happens in the story

    def surviving(self, act: Callable[[], object], again: Callable[[set[str]], object]) -> None:
        """Do something; when the process dies over it, start another and see whether it must be done again."""
        try:
            act()
        except Died as died:
            self.ask("start")
            again(died.heard)

    def start(self) -> None:
        """The product is started."""
        self.surviving(lambda: self.ask("start"), lambda _heard: None)

    def until(self, clock: str) -> None:
        """The time passes."""
        instant = hilltop.at(clock)
        self.surviving(lambda: self.ask("until", instant), lambda _heard: self.ask("until", instant))

    def measures(self, degrees: float) -> None:
        """The fridge's sensor publishes; the broker sends again what was not acknowledged."""
        taken_at = self.clock.now
        self.published.add(taken_at)
        payload = f'{{"temperature": {degrees}, "taken_at": "{taken_at.isoformat()}"}}'.encode()

        def publish() -> None:
            self.ask("measured", hilltop.TOPIC, payload)

        self.surviving(publish, lambda heard: None if "acknowledged" in heard else publish())

    def says(self, who: str, words: str, under: Find) -> None:
        """Somebody types in a thread; Slack sends the event again until it is answered."""
        card = under(self)
        self.emulator.person(who).say(card.channel, words, thread_ts=card.ts)
        self.surviving(self.sent, lambda heard: None if "answered" in heard else self.sent())

    def presses(
        self, who: str, find: Find, action_id: str, opened: Callable[["World"], bool] = lambda _: False
    ) -> None:
        """Somebody presses a button, and again if it is still there and has not opened what it opens."""

        def press() -> None:
            self.emulator.person(who).click(find(self), action_id)
            self.sent()

        def again(_heard: object) -> None:
            if not opened(self):
                with contextlib.suppress(LookupError):
                    press()

        self.surviving(press, again)

    def commands(self, who: str, words: str, opened: Seen) -> None:
        """Somebody uses the slash command, and again when its form did not open."""

        def command() -> None:
            self.emulator.person(who).command("/shift", words, "hilltop-main")
            self.sent()

        self.surviving(command, lambda _heard: None if opened(self) else command())

    def submits(self, who: str, values: dict[str, str]) -> None:
        """Somebody submits the form before them, and again when Slack says that there was no answer."""

        def submit() -> None:
            self.emulator.person(who).submit(values)
            self.sent()

        self.surviving(submit, lambda heard: None if "answered" in heard else submit())

    def agrees(self, what: str) -> None:
        """Somebody `offers` or `accepts` duty, and asks again when there was no answer."""
        self.surviving(
            lambda: self.ask(what), lambda heard: None if "answered to a person" in heard else self.ask(what)
        )

    # --- Slack's requests

    def sent(self, envelope: Envelope | None = None) -> None:
        """Send the newest request, or an older one once more."""
        envelope = envelope or self.post.kept[-1]
        envelope.attempts += 1
        request = self._carrier._request(envelope)
        body = request.data
        assert isinstance(body, bytes)
        self._in_hand = envelope
        self.ask("request", body, dict(request.header_items()))

    def _answered(self, answer: tuple[int, Any, str]) -> None:
        status, _headers, body = answer
        envelope, first = self._in_hand, self._in_hand.acked_at is None
        if status != 200:
            raise StoryBroken(f"{envelope.describe()} was answered {status} {body}")
        envelope.acked_at, envelope.response = 0.0, _payload_in(body.encode())
        if envelope.on_ack is not None and first:
            envelope.on_ack(envelope)

    def everything_again(self) -> None:
        """Slack sends every request of the story once more."""
        for envelope in list(self.post.kept):
            envelope.retry_reason = "http_timeout"
            self.sent(envelope)


async def _heard(_request: Request) -> Response:
    return Response()


def _never(*_: object) -> None:
    raise AssertionError("nothing is sent by this carrier")
