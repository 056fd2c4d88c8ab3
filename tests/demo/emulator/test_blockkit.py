"""Every limit of Block Kit that shiftbot could meet: what just fits passes, one more names its place."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models import blocks as sdk

from shiftbot.demo.emulator.blockkit import problems_in_blocks, problems_in_view
from shiftbot.demo.emulator.blockkit.completion import completed, text_length
from tests.demo.emulator.bot import a_button, a_modal, actions, an_input, options

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **further: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **further}


def buttons(count: int) -> list[Json]:
    return [a_button(f"b{n}") for n in range(count)]


def chosen(count: int) -> list[Json]:
    return options(*(f"o{n}" for n in range(count)))


def select(count: int) -> Json:
    return section(accessory={"type": "static_select", "action_id": "s", "options": chosen(count)})


def confirm(text: str) -> Json:
    return {"title": plain("Sure?"), "text": plain(text), "confirm": plain("Yes"), "deny": plain("No")}


def places(problems: list[Any]) -> list[str]:
    return [f"{p.pointer}: {p.message}" for p in problems]


LIMITS: list[tuple[Any, int, str]] = [
    (lambda n: [section("x" * n)], 3000, "/0/text/text: must be less than 3001 characters"),
    (lambda n: [{"type": "section", "fields": [plain("x")] * n}], 10, "/0/fields: no more than 10 items allowed"),
    (lambda n: [{"type": "section", "fields": [plain("x" * n)]}], 2000,
     "/0/fields/0/text: must be less than 2001 characters"),
    (lambda n: [{"type": "header", "text": plain("x" * n)}], 150, "/0/text/text: must be less than 151 characters"),
    (lambda n: [actions(*buttons(n))], 25, "/0/elements: no more than 25 items allowed"),
    (lambda n: [{"type": "context", "elements": [plain("x")] * n}], 10, "/0/elements: no more than 10 items allowed"),
    (lambda n: [actions({**a_button("a"), "text": plain("x" * n)})], 75,
     "/0/elements/0/text/text: must be less than 76 characters"),
    (lambda n: [actions(a_button("a", "x" * n))], 2000, "/0/elements/0/value: must be less than 2001 characters"),
    (lambda n: [actions(a_button("x" * n))], 75, "/0/elements/0/text/text: must be less than 76 characters"),
    (lambda n: [actions({**a_button("a"), "action_id": "x" * n})], 255,
     "/0/elements/0/action_id: must be less than 256 characters"),
    (lambda n: [actions(a_button("a"), block_id="x" * n)], 255, "/0/block_id: must be less than 256 characters"),
    (lambda n: [actions({**a_button("a"), "confirm": confirm("x" * n)})], 300,
     "/0/elements/0/confirm/text/text: must be less than 301 characters"),
    (lambda n: [actions({"type": "checkboxes", "action_id": "c", "options": chosen(n)})], 10,
     "/0/elements/0/options: no more than 10 items allowed"),
    (lambda n: [actions({"type": "radio_buttons", "action_id": "c", "options": chosen(n)})], 10,
     "/0/elements/0/options: no more than 10 items allowed"),
    (lambda n: [select(n)], 100, "/0/accessory/options: no more than 100 items allowed"),
    (lambda n: [actions({"type": "overflow", "action_id": "o", "options": chosen(n)})], 5,
     "/0/elements/0/options: no more than 5 items allowed"),
    (lambda n: [actions({"type": "static_select", "action_id": "s", "options": options("x" * n)})], 75,
     "/0/elements/0/options/0/text/text: must be less than 76 characters"),
    (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000, "/0/text: must be less than 12001 characters"),
    (lambda n: [section()] * n, 50, ": no more than 50 items allowed"),
    (lambda n: [{**an_input("q", {"type": "plain_text_input"}), "label": plain("x" * n)}], 2000,
     "/0/label/text: must be less than 2001 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "most", "said"), LIMITS, ids=[said.split(":")[0] for _, _, said in LIMITS])
def test_a_limit_lets_through_what_just_fits_and_names_the_place_of_one_more(build: Any, most: int, said: str) -> None:
    assert places(problems_in_blocks(build(most))) == []
    assert places(problems_in_blocks(build(most + 1))) == [said]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"type": "sektion"}, "/0/type: unsupported type: sektion"),
        ({"text": plain("x")}, "/0: missing required field: type"),
        ("text", "/0: must provide an object"),
        ({"type": "section"}, "/0: missing required field: text"),
        ({"type": "section", "text": "x"}, "/0/text: must provide an object"),
        (section(""), "/0/text/text: must be more than 0 characters"),
        (section(colour="red"), "/0: invalid additional property: colour"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "/0/text/type: unsupported type: mrkdwn"),
        (section(accessory={"type": "plain_text_input", "action_id": "a"}),
         "/0/accessory/type: unsupported type: plain_text_input"),
        (actions({"type": "image", "image_url": "https://x", "alt_text": "x"}),
         "/0/elements/0/type: unsupported type: image"),
        (actions({**a_button("a"), "style": "blue"}), "/0/elements/0/style: must be a valid enum value"),
        (actions({**a_button("a"), "url": "nowhere"}), "/0/elements/0/url: must be a valid URL"),
        (actions(), "/0/elements: no fewer than 1 items allowed"),
        (actions(a_button("a"), a_button("a")), "/0/elements/1/action_id: `action_id` a already exists"),
        (actions({"type": "datepicker", "action_id": "d", "initial_date": "23/11/2026"}),
         "/0/elements/0/initial_date: must be a valid date in the format YYYY-MM-DD"),
        (actions({"type": "static_select", "action_id": "s"}),
         "/0/elements/0: must provide exactly one of options or option_groups"),
        (actions({"type": "static_select", "action_id": "s", "options": options("a"),
                  "initial_option": options("b")[0]}),
         "/0/elements/0/initial_option: initial option must match one of the options exactly"),
        (actions({"type": "checkboxes", "action_id": "s", "options": options("a", "a")}),
         "/0/elements/0/options/1/value: option values must be unique"),
        ({"type": "image", "alt_text": "x"}, "/0: must provide exactly one of image_url or slack_file"),
        (an_input("q", {"type": "number_input"}), "/0/element: missing required field: is_decimal_allowed"),
    ],
)  # fmt: skip
def test_a_malformed_block_is_named_with_its_place(block: Any, said: str) -> None:
    assert places(problems_in_blocks([block])) == [said]


def test_block_ids_are_unique_in_a_message() -> None:
    twice = [section(block_id="a"), section(block_id="a")]
    assert places(problems_in_blocks(twice)) == ["/1/block_id: `block_id` a already exists"]


def test_several_mistakes_are_all_told() -> None:
    assert len(problems_in_blocks([section(""), section("x" * 3001), {"type": "?"}])) == 3


def test_a_chart_passes_in_a_message_and_not_in_a_modal() -> None:
    series = {"name": "Hilltop", "data": [{"label": "Mon 16", "value": 100}, {"label": "Tue 17", "value": 92.5}]}
    chart = {"type": "line", "series": [series], "axis_config": {"categories": ["Mon 16", "Tue 17"]}}
    block = {"type": "data_visualization", "title": "Opening on time %", "chart": chart}
    assert places(problems_in_blocks([block])) == []
    assert places(problems_in_view(a_modal(block))) == ["/blocks/0/type: unsupported type: data_visualization"]
    assert "no more than 2" in problems_in_blocks([block] * 3)[0].message


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (a_modal(section(), title=plain("x" * 25)), "/title/text: must be less than 25 characters"),
        (a_modal(section(), submit=plain("x" * 25)), "/submit/text: must be less than 25 characters"),
        (a_modal(section(), close=plain("x" * 25)), "/close/text: must be less than 25 characters"),
        (a_modal(section(), private_metadata="x" * 3001), "/private_metadata: must be less than 3001 characters"),
        (a_modal(section(), callback_id="x" * 256), "/callback_id: must be less than 256 characters"),
        (a_modal(*[section()] * 101), "/blocks: no more than 100 items allowed"),
        (a_modal(an_input("q", {"type": "plain_text_input"}), submit=None), ": missing required field: submit"),
        (a_modal(section(block_id="a"), section(block_id="a")), "/blocks/1/block_id: `block_id` a already exists"),
        (a_modal({"type": "markdown", "text": "x"}), "/blocks/0/type: unsupported type: markdown"),
        ({"type": "modal", "blocks": []}, ": missing required field: title"),
        ({"type": "home", "blocks": [section()], "title": plain("x")}, ": invalid additional property: title"),
        ({"type": "drawer", "blocks": []}, "/type: unsupported type: drawer"),
    ],
)
def test_a_malformed_view_is_named_with_its_place(view: Json, said: str) -> None:
    assert places(problems_in_view(view)) == [said]


def test_a_view_at_its_limits_passes() -> None:
    view = a_modal(*[section()] * 100, title=plain("x" * 24), private_metadata="x" * 3000)
    assert problems_in_view(view) == []
    assert problems_in_view({"type": "home", "blocks": [section()] * 100}) == []


def test_what_slacks_own_models_build_passes() -> None:
    option = sdk.Option(value="a", label="A")
    built = [
        sdk.HeaderBlock(text="Opening"),
        sdk.DividerBlock(),
        sdk.SectionBlock(text="*Fridge*", fields=["a", "b"], accessory=sdk.OverflowMenuElement(options=[option])),
        sdk.SectionBlock(text="x", accessory=sdk.ImageElement(image_url="https://example.com/a.png", alt_text="a")),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="due 08:00"), sdk.PlainTextObject(text="x")]),
        sdk.ActionsBlock(
            elements=[
                sdk.ButtonElement(
                    text="Tick", action_id="a", style="primary", confirm=sdk.ConfirmObject(title="Sure?", text="x")
                ),
                sdk.CheckboxesElement(options=[option], action_id="b"),
                sdk.RadioButtonsElement(options=[option], action_id="c", initial_option=option),
                sdk.DatePickerElement(action_id="d", initial_date="2026-11-23"),
                sdk.TimePickerElement(action_id="e", initial_time="08:00"),
                sdk.StaticSelectElement(options=[option], action_id="f", placeholder="Choose"),
                sdk.UserSelectElement(action_id="g"),
            ]
        ),
        sdk.InputBlock(label="Count", element=sdk.NumberInputElement(is_decimal_allowed=False, min_value="0")),
        sdk.InputBlock(label="Note", element=sdk.PlainTextInputElement(multiline=True, max_length=500), optional=True),
        sdk.ImageBlock(image_url="https://example.com/a.png", alt_text="a", title="A"),
        sdk.MarkdownBlock(text="**x**"),
    ]
    assert places(problems_in_blocks([block.to_dict() for block in built])) == []


def test_completion_leaves_the_given_blocks_alone() -> None:
    given = [actions({"type": "button", "text": plain("Tick")})]
    assert completed(given)[0]["elements"][0]["action_id"]
    assert "action_id" not in given[0]["elements"][0]


def test_only_text_counts_for_the_length_of_a_message() -> None:
    assert text_length([section("abc"), actions({**a_button("a", "v" * 500), "text": plain("de")})]) == 5


def test_blocks_can_be_validated_without_posting_them(client: WebClient) -> None:
    assert client.api_call("blocks.validate", json={"blocks": [section()]})["ok"] is True
    with pytest.raises(SlackApiError) as caught:
        client.api_call("blocks.validate", json={"view": a_modal(section(""))})
    assert caught.value.response["error"] == "invalid_view"
    assert caught.value.response["errors"][0]["pointer"] == "/blocks/0/text/text"
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        client.api_call("blocks.validate", json={})
