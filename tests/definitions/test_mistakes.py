"""Every mistake a pharmacy can make in its files: the exact place, what is wrong, what to write instead."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shiftbot.definitions import load
from shiftbot.errors import DefinitionError

HILLTOP = Path(__file__).parent / "hilltop"

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def hilltop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HILLTOP, tmp_path / "hilltop"))


@pytest.fixture
def edit(hilltop: Path) -> Edit:
    """Replaces text that stands once in a file of Hilltop's folder; the folder."""

    def apply(name: str, old: str, new: str) -> Path:
        path = hilltop / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} must stand once in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return hilltop

    return apply


def mistakes_in(home: Path) -> list[str]:
    with pytest.raises(DefinitionError) as raised:
        load(home)
    assert str(raised.value).splitlines() == raised.value.mistakes
    return raised.value.mistakes


CHECKLIST = """id: night
title: Night checklist
opens: close + 15m
due: close + 45m
sections:
  - title: Doors
    items:
      - { id: door, title: Door locked }
      - { id: lamp, title: Lamp off }
"""

TABLE = yaml.safe_load((Path(__file__).parent / "mistakes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE, ids=[row["name"] for row in TABLE])
def test_a_mistake_is_told_with_its_place_and_its_mend(hilltop: Path, edit: Edit, row: dict[str, Any]) -> None:
    if row["file"] == "checklists/night.yaml":
        write_checklist(hilltop, CHECKLIST)
    assert mistakes_in(edit(row["file"], row["replace"], row["by"])) == row["told"]


def write_checklist(home: Path, text: str) -> None:
    folder = home / "checklists"
    folder.mkdir(exist_ok=True)
    (folder / "night.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHECKLIST.split("    items:")[0], "6:5: items is missing; write items:"),
        (CHECKLIST.split("      - {")[0], "7:11: nothing is not a list; write its entries below it"),
        (CHECKLIST.split("sections:")[0] + "sections: []", "5:11: it is empty; write at least one entry"),
        ("just words", '1:1: "just words" is not a mapping; write its keys below it, each as key: value'),
        ("", "1:1: the file is empty; write its definitions, or remove the file"),
        ("# only a comment\n", "1:1: nothing is not a mapping; write its keys below it, each as key: value"),
    ],
)
def test_a_checklist_without_items(hilltop: Path, text: str, expected: str) -> None:
    write_checklist(hilltop, text)
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith(f"checklists/night.yaml:{expected}"), mistake


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("title: Night checklist", "title: Night: checklist", "2:13: this is not YAML (mapping values are not allowed"),
        (
            "title: Night checklist",
            "\ttitle: Night checklist",
            "2:1: this is not YAML (found a tab character that violates",
        ),
        ("title: Night checklist", 'title: "Night checklist', "2:8: this is not YAML (found unexpected end of stream)"),
        (
            "title: Night checklist",
            "title: @night",
            "2:8: this is not YAML (found character that cannot start any token)",
        ),
        ("title: Night checklist", "title: !night x", "2:8: this is not YAML (could not determine a constructor"),
        (
            "{ id: door, title: Door locked }",
            "{ id: door, title: Door locked",
            "8:9: this is not YAML (expected ',' or '}'",
        ),
        (
            "title: Night checklist",
            "title: Night\ntitle: Day",
            '3:1: "title" is written twice (first in line 2); keep one',
        ),
        ("id: lamp,", "id: lamp, id: light,", '9:21: "id" is written twice (first in line 9); keep one of the two'),
        ("title: Night checklist", "title: Night\x07", "2:13: this character cannot stand in a YAML file; remove it"),
        ("title: Night checklist", "title: x\n---\nid: y", "3:1: this is not YAML (but found another document)"),
    ],
)
def test_a_file_that_is_no_yaml(hilltop: Path, old: str, new: str, expected: str) -> None:
    write_checklist(hilltop, CHECKLIST.replace(old, new))
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith(f"checklists/night.yaml:{expected}"), mistake


def test_a_file_in_another_encoding(hilltop: Path) -> None:
    (hilltop / "pharmacy.yaml").write_bytes("sites:\n  - id: café\n".encode("latin-1"))
    assert mistakes_in(hilltop) == ["pharmacy.yaml:2:12: this is not UTF-8 text; save the file as UTF-8 in your editor"]


def test_a_folder_without_pharmacy_yaml(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path)
    assert mistake.startswith(f"pharmacy.yaml:1:1: there is no such file in {tmp_path}; write one with shiftbot init")


@pytest.mark.parametrize("deep", ["[" * 40_000, "- " * 40_000 + "x", "{a: " * 40_000])
def test_nesting_that_would_end_the_process_is_a_mistake(hilltop: Path, deep: str) -> None:
    write_checklist(hilltop, deep)
    (mistake,) = mistakes_in(hilltop)
    assert mistake == "checklists/night.yaml:1:1: it is nested too deeply; check the brackets and the indentation"


def test_two_checklists_with_one_id(hilltop: Path) -> None:
    write_checklist(hilltop, CHECKLIST)
    (hilltop / "checklists" / "other.yaml").write_text(CHECKLIST, encoding="utf-8")
    (mistake,) = mistakes_in(hilltop)
    expected = 'two checklists have the id "night" (first in checklists/night.yaml, line 1); give each its own'
    assert mistake.startswith(f"checklists/other.yaml:1:5: {expected}")


