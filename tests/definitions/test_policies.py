"""State policies: whose a task is at a site, what they extend, and who must be there to do it."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from shiftbot.definitions import load, shipped_packs
from shiftbot.definitions.parts import yaml_files
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Place
from shiftbot.errors import DefinitionError
from shiftbot.services.planning import plan_for

HILLTOP = Path(__file__).parent / "hilltop"

POLICIES = yaml_files(shipped_packs() / "checklists" / "policy")


@pytest.fixture
def hilltop(tmp_path: Path) -> Path:
    home = Path(shutil.copytree(HILLTOP, tmp_path / "hilltop"))
    (home / "checklists" / "policy").mkdir(parents=True)
    return home


def at_site(home: Path, line: str) -> None:
    path = home / "pharmacy.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    fallback: morgan\n", f"    fallback: morgan\n    {line}\n"), encoding="utf-8")


def write(home: Path, name: str, text: str) -> None:
    (home / "checklists" / f"{name}.yaml").write_text(text, encoding="utf-8")


def mistakes_in(home: Path) -> list[str]:
    with pytest.raises(DefinitionError) as raised:
        load(home)
    return raised.value.mistakes


RULE = 'source: "Our procedure 12", read_on: 2026-11-22'

OURS = f"""\
id: ours
title: Our rules
state: OR
extends: us-or
rules:
  - {{ task: sign-daily-log, role: pharmacist, verified: true, {RULE} }}
  - {{ task: wipe-robot, role: technician, {RULE} }}
"""

SWEEP = """\
id: voicemail
title: Sweep
every: 2h
due: 30m
sections:
  - title: Voicemail
    items:
      - { id: new, title: New prescriptions, gate: voicemail-new-prescription }
      - { id: refill, title: Refills, gate: voicemail-refill-authorisation, role: manager }
      - { id: robot, title: Robot, gate: wipe-robot, role: pharmacist }
