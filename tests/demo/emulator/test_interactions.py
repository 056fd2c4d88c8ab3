"""A real Bolt app over Socket Mode: clicks, commands, submissions, shortcuts, events, response URLs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from shiftbot.demo.emulator import Message, Person, SlackEmulator
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.response_urls import ResponseUrls
from tests.demo.emulator.bot import Bot, Reply, a_button, a_modal, acking, actions, an_input, options, saying_nothing

Json = dict[str, Any]
NUMBER = an_input("count", {"type": "number_input", "is_decimal_allowed": False})
MANIFEST: Json = {
    "display_information": {"name": "shiftbot"},
    "features": {
        "app_home": {"home_tab_enabled": False, "messages_tab_read_only_enabled": True},
        "bot_user": {"display_name": "Shiftbot"},
        "slash_commands": [{"command": "/shift", "description": "Ask shiftbot", "should_escape": True}],
        "shortcuts": [{"name": "Flag", "type": "message", "callback_id": "flag", "description": "Flag it"}],
    },
    "settings": {"event_subscriptions": {"bot_events": ["message.channels", "app_home_opened"]}},
}


@pytest.fixture(autouse=True)
def _a_bot_without_orders(bot: Bot) -> Iterator[None]:
    before = bot.reply
    yield
    bot.reply = before


@pytest.fixture
def card(client: WebClient, emulator: SlackEmulator) -> Message:
    """A message with a button, a select and checkboxes."""
    select = {"type": "static_select", "action_id": "unit", "options": options("fridge", "freezer")}
    ticks = {"type": "checkboxes", "action_id": "ticks", "options": options("one", "two", "three")}
    more = {"type": "overflow", "action_id": "more", "options": options("undo", "skip")}
    row = actions(a_button("item_done", "item 3"), select, ticks, more)
    client.chat_postMessage(channel="C0HILLTOP", text="card", blocks=[row])
    return emulator.messages("C0HILLTOP")[-1]


def opening(*blocks: Json, **further: Any) -> Reply:
    def reply(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=a_modal(*blocks, **further))

    return reply


def open_modal(bot: Bot, ben: Person, card: Message, emulator: SlackEmulator, **further: Any) -> None:
    bot.reply = opening(NUMBER, **further)
    ben.click(card, "item_done").wait()
    emulator.wait_until(lambda: len(ben.views) == 1)


def test_a_click_is_acknowledged_and_carries_what_bolt_and_shiftbot_need(bot: Bot, ben: Person, card: Message) -> None:
    envelope = ben.click(card, "item_done").wait()
    assert envelope.response is None
    assert envelope.took is not None
    assert envelope.attempts == 1
    body = bot.bodies[-1]
    assert body["user"]["id"] == "U0BEN"
    assert body["container"] == {
        "type": "message", "message_ts": card.ts, "channel_id": "C0HILLTOP", "is_ephemeral": False
    }  # fmt: skip
    assert body["channel"] == {"id": "C0HILLTOP", "name": "hilltop-main"}
    assert body["message"]["ts"] == card.ts
    (action,) = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"], action["type"]) == (
        "item_done", "row", "item 3", "button"
    )  # fmt: skip


def test_choices_arrive_as_the_chosen_options_and_stay_in_the_state(bot: Bot, ben: Person, card: Message) -> None:
    ben.click(card, "unit", option="freezer").wait()
    assert bot.bodies[-1]["actions"][0]["selected_option"]["value"] == "freezer"
    ben.click(card, "ticks", option=["one", "three"]).wait()
    assert [o["value"] for o in bot.bodies[-1]["actions"][0]["selected_options"]] == ["one", "three"]
    ben.click(card, "more", option="undo").wait()
    assert bot.bodies[-1]["actions"][0]["selected_option"]["value"] == "undo"
    state = bot.bodies[-1]["state"]["values"]["row"]
    assert state["unit"]["selected_option"]["value"] == "freezer"
    assert len(state["ticks"]["selected_options"]) == 2


def test_a_click_on_an_ephemeral_message_carries_no_message(bot: Bot, ben: Person, client: WebClient) -> None:
    client.chat_postEphemeral(channel="C0HILLTOP", user="U0BEN", text="psst", blocks=[actions(a_button("ok"))])
    envelope = ben.click(ben.ephemerals[-1], "ok").wait()
    assert "message" not in envelope.payload
    assert envelope.payload["container"]["is_ephemeral"] is True
    WebhookClient(envelope.payload["response_url"]).send(delete_original=True)
    assert "psst" not in [m.text for m in ben.ephemerals]


def test_a_person_cannot_click_what_is_not_there(
    client: WebClient, ben: Person, emulator: SlackEmulator, card: Message
) -> None:
    with pytest.raises(LookupError, match="row/item_done"):
        ben.click(card, "item_undone")
    with pytest.raises(LookupError, match="offers no option"):
        ben.click(card, "unit", option="cellar")
    with pytest.raises(LookupError, match="is in no channel"):
        emulator.person("U0PRIYA").click(card, "item_done")
    client.chat_delete(channel=card.channel, ts=card.ts)
    with pytest.raises(LookupError, match="sees no message"):
        ben.click(card, "item_done")


def test_a_click_can_open_a_modal_whose_submission_closes_it(
    bot: Bot, ben: Person, card: Message, emulator: SlackEmulator
) -> None:
    open_modal(bot, ben, card, emulator)
    bot.reply = acking()
    envelope = ben.submit({"count": "4"}).wait()
    assert envelope.type == "interactive"
    assert bot.bodies[-1]["view"]["state"]["values"]["count"]["value"]["value"] == "4"
    assert ben.views == []


def test_a_submission_with_errors_stays_open_and_shows_them(
    bot: Bot, ben: Person, card: Message, emulator: SlackEmulator
) -> None:
    open_modal(bot, ben, card, emulator)
    bot.reply = acking(response_action="errors", errors={"count": "Count again"})
    envelope = ben.submit({"count": "4"}).wait()
    assert envelope.response == {"response_action": "errors", "errors": {"count": "Count again"}}
    assert ben.views[0].errors == {"count": "Count again"}
    bot.reply = acking(response_action="clear")
    ben.submit().wait()
    assert ben.views == []


def test_a_submission_can_change_the_modal_or_put_another_on_top(
    bot: Bot, ben: Person, card: Message, emulator: SlackEmulator
) -> None:
    open_modal(bot, ben, card, emulator)
    bot.reply = acking(response_action="update", view=a_modal(NUMBER, callback_id="second"))
    ben.submit({"count": "1"}).wait()
    assert [view.callback_id for view in ben.views] == ["second"]
    bot.reply = acking(response_action="push", view=a_modal(NUMBER, callback_id="third"))
    ben.submit({"count": "1"}).wait()
    assert [view.callback_id for view in ben.views] == ["second", "third"]
    ben.dismiss(clear=True)


def test_a_malformed_view_in_an_ack_is_on_the_list_of_what_was_rejected(
    bot: Bot, ben: Person, card: Message, emulator: SlackEmulator
) -> None:
    open_modal(bot, ben, card, emulator)
    bot.reply = acking(response_action="errors", errors={"nowhere": "No such block"})
    with pytest.raises(TimeoutError, match="refused"):
        ben.submit({"count": "1"}).wait()
    assert "block_id nowhere" in emulator.rejected[-1].response["response_metadata"]["messages"][0]
    ben.dismiss()


def test_closing_a_modal_is_told_when_it_asked_for_it(
    bot: Bot, ben: Person, card: Message, emulator: SlackEmulator
) -> None:
    open_modal(bot, ben, card, emulator, notify_on_close=True)
    bot.reply = acking()
    closed = ben.dismiss()
    assert closed is not None
    closed.wait()
    assert bot.bodies[-1]["type"] == "view_closed"


def test_a_slash_commands_reply_is_seen_by_the_one_who_typed_it(
    bot: Bot, ben: Person, amira: Person, emulator: SlackEmulator
) -> None:
    bot.reply = acking(text="Nothing is open")
    envelope = ben.command("/shift", "status", "hilltop-main").wait()
    assert envelope.response == {"text": "Nothing is open"}
    assert (bot.bodies[-1]["text"], bot.bodies[-1]["channel_name"]) == ("status", "hilltop-main")
    assert ben.ephemerals[-1].text == "Nothing is open"
    assert "Nothing is open" not in [m.text for m in amira.ephemerals]
    assert "Nothing is open" not in [m.text for m in emulator.messages("hilltop-main")]


def test_a_slash_commands_reply_may_be_for_all(bot: Bot, ben: Person, emulator: SlackEmulator) -> None:
    bot.reply = acking(text="Ben is on duty", response_type="in_channel")
    ben.command("/shift", "duty", "hilltop-main").wait()
    assert emulator.messages("hilltop-main")[-1].text == "Ben is on duty"


def test_an_interaction_that_nobody_acknowledges_is_not_repeated(bot: Bot, ben: Person, card: Message) -> None:
    """Bolt answers 404 here, and sends nothing back."""
    bot.reply = saying_nothing
    with pytest.raises(TimeoutError, match="did not answer within 3 s"):
        ben.click(card, "item_done").wait(10)
    assert len([b for b in bot.bodies if b.get("message", {}).get("ts") == card.ts]) == 1


def test_shortcuts_reach_the_app(bot: Bot, ben: Person, card: Message) -> None:
    ben.shortcut("new_follow_up").wait()
    assert (bot.bodies[-1]["type"], bot.bodies[-1]["callback_id"]) == ("shortcut", "new_follow_up")
    ben.message_shortcut("flag", card).wait()
    assert (bot.bodies[-1]["type"], bot.bodies[-1]["message"]["ts"]) == ("message_action", card.ts)


def test_an_external_select_gets_its_options_from_the_app(
    bot: Bot, ben: Person, client: WebClient, emulator: SlackEmulator
) -> None:
    select = {"type": "external_select", "action_id": "drug", "min_query_length": 2}
    client.chat_postMessage(channel="C0HILLTOP", text="which?", blocks=[actions(select)])
    bot.reply = acking(options=options("oxycodone"))
    envelope = ben.load_options(emulator.messages("C0HILLTOP")[-1], "drug", "oxy").wait()
    assert bot.bodies[-1]["value"] == "oxy"
    assert envelope.response == {"options": options("oxycodone")}


def test_what_people_say_reaches_the_app_escaped_and_with_mentions(
    bot: Bot, ben: Person, emulator: SlackEmulator
) -> None:
    said = ben.say("hilltop-main", "@shiftbot fridge <41 & @amira")
    emulator.wait_until(lambda: any(e["ts"] == said.ts for e in bot.events_of("app_mention")))
    (event,) = [e for e in bot.events_of("message") if e["ts"] == said.ts]
    assert event["text"] == f"<@{emulator.bot_user_id}> fridge &lt;41 &amp; <@U0AMIRA>"
    assert (event["channel_type"], event["user"]) == ("channel", "U0BEN")
    assert re.fullmatch(r"[0-9a-f-]{36}", event["client_msg_id"])
    body = next(b for b in bot.events if b["event"] == event)
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == emulator.bot_user_id


def test_a_reply_in_a_thread_names_its_parent(bot: Bot, ben: Person, card: Message, emulator: SlackEmulator) -> None:
    said = ben.say("hilltop-main", "3 ok", thread_ts=card.ts)
    emulator.wait_until(lambda: any(e["ts"] == said.ts for e in bot.events_of("message")))
    (event,) = [e for e in bot.events_of("message") if e["ts"] == said.ts]
    assert (event["thread_ts"], event["parent_user_id"]) == (card.ts, emulator.bot_user_id)


def test_direct_messages_and_the_home_reach_the_app(bot: Bot, ben: Person, emulator: SlackEmulator) -> None:
    said = ben.say("@bot", "hello")
    emulator.wait_until(lambda: any(e["ts"] == said.ts for e in bot.events_of("message")))
    assert [e["channel_type"] for e in bot.events_of("message") if e["ts"] == said.ts] == ["im"]
    ben.open_home()
    emulator.wait_until(lambda: bool(bot.events_of("app_home_opened")))
    assert bot.events_of("app_home_opened")[-1]["user"] == "U0BEN"


def test_a_reaction_reaches_the_app(bot: Bot, ben: Person, card: Message, emulator: SlackEmulator) -> None:
    ben.react(card, "thumbsup")
    emulator.wait_until(lambda: bool(bot.events_of("reaction_added")))
    assert bot.events_of("reaction_added")[-1]["item"]["ts"] == card.ts
    assert emulator.messages("C0HILLTOP")[-1].reactions[0].users == ("U0BEN",)


def test_the_bots_own_posts_are_events_that_bolt_ignores(bot: Bot, client: WebClient, emulator: SlackEmulator) -> None:
    ts = client.chat_postMessage(channel="C0HILLTOP", text="mine")["ts"]
    (envelope,) = [e for e in emulator.envelopes if e.payload.get("event", {}).get("ts") == ts]
    envelope.wait()
    assert envelope.payload["event"]["bot_id"] == emulator.bot_id
    assert ts not in [e.get("ts") for e in bot.events_of("message")]


def test_what_is_said_where_the_bot_is_not_does_not_reach_it(emulator: SlackEmulator) -> None:
    before = len(emulator.envelopes)
    emulator.person("U0MORGAN").say("back-office", "between us")
    assert len(emulator.envelopes) == before


def test_a_response_url_replaces_deletes_and_adds(
    bot: Bot, ben: Person, card: Message, emulator: SlackEmulator
) -> None:
    envelope = ben.click(card, "item_done").wait()
    webhook = WebhookClient(envelope.payload["response_url"])
    assert webhook.send(text="only you").status_code == 200
    assert ben.ephemerals[-1].text == "only you"
    webhook.send(text="done", replace_original=True)
    (message,) = [m for m in emulator.messages("C0HILLTOP") if m.ts == card.ts]
    assert (message.text, message.blocks) == ("done", [])
    webhook.send(text="everybody", response_type="in_channel")
    assert emulator.messages("C0HILLTOP")[-1].text == "everybody"
    webhook.send(delete_original=True)
    assert card.ts not in [m.ts for m in emulator.messages("C0HILLTOP")]
    assert webhook.send(text="fifth").status_code == 200
    assert webhook.send(text="sixth").status_code == 404


def test_a_response_url_lives_thirty_minutes() -> None:
    clock = [0.0]
    urls = ResponseUrls(lambda: clock[0])
    secret = urls.make("U0BEN", "C0HILLTOP")
    clock[0] = 1800.0
    assert urls.use(secret).user == "U0BEN"
    clock[0] = 1800.1
    with pytest.raises(Refusal, match="expired_url"):
        urls.use(secret)


def test_every_envelope_of_this_module_but_the_ignored_one_was_acknowledged_in_time(emulator: SlackEmulator) -> None:
    emulator.wait_until(lambda: all(e.is_settled for e in emulator.envelopes), timeout=10)
    late = [e for e in emulator.envelopes if e.took is None or e.took > 3]
    assert len(late) <= 1
    assert {e.failed for e in late} <= {"the app did not answer within 3 s"}


def test_a_manifest_decides_on_events_commands_shortcuts_and_home() -> None:
    emulator = SlackEmulator()
    ben = emulator.add_user("U0BEN", "ben", "Ben Ortiz")
    emulator.add_channel("C0HILLTOP", "hilltop-main", ["U0BEN"])
    emulator.use_manifest(MANIFEST)
    with emulator:
        message = ben.say("hilltop-main", "@shiftbot hello")
        ben.react(message, "eyes")
        ben.open_home()
        kinds = [e.payload["event"]["type"] for e in emulator.envelopes]
        assert kinds == ["message", "app_home_opened"]
        assert ben.command("/shift", "duty @ben").payload["text"] == "duty <@U0BEN|ben>"
        with pytest.raises(LookupError, match="not a valid command"):
            ben.command("/other")
        with pytest.raises(LookupError, match="no global shortcut"):
            ben.shortcut("flag")
        with pytest.raises(ValueError, match="read only"):
            ben.say("@bot", "hello")
        home = {"user_id": "U0BEN", "view": {"type": "home", "blocks": []}}
        client = WebClient(emulator.bot_token, base_url=emulator.api_url)
        with pytest.raises(Exception, match="not_enabled"):
            client.api_call("views.publish", json=home)
