"""The app manifest: valid by Slack's schema, and asking for exactly what the code uses.

The schema is Slack's own (github.com/slackapi/manifest-schema, MIT licence), as of version 1.0.0.
"""

import ast
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from shiftbot import slack
from tests.slack.workplace import manifest

PACKAGE = Path(slack.__file__).parent

SCHEMA = Path(__file__).parent / "manifest.schema.1.0.0.json"

SCOPES = {
    "auth_test": set(),
    "chat_postMessage": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_getPermalink": set(),
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_join": {"channels:join"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "files_upload_v2": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_update": {"usergroups:write"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "views_open": set(),
    "views_update": set(),
    "views_publish": set(),
}
"""What each Web API method needs from the bot, by Slack's documentation of it, for channels, private ones and DMs."""

EVENTS = {"message": {"message.channels", "message.groups"}, "app_home_opened": {"app_home_opened"},
          "reaction_added": {"reaction_added"}}  # fmt: skip
"""What must be subscribed to for each event that is listened to."""

EVENT_SCOPES = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "reaction_added": "reactions:read",
}


NOUNS = (
    "item", "count", "alert", "case", "card", "help", "line", "answer", "flag", "section", "run", "follow_up",
    "hand_over", "pin", "checklist", "delivery", "irregularity", "temps", "reach",
)  # fmt: skip
"""What the ids of buttons and forms begin with; a verb follows."""


def sources() -> list[ast.AST]:
    """The code of the edge."""
    return [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]


def called_methods() -> set[str]:
    """The Web API methods that the code calls on a client."""
    attributes = {node.attr for tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {
        name for name in attributes if re.match(r"(chat|conversations|views|users|usergroups|files|reactions)_", name)
    }


def wanted() -> dict[str, set[str]]:
    """What the manifest asks for, by kind."""
    asked = json.loads(json.dumps(manifest()))
    return {
        "scopes": set(asked["oauth_config"]["scopes"]["bot"]),
        "events": set(asked["settings"]["event_subscriptions"]["bot_events"]),
        "commands": {each["command"] for each in asked["features"]["slash_commands"]},
        "shortcuts": {each["callback_id"] for each in asked["features"]["shortcuts"]},
    }


def listened(name: str) -> set[str]:
    """The constant first arguments of all calls of a method of this name."""
    calls = [node for tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    mine = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == name and call.args]
    return {str(first.value) for call in mine if isinstance(first := call.args[0], ast.Constant)}


def test_the_manifest_is_valid_by_slacks_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = [error.message for error in Draft7Validator(schema).iter_errors(manifest())]
    assert errors == []


def test_the_manifest_asks_for_the_scopes_the_code_uses_and_no_others() -> None:
    methods = called_methods()
    assert methods <= SCOPES.keys(), "a method is called whose scopes this test does not know"
    needed = {scope for method in methods for scope in SCOPES[method]}
    needed |= {EVENT_SCOPES[event] for event in wanted()["events"] if event in EVENT_SCOPES}
    # A file field in a form and a file in a message need their scope though no method is called.
    assert wanted()["scopes"] == needed | {"commands", "files:read"}


def test_the_manifest_subscribes_to_the_events_that_are_listened_to_and_no_others() -> None:
    assert wanted()["events"] == {subscribed for event in listened("on_event") for subscribed in EVENTS[event]}


@pytest.mark.parametrize(("kind", "method"), [("commands", "on_command"), ("shortcuts", "on_shortcut")])
def test_the_manifest_names_the_commands_and_shortcuts_of_the_code(kind: str, method: str) -> None:
    assert wanted()[kind] == listened(method)


def test_every_button_and_form_that_is_ever_drawn_has_a_listener() -> None:
    drawn = {
        node.value
        for path in (PACKAGE / "blocks").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    ids = {text for text in drawn if re.fullmatch(rf"({'|'.join(NOUNS)})_[a-z]+", text)}
    known = {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "blocks"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert {"item_done", "follow_up_close", "hand_over_read", "pin_set"} <= ids
    assert ids - known - {"counted_by", "witnessed_by"} == set()
