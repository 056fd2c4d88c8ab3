"""The start that `init` writes, the schemas editors read, the preview that `check` prints."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from shiftbot.definitions import load, preview, shipped_packs, write_starter
from shiftbot.definitions.reading import read_yaml
from shiftbot.definitions.schemas import schemas, write_schemas
from shiftbot.domain.recurrence import Trigger
from shiftbot.errors import Refused

ROOT = Path(__file__).parents[2]
HILLTOP = Path(__file__).parent / "hilltop"
WRITTEN = [
    *(shipped_packs() / "checklists").rglob("*.yaml"),
    *(shipped_packs() / "sensors").glob("*.yaml"),
    *HILLTOP.rglob("*.yaml"),
]


def test_a_start_loads_as_it_is(tmp_path: Path) -> None:
    paths = write_starter(tmp_path / "ours")
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "ours/pharmacy.yaml",
        "ours/sensors/fridges.yaml",
    ]
    pharmacy = load(tmp_path / "ours")
    assert list(pharmacy.sites) == ["main-street"]
    assert list(pharmacy.units) == ["vaccine-fridge"]
    assert "nobody is on duty" not in preview(pharmacy, date(2026, 11, 23))


def test_a_start_finds_its_schemas_and_is_right_by_them(tmp_path: Path) -> None:
    for path in write_starter(tmp_path):
        assert right_by_its_schema(path)


def test_a_start_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "sensors").mkdir()
    (tmp_path / "sensors" / "fridges.yaml").write_text("ours", encoding="utf-8")
    with pytest.raises(Refused, match=r"fridges\.yaml is already there, so nothing was written"):
        write_starter(tmp_path)
    assert not (tmp_path / "pharmacy.yaml").exists()
    assert (tmp_path / "sensors" / "fridges.yaml").read_text(encoding="utf-8") == "ours"


def test_the_committed_schemas_are_current() -> None:
    """When not: `.venv/bin/python -c "from pathlib import Path; from shiftbot.definitions.reading import read_yaml
    from shiftbot.definitions.schemas import write_schemas;
        write_schemas(Path('schemas'))"`."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").iterdir()}
    assert committed == schemas()


def test_schemas_are_schemas(tmp_path: Path) -> None:
    write_schemas(tmp_path / "new")
    for path in (tmp_path / "new").iterdir():
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def right_by_its_schema(path: Path) -> bool:
    """Follows the header that editors follow, and validates."""
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    assert first.startswith("# yaml-language-server: $schema=")
    schema = json.loads((path.parent / first.split("$schema=")[1]).read_text(encoding="utf-8"))
    document, _ = read_yaml(path, path.name)
    assert document is not None
    jsonschema.Draft202012Validator(schema).validate(document.content)
    return True


@pytest.mark.parametrize("path", WRITTEN, ids=[path.name for path in WRITTEN])
def test_every_shipped_file_is_right_by_the_schema_it_names(path: Path) -> None:
    assert right_by_its_schema(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("checklist.json", {"id": "a", "title": "A", "due": "open", "sections": [{"title": "S", "items": []}]}),
        ("checklist.json", {"id": "a", "titel": "A"}),
        ("checklist.json", {"id": "a", "extends": "b", "sections": []}),
        ("checklist.json", {"id": "a", "extends": "b", "change": {"x": {"id": "y"}}}),
        ("checklist.json", {"id": "a", "extends": "b", "add": [{"section": "S", "items": [{"id": "z"}]}]}),
        ("policy.json", {"id": "a", "title": "A", "state": "OR", "rules": [{"task": "t", "role": "pharmacist"}]}),
        ("pharmacy.json", {"sites": [{"id": "A B"}], "people": []}),
        ("sensors.json", {"units": [{"id": "a", "site": "b", "name": "c"}]}),
    ],
)
def test_schemas_refuse_what_the_loader_refuses(name: str, content: object) -> None:
    assert list(jsonschema.Draft202012Validator(json.loads(schemas()[name])).iter_errors(content))


