"""What the page asks for and what it can do, as JSON, and the stream that tells it when to ask again."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from shiftbot.demo.emulator import Person, SlackEmulator
from tests.demo.emulator.bot import Bot, a_button, a_modal, acking, actions, an_input, options

Json = dict[str, Any]


def get(emulator: SlackEmulator, path: str) -> Json:
    with urllib.request.urlopen(emulator.url + path, timeout=10) as response:
        found: Json = json.load(response)
    return found


def act(emulator: SlackEmulator, do: str, **further: Any) -> Json:
    body = json.dumps({"user": "U0BEN", "do": do, **further}).encode()
    with urllib.request.urlopen(emulator.url + "/page/act", data=body, timeout=10) as response:
        found: Json = json.load(response)
    return found


def shown(emulator: SlackEmulator, user: str = "U0BEN", **further: str) -> list[Json]:
    query = "".join(f"&{key}={value}" for key, value in further.items())
    messages: list[Json] = get(emulator, f"/page/messages?user={user}&channel=C0HILLTOP{query}")["messages"]
    return messages


@pytest.fixture
def stream(emulator: SlackEmulator) -> Iterator[Iterator[Json]]:
    """What Ben's tab is told."""
    with urllib.request.urlopen(emulator.url + "/page/events?user=U0BEN", timeout=10) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.readline() == b": hello\n"
        yield (json.loads(line[6:]) for line in response if line.startswith(b"data: "))


def test_the_people_come_with_colours_and_what_they_have_not_read(emulator: SlackEmulator, client: WebClient) -> None:
    client.chat_postMessage(channel="U0AMIRA", text="unread")
    people = {p["id"]: p for p in get(emulator, "/page/people")["people"]}
    assert list(people) == ["U0AMIRA", "U0BEN", "U0MORGAN", "U0PRIYA"]
    assert people["U0AMIRA"]["unread"] == 1
    assert people["U0BEN"]["color"].startswith("#")
    assert people["U0BEN"]["title"] == "Technician"


def test_the_manifest_gives_the_page_its_commands(emulator: SlackEmulator) -> None:
    command = {"command": "/shift", "usage_hint": "help status", "description": "Ask"}
    shortcut = {"name": "Flag", "type": "message", "callback_id": "flag", "description": "Flag it"}
    other = SlackEmulator()
    other.use_manifest({"features": {"slash_commands": [command], "shortcuts": [shortcut]}})
    with other:
        found = get(other, "/page/people")
    assert found["commands"] == [{"command": "/shift", "hint": "help status", "description": "Ask"}]
    assert found["shortcuts"] == [{"callback_id": "flag", "name": "Flag", "type": "message"}]


def test_a_channel_is_unread_until_it_was_looked_at(emulator: SlackEmulator, client: WebClient) -> None:
    client.chat_postMessage(channel="C0HILLTOP", text="news")

    def hilltop() -> Json:
        (found,) = [c for c in get(emulator, "/page/state?user=U0BEN")["channels"] if c["id"] == "C0HILLTOP"]
        return dict(found)

    assert hilltop()["unread"] >= 1
    shown(emulator)
    assert hilltop()["unread"] == 0
    assert hilltop()["kind"] == "channel"


def test_the_state_lists_the_direct_messages_too(emulator: SlackEmulator) -> None:
    state = get(emulator, "/page/state?user=U0MORGAN")
    assert [c["kind"] for c in state["channels"]] == ["channel", "channel", "im"]
    assert (state["views"], state["home"]) == ([], None)