"""


def roles(home: Path) -> list[Role]:
    pharmacy = load(home)
    return [line.role for line in plan_for(pharmacy, pharmacy.sites["hilltop-main"], "voicemail").lines]


def test_a_site_that_names_no_policy_has_the_common_one() -> None:
    gates = load(HILLTOP).sites["hilltop-main"].gates
    assert gates["voicemail-new-prescription"] is Role.PHARMACIST
    assert gates["voicemail-refill-authorisation"] is Role.TECHNICIAN
    assert gates["sign-daily-log"] is Role.MANAGER


@pytest.mark.parametrize(
    ("policy", "task", "role"),
    [
        ("us-mn", "put-away-stock-bottle", Role.PHARMACIST),
        ("us-mn", "cii-reconcile", Role.TECHNICIAN),
        ("us-wv", "alarm-and-keys", Role.PHARMACIST),
        ("us-wv", "voicemail-refill-authorisation", Role.PHARMACIST),
        ("us-az", "voicemail-refill-authorisation", Role.TECHNICIAN),
        ("us-tn", "voicemail-new-prescription", Role.PHARMACIST),
    ],
)
def test_a_states_policy_stands_over_the_common_one(hilltop: Path, policy: str, task: str, role: Role) -> None:
    at_site(hilltop, f"policy: {policy}")
    gates = load(hilltop).sites["hilltop-main"].gates
    assert gates[task] is role
    assert gates["dur-override"] is Role.PHARMACIST


def test_a_gate_says_whose_a_line_is_and_the_items_role_only_where_no_rule_does(hilltop: Path) -> None:
    write(hilltop, "policy/ours", OURS)
    write(hilltop, "sweep", SWEEP)
    assert roles(hilltop) == [Role.PHARMACIST, Role.TECHNICIAN, Role.PHARMACIST]
    at_site(hilltop, "policy: ours")
    assert roles(hilltop) == [Role.PHARMACIST, Role.TECHNICIAN, Role.TECHNICIAN]
    assert load(hilltop).sites["hilltop-main"].gates["sign-daily-log"] is Role.PHARMACIST


def test_a_policy_of_the_pharmacys_own_may_replace_a_shipped_one(hilltop: Path) -> None:
    write(hilltop, "policy/us-default", OURS.replace("id: ours", "id: us-default").replace("us-or", "us-default"))
    gates = load(hilltop).sites["hilltop-main"].gates
    assert gates["sign-daily-log"] is Role.PHARMACIST
    assert gates["dur-override"] is Role.PHARMACIST


def test_an_edited_policy_changes_the_digest(hilltop: Path) -> None:
    write(hilltop, "policy/ours", OURS)
    before = load(hilltop).digest
    write(hilltop, "policy/ours", OURS.replace("role: pharmacist", "role: manager"))
    assert load(hilltop).digest != before


def test_ten_thousand_sites_share_the_gates_of_their_policy(hilltop: Path) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    site = text.split("sites:\n")[1].split("people:")[0]
    second = site.replace("hilltop-main", "second").replace("C0HILLTOP", "C0SECOND")
    (hilltop / "pharmacy.yaml").write_text(text.replace("people:\n", f"{second}people:\n"), encoding="utf-8")
    first, other = load(hilltop).sites.values()
    assert first.gates is other.gates


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("extends: us-or", "extends: us-orr", '4:10: no state policy is called "us-orr"; did you mean us-or?'),
        ("extends: us-or", "extends: ours", '4:10: no state policy is called "ours"; write one of us-az, us-'),
        ("task: wipe-robot", "task: sign-daily-log", '7:13: the task "sign-daily-log" stands here twice; keep one'),
        ("role: technician", "role: tech", '7:31: "tech" is not known here; write one of technician'),
        ("read_on: 2026-11-22 }\n  - {", "read_on: May }\n  - {", '6:100: "May" is not a date; write year-month-day'),
        ("role: technician, ", "", "7:5: role is missing; write role: pharmacist"),
        ('source: "Our procedure 12", read_on: 2026-11-22 }\n', "}\n", "7:5: source is missing"),
    ],
)
def test_a_mistake_in_a_policy_has_its_place(hilltop: Path, old: str, new: str, told: str) -> None:
    before, found, after = OURS.rpartition(old) if old in OURS else ("", "", "")
    assert found
    write(hilltop, "policy/ours", before + new + after)
    assert mistakes_in(hilltop)[0].startswith(f"checklists/policy/ours.yaml:{told}"), mistakes_in(hilltop)


def test_policies_that_extend_each_other_are_told_with_the_whole_chain(hilltop: Path) -> None:
    write(hilltop, "policy/a", OURS.replace("id: ours", "id: first").replace("us-or", "second"))
    write(hilltop, "policy/b", OURS.replace("id: ours", "id: second").replace("us-or", "first"))
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith("checklists/policy/a.yaml:4:10: this extends itself: first → second → first;")


def test_a_policy_that_is_no_yaml_is_not_called_unknown_too(hilltop: Path) -> None:
    at_site(hilltop, "policy: ours")
    write(hilltop, "policy/ours", "id: ours: x\n")
    write(hilltop, "sweep", SWEEP)
    (mistake,) = mistakes_in(hilltop)
    assert mistake.startswith("checklists/policy/ours.yaml:1:9: this is not YAML")


@pytest.mark.parametrize("path", POLICIES, ids=[path.stem for path in POLICIES])
def test_every_shipped_rule_has_its_source_and_the_day_it_was_read(path: Path) -> None:
    policy = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert policy["id"] == path.stem
    for rule in policy["rules"]:
        assert rule["source"]
        assert rule["read_on"] == date(2026, 11, 22)
        assert rule["verified"] or rule["note"], "what was not verified says what is known"


def test_every_shipped_gate_has_a_common_rule() -> None:
    common = yaml.safe_load((shipped_packs() / "checklists/policy/us-default.yaml").read_text(encoding="utf-8"))
    tasks = {rule["task"] for rule in common["rules"]}
    for path in yaml_files(shipped_packs() / "checklists"):
        pack = yaml.safe_load(path.read_text(encoding="utf-8"))
        gates = {item.get("gate") for section in pack.get("sections", ()) for item in section["items"]} - {None}
        assert gates <= tasks, path.name


def test_a_checklist_for_a_role_nobody_has(hilltop: Path) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    nobody = text.replace("roles: [pharmacist]", "roles: [technician]")
    (hilltop / "pharmacy.yaml").write_text(nobody, encoding="utf-8")
    found = mistakes_in(hilltop)
    assert found[0] == (
        'pharmacy.yaml:11:18: "retail-opening" asks a pharmacist (alarm), and nobody has that role '
        "(by the policy us-default); give somebody roles: [pharmacist], or take the checklist off"
    )
    counted = '"controlled-count" asks a pharmacist'
    assert [mistake for mistake in found if counted in mistake], "the witness of a count"


def test_a_checklist_for_a_role_that_only_the_policy_gives_it(hilltop: Path) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    only_pharmacists = text.replace("roles: [technician]", "roles: [pharmacist]").replace(
        "roles: [manager]", "roles: [pharmacist]"
    )
    plain = only_pharmacists.split("escalation:")[0] + "escalation: { standard: [{ tell: amira }] }\n"
    (hilltop / "pharmacy.yaml").write_text(plain, encoding="utf-8")
    load(hilltop)
    signed = SWEEP.replace("gate: voicemail-new-prescription", "gate: sign-daily-log").replace(", role: manager", "")
    write(hilltop, "sweep", signed.replace(", gate: wipe-robot", ""))
    (mistake,) = mistakes_in(hilltop)
    assert '"voicemail" asks a manager (new), and nobody has that role (by the policy us-default)' in mistake


def test_what_a_site_does_not_have_needs_nobody(hilltop: Path) -> None:
    text = (hilltop / "pharmacy.yaml").read_text(encoding="utf-8")
    (hilltop / "pharmacy.yaml").write_text(
        text.replace("roles: [manager]", "roles: [technician]").split("escalation:")[0]
        + "escalation: { standard: [{ tell: amira }] }\n",
        encoding="utf-8",
    )
    each = SWEEP.replace("gate: wipe-robot, role: pharmacist", "for_each: mailbox, role: manager")
    write(hilltop, "sweep", each)
    load(hilltop)
    at_site(hilltop, "mailboxes: [{ id: line, name: Doctors' line }]")
    (mistake,) = mistakes_in(hilltop)
    assert '"voicemail" asks a manager (robot)' in mistake


def test_a_site_has_registers_mailboxes_signing_photos_and_follow_ups(hilltop: Path) -> None:
    plain = load(hilltop).sites["hilltop-main"]
    assert (plain.photos, plain.pin, plain.registers, plain.mailboxes) == (False, False, (), ())
    assert (hours(plain.follow_up_within), hours(plain.follow_up_grace)) == (24, 2)
    at_site(hilltop, "registers: [{ id: front, name: Front register }]")
    at_site(hilltop, "mailboxes: [{ id: line, name: Doctors' line }, { id: refill, name: Refill line }]")
    at_site(hilltop, "follow_ups: { within: 4h, escalate_after: 30m }")
    at_site(hilltop, "photos: true")
    at_site(hilltop, "signing: pin")
    site = load(hilltop).sites["hilltop-main"]
    assert site.registers == (Place("front", "Front register"),)
    assert [place.id for place in site.mailboxes] == ["line", "refill"]
    assert (site.photos, site.pin, hours(site.follow_up_within), hours(site.follow_up_grace)) == (True, True, 4, 0.5)


def hours(span: object) -> float:
    assert isinstance(span, timedelta)
    return span / timedelta(hours=1)


def test_the_roster_may_name_technicians(hilltop: Path) -> None:
    path = hilltop / "pharmacy.yaml"
    rule = '  - { site: hilltop-main, person: ben, days: mon-fri, from: "09:00", to: "17:00" }\n'
    path.write_text(path.read_text(encoding="utf-8").replace("escalation:", f"{rule}escalation:"), encoding="utf-8")
    assert load(hilltop).roster[-1].person == "ben"
