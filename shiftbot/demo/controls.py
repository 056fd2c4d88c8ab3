"""What the page's control panel asks and says: `/demo/state`, `/demo/act`, and a page that verifies the record.

The contract is JSON; mistakes are one sentence with status 400. Runs in the emulator's server, so everything that looks
at the database goes through a thread.
"""

from collections.abc import Callable
from datetime import time
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shiftbot.demo.fridges import Device
from shiftbot.demo.story import read_scene, tell
from shiftbot.demo.words import VERIFY_HELP, Chapter
from shiftbot.domain.local_time import local_clock
from shiftbot.errors import StorageUnavailable
from shiftbot.storage.verify import verify

if TYPE_CHECKING:
    from shiftbot.demo.stage import Stage

Json = dict[str, Any]

SPEEDS = (1, 20, 80, 300)

SKIPS = (
    ("07:15", "opening checklist"),
    ("08:00", "first voicemail sweep"),
    ("10:00", "voicemail"),
    ("12:00", "midday and controlled count"),
    ("13:00", "after lunch"),
    ("14:00", "voicemail"),
    ("16:00", "voicemail"),
    ("18:00", "last sweep"),
    ("19:30", "closing checklist"),
    ("21:05", "the day's summary"),
)


class Controls:
    """The panel's other side."""

    def __init__(self, stage: "Stage") -> None:
        """What is asked is answered from `stage`."""
        self._stage = stage

    def app(self) -> Starlette:
        """The ASGI application to be mounted at /demo."""
        return Starlette(
            routes=[
                Route("/state", self._state),
                Route("/act", self._act, methods=["POST"]),
                Route("/verify", self._verify),
            ]
        )

    async def _state(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self.state))

    async def _act(self, request: Request) -> Response:
        try:
            wanted = await request.json()
            await run_in_threadpool(self.act, wanted)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return JSONResponse({"error": f"the demo cannot do that: {error}"}, status_code=400)
        return JSONResponse(await run_in_threadpool(self.state))

    async def _verify(self, _request: Request) -> Response:
        return PlainTextResponse(await run_in_threadpool(self.verification))

    def state(self) -> Json:
        """Everything the panel shows."""
        stage = self._stage
        now = stage.clock.now()
        local = now.astimezone(stage.site.calendar.timezone)
        chapter = self._chapter()
        return {
            "now": local.isoformat(timespec="seconds"),
            "local": f"{local:%a %d %b %H:%M}",
            "running": stage.clock.running or stage.skipping_to is not None,
            "speed": stage.clock.speed,
            "speeds": sorted({*SPEEDS, stage.clock.speed}),
            "skips": [{"to": to, "label": label} for to, label in SKIPS],
            "chapter": chapter.title,
            "hint": chapter.hint,
            "autopilot": stage.autopilot.is_on,
            "units": [_unit(device) for device in stage.fridges.devices],
            "links": [{"label": "Verify the record", "href": "/demo/verify"}],
        }

    def _chapter(self) -> Chapter:
        stage = self._stage
        if stage.skipping_to is not None:
            at = local_clock(stage.site.calendar, stage.skipping_to)
            return Chapter(f"Skipping to {at}", "Everything on the way happens as it would have, only quicker.")
        doors = [device.unit.name for device in stage.fridges.devices if device.air.door_open]
        try:
            with stage.shiftbot.database.snapshot() as connection:
                scene = read_scene(connection, stage.pharmacy, stage.site, stage.clock.now(), doors)
        except StorageUnavailable:
            return Chapter("The database does not answer", "It is tried again in a moment.")
        chapter = tell(scene)
        return stage.autopilot.instead_of(chapter)

    def act(self, wanted: Json) -> None:
        """Do one thing. Raises KeyError, ValueError or TypeError for what cannot be done."""
        does: dict[str, Callable[[Json], None]] = {
            "pause": lambda _: self._stage.pause(paused=True),
            "resume": lambda _: self._stage.pause(paused=False),
            "speed": lambda asked: self._stage.run_at(float(asked["speed"])),
            "skip_to": self._skip_to,
            "door": lambda asked: self._stage.fridges.open_door(asked["unit"], is_open=bool(asked["on"])),
            "silence": lambda asked: self._stage.silence(asked["unit"], is_silent=bool(asked["on"])),
            "flood": lambda asked: self._stage.fridges.flood(asked["unit"], is_flooding=bool(asked["on"])),
            "autopilot": self._autopilot,
        }
        does[wanted["do"]](wanted)

    def _skip_to(self, asked: Json) -> None:
        self._stage.skip(self._stage.local(time.fromisoformat(asked["to"])))

    def _autopilot(self, asked: Json) -> None:
        self._stage.autopilot.is_on = bool(asked["on"])

    def verification(self) -> str:
        """What `shiftbot verify` says of the demo's record now, and how to try it by hand."""
        with self._stage.shiftbot.database.snapshot() as connection:
            report = verify(connection)
        lines = [str(finding) for finding in report.findings]
        if report.holds:
            lines = [f"{site}: {entries} entries, and the chain holds." for site, entries in report.entries.items()]
        return "\n".join([*lines, "", VERIFY_HELP.format(database=self._stage.database_path, home=self._stage.home)])


def _unit(device: Device) -> Json:
    limits = device.unit.storage_class
    return {
        "id": device.unit.id,
        "name": device.unit.name,
        "temperature": device.readings[-1] if device.readings else None,
        "unit": device.shown_in.value,
        "low": limits.low.get(device.shown_in),
        "high": limits.high.get(device.shown_in),
        "state": device.state,
        "door_open": device.air.door_open,
        "sensor_silenced": device.silenced,
        "flooding": device.flood_left > 0,
        "spark": list(device.readings),
    }
