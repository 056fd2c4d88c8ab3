"""`POST /page/act`: what a person does on the page, done through `Person`, with the app's answer waited for.

Runs on the server's event loop and must not block it.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from shiftbot.demo.emulator.envelopes import Envelope
from shiftbot.demo.emulator.fields import FormRefused
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.person import Person
from shiftbot.demo.emulator.refusals import Refusal

Json = dict[str, Any]
Outcome = Envelope | Message | None


_TEXTS = ("user", "do", "channel", "text", "ts", "thread_ts", "command", "callback_id", "action_id", "block_id")
_KINDS: dict[str, type] = {**dict.fromkeys((*_TEXTS, "view_id", "name"), str), "where": dict, "values": dict}


def read_wanted(body: bytes) -> Json:
    """The body of one act: names are texts, `where` and `values` objects. Raises ValueError or TypeError otherwise."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError("an act is an object")
    wanted = {key: value for key, value in found.items() if value is not None}
    for key, kind in _KINDS.items():
        if not isinstance(wanted.get(key, kind()), kind):
            raise TypeError(f"{key} is no {kind.__name__}")
    return wanted


async def perform(person: Person, wanted: Json) -> Json:
    act = _ACTS.get(wanted.get("do", ""))
    if act is None:
        return {"ok": False, "error": f"nobody can {wanted.get('do')!r}; one of {', '.join(_ACTS)}"}
    try:
        outcome = act(person, wanted)
    except FormRefused as refused:
        return {"ok": True, "response": {"response_action": "errors", "errors": refused.errors}}
    except KeyError as missing:
        return {"ok": False, "error": f"the request lacks {missing}"}
    except (LookupError, ValueError, Refusal) as error:
        return {"ok": False, "error": str(error)}
    if isinstance(outcome, Message):
        return {"ok": True, "channel": outcome.channel, "ts": outcome.ts}
    return {"ok": True} if outcome is None else await _answered(outcome)


async def _answered(envelope: Envelope) -> Json:
    """Deadlines are the courier's; this only watches the envelope."""
    while not envelope.is_settled:
        await asyncio.sleep(0.005)
    if envelope.failed:
        return {"ok": False, "error": _sentence(envelope.failed), "response": envelope.response}
    answer: Json = {"ok": True, "response": envelope.response}
    if envelope.took is not None:
        answer["acked_in_ms"] = round(envelope.took * 1000)
    return answer


def _sentence(reason: str) -> str:
    return "The app is not connected" if reason == "no connection" else reason[:1].upper() + reason[1:]


def _say(person: Person, wanted: Json) -> Outcome:
    return person.say(wanted["channel"], wanted["text"], wanted.get("thread_ts"))


def _command(person: Person, wanted: Json) -> Outcome:
    return person.command(wanted["command"], wanted.get("text", ""), wanted["channel"])


def _entered(wanted: Json) -> Any:
    return next((wanted[key] for key in ("options", "option", "value") if wanted.get(key) is not None), None)


def _click(person: Person, wanted: Json) -> Outcome:
    where, action_id, block_id = wanted["where"], wanted["action_id"], wanted.get("block_id")
    entered = _entered(wanted)
    match where["kind"]:
        case "message":
            return person.click((where["channel"], where["ts"]), action_id, block_id, entered)
        case "home":
            return person.click_home(action_id, block_id, entered)
        case _:
            person.enter(wanted.get("values") or {}, where["view_id"])  # every click carries the form
            return person.click_view(action_id, block_id, entered, view_id=where["view_id"])


def _submit(person: Person, wanted: Json) -> Outcome:
    return person.submit(wanted.get("values") or {}, wanted.get("view_id"))


def _dismiss(person: Person, wanted: Json) -> Outcome:
    return person.dismiss(wanted.get("view_id"), clear=bool(wanted.get("clear")))


def _open_home(person: Person, _wanted: Json) -> Outcome:
    person.open_home()
    return None


def _shortcut(person: Person, wanted: Json) -> Outcome:
    return person.shortcut(wanted["callback_id"])


def _message_shortcut(person: Person, wanted: Json) -> Outcome:
    return person.message_shortcut(wanted["callback_id"], (wanted["channel"], wanted["ts"]))


def _react(person: Person, wanted: Json) -> Outcome:
    person.react((wanted["channel"], wanted["ts"]), wanted["name"])
    return None


def _load_options(person: Person, wanted: Json) -> Outcome:
    shown = _shown(person, wanted["where"])
    return person.load_options(shown, wanted["action_id"], wanted.get("value", ""), wanted.get("block_id"))


def _shown(person: Person, where: Json) -> View | tuple[str, str]:
    if where["kind"] == "message":
        return where["channel"], where["ts"]
    views = [person.home] if where["kind"] == "home" else [v for v in person.views if v.id == where["view_id"]]
    for view in views:
        if view is not None:
            return view
    raise LookupError(f"{person.name} does not see that view any more")


_ACTS: dict[str, Callable[[Person, Json], Outcome]] = {
    "say": _say,
    "click": _click,
    "command": _command,
    "submit": _submit,
    "dismiss": _dismiss,
    "open_home": _open_home,
    "shortcut": _shortcut,
    "message_shortcut": _message_shortcut,
    "react": _react,
    "load_options": _load_options,
}
