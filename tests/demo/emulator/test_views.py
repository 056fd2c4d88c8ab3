"""Modals, App Homes and the triggers that open them. Nobody is connected: a trigger is read from a click's payload."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from shiftbot.demo.emulator import FormRefused, Person, SlackEmulator
from shiftbot.demo.emulator.modals import Triggers
from shiftbot.demo.emulator.refusals import Refusal
from tests.demo.emulator.bot import a_button, a_modal, actions, an_input, options

Json = dict[str, Any]
NOTE = {"type": "section", "text": {"type": "plain_text", "text": "Note"}}
NUMBER = an_input("count", {"type": "number_input", "is_decimal_allowed": False, "min_value": "0"})


def refused(act: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        act(**arguments)
    return str(caught.value.response["error"])


@pytest.fixture
def trigger(client: WebClient, ben: Person) -> str:
    """Fresh, of a click by Ben."""
    ts = client.chat_postMessage(channel="C0HILLTOP", text="card", blocks=[actions(a_button("open"))])["ts"]
    found: str = ben.click(("C0HILLTOP", ts), "open").payload["trigger_id"]
    return found


@pytest.fixture
def modal(client: WebClient, trigger: str) -> Json:
    found: Json = client.views_open(trigger_id=trigger, view=a_modal(NUMBER)).data["view"]  # type: ignore[call-overload]
    return found


def trigger_in_modal(ben: Person) -> str:
    found: str = ben.submit({"count": "1"}).payload["trigger_id"]
    return found


def test_a_trigger_opens_one_modal_and_no_second(client: WebClient, ben: Person, trigger: str) -> None:
    answer = client.views_open(trigger_id=trigger, view=a_modal(NOTE, private_metadata="run 1"))
    assert [view.id for view in ben.views] == [answer["view"]["id"]]
    assert ben.views[0].private_metadata == "run 1"
    assert refused(client.views_open, trigger_id=trigger, view=a_modal(NOTE)) == "exchanged_trigger_id"


def test_a_trigger_lives_three_seconds() -> None:
    clock = [100.0]
    triggers = Triggers(lambda: clock[0])
    made = triggers.make("U0BEN")
    clock[0] += 3.0
    assert triggers.check(made) == "U0BEN"
    clock[0] += 0.01
    with pytest.raises(Refusal, match="expired_trigger_id"):
        triggers.exchange(made)


def test_a_made_up_trigger_is_invalid(client: WebClient) -> None:
    assert refused(client.views_open, trigger_id="1.2.abc", view=a_modal(NOTE)) == "invalid_trigger_id"
    assert refused(client.api_call, api_method="views.open", json={"view": a_modal(NOTE)}) == "invalid_arguments"


def test_a_malformed_view_is_told_and_spends_no_trigger(
    client: WebClient, ben: Person, trigger: str, emulator: SlackEmulator
) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.views_open(trigger_id=trigger, view=a_modal(NOTE, title={"type": "plain_text", "text": "x" * 25}))
    assert caught.value.response["error"] == "invalid_arguments"
    said = caught.value.response["response_metadata"]["messages"]
    assert said == ["[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"]
    assert emulator.rejected[-1].method == "views.open"
    assert client.views_open(trigger_id=trigger, view=a_modal(NOTE))["ok"] is True


def test_a_view_above_250_kilobytes_is_too_large(client: WebClient, trigger: str) -> None:
    huge = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}] * 84
    assert refused(client.views_open, trigger_id=trigger, view=a_modal(*huge)) == "view_too_large"


def test_three_modals_are_the_most(client: WebClient, ben: Person, modal: Json) -> None:
    for _ in range(2):
        client.views_push(trigger_id=trigger_in_modal(ben), view=a_modal(NUMBER))
    assert refused(client.views_push, trigger_id=trigger_in_modal(ben), view=a_modal(NUMBER)) == "push_limit_reached"
    assert len(ben.views) == 3
    assert {view.root_view_id for view in ben.views} == {modal["id"]}
    assert ben.views[2].previous_view_id == ben.views[1].id


def test_closing_the_top_modal_shows_the_one_below(client: WebClient, ben: Person, modal: Json) -> None:
    client.views_push(trigger_id=trigger_in_modal(ben), view=a_modal(NUMBER, notify_on_close=True))
    closed = ben.dismiss()
    assert closed is not None
    assert closed.payload["type"] == "view_closed"
    assert closed.payload["is_cleared"] is False
    assert [view.id for view in ben.views] == [modal["id"]]
    assert ben.dismiss() is None
    assert ben.views == []


def test_a_stale_hash_conflicts(client: WebClient, modal: Json) -> None:
    client.views_update(view_id=modal["id"], hash=modal["hash"], view=a_modal(NUMBER, NOTE))
    stale = {"view_id": modal["id"], "hash": modal["hash"], "view": a_modal(NUMBER)}
    assert refused(client.views_update, **stale) == "hash_conflict"
    assert client.views_update(view_id=modal["id"], view=a_modal(NUMBER))["ok"] is True


def test_an_update_keeps_what_was_typed(client: WebClient, ben: Person, modal: Json) -> None:
    ben.enter({"count": "7"})
    client.views_update(view_id=modal["id"], view=a_modal(NOTE, NUMBER))
    assert ben.views[0].state["values"]["count"]["value"] == {"type": "number_input", "value": "7"}
    client.views_update(view_id=modal["id"], view=a_modal(an_input("count", {"type": "plain_text_input"})))
    assert ben.views[0].state["values"]["count"]["value"]["value"] is None


def test_an_unknown_or_closed_view_is_not_found(client: WebClient, ben: Person, modal: Json) -> None:
    assert refused(client.views_update, view_id="V0NONE", view=a_modal(NOTE)) == "not_found"
    ben.dismiss()
    assert refused(client.views_update, view_id=modal["id"], view=a_modal(NOTE)) == "not_found"


def test_an_external_id_names_one_view(client: WebClient, ben: Person, trigger: str) -> None:
    client.views_open(trigger_id=trigger, view=a_modal(NUMBER, external_id="run-1"))
    client.views_update(external_id="run-1", view=a_modal(NUMBER, external_id="run-1"))
    again = trigger_in_modal(ben)
    assert refused(client.views_push, trigger_id=again, view=a_modal(NOTE, external_id="run-1")) == (
        "duplicate_external_id"
    )
    ben.dismiss(clear=True)


def test_a_home_is_published_for_one_person_and_keeps_its_id(client: WebClient, ben: Person, amira: Person) -> None:
    home = {"type": "home", "blocks": [NOTE, actions(a_button("refresh"))]}
    first = client.views_publish(user_id="U0BEN", view=home)["view"]
    second = client.views_publish(user_id="U0BEN", view=home, hash=first["hash"])["view"]
    assert first["id"] == second["id"]
    assert first["hash"] != second["hash"]
    assert ben.home is not None
    assert amira.home is None
    assert refused(client.views_publish, user_id="U0BEN", view=home, hash=first["hash"]) == "hash_conflict"
    assert refused(client.views_publish, user_id="U0NOBODY", view=home) == "invalid_arguments"
    assert refused(client.views_publish, user_id="U0BEN", view=a_modal(NOTE)) == "invalid_arguments"


def test_a_click_on_the_home_carries_the_view_and_no_channel(client: WebClient, ben: Person) -> None:
    client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": [actions(a_button("refresh"))]})
    payload = ben.click_home("refresh").payload
    assert payload["container"] == {"type": "view", "view_id": payload["view"]["id"]}
    assert "channel" not in payload
    assert "response_url" not in payload


def test_every_kind_of_input_is_typed_as_slack_types_it(client: WebClient, ben: Person, trigger: str) -> None:
    choices = options("low", "high")
    client.views_open(
        trigger_id=trigger,
        view=a_modal(
            an_input("note", {"type": "plain_text_input"}),
            NUMBER,
            an_input("level", {"type": "static_select", "options": choices}),
            an_input("levels", {"type": "multi_static_select", "options": choices}),
            an_input("ticks", {"type": "checkboxes", "options": choices}),
            an_input("radio", {"type": "radio_buttons", "options": choices}),
            an_input("day", {"type": "datepicker"}),
            an_input("hour", {"type": "timepicker"}),
            an_input("who", {"type": "users_select"}),
            an_input("left", {"type": "plain_text_input"}, optional=True),
        ),
    )
    envelope = ben.submit(
        {"note": "ok", "count": 4, "level": "low", "levels": ["low", "high"], "ticks": ["high"], "radio": "low",
         "day": "2026-11-23", "hour": "07:15", "who": "U0AMIRA"}
    )  # fmt: skip
    values = {name: held["value"] for name, held in envelope.payload["view"]["state"]["values"].items()}
    assert values["note"] == {"type": "plain_text_input", "value": "ok"}
    assert values["count"] == {"type": "number_input", "value": "4"}
    assert values["level"]["selected_option"]["value"] == "low"
    assert [o["value"] for o in values["levels"]["selected_options"]] == ["low", "high"]
    assert [o["value"] for o in values["ticks"]["selected_options"]] == ["high"]
    assert values["radio"]["selected_option"]["value"] == "low"
    assert values["day"] == {"type": "datepicker", "selected_date": "2026-11-23"}
    assert values["hour"] == {"type": "timepicker", "selected_time": "07:15"}
    assert values["who"] == {"type": "users_select", "selected_user": "U0AMIRA"}
    assert values["left"] == {"type": "plain_text_input", "value": None}


@pytest.mark.parametrize(
    ("entered", "says"),
    [
        ({}, "required field"),
        ({"count": "x"}, "a number"),
        ({"count": "1.5"}, "whole"),
        ({"count": "-1"}, "at least 0"),
    ],
)
def test_the_client_itself_refuses_a_form_that_is_not_filled_in(
    ben: Person, modal: Json, emulator: SlackEmulator, entered: Json, says: str
) -> None:
    before = len(emulator.envelopes)
    with pytest.raises(FormRefused, match=says) as caught:
        ben.submit(entered)
    assert set(caught.value.errors) == {"count"}
    assert len(emulator.envelopes) == before


def test_a_person_who_enters_what_is_not_there_is_told_what_is(ben: Person, modal: Json) -> None:
    with pytest.raises(LookupError, match="count/value"):
        ben.submit({"kount": "1"})
    with pytest.raises(LookupError, match="no modal V0OTHER"):
        ben.submit({}, view_id="V0OTHER")
    ben.dismiss()
    with pytest.raises(LookupError, match="no modal open"):
        ben.dismiss()