def test_messages_carry_what_the_page_draws(emulator: SlackEmulator, client: WebClient, ben: Person) -> None:
    parent = client.chat_postMessage(channel="C0HILLTOP", text="card", blocks=[actions(a_button("a"))])["ts"]
    ben.say("hilltop-main", "3", thread_ts=parent)
    client.chat_postEphemeral(channel="C0HILLTOP", user="U0BEN", text="for you")
    client.reactions_add(channel="C0HILLTOP", timestamp=parent, name="eyes")
    card = next(m for m in shown(emulator) if m["ts"] == parent)
    assert (card["name"], card["is_bot"], card["reply_count"], card["edited"]) == ("shiftbot", True, 1, False)
    assert card["reactions"] == [{"name": "eyes", "users": [emulator.bot_user_id]}]
    assert card["blocks"][0]["type"] == "actions"
    assert [m["text"] for m in shown(emulator, thread_ts=parent)] == ["card", "3"]
    assert shown(emulator)[-1]["ephemeral"] is True
    assert "for you" not in [m["text"] for m in shown(emulator, user="U0AMIRA")]


def test_a_channel_one_is_not_in_cannot_be_read(emulator: SlackEmulator) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        shown(emulator, user="U0PRIYA")
    with caught.value as answer:
        assert answer.status == 404


def test_the_stream_tells_what_changed_for_this_person_only(
    emulator: SlackEmulator, client: WebClient, stream: Iterator[Json]
) -> None:
    client.chat_postMessage(channel="U0AMIRA", text="not for Ben")
    client.chat_postEphemeral(channel="C0HILLTOP", user="U0AMIRA", text="nor this")
    posted = client.chat_postMessage(channel="C0HILLTOP", text="for all")["ts"]
    client.chat_update(channel="C0HILLTOP", ts=posted, text="changed")
    client.chat_delete(channel="C0HILLTOP", ts=posted)
    client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": []})
    told = [next(stream) for _ in range(4)]
    assert [t["type"] for t in told] == ["message", "message_changed", "message_deleted", "home"]
    assert {t.get("ts") for t in told[:3]} == {posted}
    assert told[0]["text"] == "for all"
    assert [t["seq"] for t in told] == sorted(t["seq"] for t in told)


def test_saying_and_reacting_need_no_answer_of_the_app(emulator: SlackEmulator, stream: Iterator[Json]) -> None:
    said = act(emulator, "say", channel="C0HILLTOP", text="hello")
    assert said["ok"] is True
    assert emulator.messages("C0HILLTOP")[-1].ts == said["ts"]
    assert act(emulator, "react", channel="C0HILLTOP", ts=said["ts"], name="thumbsup")["ok"] is True
    assert act(emulator, "open_home")["ok"] is True
    assert [next(stream)["type"] for _ in range(4)] == ["message", "ack", "reaction", "ack"]


@pytest.mark.parametrize(
    ("further", "says"),
    [
        ({"do": "shout"}, "nobody can 'shout'"),
        ({"do": "say", "channel": "C0HILLTOP"}, "lacks 'text'"),
        ({"do": "say", "channel": "C0OFFICE", "text": "x"}, "is in no channel"),
        ({"do": "dismiss", "view_id": "V0"}, "no modal open"),
        ({"do": "click", "where": {"kind": "home"}, "action_id": "x"}, "App Home is empty"),
    ],
)
def test_what_cannot_be_done_is_said(emulator: SlackEmulator, further: Json, says: str) -> None:
    if further["do"] == "click":
        further = {**further, "user": "U0MORGAN"}
    answer = act(emulator, **further)
    assert answer["ok"] is False
    assert says in answer["error"]


def test_an_app_that_is_not_connected_is_said_to_be_so() -> None:
    alone = SlackEmulator()
    alone.add_user("U0BEN", "ben", "Ben Ortiz")
    with alone:
        answer = act(alone, "command", command="/shift", text="status", channel="@bot")
    assert (answer["ok"], answer["error"]) == (False, "The app is not connected")


