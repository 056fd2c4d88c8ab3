"""The control panel's contract: what `/demo/state` says and `/demo/act` does, over HTTP and on a real stage."""

import json
from datetime import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from shiftbot.demo.controls import Controls
from shiftbot.demo.emulator import Message
from shiftbot.demo.stage import Stage
from shiftbot.demo.words import HINT_CHARACTERS, RUN_HINTS


def ask(stage: Stage, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(stage.emulator.url + path, data=data), timeout=10) as answer:
        return json.load(answer)


def test_the_state_is_what_the_page_expects(stage: Stage) -> None:
    state = ask(stage, "/demo/state")
    assert state["local"] == "Mon 23 Nov 07:20"
    assert state["now"] == "2026-11-23T07:20:00-05:00"
    assert (state["running"], state["speed"], state["autopilot"]) == (False, 80.0, False)
    assert 80 in state["speeds"]
    assert state["chapter"] == "Opening checklist is open, due 08:00"
    assert "Ben" in state["hint"]
    assert [unit["id"] for unit in state["units"]] == [
        "vaccine-fridge", "pharmacy-fridge", "insulin-fridge", "vaccine-freezer",
    ]  # fmt: skip
    for unit in state["units"]:
        assert unit["low"] < unit["temperature"] < unit["high"]
        assert (unit["unit"], unit["state"]) == ("F", "in range")
        assert (unit["door_open"], unit["sensor_silenced"], unit["flooding"]) == (False, False, False)
        assert len(unit["spark"]) > 10
    assert state["links"] == [{"label": "Verify the record", "href": "/demo/verify"}]


def test_a_door_a_silence_and_a_flood_show_at_once(stage: Stage) -> None:
    ask(stage, "/demo/act", {"do": "door", "unit": "vaccine-fridge", "on": True})
    ask(stage, "/demo/act", {"do": "silence", "unit": "insulin-fridge", "on": True})
    state = ask(stage, "/demo/act", {"do": "flood", "unit": "pharmacy-fridge", "on": True})
    vaccine, pharmacy, insulin, _ = state["units"]
    assert (vaccine["door_open"], insulin["state"], pharmacy["flooding"]) == (True, "silent", True)
    assert state["chapter"] == "The door of the vaccine fridge is open"


def test_speed_pause_and_autopilot_are_switched(stage: Stage) -> None:
    assert ask(stage, "/demo/act", {"do": "speed", "speed": 20})["speed"] == 20
    assert ask(stage, "/demo/act", {"do": "resume"})["running"] is True
    assert ask(stage, "/demo/act", {"do": "pause"})["running"] is False
    assert ask(stage, "/demo/act", {"do": "autopilot", "on": True})["autopilot"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"do": "dance"},
        {"do": "door", "unit": "cellar", "on": True},
        {"do": "speed", "speed": 0},
        {"do": "skip_to", "to": "late"},
        ["do"],
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(stage: Stage, wrong: Any) -> None:
    with pytest.raises(HTTPError) as refused:
        ask(stage, "/demo/act", wrong)
    with refused.value as answer:
        assert answer.code == 400
        assert "cannot do that" in json.load(answer)["error"]


def _openings(stage: Stage) -> list[Message]:
    return [each for each in stage.emulator.messages("hilltop-main") if each.text.startswith("Opening checklist:")]


def test_the_card_follows_a_tick_while_the_clock_stands_still(stage: Stage) -> None:
    (card,) = _openings(stage)
    for action in (1, 2, 3):
        stage.emulator.person("U0BEN").click(card, "item_done", block_id=f"line-{action}").wait()
    stage.emulator.wait_until(lambda: "3 of 29" in _openings(stage)[0].text)


def test_skipping_ahead_lets_everything_on_the_way_happen(stage: Stage) -> None:
    stage.pass_until(stage.local(time(8, 12)))
    opening, alert = (m for m in stage.emulator.messages("hilltop-main") if "Opening" in m.text)
    assert "0 of 29" in opening.text
    assert float(alert.ts) == stage.local(time(8, 10)).timestamp()


def test_the_page_can_verify_the_record(controls: Controls) -> None:
    said = controls.verification()
    assert "the chain holds" in said
    assert "shiftbot verify --database" in said


def test_every_hint_fits_the_panel() -> None:
    too_long = [hint for hint in RUN_HINTS.values() if len(hint) > HINT_CHARACTERS]
    assert too_long == []
