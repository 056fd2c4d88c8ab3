"""The shipped packs: each loads, lays out for a site of either scale, and fits where Slack and people are tightest."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from shiftbot.definitions import load, shipped_packs
from shiftbot.domain.checklist import Checklist, Item, ItemKind, Line, OnFail, Plan, Role, ShiftPart
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.recurrence import occurrences
from shiftbot.domain.replies.lines import called
from shiftbot.domain.run import Run, RunState
from shiftbot.domain.site import Pharmacy, TemperatureUnit
from shiftbot.services.planning import plan_for
from shiftbot.services.runs import LineView, RunView
from shiftbot.slack.blocks.run_card import further_card, further_pages, run_card
from shiftbot.slack.blocks.run_lines import RunPicture
from tests.packs import EVERY_PACK as PACKS
from tests.packs import HILLTOP, load_hilltop

MONDAY = date(2026, 11, 23)
C, F = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
POLICIES = sorted(path.stem for path in (shipped_packs() / "checklists" / "policy").glob("*.yaml"))

SETTINGS = {
    "retail": ["retail-opening", "retail-morning", "retail-midday", "retail-afternoon", "retail-closing", "voicemail",
               "inventory-daily"],
    "controlled substances": ["cs-daily-security", "controlled-count", "cs-count-event"],
    "dispensing area": ["dispensing-area-daily"],
    "hospital": ["hospital-shift", "hospital-adc", "hospital-returns", "hospital-inspection", "hospital-handover"],
    "long-term care": ["ltc-daily", "ltc-ekit-monthly"],
    "compounding": ["usp795-daily", "usp797-daily", "usp797-monthly"],
    "specialty": ["specialty-packout", "refill-due-calls"],
    "mail order": ["mail-order-shift"],
    "clinic": ["clinic-daily", "clinic-close", "vaccine-clinic-day"],
    "every setting": ["cold-delivery-receipt", "excursion-response", "outdates-monthly", "shift-handover",
                      "compliance-weekly", "compliance-monthly", "compliance-annual"],
}  # fmt: skip
"""The settings of the mission and the lists of domain.md §4.3, each with the packs that are for it."""

ASKED = {
    "retail-opening": "exterior alarm cabinet c2-check min-max reset loggers room humidity pharmacist-log lights "
                      "phones systems overnight voicemail queue will-call cash cameras staffing owed new-voicemail",
    "retail-morning": "queue rejections clarifications two-ids scan lane",
    "retail-midday": "order cold-delivery cold-box c2-receipt returns outs prior-auths fridge-glance outdates restock",
    "retail-afternoon": "refills callbacks prior-auths oldest-auth restock staffing drawers",
    "retail-closing": "voicemail-zero will-call cs-count cs-paperwork cs-locked fridge-temps doors register last-look "
                      "counters shred logged-off robot alarm",
    "cs-daily-security": "condition locked alarm keys access-log dual expired",
    "dispensing-area-daily": "soap counter scale scanners screens shred",
    "hospital-shift": "vault fridges no-food code-trays restock restock-check discrepancies expiries unit-dose "
                      "iv-batch iv-check carts cart-expiry kits",
    "hospital-adc": "printed picked pick-check filled next-expiry open worked",
    "hospital-returns": "collected waste waste-done waste-witnessed",
    "hospital-inspection": "cart-lock cart-expiry expired logs no-food",
    "ltc-daily": "cycle carts cutoff totes manifest destruction-done destruction-witnessed home-fridges",
    "ltc-ekit-monthly": "sealed expiry red contents",
    "usp795-daily": "storage area scale ingredients bud sds equipment",
    "usp797-daily": "temperature humidity buffer-pressure pec incubator hoods counters sporicidal garb qualified "
                    "certified stop",
    "usp797-monthly": "walls bins sporicidal sampling people",
    "specialty-packout": "shipper packs payload logger carrier weather address returned training",
    "mail-order-shift": "printers purge lot-change dock-temp manifest clearance",
    "clinic-daily": "min-max reset backup rotate kit samples sharps",
    "clinic-close": "given wasted reconciled",
    "vaccine-clinic-day": "logger arrival vis labels plan reconciled",
    "excursion-response": "label quarantine door room moved again coordinator maker program inventory earlier decision",
    "outdates-monthly": "bays pulled front fridges cs-expired",
    "compliance-weekly": "download waste",
    "compliance-monthly": "alarm-call licenses immunizers calibration mtm",
    "compliance-annual": "due drill self",
}  # fmt: skip
"""What domain.md §4.3 lists, pack by pack, by item id."""

WITHOUT_A_PHARMACIST = {
    "voicemail", "inventory-daily", "dispensing-area-daily", "clinic-daily", "clinic-close", "controlled-count"
}  # fmt: skip
"""Packs of which a technician may answer every line; the count is witnessed by a pharmacist."""


@pytest.fixture(scope="module")
def hilltop() -> Pharmacy:
    return load(HILLTOP)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Pharmacy:
    """Hilltop with every pack, in Fahrenheit."""
    return load_hilltop(tmp_path_factory.mktemp("every-pack"))


@pytest.fixture(scope="module")
def in_celsius(tmp_path_factory: pytest.TempPathFactory) -> Pharmacy:
    """The same in Celsius."""
    return load_hilltop(tmp_path_factory.mktemp("every-pack-c"), degrees="C")


def laid_out(pharmacy: Pharmacy, pack: str) -> Plan:
    return plan_for(pharmacy, pharmacy.sites["hilltop-main"], pack)


def items_of(checklist: Checklist) -> list[Item]:
    return [item for section in checklist.sections for item in section.items]


def test_every_setting_of_the_mission_has_its_packs() -> None:
    assert sorted(pack for packs in SETTINGS.values() for pack in packs) == PACKS


@pytest.mark.parametrize("pack", ASKED)
def test_a_pack_asks_all_that_the_domain_lists(everything: Pharmacy, pack: str) -> None:
    ids = {item.id for item in items_of(everything.checklists[pack])}
    assert set(ASKED[pack].split()) - ids == set()


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_is_named_for_its_id_and_lays_out(everything: Pharmacy, pack: str) -> None:
    plan = laid_out(everything, pack)
    assert plan.checklist == pack
    assert plan.lines
    assert [line.number for line in plan.lines] == list(range(1, len(plan.lines) + 1))
    assert len({line.key for line in plan.lines}) == len(plan.lines)
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("pack", PACKS)
def test_a_title_fits_one_line_of_a_phone(everything: Pharmacy, pack: str) -> None:
    """A phone shows about 40 letters, the name of the unit or drug among them."""
    plan = laid_out(everything, pack)
    assert [line.title for line in plan.lines if len(line.title) > 44] == []
    assert len(plan.title) <= 30


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_fits_its_cards(everything: Pharmacy, pack: str) -> None:
    """Slack takes 50 blocks a message; every blank line is on one of them, and two are enough for any pack."""
    seen = blank_card(everything, laid_out(everything, pack))
    cards = [run_card(seen), *(further_card(seen, page) for page in range(2, further_pages(seen) + 2))]
    assert len(cards) <= 2
    assert all(len(blocks) <= 50 for blocks in cards)
    text = str(cards)
    missing = [view.line.number for view in seen.view.lines if view.asked and f"*{view.line.number}.* " not in text]
    assert missing == []


def blank_card(pharmacy: Pharmacy, plan: Plan) -> RunPicture:
    at = datetime(2026, 11, 23, 13, tzinfo=UTC)
    run = Run(
        id=1, site="hilltop-main", checklist=plan.checklist, local_on=MONDAY, slot="x", plan="p", state=RunState.OPEN,
        opens_at=at, remind_at=None, due_at=at + timedelta(hours=1), missed_at=at + timedelta(hours=2),
        completed_at=None, attention_at=None,
    )  # fmt: skip
    views = tuple(LineView(line, None, False, 0) for line in plan.lines)
    return RunPicture(RunView(run, plan, pharmacy.sites["hilltop-main"], views), pharmacy)


@pytest.mark.parametrize("pack", PACKS)
def test_a_word_of_a_pack_names_the_lines_of_one_item(everything: Pharmacy, pack: str) -> None:
    """Whoever types it is never asked which item was meant, only which fridge."""
    plan = laid_out(everything, pack)
    items = items_of(everything.checklists[pack])
    several = {
        word: sorted({line.key.partition(":")[0] for line in called(word, plan)} ^ {item.id})
        for item in items
        for word in item.words
        if any(line.key.partition(":")[0] == item.id for line in plan.lines)
    }
    assert {word: found for word, found in several.items() if found} == {}


@pytest.mark.parametrize("pack", PACKS)
def test_the_name_of_an_item_names_it_alone(everything: Pharmacy, pack: str) -> None:
    """Its id is how its makers call it, and what others type: `alarm ok` is the alarm's line, not another's."""
    plan = laid_out(everything, pack)
    found = {item.id: {line.key.partition(":")[0] for line in called(item.id, plan)} for item in
             items_of(everything.checklists[pack])}  # fmt: skip
    assert {name: lines for name, lines in found.items() if lines - {name}} == {}


@pytest.mark.parametrize("pack", PACKS)
def test_no_word_is_one_that_a_typed_reply_uses_itself(everything: Pharmacy, pack: str) -> None:
    own = {"done", "ok", "yes", "no", "all", "but", "undo", "fail", "failed", "skip", "help", "mine", "claim", "snooze"}
    assert {word for item in items_of(everything.checklists[pack]) for word in item.words} & own == set()


@pytest.mark.parametrize("pack", PACKS)
def test_a_tick_or_value_can_be_said_by_one_of_its_words(everything: Pharmacy, pack: str) -> None:
    """`word ok` or `word 41`: every item has a word of its own, or one in its title."""
    plan = laid_out(everything, pack)
    for item in items_of(everything.checklists[pack]):
        names = [*item.words, *re.findall(r"[a-z][a-z-]{3,}", item.title.casefold())]
        lines = [{line.key.partition(":")[0] for line in called(name, plan)} for name in names]
        laid = any(line.key.partition(":")[0] == item.id for line in plan.lines)
        assert not laid or {item.id} in lines, item.id


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_has_something_required(everything: Pharmacy, pack: str) -> None:
    assert laid_out(everything, pack).required


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_asks_a_pharmacist_for_what_is_a_pharmacists(everything: Pharmacy, pack: str) -> None:
    roles = {line.role for line in laid_out(everything, pack).lines}
    assert (Role.PHARMACIST in roles) is (pack not in WITHOUT_A_PHARMACIST)


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_all_good_at_once_has_no_alert_behind_it(everything: Pharmacy, pack: str) -> None:
    """One word ticks the section: only ticks, and nothing that would call somebody when it fails."""
    for section in everything.checklists[pack].sections:
        if section.all_good:
            assert {(item.kind, item.on_fail is OnFail.ALERT) for item in section.items} == {(ItemKind.TICK, False)}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_gate_is_a_task_of_every_shipped_policy(tmp_path: Path, policy: str) -> None:
    pharmacy = load_hilltop(tmp_path, policy=policy)
    site = pharmacy.sites["hilltop-main"]
    for checklist in pharmacy.checklists.values():
        for item in items_of(checklist):
            assert not item.gate or item.gate in site.gates, f"{checklist.id}: {item.id}"


@pytest.mark.parametrize("pack", PACKS)
def test_limits_are_sensible_in_both_degrees(everything: Pharmacy, in_celsius: Pharmacy, pack: str) -> None:
    """The same band in each, within half a degree Celsius of rounding, and none at all in neither."""
    for ours, theirs in zip(laid_out(everything, pack).lines, laid_out(in_celsius, pack).lines, strict=True):
        assert ours.key == theirs.key
        if ours.kind in (ItemKind.TEMPERATURE, ItemKind.MIN_MAX):
            assert (ours.unit, theirs.unit) == ("F", "C")
            assert alike(ours.low, theirs.low)
            assert alike(ours.high, theirs.high)
            assert ours.low is None or ours.high is None or ours.low < ours.high
        else:
            assert (ours.low, ours.high, ours.unit) == (theirs.low, theirs.high, theirs.unit)


def alike(fahrenheit: float | None, celsius: float | None) -> bool:
    if fahrenheit is None or celsius is None:
        return fahrenheit is celsius
    return abs((fahrenheit - 32) / 1.8 - celsius) < 0.5


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_says_where_it_comes_from(pack: str) -> None:
    """Above the numbers: a source, or that there is none."""
    text = (shipped_packs() / "checklists" / f"{pack}.yaml").read_text(encoding="utf-8")
    comment = text.split("\nid: ", 1)[0].casefold()
    sources = r"\.(?:com|org|net|edu|io)|usp|cdc|cfr|vfc|common practice|published|domain practice|our own|boards"
    assert re.search(sources, comment), pack


UNVERIFIED = ["mail-order-shift", "vaccine-clinic-day", "usp797-daily", "usp797-monthly", "usp795-daily",
              "specialty-packout", "compliance-weekly", "ltc-ekit-monthly"]  # fmt: skip


@pytest.mark.parametrize("pack", UNVERIFIED)
def test_a_pack_says_what_is_unverified(pack: str) -> None:
    text = (shipped_packs() / "checklists" / f"{pack}.yaml").read_text(encoding="utf-8")
    assert "unverified" in text.casefold()


def test_shifts_begin_and_end_with_a_checklist(everything: Pharmacy) -> None:
    parts = {part: {each.id for each in everything.checklists.values() if each.shift is part} for part in ShiftPart}
    assert parts[ShiftPart.START] == {"retail-opening", "hospital-shift", "ltc-daily", "mail-order-shift",
                                      "clinic-daily"}  # fmt: skip
    assert parts[ShiftPart.END] == {"retail-closing", "hospital-handover", "shift-handover", "clinic-close"}


def test_a_witness_signs_in_a_section_whose_other_lines_a_technician_answers(everything: Pharmacy) -> None:
    """Nobody witnesses in a section in which they answered: one pharmacist on duty must be enough."""
    for pack in PACKS:
        lines = laid_out(everything, pack).lines
        witnessed = {line.section for line in lines if line.meaning == "witnessed"}
        others = [line for line in lines if line.section in witnessed and line.meaning != "witnessed"]
        assert all(line.role is Role.TECHNICIAN for line in others), pack


def test_registers_and_mailboxes_may_be_asked_one_by_one(tmp_path: Path) -> None:
    """The overlay that the voicemail pack shows in its comment, as it stands there."""
    comment = (shipped_packs() / "checklists" / "voicemail.yaml").read_text(encoding="utf-8").split("\nid: ")[0]
    overlay = "\n".join(line[4:] for line in comment.splitlines() if line.startswith("#   "))
    (tmp_path / "checklists").mkdir()
    (tmp_path / "checklists" / "voicemail.yaml").write_text(overlay, encoding="utf-8")
    lines = laid_out(load_hilltop(tmp_path), "voicemail").lines
    assert [line.title for line in lines] == ["Main line: messages", "Doctors' line: messages"]


@pytest.mark.parametrize("pack", ["retail-opening", "retail-closing"])
def test_the_overlay_in_a_packs_comment_works(tmp_path: Path, pack: str) -> None:
    text = (shipped_packs() / "checklists" / f"{pack}.yaml").read_text(encoding="utf-8").split("\nid: ")[0]
    overlay = "\n".join(line[4:] for line in text.splitlines() if line.startswith("#   "))
    (tmp_path / "checklists").mkdir()
    (tmp_path / "checklists" / f"{pack}.yaml").write_text(overlay, encoding="utf-8")
    titles = {line.title for line in laid_out(load_hilltop(tmp_path), pack).lines}
    assert titles & {"Both tills counted", "Front register: reconciled"}


def test_the_opening_checklist_begins_at_the_door_and_asks_each_unit_twice(hilltop: Pharmacy) -> None:
    """The temperature now, and the minimum and maximum since the reset (VFC)."""
    lines = laid_out(hilltop, "retail-opening").lines
    assert [line.key for line in lines[:4]] == ["exterior", "cabinet", "cameras", "lights"]
    assert {line.role for line in lines if line.section != "Pharmacist"} == {Role.TECHNICIAN}
    units = ["vaccine-fridge", "pharmacy-fridge", "vaccine-freezer", "insulin-fridge"]
    for kind in (ItemKind.TEMPERATURE, ItemKind.MIN_MAX):
        asked = [line for line in lines if line.kind is kind and line.subject]
        assert [line.subject for line in asked] == units
        assert [(line.low, line.high, line.unit) for line in asked[:3:2]] == [(36, 46, "F"), (-58, 5, "F")]
        assert all(line.from_sensor for line in asked)
    assert all("fridge" in line.words for line in lines if line.key.startswith("fridge-temps"))


def test_a_policy_gives_a_line_its_role(tmp_path: Path) -> None:
    """West Virginia keeps refill voicemail and alarm codes with the pharmacist; an overlay of the policy may not."""
    (tmp_path / "checklists" / "policy").mkdir(parents=True)
    ours = (
        "id: ours\ntitle: Ours\nstate: US\nextends: us-default\n"
        "rules:\n"
        "  - { task: alarm-and-keys, role: technician, source: Us, read_on: 2026-11-22, verified: false, note: x }\n"
    )
    (tmp_path / "checklists" / "policy" / "ours.yaml").write_text(ours, encoding="utf-8")
    assert laid_out(load_hilltop(tmp_path, policy="us-wv"), "retail-opening").line("alarm").role is Role.PHARMACIST
    assert laid_out(load_hilltop(tmp_path, policy="ours"), "retail-opening").line("alarm").role is Role.TECHNICIAN


def test_the_count_is_witnessed_by_a_pharmacist_drug_by_drug(hilltop: Pharmacy) -> None:
    lines = laid_out(hilltop, "controlled-count").lines
    assert [line.subject for line in lines] == ["oxycodone-5", "hydromorphone-2", "methylphenidate-10"]
    assert all(line.kind is ItemKind.COUNT and line.witness is Role.PHARMACIST for line in lines)


def slots(pharmacy: Pharmacy, pack: str) -> list[tuple[str, str, str]]:
    calendar = pharmacy.sites["hilltop-main"].calendar
    runs = occurrences(pharmacy.checklists[pack].schedule, calendar, MONDAY)
    texts = [(run.opens_at, run.due_at, run.missed_at) for run in runs]
    return [(local_clock(calendar, a), local_clock(calendar, b), local_clock(calendar, c)) for a, b, c in texts]


def test_when_the_packs_open_are_due_and_are_missed(hilltop: Pharmacy) -> None:
    assert slots(hilltop, "retail-opening") == [("07:15", "08:00", "08:10")]
    assert slots(hilltop, "retail-midday") == [("12:00", "13:30", "13:45")]
    assert slots(hilltop, "controlled-count") == [("12:00", "14:00", "14:15")]
    assert slots(hilltop, "retail-closing") == [("19:30", "20:15", "20:25")]
    assert slots(hilltop, "voicemail") == [
        (f"{hour:02}:00", f"{hour:02}:30", f"{hour:02}:45") for hour in range(8, 19, 2)
    ]


def line_kinds(lines: tuple[Line, ...]) -> set[ItemKind]:
    return {line.kind for line in lines}


def test_the_voicemail_sweep_is_one_item(hilltop: Pharmacy) -> None:
    lines = laid_out(hilltop, "voicemail").lines
    assert len(lines) == 1
    assert line_kinds(lines) == {ItemKind.VOICEMAIL}


PRINTED = {
    "vaccine-refrigerator": ((2, 8), (36, 46)),
    "vaccine-freezer": ((-50, -15), (-58, 5)),
    "ultra-cold": ((-90, -60), (-130, -76)),
    "usp-refrigerator": ((2, 8), (36, 46)),
    "usp-freezer": ((-25, -10), (-13, 14)),
    "controlled-room": ((20, 25), (68, 77)),
    "cleanroom": ((None, 20), (None, 68)),
}


@pytest.mark.parametrize("kind", PRINTED)
def test_limits_are_as_printed_in_each_unit(tmp_path: Path, kind: str) -> None:
    """domain.md §1.1, from CDC's forms and USP: 46 °F stays 46, though 8 °C would be 46.4."""
    for name in ("pharmacy.yaml", "sensors/hilltop.yaml"):
        text = (HILLTOP / name).read_text(encoding="utf-8")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("class: vaccine-refrigerator", f"class: {kind}"), encoding="utf-8")
    found = load(tmp_path).units["vaccine-fridge"].storage_class
    assert ((found.low[C], found.high[C]), (found.low[F], found.high[F])) == PRINTED[kind]


