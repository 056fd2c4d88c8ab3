"""The rest of the Web API, and the ways arguments and tokens may come."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from shiftbot.demo.emulator import SlackEmulator
from shiftbot.demo.emulator.web_api import METHODS
from tests.demo.emulator.bot import web_client
from tests.demo.emulator.conftest import furnished

Json = dict[str, Any]
PROMISED = """
auth.test apps.connections.open api.test blocks.validate chat.postMessage chat.update chat.delete
chat.postEphemeral chat.getPermalink conversations.open conversations.info conversations.history
conversations.replies conversations.members conversations.list conversations.join users.info users.list
users.lookupByEmail users.conversations usergroups.list usergroups.users.list usergroups.users.update
views.open views.push views.update views.publish reactions.add reactions.get dnd.info dnd.teamInfo team.info
bots.info files.getUploadURLExternal files.completeUploadExternal files.info
"""


def call(emulator: SlackEmulator, path: str, body: bytes | None = None, **headers: str) -> Json:
    headers.setdefault("Authorization", f"Bearer {emulator.bot_token}")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(emulator.api_url + path, data=body, headers=named)
    with urllib.request.urlopen(request, timeout=10) as response:
        found: Json = json.load(response)
    return found


def refused(client: WebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, params=arguments)
    return str(caught.value.response["error"])


def test_every_promised_method_is_there() -> None:
    assert set(PROMISED.split()) == set(METHODS)


def test_a_method_that_slack_does_not_have_is_unknown(client: WebClient) -> None:
    assert refused(client, "chat.shout") == "unknown_method"


def test_auth_test_takes_json_with_an_empty_body(emulator: SlackEmulator, client: WebClient) -> None:
    """The synchronous slack_sdk sends it so."""
    answer = call(emulator, "auth.test", b"", Content_Type="application/json")
    assert (answer["ok"], answer["user_id"], answer["bot_id"]) == (True, emulator.bot_user_id, emulator.bot_id)
    assert client.auth_test()["team_id"] == emulator.team_id


@pytest.mark.parametrize("way", ["json", "form", "query"])
def test_arguments_may_come_as_json_form_or_query(emulator: SlackEmulator, way: str) -> None:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": way}}]
    as_text = {"channel": "C0HILLTOP", "text": way, "blocks": json.dumps(blocks)}
    encoded = urllib.parse.urlencode(as_text)
    if way == "json":
        body = json.dumps({"channel": "C0HILLTOP", "text": way, "blocks": blocks}).encode()
        answer = call(emulator, "chat.postMessage", body, Content_Type="application/json; charset=utf-8")
    elif way == "form":
        answer = call(emulator, "chat.postMessage", encoded.encode(), Content_Type="application/x-www-form-urlencoded")
    else:
        answer = call(emulator, f"chat.postMessage?{encoded}")
    assert answer["ok"] is True
    assert answer["message"]["blocks"][0]["text"]["text"] == way


def test_a_token_may_come_as_an_argument(emulator: SlackEmulator) -> None:
    form = urllib.parse.urlencode({"token": emulator.bot_token}).encode()
    answer = call(emulator, "auth.test", form, Authorization="", Content_Type="application/x-www-form-urlencoded")
    assert answer["ok"] is True
    assert "token" not in emulator.calls[-1].arguments


@pytest.mark.parametrize(
    ("header", "method", "error"),
    [
        ("", "auth.test", "not_authed"),
        ("Bearer xoxb-other", "auth.test", "invalid_auth"),
        ("app", "auth.test", "not_allowed_token_type"),
        ("bot", "apps.connections.open", "not_allowed_token_type"),
    ],
)
def test_a_wrong_token_is_refused(emulator: SlackEmulator, header: str, method: str, error: str) -> None:
    tokens = {"app": f"Bearer {emulator.app_token}", "bot": f"Bearer {emulator.bot_token}"}
    assert call(emulator, method, b"", Authorization=tokens.get(header, header))["error"] == error


def test_a_body_that_is_no_json_is_said_to_be_none(emulator: SlackEmulator) -> None:
    assert call(emulator, "chat.postMessage", b"{", Content_Type="application/json")["error"] == "invalid_json"


def test_people_can_be_looked_up(client: WebClient) -> None:
    assert client.users_info(user="U0BEN")["user"]["profile"]["title"] == "Technician"
    email = client.users_info(user="U0BEN")["user"]["profile"]["email"]
    assert client.users_lookupByEmail(email=email)["user"]["id"] == "U0BEN"
    assert {m["id"] for m in client.users_list()["members"]} >= {"U0BEN", "U0AMIRA", "U0MORGAN", "U0PRIYA"}
    assert refused(client, "users.info", user="U0NOBODY") == "user_not_found"
    assert refused(client, "users.lookupByEmail", email="no@example.com") == "users_not_found"


def test_channels_can_be_looked_up(client: WebClient) -> None:
    assert client.conversations_info(channel="C0HILLTOP")["channel"]["is_member"] is True
    assert client.conversations_info(channel="C0OFFICE")["channel"]["is_member"] is False
    assert {c["name"] for c in client.conversations_list()["channels"]} == {"hilltop-main", "back-office"}
    assert "U0BEN" in client.conversations_members(channel="C0HILLTOP")["members"]
    assert [c["id"] for c in client.users_conversations(user="U0BEN")["channels"]] == ["C0HILLTOP"]
    assert refused(client, "conversations.info", channel="C0NOWHERE") == "channel_not_found"
    assert refused(client, "conversations.list", types="secret") == "invalid_types"
    assert refused(client, "conversations.history", channel="C0OFFICE") == "not_in_channel"


def test_the_list_of_channels_comes_in_pages(client: WebClient) -> None:
    first = client.conversations_list(limit=1)
    rest = client.conversations_list(limit=1, cursor=first["response_metadata"]["next_cursor"])
    assert first["channels"][0]["id"] != rest["channels"][0]["id"]
    assert rest["response_metadata"]["next_cursor"] == ""


def test_the_bot_can_join_a_public_channel(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.add_channel("C0NEW", "new-site", ["U0MORGAN"], bot=False)
    client.conversations_join(channel="C0NEW")
    assert client.chat_postMessage(channel="C0NEW", text="here")["ok"] is True
    assert client.conversations_join(channel="C0NEW")["warning"] == "already_in_channel"


def test_a_private_channel_without_the_bot_does_not_exist_for_it(emulator: SlackEmulator, client: WebClient) -> None:
    emulator.add_channel("C0PRIVATE", "owners", ["U0MORGAN"], bot=False, private=True)
    assert refused(client, "conversations.info", channel="C0PRIVATE") == "channel_not_found"
    assert refused(client, "chat.postMessage", channel="C0PRIVATE", text="x") == "channel_not_found"


def test_opening_direct_messages_is_checked(client: WebClient) -> None:
    assert refused(client, "conversations.open") == "users_list_not_supplied"
    assert refused(client, "conversations.open", users="U0NOBODY") == "user_not_found"
    assert refused(client, "conversations.open", users=",".join(["U0BEN"] * 9)) == "too_many_users"
    several = client.conversations_open(users=["U0BEN", "U0AMIRA"])["channel"]["id"]
    assert client.conversations_open(users="U0AMIRA,U0BEN")["channel"]["id"] == several


def test_user_groups_are_read_and_rewritten(client: WebClient) -> None:
    assert client.usergroups_list(include_users=True)["usergroups"][0]["users"] == ["U0BEN"]
    client.usergroups_users_update(usergroup="S0TECHS", users=["U0BEN", "U0AMIRA"])
    assert client.usergroups_users_list(usergroup="S0TECHS")["users"] == ["U0BEN", "U0AMIRA"]
    assert refused(client, "usergroups.users.update", usergroup="S0TECHS", users="U0NOBODY") == "invalid_users"
    assert refused(client, "usergroups.users.list", usergroup="S0NONE") == "no_such_subteam"


def test_do_not_disturb_team_and_bot_are_told(emulator: SlackEmulator, client: WebClient) -> None:
    assert client.dnd_info(user="U0BEN")["dnd_enabled"] is False
    assert set(client.dnd_teamInfo(users="U0BEN,U0AMIRA")["users"]) == {"U0BEN", "U0AMIRA"}
    assert client.team_info()["team"]["name"] == "Hilltop Pharmacy"
    assert client.bots_info(bot=emulator.bot_id)["bot"]["user_id"] == emulator.bot_user_id
    assert refused(client, "bots.info", bot="B0OTHER") == "bot_not_found"


def test_reactions_are_added_once_and_read_back(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0HILLTOP", text="done?")["ts"]
    client.reactions_add(channel="C0HILLTOP", timestamp=ts, name="thumbsup")
    assert client.reactions_get(channel="C0HILLTOP", timestamp=ts)["message"]["reactions"][0]["count"] == 1
    where = {"channel": "C0HILLTOP", "timestamp": ts, "name": "thumbsup"}
    assert refused(client, "reactions.add", **where) == "already_reacted"
    assert refused(client, "reactions.add", **where | {"timestamp": "x"}) == "bad_timestamp"
    assert refused(client, "reactions.add", **where | {"timestamp": "1.0"}) == "message_not_found"


def test_a_permalink_leads_to_a_message(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0HILLTOP", text="here")["ts"]
    link = client.chat_getPermalink(channel="C0HILLTOP", message_ts=ts)["permalink"]
    assert link.endswith(f"/archives/C0HILLTOP/p{ts.replace('.', '')}")


def test_a_file_is_uploaded_in_three_steps_and_shared(emulator: SlackEmulator, client: WebClient) -> None:
    client.files_upload_v2(
        channel="C0HILLTOP", filename="fridge.csv", content="taken_at,temperature\n", initial_comment="The log"
    )
    message = emulator.messages("C0HILLTOP")[-1]
    assert (message.text, message.files[0]["name"]) == ("The log", "fridge.csv")
    with urllib.request.urlopen(message.files[0]["url_private"], timeout=10) as response:
        assert response.read() == b"taken_at,temperature\n"
    assert client.files_info(file=message.files[0]["id"])["file"]["title"] == "fridge.csv"
    assert refused(client, "files.info", file="F0NONE") == "file_not_found"


def test_a_file_may_be_sent_as_a_form_too(client: WebClient) -> None:
    reserved = client.files_getUploadURLExternal(filename="a.txt", length=3)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    request = urllib.request.Request(
        str(reserved["upload_url"]),
        data=head + b"abc\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.read() == b"OK - 3"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    with caught.value as answer:
        assert answer.status == 404


def test_a_file_whose_bytes_never_came_cannot_be_shared(client: WebClient) -> None:
    reserved = client.files_getUploadURLExternal(filename="a.txt", length=3)
    files = json.dumps([{"id": reserved["file_id"]}])
    assert refused(client, "files.completeUploadExternal", files=files, channel_id="C0HILLTOP") == "file_not_found"


def test_a_manifest_that_names_scopes_grants_those_and_no_others() -> None:
    with furnished(SlackEmulator()) as emulator:
        emulator.use_manifest({"oauth_config": {"scopes": {"bot": ["chat:write", "im:history"]}}})
        client = web_client(emulator)
        ts = client.chat_postMessage(channel="C0HILLTOP", text="granted")["ts"]
        assert client.conversations_history(channel="C0HILLTOP")["ok"] is True
        with pytest.raises(SlackApiError) as caught:
            client.reactions_add(channel="C0HILLTOP", timestamp=ts, name="eyes")
    assert caught.value.response["error"] == "missing_scope"
    assert (caught.value.response["needed"], caught.value.response["provided"]) == (
        "reactions:write",
        "chat:write,im:history",
    )


def test_api_test_gives_back_what_it_was_given(client: WebClient) -> None:
    assert client.api_test()["ok"] is True
    assert refused(client, "api.test", error="my_error") == "my_error"