MONDAY_LINES = """\
Hilltop Pharmacy, Main Street (hilltop-main), times in America/New_York
  Mon 2026-11-23  open 08:00–20:00; on duty: Amira Hassan 07:00–21:00
    07:15 Opening checklist: due 08:00, missed 08:10; asks technicians 23, pharmacist 6
          if missed: 08:10 the channel → 08:20 Amira Hassan → 08:30 Amira Hassan and Morgan Lee \
(no second pharmacist is on duty) → 08:45 Morgan Lee, again every 30m
"""


def test_a_preview_says_what_opens_who_is_asked_and_who_is_told() -> None:
    text = preview(load(HILLTOP), date(2026, 11, 23), days=7)
    assert text.startswith(MONDAY_LINES)
    assert "  Thu 2026-11-26  closed\n" in text, "Thanksgiving"
    assert "  Sun 2026-11-29  closed\n" in text
    assert "The roster has no gap in opening hours." in text


def test_a_preview_shows_gaps_of_the_roster(tmp_path: Path) -> None:
    for name in ("pharmacy.yaml", "sensors/hilltop.yaml"):
        text = (HILLTOP / name).read_text(encoding="utf-8")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace('to: "21:00"', 'to: "14:00"'), encoding="utf-8")
    text = preview(load(tmp_path), date(2026, 11, 23), days=2)
    assert "    ! nobody is on duty 14:00–20:00: Morgan Lee is told\n" in text
    assert "The roster has 2 gaps in opening hours (marked !)." in text
    assert "20:35 Morgan Lee (no pharmacist is on duty)" in text


def test_a_start_names_every_shipped_checklist_and_policy() -> None:
    start = (ROOT / "shiftbot" / "definitions" / "templates" / "pharmacy.yaml").read_text(encoding="utf-8")
    shipped = [path.stem for path in (shipped_packs() / "checklists").rglob("*.yaml")]
    assert [name for name in shipped if name not in start] == []


def test_the_change_that_a_start_shows_is_right(tmp_path: Path) -> None:
    write_starter(tmp_path)
    start = (tmp_path / "pharmacy.yaml").read_text(encoding="utf-8")
    shown = start[start.index("#   id: retail-opening") : start.index("sites:\n")]
    text = "\n".join(line.removeprefix("#   ") for line in shown.splitlines())
    (tmp_path / "checklists" / "opening.yaml").write_text(text, encoding="utf-8")
    front = load(tmp_path).checklists["retail-opening"].sections[1]
    assert [item.id for item in front.items][:2] == ["lights", "gate"]


def test_a_preview_says_which_items_ask_nothing(tmp_path: Path) -> None:
    for name in ("pharmacy.yaml", "sensors/hilltop.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((HILLTOP / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "checklists").mkdir()
    overlay = "id: retail-closing\nextends: retail-closing\nadd: [{ section: Tills, items: [{ id: till, title: Till, "
    (tmp_path / "checklists" / "closing.yaml").write_text(f"{overlay}for_each: register }}] }}]\n", encoding="utf-8")
    text = preview(load(tmp_path), date(2026, 11, 23), days=1)
    assert "  The site names no register (registers:), so these ask nothing: retail-closing till\n" in text


@pytest.mark.parametrize(
    "content",
    [
        {"id": "a", "extends": "b"},
        {
            "id": "a",
            "extends": "b",
            "every": "2h",
            "drop": ["x"],
            "change": {"y": {"role": "pharmacist", "when": None}},
        },
        {"id": "a", "extends": "b", "add": [{"section": "S", "after": "x", "items": [{"id": "z", "title": "Z"}]}]},
    ],
)
def test_the_schema_of_a_checklist_takes_an_overlay(content: object) -> None:
    jsonschema.Draft202012Validator(json.loads(schemas()["checklist.json"])).validate(content)


def test_what_init_writes_opens_the_response_to_an_excursion(tmp_path: Path) -> None:
    write_starter(tmp_path)
    pharmacy = load(tmp_path)
    responses = {each.id for each in pharmacy.checklists.values() if each.schedule.trigger is Trigger.EXCURSION}
    watched = {unit.site for unit in pharmacy.units.values() if unit.sensor}
    assert watched
    for site in watched:
        assert responses & set(pharmacy.sites[site].checklists)
