"""The edge of every listener: acknowledge in time, work once, and tell a person in plain words what did not work.

Clicks and shortcuts are acknowledged before anything else, and worked on in threads that acknowledge nothing: however
slow the database is, the next click finds a thread that is free. Forms and commands answer in their acknowledgement, so
their work has a deadline short of Slack's 3 seconds (invariant 12). Knows nothing of what the work is.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from re import Pattern
from typing import Any, TypeVar

from slack_bolt import Ack, App, BoltResponse
from slack_sdk import WebClient

from shiftbot.domain.privacy import patient_information
from shiftbot.errors import PatientInformation, Refused, StorageUnavailable
from shiftbot.slack import noting, texts
from shiftbot.slack.blocks.modals.window import message
from shiftbot.slack.blocks.parts import escape
from shiftbot.slack.desk import Desk
from shiftbot.slack.heard import Heard
from shiftbot.slack.touch import UNREACHED, FieldRefused, Json, Place, Touch, place_of, tell_privately, update

log = logging.getLogger(__name__)

ANSWER_WITHIN_SECONDS = 2.6
"""Slack waits 3 s; the database gives up after 2 (storage/database.py)."""

WORKERS = 20
"""Threads that wait for the database; Bolt's own five make acknowledgements queue (libraries.md C, gotcha 7)."""

Told = TypeVar("Told")
Work = Callable[[Json, Json, WebClient], None]
Wanted = Callable[[Json, Json], bool]


@contextmanager
def telling(client: WebClient, place: Place) -> Iterator[None]:
    """Whatever is refused, cannot be stored or goes wrong is told to the person in plain words; nothing is raised."""
    try:
        yield
    except Refused as why:
        _tell(client, place, str(why))
    except StorageUnavailable as error:
        log.warning("not stored: %s", error, extra={"action": "not_stored"})
        _tell(client, place, texts.NOT_SAVED)
    except UNREACHED as error:
        log.warning("Slack did not answer: %s", error, extra={"action": "slack_unreached"})
    except Exception:
        log.exception("what somebody did could not be worked on", extra={"action": "work_failed"})
        _tell(client, place, texts.WENT_WRONG)


def _tell(client: WebClient, place: Place, text: str) -> None:
    try:
        tell_privately(client, place, text)
    except UNREACHED as error:
        log.warning("a person could not be told: %s", error, extra={"action": "not_told"})


