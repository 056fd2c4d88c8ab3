"""Views of one workspace: each person's stack of modals (three at most), each person's App Home, and trigger ids.

Knows nothing of HTTP. Error codes are those views.* documents; they are raised as `Refusal`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shiftbot.demo.emulator import ids
from shiftbot.demo.emulator.fields import state_of
from shiftbot.demo.emulator.refusals import Refusal

Json = dict[str, Any]

STACK_LIMIT = 3  # views.push: push_limit_reached
TRIGGER_SECONDS = 3.0


@dataclass
class View:
    """`entered` holds what the person has filled in: block_id -> action_id -> typed value."""

    id: str
    user: str
    payload: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    entered: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return str(self.payload["type"])

    @property
    def blocks(self) -> list[Json]:
        found: list[Json] = self.payload["blocks"]
        return found

    @property
    def callback_id(self) -> str:
        return str(self.payload.get("callback_id") or "")

    @property
    def title(self) -> str:
        return str((self.payload.get("title") or {}).get("text", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.payload.get("private_metadata") or "")

    @property
    def external_id(self) -> str:
        return str(self.payload.get("external_id") or "")

    @property
    def state(self) -> Json:
        return {"values": state_of(self.blocks, self.entered)}


@dataclass
class _Trigger:
    user: str
    made_at: float
    exchanged: bool = False


class Triggers:
    """Each works once and for three seconds of the wall clock."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._made: dict[str, _Trigger] = {}

    def make(self, user: str) -> str:
        trigger_id = ids.trigger_id()
        self._made[trigger_id] = _Trigger(user, self._monotonic())
        return trigger_id

    def check(self, trigger_id: str) -> str:
        """The user who set it off; raises invalid_, exchanged_ or expired_trigger_id."""
        trigger = self._made.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.exchanged:
            raise Refusal("exchanged_trigger_id")
        if self._monotonic() - trigger.made_at > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        return trigger.user

    def exchange(self, trigger_id: str) -> str:
        user = self.check(trigger_id)
        self._made[trigger_id].exchanged = True
        return user


class Views:
    """The caller holds the workspace's lock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        return list(self._stacks.get(user, []))

    def home(self, user: str) -> View | None:
        return self._homes.get(user)

    def find(self, view_id: str | None = None, external_id: str | None = None) -> View:
        for view in [v for stack in self._stacks.values() for v in stack] + list(self._homes.values()):
            if (view_id and view.id == view_id) or (external_id and view.external_id == external_id):
                return view
        raise Refusal("not_found")

    def open(self, user: str, payload: Json) -> View:
        """A new modal in place of whatever that person had open."""
        self._refuse_taken_external_id(payload, None)
        view = self._new(user, payload)
        self._stacks[user] = [view]
        return view

    def push(self, user: str, payload: Json) -> View:
        stack = self._stacks.get(user, [])
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= STACK_LIMIT:
            raise Refusal("push_limit_reached")
        self._refuse_taken_external_id(payload, None)
        view = self._new(user, payload, root=stack[0].root_view_id, previous=stack[-1].id)
        stack.append(view)
        return view

    def update(self, view: View, payload: Json, view_hash: str | None = None) -> View:
        """In place; what was typed stays where block_id, action_id and element type are still the same."""
        if view_hash and view_hash != view.hash:
            raise Refusal("hash_conflict")
        self._refuse_taken_external_id(payload, view)
        view.payload = payload
        view.hash = ids.view_hash(self._now())
        view.errors = {}
        view.entered = _still_fitting(view)
        return view

    def publish(self, user: str, payload: Json, view_hash: str | None = None) -> View:
        home = self._homes.get(user)
        if home is not None:
            return self.update(home, payload, view_hash)
        self._refuse_taken_external_id(payload, None)
        self._homes[user] = self._new(user, payload)
        return self._homes[user]

    def close(self, view: View) -> None:
        stack = self._stacks.get(view.user, [])
        self._stacks[view.user] = [v for v in stack if v is not view]

    def clear(self, user: str) -> list[View]:
        return self._stacks.pop(user, [])

    def _new(self, user: str, payload: Json, root: str | None = None, previous: str | None = None) -> View:
        view_id = ids.object_id("V")
        return View(view_id, user, payload, ids.view_hash(self._now()), root or view_id, previous)

    def _refuse_taken_external_id(self, payload: Json, mine: View | None) -> None:
        wanted = payload.get("external_id")
        if not wanted:
            return
        for view in [v for stack in self._stacks.values() for v in stack] + list(self._homes.values()):
            if view.external_id == wanted and view is not mine:
                raise Refusal("duplicate_external_id")


def _still_fitting(view: View) -> dict[str, dict[str, Json]]:
    shape = state_of(view.blocks, {})
    return {
        block_id: fitting
        for block_id, actions in view.entered.items()
        if (
            fitting := {a: v for a, v in actions.items() if shape.get(block_id, {}).get(a, {}).get("type") == v["type"]}
        )
    }
