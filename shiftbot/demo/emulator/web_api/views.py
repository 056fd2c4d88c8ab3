"""views.*: opening, pushing, updating modals; publishing App Homes.

The view is checked before the trigger is spent, so that a malformed view costs no trigger.
"""

from typing import Any

from shiftbot.demo.emulator import wire
from shiftbot.demo.emulator.content import view_content
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method

Json = dict[str, Any]


def _trigger(arguments: Arguments) -> str:
    trigger = arguments.text("trigger_id") or arguments.text("interactivity_pointer")
    if not trigger:
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: trigger_id"])
    return trigger


def _shown(desk: Desk, view: View, kind: str = "view") -> Json:
    desk.workspace.feed.publish(kind, [view.user], view_id=view.id)
    return {"view": wire.view(desk.workspace, view)}


def open_(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    trigger = _trigger(arguments)
    payload = view_content(arguments.get("view"), ("modal",))
    return _shown(desk, workspace.views.open(workspace.triggers.exchange(trigger), payload))


def push(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    trigger = _trigger(arguments)
    payload = view_content(arguments.get("view"), ("modal",))
    view = workspace.views.push(workspace.triggers.check(trigger), payload)
    workspace.triggers.exchange(trigger)
    return _shown(desk, view)


def update(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    payload = view_content(arguments.get("view"), ("modal", "home"))
    if not arguments.get("view_id") and not arguments.get("external_id"):
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: view_id"])
    view = workspace.views.find(arguments.get("view_id"), arguments.get("external_id"))
    if view.type != payload["type"]:
        raise Refusal("invalid_arguments", [f"[ERROR] a view of type {view.type} stays one [json-pointer:/view/type]"])
    workspace.views.update(view, payload, arguments.get("hash"))
    return _shown(desk, view, "home" if view.type == "home" else "view")


def publish(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    payload = view_content(arguments.get("view"), ("home",))
    user_id = arguments.text("user_id")
    if user_id not in workspace.users:
        raise Refusal("invalid_arguments", ["[ERROR] invalid `user_id`"])
    if not workspace.manifest.home_tab_enabled:
        raise Refusal("not_enabled")
    return _shown(desk, workspace.views.publish(user_id, payload, arguments.get("hash")), "home")


METHODS = {
    "views.open": Method(open_, ("view",)),
    "views.push": Method(push, ("view",)),
    "views.update": Method(update, ("view",)),
    "views.publish": Method(publish, ("user_id", "view")),
}