class Switchboard:
    """Connects Bolt's listeners with work, which is done in threads of its own, never in one that acknowledges."""

    def __init__(self, app: App, desk: Desk, workers: int = WORKERS, working: Executor | None = None) -> None:
        self.app = app
        self.desk = desk
        self._answering = ThreadPoolExecutor(workers, thread_name_prefix="answer")
        self._working = working or ThreadPoolExecutor(workers, thread_name_prefix="work")
        self._heard = Heard()

    def on_click(self, action_id: str | Pattern[str], work: Callable[[Touch], None]) -> None:
        """Do `work` when a button is pressed, after it is acknowledged."""

        def clicked(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            ack()
            key = f"click:{place_of(body).user}:{body['actions'][0].get('action_ts', '')}"
            self._working.submit(self._work_on_click, work, body, client, key)

        self.app.action(action_id)(clicked)

    def on_shortcut(self, callback_id: str, work: Callable[[Touch], None]) -> None:
        """Do `work` when a shortcut is used, after it is acknowledged."""

        def used(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            ack()
            self._working.submit(self._work, work, body, client, f"shortcut:{body.get('trigger_id', '')}")

        self.app.shortcut(callback_id)(used)

    def on_event(
        self, event_type: str, work: Work, *, acknowledge_last: bool = False, only: Wanted | None = None
    ) -> None:
        """Do `work` (body, event, client) when something happens in Slack.

        With `acknowledge_last` what a process had in hand when it died was not acknowledged, so Slack sends it again;
        such events may be taken `only` when (body, event) are wanted, and go on to the next listener otherwise.
        """

        def happened(body: dict[str, Any], event: dict[str, Any], client: WebClient) -> None:
            self._working.submit(work, body, event, client)

        if acknowledge_last:
            self.app.use(self._middleware(event_type, work, only))
        else:
            self.app.event(event_type)(happened)

    def _middleware(self, event_type: str, work: Work, only: Wanted | None) -> Callable[..., BoltResponse]:
        # Bolt acknowledges an event before its listener runs; what comes before listeners answers by itself.
        def happened(body: dict[str, Any], client: WebClient, next_: Callable[[], BoltResponse]) -> BoltResponse:
            event = body.get("event") or {}
            if body.get("type") != "event_callback" or event.get("type") != event_type:
                return next_()
            if only is not None and not only(body, event):
                return next_()
            promise = self._answering.submit(work, body, event, client)
            try:
                promise.result(timeout=ANSWER_WITHIN_SECONDS)
            except TookTooLong:
                if promise.cancel():
                    return BoltResponse(status=503, body="nobody had time for it; send it again")
            except Exception:
                log.exception("an event could not be worked on", extra={"action": "event_failed"})
            return BoltResponse(status=200, body="")

        return happened

    def on_form(self, callback_id: str, work: Callable[[Touch], Json | None]) -> None:
        """Do `work` when a form is submitted; what it returns is the acknowledgement (nothing closes the form)."""

        def submitted(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            view = body["view"]
            touch = self._touch(body, client, f"form:{view['id']}:{view.get('hash', '')}")
            ack(**self._answer(work, touch))

        self.app.view(callback_id)(submitted)

    def on_command(self, command: str, work: Callable[[Touch], str]) -> None:
        """Do `work` for a slash command; what it returns is shown to the person only (nothing says nothing)."""

        def typed(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            touch = self._touch(body, client, f"command:{body.get('trigger_id', '')}")
            text = self._say(work, touch)
            ack(text) if text else ack()

        self.app.command(command)(typed)

    def _touch(self, body: Json, client: WebClient, key: str) -> Touch:
        place = place_of(body)
        self.desk.whereabouts.seen(place.user, place.channel)
        return Touch(self.desk, client, body, place, key)

    def _work_on_click(self, work: Callable[[Touch], None], body: Json, client: WebClient, key: str) -> None:
        touch = self._touch(body, client, key)
        with telling(client, touch.place):
            self._heard.note(touch)
        self._work(work, body, client, key)

    def _work(self, work: Callable[[Touch], None], body: Json, client: WebClient, key: str) -> None:
        touch = self._touch(body, client, key)
        with telling(client, touch.place):
            work(touch)

    def _answer(self, work: Callable[[Touch], Json | None], touch: Touch) -> dict[str, Any]:
        try:
            answer: Json | None = self._in_time(work, touch)
            return dict(answer) if answer else {}
        except FieldRefused as why:
            return _errors(touch, str(why), why.block_id)
        except PatientInformation as why:
            return _errors(touch, str(why), _patient_field(touch))
        except Refused as why:
            return _errors(touch, str(why))
        except StorageUnavailable as error:
            log.warning("not stored: %s", error, extra={"action": "not_stored"})
            return _errors(touch, texts.NOT_SAVED)
        except TookTooLong:
            log.warning("a form took too long", extra={"action": "form_too_slow"})
            return _errors(touch, texts.NOT_SURE)
        except Exception:
            # Slack must be answered whatever happened, or the form says nothing but "try again" (invariant 12).
            log.exception("a form could not be worked on", extra={"action": "form_failed"})
            return _errors(touch, texts.WENT_WRONG)

    def _say(self, work: Callable[[Touch], str], touch: Touch) -> str:
        try:
            return self._in_time(work, touch)
        except Refused as why:
            return escape(str(why))
        except StorageUnavailable as error:
            log.warning("not read: %s", error, extra={"action": "not_read"})
            return texts.NO_DATABASE
        except TookTooLong:
            return texts.NO_DATABASE
        except Exception:
            log.exception("a command could not be worked on", extra={"action": "command_failed"})
            return texts.WENT_WRONG

    def _in_time(self, work: Callable[[Touch], Told], touch: Touch) -> Told:
        promise = self._answering.submit(_noting, work, touch)
        try:
            return promise.result(timeout=ANSWER_WITHIN_SECONDS)
        except TookTooLong:
            if promise.cancel():  # nobody had begun with it, so it is certain that nothing was stored
                raise StorageUnavailable("too much waits for the database") from None
            raise


def _noting(work: Callable[[Touch], Told], touch: Touch) -> Told:
    """Do `work`; words that are refused for looking like patient information leave their class on the record."""
    try:
        return work(touch)
    except Refused as why:
        what = noting.class_of(why)
        if what is not None:
            about = touch.about if touch.body.get("view") else ""
            noting.note_refusal(touch.desk, touch.place.user, touch.place.channel, about, touch.key, what)
        raise


def _errors(touch: Touch, why: str, block_id: str | None = None) -> dict[str, Any]:
    """Beside the field it is about, else beside the first; a form without fields is told in its place."""
    fields = [str(block["block_id"]) for block in touch.body["view"]["blocks"] if block["type"] == "input"]
    if not fields:
        return dict(update(message("Not saved", escape(why))))
    return {"response_action": "errors", "errors": {block_id if block_id in fields else fields[0]: why}}


def _patient_field(touch: Touch) -> str | None:
    """The field whose words look like patient information; nothing when it is in none of them alone."""
    fields: Json = touch.body["view"]["state"]["values"]
    return next((block_id for block_id in fields if patient_information(touch.entered(block_id))), None)
