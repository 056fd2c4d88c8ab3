"""Checklists that extend others: what they become, and every mistake placed in the file that made it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shiftbot.definitions import load
from shiftbot.domain.checklist import Checklist, Item, Role
from shiftbot.domain.recurrence import Anchor, Every, Moment
from shiftbot.errors import DefinitionError

HILLTOP = Path(__file__).parent / "hilltop"

CLOSING = "id: retail-closing\nextends: retail-closing\n"


@pytest.fixture
def hilltop(tmp_path: Path) -> Path:
    home = Path(shutil.copytree(HILLTOP, tmp_path / "hilltop"))
    (home / "checklists").mkdir()
    return home


def write(home: Path, name: str, text: str) -> None:
    (home / "checklists" / f"{name}.yaml").write_text(text, encoding="utf-8")


def mistakes_in(home: Path) -> list[str]:
    with pytest.raises(DefinitionError) as raised:
        load(home)
    return raised.value.mistakes


def items(checklist: Checklist) -> dict[str, Item]:
    return {item.id: item for section in checklist.sections for item in section.items}


def order(checklist: Checklist, section: str) -> list[str]:
    (found,) = (each for each in checklist.sections if each.title == section)
    return [item.id for item in found.items]


PACK = load(HILLTOP).checklists["retail-opening"]

OURS = """\
id: retail-opening
extends: retail-opening
title: Opening, Main Street
opens: open - 1h
drop: [will-call, cameras]
change:
  lights: { title: Lights and signs on, role: pharmacist, required: false }
  fridge-temps: { help: null }
add:
  - section: Front
    after: lights
    items:
      - { id: door, title: Front door and gate looked at }
      - { id: floor, title: Floor dry, when: { item: lights, is: failed } }
  - { section: Blood pressure kiosk, items: [{ id: kiosk, title: Kiosk wiped }] }
"""


def test_an_overlay_replaces_the_pack_and_says_only_what_is_different(hilltop: Path) -> None:
    write(hilltop, "opening", OURS)
    ours = load(hilltop).checklists["retail-opening"]
    asked = items(ours)
    assert (ours.title, ours.schedule.opens) == ("Opening, Main Street", (Moment(Anchor.OPEN, -minutes(60)),))
    assert (ours.schedule.due, ours.schedule.grace) == (PACK.schedule.due, PACK.schedule.grace)
    assert set(asked) == set(items(PACK)) - {"will-call", "cameras"} | {"door", "floor", "kiosk"}
    assert order(ours, "Front")[:3] == ["lights", "door", "floor"]
    assert ours.sections[-1].title == "Blood pressure kiosk"
    assert (asked["lights"].title, asked["lights"].role, asked["lights"].required) == (
        "Lights and signs on",
        Role.PHARMACIST,
        False,
    )
    assert asked["lights"].words == items(PACK)["lights"].words
    assert items(PACK)["fridge-temps"].help
    assert asked["fridge-temps"].help == ""


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_an_overlay_with_an_id_of_its_own_is_a_further_checklist(hilltop: Path) -> None:
    write(hilltop, "sunday", OURS.replace("id: retail-opening", "id: slow-opening"))
    found = load(hilltop).checklists
    assert found["retail-opening"] == PACK
    assert found["slow-opening"].title == "Opening, Main Street"


def test_overlays_may_lie_over_overlays(hilltop: Path) -> None:
    write(hilltop, "opening", OURS)
    write(
        hilltop,
        "short",
        "id: short-opening\nextends: retail-opening\ndrop: [door]\nchange: { lights: { role: null } }\n",
    )
    short = load(hilltop).checklists["short-opening"]
    assert short.title == "Opening, Main Street"
    assert "door" not in items(short)
    assert "will-call" not in items(short)
    assert items(short)["lights"].role is Role.TECHNICIAN


def test_only_the_packs_that_are_named_or_extended_are_read(hilltop: Path) -> None:
    write(hilltop, "extra", "id: extra\nextends: retail-morning\n")
    found = load(hilltop).checklists
    assert "retail-morning" not in found
    assert items(found["extra"])


def test_another_way_to_open_takes_the_place_of_the_packs(hilltop: Path) -> None:
    write(hilltop, "voicemail", 'id: voicemail\nextends: voicemail\nopens: ["10:00", "15:00"]\n')
    assert len(tuple(load(hilltop).checklists["voicemail"].schedule.opens)) == 2  # type: ignore[arg-type]
    write(hilltop, "voicemail", "id: voicemail\nextends: voicemail\nevery: 1h\n")
    opens = load(hilltop).checklists["voicemail"].schedule.opens
    assert opens == Every(minutes(60), Moment(Anchor.OPEN), Moment(Anchor.CLOSE, -minutes(30)))
    write(hilltop, "voicemail", "id: voicemail\nextends: voicemail\ntrigger: by-hand\n")
    assert load(hilltop).checklists["voicemail"].schedule.trigger == "by-hand"


def test_an_item_may_be_moved_by_dropping_and_adding_it(hilltop: Path) -> None:
    write(
        hilltop,
        "opening",
        "id: retail-opening\nextends: retail-opening\ndrop: [cameras]\n"
        "add: [{ section: Front, after: lights, items: [{ id: cameras, title: Cameras }] }]\n",
    )
    assert order(load(hilltop).checklists["retail-opening"], "Front")[1] == "cameras"


def test_the_version_changes_with_either_file(hilltop: Path) -> None:
    write(hilltop, "under", CHECKLIST)
    write(hilltop, "over", "id: over\nextends: under\n")
    first = load(hilltop)
    write(hilltop, "over", "id: over # the same\nextends: under\n")
    assert load(hilltop).checklists["over"].version == first.checklists["over"].version
    write(hilltop, "under", CHECKLIST.replace("Door locked", "Door shut"))
    second = load(hilltop)
    write(hilltop, "over", "id: over\nextends: under\ngrace: 5m\n")
    third = load(hilltop)
    assert len({each.checklists["over"].version for each in (first, second, third)}) == 3
    assert len({each.digest for each in (first, second, third)}) == 3


CHECKLIST = """\
id: under
title: Under
opens: close
due: close + 30m
sections:
  - title: Doors
    items:
      - { id: door, title: Door locked }
      - { id: lamp, title: Lamp off, when: { item: door, is: done } }