def test_a_whole_visit_by_page(emulator: SlackEmulator, bot: Bot, client: WebClient, ben: Person) -> None:
    def reply(ack: Any, body: Json, client: WebClient) -> None:
        if body["type"] == "view_submission":
            ack(response_action="errors", errors={"level": "Too low"})
            return
        ack()
        level = an_input("level", {"type": "static_select", "options": options("low", "high")})
        count = an_input("count", {"type": "number_input", "is_decimal_allowed": False})
        client.views_open(trigger_id=body["trigger_id"], view=a_modal(count, level))

    bot.reply = reply
    ts = client.chat_postMessage(channel="C0HILLTOP", text="card", blocks=[actions(a_button("open"))])["ts"]
    where = {"kind": "message", "channel": "C0HILLTOP", "ts": ts}
    clicked = act(emulator, "click", where=where, block_id="row", action_id="open", value="1")
    assert clicked["ok"] is True
    assert clicked["acked_in_ms"] < 3000
    emulator.wait_until(lambda: len(ben.views) == 1)
    (view,) = get(emulator, "/page/state?user=U0BEN")["views"]
    empty = act(emulator, "submit", view_id=view["id"], values={"level": {"value": "low"}})
    assert empty["response"]["errors"] == {"count": "Please complete this required field."}
    values = {"level": {"value": "low"}, "count": {"value": "4"}}
    wrong = act(emulator, "submit", view_id=view["id"], values=values)
    assert wrong["response"] == {"response_action": "errors", "errors": {"level": "Too low"}}
    assert get(emulator, "/page/state?user=U0BEN")["views"][0]["errors"] == {"level": "Too low"}
    assert act(emulator, "dismiss", view_id=view["id"])["ok"] is True
    assert get(emulator, "/page/state?user=U0BEN")["views"] == []


def test_shortcuts_and_look_ups_work_from_the_page(emulator: SlackEmulator, bot: Bot, client: WebClient) -> None:
    select = {"type": "external_select", "action_id": "drug"}
    ts = client.chat_postMessage(channel="C0HILLTOP", text="which?", blocks=[actions(select)])["ts"]
    client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": [actions(select)]})
    bot.reply = acking(options=options("oxycodone"))
    for where in ({"kind": "message", "channel": "C0HILLTOP", "ts": ts}, {"kind": "home"}):
        found = act(emulator, "load_options", where=where, block_id="row", action_id="drug", value="oxy")
        assert found["response"]["options"][0]["value"] == "oxycodone"
    bot.reply = acking()
    assert act(emulator, "click", where={"kind": "home"}, action_id="drug", option="oxycodone")["ok"] is True
    assert act(emulator, "shortcut", callback_id="new")["ok"] is True
    assert act(emulator, "message_shortcut", callback_id="flag", channel="C0HILLTOP", ts=ts)["ok"] is True
    assert [b["type"] for b in bot.bodies[-3:]] == ["block_actions", "shortcut", "message_action"]


def test_the_page_itself_is_served(emulator: SlackEmulator) -> None:
    with urllib.request.urlopen(emulator.url + "/", timeout=10) as response:
        assert b"<html" in response.read().lower()
    with urllib.request.urlopen(emulator.url + "/static/page.js", timeout=10) as response:
        assert "javascript" in response.headers["Content-Type"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"say"',
        b'{"user": "U0BEN"}',
        b'{"user": "U0NOBODY", "do": "say"}',
        b'{"user": ["U0BEN"], "do": "say"}',
        b'{"user": "U0BEN", "do": ["say"]}',
        b'{"user": "U0BEN", "do": "click", "where": "home", "action_id": "x"}',
        b'{"user": "U0BEN", "do": "submit", "values": "x"}',
        b'{"user": "U0BEN", "do": "say", "channel": 7, "text": "x"}',
    ],
)
def test_a_malformed_act_is_refused_plainly(emulator: SlackEmulator, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(emulator.url + "/page/act", data=body, timeout=10)
    assert refused.value.code == 400
    assert json.load(refused.value)["ok"] is False


def test_the_page_knows_where_the_manifest_lets_nobody_write(emulator: SlackEmulator) -> None:
    def read_only() -> dict[str, bool]:
        return {c["kind"]: c["read_only"] for c in get(emulator, "/page/state?user=U0BEN")["channels"]}

    assert read_only() == {"channel": False, "im": False}
    emulator.use_manifest({"features": {"app_home": {"messages_tab_read_only_enabled": True}}})
    assert read_only() == {"channel": False, "im": True}
