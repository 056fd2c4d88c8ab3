"""chat.* and what reads it back, through slack_sdk's client."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from shiftbot.demo.emulator import Person, SlackEmulator
from tests.demo.emulator.bot import a_button, actions, web_client
from tests.demo.emulator.conftest import furnished

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Fridge"}}


def refused(act: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        act(**arguments)
    return str(caught.value.response["error"])


def test_messages_get_unique_rising_time_stamps(client: WebClient, emulator: SlackEmulator) -> None:
    stamps = [client.chat_postMessage(channel="C0HILLTOP", text=str(n))["ts"] for n in range(5)]
    assert sorted(set(stamps)) == stamps
    assert [m.text for m in emulator.messages("C0HILLTOP")][-5:] == ["0", "1", "2", "3", "4"]


def test_time_stamps_rise_even_when_the_clock_stands_still() -> None:
    frozen = furnished(SlackEmulator(now=lambda: 1_795_000_000.0, rate_limits=False))
    with frozen:
        client = web_client(frozen)
        stamps = [client.chat_postMessage(channel="C0HILLTOP", text="x")["ts"] for _ in range(3)]
    assert stamps == ["1795000000.000000", "1795000000.000001", "1795000000.000002"]


def test_a_channel_can_be_named_and_a_person_stands_for_direct_messages(
    client: WebClient, emulator: SlackEmulator, ben: Person
) -> None:
    assert client.chat_postMessage(channel="#hilltop-main", text="by name")["channel"] == "C0HILLTOP"
    answer = client.chat_postMessage(channel="U0BEN", text="to Ben")
    assert answer["channel"].startswith("D")
    assert ben.inbox[-1].text == "to Ben"
    assert client.conversations_open(users="U0BEN")["channel"]["id"] == answer["channel"]


def test_an_update_edits_in_place_and_keeps_what_was_not_given(client: WebClient, emulator: SlackEmulator) -> None:
    posted = client.chat_postMessage(
        channel="C0HILLTOP", text="open", blocks=[SECTION], metadata={"event_type": "card", "event_payload": {"run": 1}}
    )
    before = len(emulator.messages("C0HILLTOP"))
    client.chat_update(channel="C0HILLTOP", ts=posted["ts"], text="done")
    (message,) = [m for m in emulator.messages("C0HILLTOP") if m.ts == posted["ts"]]
    assert (message.text, message.edited, len(message.blocks)) == ("done", True, 1)
    assert message.metadata == {"event_type": "card", "event_payload": {"run": 1}}
    assert len(emulator.messages("C0HILLTOP")) == before


def test_nobody_edits_or_deletes_what_another_said(client: WebClient, ben: Person) -> None:
    said = ben.say("hilltop-main", "mine")
    where = {"channel": "C0HILLTOP", "ts": said.ts}
    assert refused(client.chat_update, text="x", **where) == "cant_update_message"
    assert refused(client.chat_delete, **where) == "cant_delete_message"


def test_a_deleted_message_is_gone(client: WebClient, emulator: SlackEmulator) -> None:
    posted = client.chat_postMessage(channel="C0HILLTOP", text="oops")
    client.chat_delete(channel="C0HILLTOP", ts=posted["ts"])
    assert posted["ts"] not in [m.ts for m in emulator.messages("C0HILLTOP")]
    assert refused(client.chat_update, channel="C0HILLTOP", ts=posted["ts"], text="x") == "message_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0OFFICE", "text": "x"}, "not_in_channel"),
        ({"channel": "C0HILLTOP", "text": ""}, "no_text"),
        ({"channel": "C0HILLTOP", "blocks": "not json"}, "invalid_blocks_format"),
        ({"channel": "C0HILLTOP", "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
        ({"channel": "C0HILLTOP", "text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"channel": "C0HILLTOP", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": "C0HILLTOP", "text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": "C0HILLTOP", "text": "x", "attachments": "x"}, "invalid_arguments"),
        ({"channel": "C0HILLTOP", "text": "x", "attachments": [{"blocks": [{"type": "?"}]}]}, "invalid_blocks"),
        ({"channel": "C0HILLTOP", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": "C0HILLTOP", "text": ["x"]}, "invalid_arguments"),
        ({"channel": "C0HILLTOP", "markdown_text": "x" * 12_001}, "invalid_arguments"),
        ({"channel": "C0HILLTOP", "text": "x", "metadata": [1]}, "invalid_metadata_format"),
        ({"channel": "C0HILLTOP", "text": "x",
          "metadata": {"event_type": "a", "event_payload": {"x": "y" * 8000}}}, "metadata_too_large"),
        ({"channel": "C0HILLTOP", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5},
         "msg_blocks_too_long"),
    ],
)  # fmt: skip
def test_a_post_that_slack_refuses_is_refused_with_its_code(
    client: WebClient, arguments: dict[str, Any], error: str
) -> None:
    assert refused(client.api_call, api_method="chat.postMessage", json=arguments) == error


def test_a_text_is_cut_at_forty_thousand_characters(client: WebClient, emulator: SlackEmulator) -> None:
    client.chat_postMessage(channel="C0HILLTOP", text="x" * 40_001)
    assert len(emulator.messages("C0HILLTOP")[-1].text) == 40_000


def test_an_updated_text_may_have_four_thousand_characters(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0HILLTOP", text="x")["ts"]
    assert refused(client.chat_update, channel="C0HILLTOP", ts=ts, text="x" * 4001) == "msg_too_long"


def test_invalid_blocks_name_the_place(client: WebClient, emulator: SlackEmulator) -> None:
    bad = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C0HILLTOP", text="x", blocks=[SECTION, bad])
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    ]
    assert emulator.rejected[-1].method == "chat.postMessage"


def test_a_missing_argument_is_named(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.api_call("chat.postMessage", json={"text": "x"})
    assert caught.value.response["error"] == "invalid_arguments"
    assert "missing required field: channel" in caught.value.response["response_metadata"]["messages"][0]


def test_blocks_come_back_with_the_ids_that_slack_adds(client: WebClient) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Tick"}}
    answer = client.chat_postMessage(
        channel="C0HILLTOP", text="x", blocks=[SECTION, {"type": "actions", "elements": [button]}]
    )
    section, row = answer["message"]["blocks"]
    assert section["block_id"]
    assert section["text"]["verbatim"] is False
    assert row["elements"][0]["action_id"]
    assert row["elements"][0]["text"]["emoji"] is True


def test_replies_stay_in_their_thread_and_are_counted(client: WebClient, emulator: SlackEmulator, ben: Person) -> None:
    parent = client.chat_postMessage(channel="C0HILLTOP", text="card")["ts"]
    first = ben.say("hilltop-main", "3", thread_ts=parent)
    client.chat_postMessage(channel="C0HILLTOP", text="understood", thread_ts=first.ts)
    assert [m.text for m in emulator.messages("C0HILLTOP", thread_ts=parent)] == ["3", "understood"]
    thread = client.conversations_replies(channel="C0HILLTOP", ts=parent)["messages"]
    assert [m["text"] for m in thread] == ["card", "3", "understood"]
    assert thread[0]["reply_count"] == 2
    history = client.conversations_history(channel="C0HILLTOP", limit=1)
    assert history["messages"][0]["text"] == "card"


def test_history_is_read_back_in_pages_newest_first(client: WebClient) -> None:
    for n in range(3):
        client.chat_postMessage(channel="C0HILLTOP", text=f"page {n}")
    first = client.conversations_history(channel="C0HILLTOP", limit=2)
    second = client.conversations_history(
        channel="C0HILLTOP", limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    texts = [m["text"] for m in first["messages"] + second["messages"]]
    assert texts[:3] == ["page 2", "page 1", "page 0"]
    assert refused(client.conversations_history, channel="C0HILLTOP", cursor="%%%") == "invalid_cursor"


def test_metadata_is_shown_only_when_asked_for(client: WebClient) -> None:
    metadata = {"event_type": "notice", "event_payload": {"id": "7"}}
    client.chat_postMessage(channel="C0HILLTOP", text="m", metadata=metadata)
    plain = client.conversations_history(channel="C0HILLTOP", limit=1)["messages"][0]
    full = client.conversations_history(channel="C0HILLTOP", limit=1, include_all_metadata=True)["messages"][0]
    assert "metadata" not in plain
    assert full["metadata"] == metadata


def test_an_ephemeral_is_seen_by_its_reader_alone(
    client: WebClient, emulator: SlackEmulator, ben: Person, amira: Person
) -> None:
    client.chat_postEphemeral(channel="C0HILLTOP", user="U0BEN", text="psst", blocks=[actions(a_button("ok"))])
    assert ben.ephemerals[-1].text == "psst"
    assert amira.ephemerals == []
    assert "psst" not in [m.text for m in emulator.messages("C0HILLTOP")]
    with pytest.raises(LookupError, match="sees no message"):
        amira.click(ben.ephemerals[-1], "ok")
    assert refused(client.chat_postEphemeral, channel="C0HILLTOP", user="U0PRIYA", text="x") == "user_not_in_channel"


def test_more_than_a_short_burst_a_channel_is_rate_limited_until_time_passes() -> None:
    clock = [1_795_000_000.0]
    limited = furnished(SlackEmulator(now=lambda: clock[0]))
    with limited:
        client = web_client(limited)
        for _ in range(5):
            client.chat_postMessage(channel="C0HILLTOP", text="burst")
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0HILLTOP", text="one too many")
        assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
        assert caught.value.response.headers["Retry-After"] == "1"
        client.chat_postMessage(channel="U0BEN", text="another channel")
        clock[0] += 1
        client.chat_postMessage(channel="C0HILLTOP", text="a second later")
    assert [m.text for m in limited.messages("C0HILLTOP")] == ["burst"] * 5 + ["a second later"]


def test_each_method_has_its_calls_a_minute_when_tiers_are_kept() -> None:
    clock = [1_795_000_000.0]
    with furnished(SlackEmulator(now=lambda: clock[0], tier_limits=True)) as emulator:
        client = web_client(emulator)
        ts = client.chat_postMessage(channel="C0HILLTOP", text="card")["ts"]
        for n in range(50):
            client.chat_update(channel="C0HILLTOP", ts=ts, text=str(n))
        assert refused(client.chat_update, channel="C0HILLTOP", ts=ts, text="x") == "ratelimited"
        assert emulator.calls[-1].status == 429
        clock[0] += 2
        client.chat_update(channel="C0HILLTOP", ts=ts, text="after a while")


def test_an_archived_channel_takes_nothing() -> None:
    with furnished(SlackEmulator()) as emulator:
        client = web_client(emulator)
        posted = client.chat_postMessage(channel="C0HILLTOP", text="x")
        emulator.archive("hilltop-main")
        assert refused(client.chat_postMessage, channel="C0HILLTOP", text="x") == "is_archived"
        assert refused(client.chat_update, channel="C0HILLTOP", ts=posted["ts"], text="x") == "is_inactive"
        with pytest.raises(ValueError, match="archived"):
            emulator.person("U0BEN").say("hilltop-main", "x")


def test_a_deactivated_person_and_a_revoked_token_are_refused() -> None:
    with furnished(SlackEmulator()) as emulator:
        client = web_client(emulator)
        emulator.deactivate("U0BEN")
        assert refused(client.conversations_open, users="U0BEN") == "user_disabled"
        assert refused(client.chat_postMessage, channel="U0BEN", text="x") == "channel_not_found"
        assert client.users_info(user="U0BEN")["user"]["deleted"] is True
        with pytest.raises(ValueError, match="deactivated"):
            emulator.person("U0BEN").say("hilltop-main", "still here?")
        emulator.revoke_token()
        assert refused(client.auth_test) == "token_revoked"


def test_all_messages_can_be_deleted_at_once() -> None:
    with furnished(SlackEmulator()) as emulator:
        client = web_client(emulator)
        posted = client.chat_postMessage(channel="C0HILLTOP", text="x")
        emulator.delete_all_messages()
        assert emulator.messages("C0HILLTOP") == []
        assert refused(client.chat_update, channel="C0HILLTOP", ts=posted["ts"], text="y") == "message_not_found"