"""

HEAD = "id: over\nextends: under\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("drop: [lamb]", ['3:8: under has no item "lamb"; did you mean lamp?']),
        ("change: { dor: { title: D } }", ['3:11: under has no item "dor"; did you mean door?']),
        (
            "add: [{ section: Doors, after: dor, items: [{ id: a, title: A }] }]",
            ['3:32: under has no item "dor"; did you mean door?'],
        ),
        (
            "add: [{ section: Lamps, after: door, items: [{ id: a, title: A }] }]",
            ['3:32: "door" does not stand in Lamps; write section: Doors'],
        ),
        (
            "add: [{ section: Doors, items: [{ id: door, title: A }] }]",
            ['3:39: there is an item "door" already; write it under change: { door: … }, or give it another id'],
        ),
        (
            "add: [{ section: Doors, items: [{ id: a, title: A }, { id: a, title: B }] }]",
            ['3:60: there is an item "a" already; write it under change: { a: … }, or give it another id'],
        ),
        (
            "change: { door: { id: gate } }",
            [
                "3:23: the id of an item cannot be changed: its answers stand under it; "
                "remove it, or drop the item and add another"
            ],
        ),
        ("drop: [door]", ['3:8: "lamp" waits for the answer to "door"; drop lamp as well, or change its when']),
        ("drop: [door, lamp]", ["3:7: nothing is left to ask; keep an item, or take the checklist off the site"]),
        ("drop: [lamp, lamp]", ['3:14: "lamp" stands here twice; keep one of the two']),
        ("drop: [lamp]\nchange: { lamp: { title: L } }", ['3:8: "lamp" is dropped and changed; keep one of the two']),
        (
            "change: { lamp: { role: pharmcist } }",
            ['3:25: "pharmcist" is not known here; did you mean pharmacist?'],
        ),
        (
            "change: { lamp: { rol: pharmacist } }",
            ['3:19: "rol" is not a key here; did you mean role?'],
        ),
        (
            "change: { lamp: { kind: choice } }",
            ['3:25: a choice needs at least two options; write options: ["Yes", "No"]'],
        ),
        (
            "change: { lamp: [a] }",
            ["3:17: a list is not a mapping; write its keys below it, each as key: value"],
        ),
        (
            "add: [{ section: Doors, items: [{ id: a }] }]",
            ["3:33: title is missing; write title: Opening checklist"],
        ),
        ("add: [{ items: [] }]", [
            "3:7: section is missing; write section: the title of a section",
            "3:16: it is empty; write at least one entry",
        ]),
        ("sections: []", [
            "3:1: sections cannot stand beside extends; write drop:, change: and add: for its items, or remove extends"
        ]),
        ("titel: Ours", ['3:1: "titel" is not a key here; did you mean title?']),
        ("opens: close + 1h", ["3:8: it is due at 20:30, not after it opens at 21:00; "
                               "write a later moment, or a span after opening like 30m"]),
        ("title: null", ["2:10: title is missing; write title: Opening checklist"]),
        ("escalation: night", ['3:13: no escalation policy is called "night"; write standard']),
        (
            "change: { lamp: { when: { item: door, is: ajar } } }",
            ['3:43: "ajar" is no answer to "door"; write one of done, failed, n/a'],
        ),
    ],
)  # fmt: skip
def test_a_mistake_of_an_overlay_is_placed_where_it_was_written(hilltop: Path, text: str, told: list[str]) -> None:
    write(hilltop, "under", CHECKLIST)
    write(hilltop, "over", f"{HEAD}{text}\n")
    assert mistakes_in(hilltop) == [f"checklists/over.yaml:{each}" for each in told]


def test_what_an_overlay_of_a_pack_breaks_is_told_at_the_overlay(hilltop: Path) -> None:
    """The pack's own file is never named: nobody edits it."""
    write(hilltop, "closing", f"{CLOSING}opens: close + 2h\ndrop: [nothing-like-it]\nchange: {{ x-y: {{}} }}\n")
    found = mistakes_in(hilltop)
    assert len(found) == 3
    assert all(mistake.startswith("checklists/closing.yaml:") for mistake in found)