def test_two_sites_in_one_channel_and_with_one_id(edit: Edit) -> None:
    text = (HILLTOP / "pharmacy.yaml").read_text(encoding="utf-8")
    site = text.split("sites:\n")[1].split("people:")[0]
    found = mistakes_in(edit("pharmacy.yaml", "people:\n", f"{site}people:\n"))
    assert [mistake.split(" (")[0] for mistake in found] == [
        'pharmacy.yaml:18:9: two sites have the id "hilltop-main"',
        'pharmacy.yaml:22:14: two sites speak in the channel "C0HILLTOP"',
    ]


def test_a_count_without_drugs_to_count(edit: Edit) -> None:
    text = (HILLTOP / "pharmacy.yaml").read_text(encoding="utf-8")
    drugs = text[text.index("    controlled:\n") : text.index("    summary:")]
    (mistake,) = mistakes_in(edit("pharmacy.yaml", drugs, ""))
    wrong = '"controlled-count" would ask nothing here, because the site names no controlled drug'
    assert mistake.startswith(f"pharmacy.yaml:11:76: {wrong}; write controlled:")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "classes: [{ id: c, name: C, high: { C: 8 } }]",
            '3:14: the class "c" has no limits in F, which the site works in',
        ),
        ("classes: [{ id: c, name: C }]", "1:11: this class has no limit at all; write low: { C: 2, F: 36 }"),
        (
            "classes: [{ id: c, name: C, low: { F: 9 }, high: { F: 8 } }]",
            "1:34: the low limit is not below the high one",
        ),
        ("classes: [{ id: c, name: C, high: { F: 8 }, alarm_delay: 2h }]", "1:58: an alarm delay above 60m needs a"),
        ("classes: [{ id: c, name: C, high: { F: x } }]", '1:40: "x" is not a number; write a number like 46 or 2.5'),
        ("classes: [{ id: c, name: C, high: {} }]", "1:35: there is no limit here; write for example { C: 8, F: 46 }"),
        (
            "formats: [{ id: acme, name: Acme }]",
            '1:11: it is not said where in its messages "acme" has the temperature',
        ),
        ("unit: []", '1:1: "unit" is not a key here; did you mean units?'),
        ("units: 7", "1:8: 7 is not a list; write its entries below it"),
    ],
)
def test_a_mistake_in_classes_and_formats(hilltop: Path, text: str, expected: str) -> None:
    unit = "\nunits:\n  - { class: c, id: u, site: hilltop-main, name: U }\n"
    with_unit = "{ C: 8 }" in text
    (hilltop / "sensors" / "own.yaml").write_text(text + (unit if with_unit else "\n"), encoding="utf-8")
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith(f"sensors/own.yaml:{expected}"), mistake


def test_every_mistake_in_every_file_comes_at_once_in_the_order_of_the_files(edit: Edit) -> None:
    edit("pharmacy.yaml", "America/New_York", "Mars/Olympus")
    edit("pharmacy.yaml", "slack: U0BEN", "slack: ben")
    edit("pharmacy.yaml", "person: priya", "person: pria")
    home = edit("sensors/hilltop.yaml", "class: vaccine-freezer", "class: freezer")
    write_checklist(home, CHECKLIST.replace("id: lamp", "id: door"))
    assert [":".join(mistake.split(":")[:3]) for mistake in mistakes_in(home)] == [
        "pharmacy.yaml:5:15",
        "pharmacy.yaml:20:40",
        "pharmacy.yaml:25:35",
        "checklists/night.yaml:9:15",
        "sensors/hilltop.yaml:18:12",
    ]


def test_what_a_mistaken_thing_would_have_defined_is_not_called_unknown(edit: Edit) -> None:
    """A wrong zone is one mistake, not one for every rule and unit of the site."""
    (mistake,) = mistakes_in(edit("pharmacy.yaml", "America/New_York", "Nowhere"))
    assert mistake.startswith("pharmacy.yaml:5:15")


def test_a_checklist_that_is_no_yaml_is_not_called_unknown_too(edit: Edit) -> None:
    home = edit("pharmacy.yaml", "voicemail, ", "voicemail, night, ")
    write_checklist(home, "id: night\ntitle: a: b\n")
    (mistake,) = mistakes_in(home)
    assert mistake.startswith("checklists/night.yaml:2:9")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), length=st.integers(0, 40), junk=st.text(max_size=6))
def test_whatever_is_typed_into_a_file_gives_placed_mistakes_or_loads(
    hilltop: Path, cut: int, length: int, junk: str
) -> None:
    """A slip anywhere never ends in anything but `file:line:column: what; mend`."""
    text = (HILLTOP / "pharmacy.yaml").read_text(encoding="utf-8")
    slipped = text[:cut] + junk + text[cut + length :]
    (hilltop / "pharmacy.yaml").write_bytes(slipped.encode("utf-8", "surrogatepass"))
    try:
        load(hilltop)
    except DefinitionError as error:
        for mistake in error.mistakes:
            name, line, column, text = mistake.split(":", 3)
            assert name in ("pharmacy.yaml", "sensors/hilltop.yaml")
            assert int(line) >= 1
            assert int(column) >= 1
            assert "; " in text
