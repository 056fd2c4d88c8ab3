"""Reading typed replies: what people type in a hurry, and what they get for what cannot be read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.answer import Outcome
from shiftbot.domain.checklist import ItemKind, Line, OnFail, Plan, Role
from shiftbot.domain.replies import Understood, read_replies
from shiftbot.errors import Unreadable


def line(number: int, title: str, kind: ItemKind = ItemKind.TICK, *words: str, unit: str = "", **more: Any) -> Line:
    """A line as `lay_out` would make it."""
    values: dict[str, Any] = {
        "key": f"line-{number}",
        "number": number,
        "section": "Front",
        "title": title,
        "kind": kind,
        "role": Role.TECHNICIAN,
        "required": True,
        "on_fail": OnFail.NOTHING,
        "subject": None,
        "from_sensor": False,
        "options": (),
        "low": None,
        "high": None,
        "unit": unit,
        "witness": None,
        "help": "",
        "words": words,
    }
    return Line(**values | more)


PLAN = Plan(
    "opening",
    "v1",
    "Opening",
    "standard",
    (
        line(1, "Lights on"),
        line(2, "Vaccine fridge: confirm", ItemKind.TEMPERATURE, "fridge", "vaccine fridge", unit="F", low=36, high=46),
        line(3, "Insulin fridge: confirm", ItemKind.TEMPERATURE, "fridge", "insulin fridge", unit="F", low=36, high=46),
        line(4, "Cash drawer counted"),
        line(5, "Drive-through open"),
        line(6, "Vials", ItemKind.COUNT),
        line(7, "Seal intact"),
        line(8, "Freezer", ItemKind.TEMPERATURE, "freezer", unit="C", low=-50, high=-15),
        line(9, "Oxycodone", ItemKind.COUNT, "count", witness=Role.PHARMACIST),
        line(10, "Note", ItemKind.TEXT),
    ),
)

SWEEP = Plan("voicemail", "v1", "Voicemail", "standard", (line(1, "Messages", ItemKind.VOICEMAIL, "messages"),))


def ticked(text: str, answered: tuple[str, ...] = ()) -> list[int]:
    """The numbers of the lines that a message ticks, and nothing else of them."""
    understood = read_replies(text, PLAN, answered)
    assert all(reply.outcome is Outcome.DONE and reply.value is None for reply in understood.replies)
    return [int(reply.line.removeprefix("line-")) for reply in understood.replies]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", [1]),
        ("4.", [4]),
        ("1 ok", [1]),
        ("1ok", [1]),
        ("done 4", [4]),
        ("4: done!", [4]),
        ("  4   DONE ", [4]),
        ("１", [1]),
        ("4-5 done", [4, 5]),
        ("4 – 5", [4, 5]),
        ("5-4", [4, 5]),
        ("4 to 5", [4, 5]),
        ("1,4", [1, 4]),
        ("1, 4 and 7 done", [1, 4, 7]),
        ("4 5 7", [4, 5, 7]),
        ("4 4", [4]),
        ("*4*", [4]),
        ("lights done", [1]),
        ("1 ok; 4 ok\n7 ok", [1, 4, 7]),
    ],
)
def test_a_bare_number_ticks(text: str, numbers: list[int]) -> None:
    assert ticked(text) == numbers


def test_all_but_leaves_lines_out_and_asks_for_what_a_tick_does_not_answer() -> None:
    understood = read_replies("all but 5", PLAN, ("line-1",))
    assert [reply.line for reply in understood.replies] == ["line-4", "line-7"]
    assert understood.asked[0] == "2, 3, 6, 8, 10 need more than a tick, for example `2 41`"
    assert understood.asked[1].startswith("9. Oxycodone: count it with its button")


def test_all_when_everything_is_answered_says_so() -> None:
    assert read_replies("all", PLAN, [each.key for each in PLAN.lines]).asked == ("Everything is answered already.",)


@pytest.mark.parametrize(
    ("text", "key", "degrees"),
    [
        ("2 41", "line-2", 41),
        ("2: 41,2 F", "line-2", 41.2),
        ("vaccine fridge 41.2", "line-2", 41.2),
        ("Vaccine Fridge = 41.2°F", "line-2", 41.2),
        ("8 -18", "line-8", -18),
        ("8 −18.5 °C", "line-8", -18.5),
        ("freezer -20", "line-8", -20),
        ("2 4,6", "line-2", 4.6),
    ],
)
def test_a_temperature_is_read_by_number_or_by_name(text: str, key: str, degrees: float) -> None:
    (reply,) = read_replies(text, PLAN).replies
    assert reply.line == key
    assert reply.value is not None
    assert reply.value["temperature"] == degrees


def test_a_bare_number_of_a_temperature_line_is_asked_for_the_temperature() -> None:
    understood = read_replies("2", PLAN)
    assert not understood.replies
    assert "I need the temperature, for example `2 41`" in understood.asked[0]


def test_numbers_in_a_row_are_lines_even_when_the_first_needs_a_value() -> None:
    understood = read_replies("2 3 4", PLAN)
    assert [reply.line for reply in understood.replies] == ["line-4"]
    assert len(understood.asked) == 2


def test_a_name_that_several_units_have_is_asked_about_with_their_numbers() -> None:
    understood = read_replies("fridge 41", PLAN)
    assert not understood.replies
    assert understood.asked == ("Which one? Write `2 41` for Vaccine fridge, `3 41` for Insulin fridge.",)


def test_not_applicable_and_failed_keep_the_reason_as_it_was_typed() -> None:
    understood = read_replies("5 N/A: drive-through closed\n7 fail Seal torn", PLAN)
    assert [(reply.line, reply.outcome, reply.note) for reply in understood.replies] == [
        ("line-5", Outcome.NOT_APPLICABLE, "drive-through closed"),
        ("line-7", Outcome.FAILED, "Seal torn"),
    ]


def test_not_applicable_without_a_reason_is_asked_for_it() -> None:
    assert read_replies("5 n/a", PLAN).asked == ("Say in a few words why, for example `5 n/a closed today`",)


def test_a_controlled_count_is_never_typed_in_the_thread() -> None:
    understood = read_replies("9", PLAN)
    assert not understood.replies
    assert "with its button" in understood.asked[0]


COUNTS = Plan(
    "controlled-count",
    "v1",
    "Count",
    "standard",
    tuple(
        line(number, f"{drug}: blind count", ItemKind.COUNT, "count", witness=Role.PHARMACIST)
        for number, drug in enumerate(("Oxycodone", "Morphine", "Fentanyl"), 1)
    ),
)


@pytest.mark.parametrize("text", ["count 117", "coutn 117", "1 117", "oxycodone 117", "117", "1, 117", "1-2 117 tabs"])
def test_a_blind_quantity_is_never_said_again(text: str) -> None:
    read = reading(text, COUNTS)
    assert not isinstance(read, Understood) or not read.replies
    assert "117" not in str(read)


@pytest.mark.parametrize("text", ["count 117", "1 117", "oxycodone 117", "117", "1-3"])
def test_a_typed_quantity_of_a_witnessed_count_is_sent_to_its_button(text: str) -> None:
    assert "with its button" in str(reading(text, COUNTS))


def test_a_name_of_witnessed_and_other_counts_does_not_repeat_the_quantity() -> None:
    mixed = Plan("mixed", "v1", "Mixed", "standard", (line(1, "Vials", ItemKind.COUNT, "count"), *PLAN.lines[8:9]))
    asked = read_replies("count 117", mixed).asked
    assert asked[0].startswith("9. Oxycodone: count it with its button")
    assert asked[1] == "Which one? Write `1 …` for Vials."


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("7 fail door ajar; closed it", ["door ajar; closed it"]),
        ("5 n/a closed; 2 days of snow; no staff", ["closed; 2 days of snow; no staff"]),
        ("7 fail seal torn; all good", ["seal torn; all good"]),
        ("5 n/a closed; 7 fail torn; mended", ["closed", "torn; mended"]),
        ("4 ok, 7 fail torn; mended", ["", "torn; mended"]),
        ("5 n/a closed; 6 120", ["closed", ""]),
        ("5 n/a closed; 4", ["closed", ""]),
    ],
)
def test_a_semicolon_inside_a_reason_belongs_to_it(text: str, notes: list[str]) -> None:
    assert [reply.note for reply in read_replies(text, PLAN).replies] == notes


def test_a_bad_value_after_a_reason_is_not_hidden_in_it() -> None:
    assert "is not a count" in str(reading("5 n/a closed; 6 12o", PLAN))


@pytest.mark.parametrize(
    "text", ["6 40; undo 6; 6 39", "undo 6\n6 39", "undo 6, 6 39", "undo fridge; 2 41", "5 n/a closed; undo 5"]
)
def test_undo_beside_other_replies_is_refused(text: str) -> None:
    assert "Send undo in a message of its own." in str(reading(text, PLAN))


def test_several_undos_in_one_message_are_taken_together() -> None:
    assert read_replies("undo 4; undo 5", PLAN).undo == ("line-4", "line-5")


def test_a_reason_longer_than_the_form_takes_is_refused_in_words() -> None:
    assert len(read_replies("7 fail " + "x" * 300, PLAN).replies[0].note) == 300
    assert "301 characters; 300 is the most" in str(reading("7 fail " + "x" * 301, PLAN))
    assert "300 is the most" in str(reading("7 fail " + "long, " * 60 + "4 ok", PLAN))


def test_invisible_marks_of_direction_are_dropped() -> None:
    assert ticked("\u200f\u202a4\u202c ok\u2069") == [4]


def test_quantities_and_words_are_values_too() -> None:
    understood = read_replies("6 1200\n10 2 boxes came late", PLAN)
    assert [reply.value for reply in understood.replies] == [{"count": 1200}, {"text": "2 boxes came late"}]


def test_parts_between_commas_are_read_alone_when_the_whole_means_nothing() -> None:
    understood = read_replies("1 ok, 8 -18, 4 ok", PLAN)
    assert [reply.line for reply in understood.replies] == ["line-1", "line-8", "line-4"]


@pytest.mark.parametrize("text", ["undo 4", "Undo 4", "undo cash drawer"])
def test_undo_names_the_lines_to_take_back(text: str) -> None:
    assert read_replies(text, PLAN).undo == ("line-4",)


@pytest.mark.parametrize("text", ["?", "help", "Help!", "how"])
def test_help_is_asked_for_in_many_ways(text: str) -> None:
    assert read_replies(text, PLAN).help


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("4 doen", "Did you mean `4 done`?"),
        ("all don", "Did you mean `all done`?"),
        ("frige 41", "Did you mean `fridge 41`?"),
        ("lights", "Did you mean `1 done`?"),
        ("thanks Ben!", "The nearest I know is"),
        ("99", "There is no line 99 here; they go from 1 to 10."),
        ("2 4 C", "logs in °F"),
        ("2 999", "cannot be right"),
        ("   ", "was empty"),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_nearest_thing(text: str, nearest: str) -> None:
    with pytest.raises(Unreadable) as why:
        read_replies(text, PLAN)
    assert nearest in str(why.value)


@pytest.mark.parametrize("text", ["lights dnoe", "not yet", "later", "will do", "till", "lights are on now"])
def test_a_sweep_of_everything_is_no_answer_to_words_that_are_unlike_it(text: str) -> None:
    with pytest.raises(Unreadable) as why:
        read_replies(text, PLAN)
    assert "`all" not in str(why.value)
    assert "`…`" not in str(why.value)


def test_one_unreadable_part_leaves_the_whole_message_unread() -> None:
    with pytest.raises(Unreadable):
        read_replies("1 ok\n4 ok\nwhat about lunch", PLAN)


@pytest.mark.parametrize("text", ["none", "1 none"])
def test_a_sweep_without_messages_is_one_word(text: str) -> None:
    (reply,) = read_replies(text, SWEEP).replies
    assert reply.value is not None
    assert sum(reply.value["counts"].values()) == 0


def test_a_sweep_is_read_without_a_number_in_front() -> None:
    (reply,) = read_replies("2 refill, 1 clinical, oldest 40m", SWEEP).replies
    assert reply.value is not None
    assert reply.value["oldest_minutes"] == 40
    assert reply.value["counts"]["refill"] == 2


@pytest.mark.parametrize("text", ["2 refill", "1 refill", "what", "99", "2 refill; 1 clinical"])
def test_a_sweep_that_cannot_be_read_is_answered_with_its_own_sentence(text: str) -> None:
    assert str(reading(text, SWEEP)).startswith("Write the counts by kind")


@pytest.mark.parametrize(
    ("text", "outcome"), [("1 n/a closed", Outcome.NOT_APPLICABLE), ("1 fail line dead", "failed")]
)
def test_a_sweep_is_still_answered_by_its_number(text: str, outcome: str) -> None:
    assert read_replies(text, SWEEP).replies[0].outcome == outcome


HURRIED = (
    "1 2 3 4 5 6 7 8 9 10 99 1-4 -18 41 4,6 , and ok done n/a fail undo all but fridge freezer lights seal torn ? none "
    "refill oldest 40m ; : - °F C"
)
WORDS = st.sampled_from(HURRIED.split())


def reading(text: str, plan: Plan) -> object:
    """What a text is understood as, or the words that say why not."""
    try:
        return read_replies(text, plan)
    except Unreadable as why:
        return str(why)


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=8).map(" ".join)))
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    for plan in (PLAN, SWEEP):
        read = reading(text, plan)
        assert read not in ("", Understood())


@given(st.lists(st.one_of(WORDS, st.just("zyxomma"), st.just("skp"), st.just("frige")), max_size=8).map(" ".join))
def test_words_that_nobody_knows_are_never_said_again(text: str) -> None:
    """The bot's answer is stored and posted, and nobody knows what such a word is: it may be a patient's name."""
    for plan in (PLAN, SWEEP):
        read = reading(text, plan)
        said = " ".join(read.asked) if isinstance(read, Understood) else str(read)
        assert "zyxomma" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("John Smith came back", "I did not understand that. The nearest I know is"),
        ("4 fial Smith was here", "Did you mean `4 fail …`?"),
        ("fridge n/a because of Smith", "Which one? Write `2 n/a …` for Vaccine fridge, `3 n/a …` for Insulin fridge."),
        ("2 Smith", "That is not a number I can store"),
    ],
)
def test_what_was_meant_is_asked_without_repeating_it(text: str, said: str) -> None:
    read = reading(text, PLAN)
    assert said in (read.asked[0] if isinstance(read, Understood) else str(read))
    assert "smith" not in str(read).casefold()


@given(
    st.lists(st.sampled_from([1, 4, 5, 7]), min_size=1, max_size=4, unique=True),
    st.sampled_from([",", ", ", " ", " and ", " & "]),
    st.sampled_from(["", " ok", " done", " DONE!"]),
)
def test_a_list_of_ticks_is_exactly_those_lines(numbers: list[int], separator: str, verb: str) -> None:
    assert ticked(separator.join(map(str, numbers)) + verb) == numbers