def test_an_overlay_over_nothing_is_told_the_nearest(hilltop: Path) -> None:
    write(hilltop, "over", "id: over\nextends: retail-openin\n")
    (mistake,) = mistakes_in(hilltop)
    assert mistake == 'checklists/over.yaml:2:10: no checklist is called "retail-openin"; did you mean retail-opening?'


def test_an_overlay_of_its_own_id_needs_a_pack_of_that_id(hilltop: Path) -> None:
    write(hilltop, "over", "id: over\nextends: over\n")
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith('checklists/over.yaml:2:10: no checklist is called "over"; write one of ')


def test_a_circle_is_told_once_with_its_whole_chain(hilltop: Path) -> None:
    write(hilltop, "a", "id: first\nextends: second\n")
    write(hilltop, "b", "id: second\nextends: third\n")
    write(hilltop, "c", "id: third\nextends: first\n")
    write(hilltop, "d", "id: fourth\nextends: first\n")
    assert mistakes_in(hilltop) == [
        "checklists/a.yaml:2:10: this extends itself: first → second → third → first; "
        "let one of them stand by itself, or extend a shipped checklist"
    ]


def test_what_is_mistaken_below_is_told_once_and_below(hilltop: Path) -> None:
    write(hilltop, "under", CHECKLIST.replace("item: door", "item: gate").replace("due:", "escalation: none\ndue:"))
    write(hilltop, "over", f"{HEAD}drop: [door]\n")
    assert [mistake.split(":")[0] for mistake in mistakes_in(hilltop)] == ["checklists/under.yaml"] * 2
    write(hilltop, "under", CHECKLIST.replace("opens: close", "opens: dusk"))
    assert [mistake.split(":")[0] for mistake in mistakes_in(hilltop)] == ["checklists/under.yaml"]


def test_an_overlay_without_an_id_is_told_so(hilltop: Path) -> None:
    write(hilltop, "under", CHECKLIST)
    write(hilltop, "over", "extends: under\n")
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith("checklists/over.yaml:1:10: id is missing")


def test_a_pack_and_two_files_with_its_id(hilltop: Path) -> None:
    write(hilltop, "a", CLOSING)
    write(hilltop, "b", CLOSING)
    (mistake,) = mistakes_in(hilltop)
    wrong = 'two checklists have the id "retail-closing" (first in checklists/a.yaml, line 1)'
    assert mistake == f"checklists/b.yaml:1:5: {wrong}; give each its own, or remove one file"


JUNK = (
    "",
    "~",
    "7",
    "[]",
    "{}",
    "[~]",
    "x",
    "true",
    "door",
    "{ id: door }",
    "[[]]",
    "retail-opening",
    "'no'",
    "-1",
    ": ",
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(OURS)), length=st.integers(0, 30), junk=st.sampled_from(JUNK) | st.text(max_size=4))
def test_whatever_is_typed_into_an_overlay_gives_mistakes_placed_there_or_loads(
    hilltop: Path, cut: int, length: int, junk: str
) -> None:
    slipped = OURS[:cut] + junk + OURS[cut + length :]
    (hilltop / "checklists" / "opening.yaml").write_bytes(slipped.encode("utf-8", "surrogatepass"))
    try:
        load(hilltop)
    except DefinitionError as error:
        for mistake in error.mistakes:
            name, line, column, text = mistake.split(":", 3)
            assert name in ("checklists/opening.yaml", "pharmacy.yaml")
            assert int(line) >= 1
            assert int(column) >= 1
            assert "; " in text
