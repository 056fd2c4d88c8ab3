"""What happens on the story's Monday, step by step; each step asks one thing of the product, in which it may be killed.

Each chapter ends with nothing open, so that a kill in it needs to be followed to its end only.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from shiftbot.demo.emulator import Message
from tests.crash.hilltop import CHANNEL
from tests.crash.world import World

AMIRA, BEN, PRIYA = "U0AMIRA", "U0BEN", "U0PRIYA"


@dataclass(frozen=True)
class Step:
    """One step; `starts` when the product is not yet running."""

    name: str
    take: Callable[[World], None]
    starts: bool = False


Chapter = tuple[Step, ...]


def showing(action_id: str, *words: str, place: str = CHANNEL) -> Callable[[World], Message]:
    """Finds the newest message in a place that shows some words and has a button."""

    def find(world: World) -> Message:
        for message in reversed(world.emulator.messages(place)):
            shown = message.text + json.dumps(message.blocks, ensure_ascii=False)
            if action_id in shown and all(word in shown for word in words):
                return message
        raise LookupError(f"no message in {place} has {action_id} and shows {words}")

    return find


def card(world: World) -> Message:
    """The card of the opening checklist."""
    return next(each for each in world.emulator.messages(CHANNEL) if each.text.startswith("Opening checklist"))


def form_of(who: str) -> Callable[[World], bool]:
    """Whether somebody has a form open."""
    return lambda world: bool(world.emulator.person(who).views)


def until(clock: str) -> Step:
    """The time passes."""
    return Step(f"until {clock}", lambda world: world.until(clock))


def measured(degrees: float) -> Step:
    """The fridge is measured."""
    return Step(f"a reading of {degrees} °C", lambda world: world.measures(degrees))


def direct_messages_refused(world: World) -> None:
    """From now on Slack takes no direct message to Priya."""
    room = world.emulator._workspace.im_with(PRIYA).id
    world.emulator.fail(
        "chat.postMessage",
        "error",
        times=1_000,
        match=lambda arguments: arguments.get("channel") == room,
        error="messages_tab_disabled",
    )


def beforehand(act: Callable[[World], None], step: Step) -> Step:
    """A step before which something happens that is none of the product's."""

    def both(world: World) -> None:
        act(world)
        step.take(world)

    return Step(step.name, both)


MISSED_OPENING: Chapter = (
    Step("the start", lambda world: world.start(), starts=True),
    until("07:20"),
    until("08:10"),
    Step(
        "Amira acknowledges the missed opening",
        lambda world: world.presses(AMIRA, showing("alert_acknowledge", "Opening checklist"), "alert_acknowledge"),
    ),
    until("08:41"),
    Step("Ben answers every line", lambda world: world.says(BEN, "all", card)),
    until("08:50"),
)

HAND_OVER: Chapter = (
    until("13:50"),
    Step("Amira opens the hand-over form", lambda world: world.commands(AMIRA, "handover", form_of(AMIRA))),
    Step(
        "Amira hands over",
        lambda world: world.submits(AMIRA, {"note": "Wholesaler comes at 16:00. The fridge door sticks."}),
    ),
    until("14:05"),
    Step(
        "Priya has read it",
        lambda world: world.presses(PRIYA, showing("hand_over_read"), "hand_over_read"),
    ),
    Step("Priya offers the evening's duty to Amira", lambda world: world.agrees("offers")),
    Step("Amira accepts it", lambda world: world.agrees("accepts")),
    until("14:30"),
)

SAID = {
    "contents": "Influenza, lot 4KX21, public, 40 doses",
    "room": "71.5",
    "manufacturer": "Maker: may be used",
    "reference": "A-17",
    "cause": "Door ajar",
    "action": "Quarantined, asked",
    "outcome": "May be used",
    "disposition": "usable",
}

EXCURSION: Chapter = (
    beforehand(direct_messages_refused, until("15:00")),
    measured(5.0),
    until("15:05"),
    measured(9.5),
    until("15:11"),
    Step(
        "Priya acknowledges the excursion",
        lambda world: world.presses(PRIYA, showing("alert_acknowledge", "Vaccine fridge"), "alert_acknowledge"),
    ),
    until("15:15"),
    measured(5.0),
    beforehand(lambda world: world.emulator.forget_faults(), until("15:21")),
    measured(5.0),
    Step("Priya opens the case", lambda world: world.presses(PRIYA, showing("case_fill"), "case_fill", form_of(PRIYA))),
    Step("Priya signs the case", lambda world: world.submits(PRIYA, SAID)),
    until("15:40"),
)

CHAPTERS: dict[str, Chapter] = {"missed opening": MISSED_OPENING, "hand-over": HAND_OVER, "excursion": EXCURSION}