def test_delays_are_within_what_a_vaccine_unit_may_have() -> None:
    classes = yaml.safe_load((shipped_packs() / "sensors" / "storage-classes.yaml").read_text(encoding="utf-8"))
    assert {each["id"] for each in classes["classes"]} == set(PRINTED)
    fridge = load(HILLTOP).units["vaccine-fridge"].storage_class
    assert fridge.alarm_delay == timedelta(minutes=15)
    assert fridge.critical_after == timedelta(minutes=60)
    assert (fridge.critical_low[C], fridge.critical_high[C]) == (0, 12)
    assert (fridge.clear_inside[C], fridge.clear_after) == (0.3, timedelta(minutes=10))
    assert (fridge.warn_low[C], fridge.warn_high[C], fridge.warn_after) == (2.5, 7.5, timedelta(minutes=10))
    assert (fridge.cumulative_hot, fridge.cumulative_cold) == (timedelta(minutes=60), timedelta(minutes=40))
    assert (fridge.cumulative_within, fridge.max_gap) == (timedelta(hours=72), timedelta(minutes=30))
    assert (fridge.rate, fridge.flaps, fridge.flaps_within) == ({C: 20, F: 36}, 4, timedelta(hours=1))
    assert (fridge.stuck_after, fridge.mkt_window) == (timedelta(hours=6), timedelta(hours=24))
