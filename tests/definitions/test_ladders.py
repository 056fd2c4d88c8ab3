"""Mistakes in policies and teams: each with its place, what is wrong and what to write."""

from pathlib import Path

import pytest
import yaml

from shiftbot import definitions
from shiftbot.errors import DefinitionError

PEOPLE = """
people:
  - { id: amira, name: Amira Hassan, slack: U0AMIRA, roles: [pharmacist] }
  - { id: morgan, name: Morgan Lee, slack: U0MORGAN, roles: [manager] }
"""
SITE = """sites:
  - id: hilltop-main
    name: Hilltop Pharmacy, Main Street
    timezone: America/New_York
    temperature_unit: F
    channel: C0HILLTOP
    hours: { mon-fri: "08:00-20:00" }
    setting: retail
    checklists: []
    fallback: morgan
"""


def mistakes(tmp_path: Path, rest: str, site: str = SITE) -> list[str]:
    """What is wrong with a pharmacy that is right but for `rest`; the line counts from `escalation:` or `teams:`."""
    text = site + PEOPLE + rest
    assert yaml.safe_load(text)
    (tmp_path / "pharmacy.yaml").write_text(text, encoding="utf-8")
    try:
        definitions.load(tmp_path)
    except DefinitionError as error:
        return [line.partition(": ")[2] for line in error.mistakes]
    return []


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ("[]", 'the policy "standard" has no steps'),
        ("[{ tell: amira }, { after: 5m, tell: morgan, only: critical }]", "the last step is only taken sometimes"),
        ("[{ tell: amira }, { after: 5m, tell: on-duty-pharmacist }]", "means the same person, amira"),
        ("[{ tell: manager }, { after: 5m, tell: [morgan, manager] }]", "means the same person, morgan"),
        ("[{ tell: channel }, { after: 5m, tell: area-manager }]", "hilltop-main has no area manager"),
        ("[{ tell: [channel, relief-pharmacist] }]", "hilltop-main has no relief site"),
        ("[{ tell: channel }, { after: 5m, tell: evening }]", 'no person, team or duty word is called "evening"'),
    ],
)
def test_a_ladder_that_could_fail_silently_is_a_mistake_with_its_mend(tmp_path: Path, steps: str, wrong: str) -> None:
    (mistake,) = mistakes(tmp_path, f"escalation:\n  standard: {steps}\n")
    assert wrong in mistake
    assert "; " in mistake


@pytest.mark.parametrize(
    "steps",
    [
        "[{ tell: morgan, repeat: 10m }]",
        "[{ tell: amira, only: critical }, { after: 5m, tell: channel }]",
        "[{ tell: on-duty-pharmacist }, { after: 5m, tell: manager }]",
        "[{ tell: amira }, { after: 5m, tell: [amira, C0WAREHOUSE] }]",
    ],
)
def test_a_ladder_that_reaches_somebody_else_is_right(tmp_path: Path, steps: str) -> None:
    assert mistakes(tmp_path, f"escalation:\n  standard: {steps}\n") == []


@pytest.mark.parametrize(
    ("team", "wrong"),
    [
        ("evening: []", 'the team "evening" has nobody in it'),
        ("evening: [ben]", 'nobody is called "ben"'),
        ("manager: [amira]", '"manager" means something else'),
        ("amira: [amira]", '"amira" means something else'),
    ],
)
def test_a_team_is_of_people_whom_somebody_knows(tmp_path: Path, team: str, wrong: str) -> None:
    (mistake,) = mistakes(tmp_path, f"teams:\n  {team}\n")
    assert wrong in mistake


def test_an_area_manager_is_asked_for_only_where_the_policy_is_walked(tmp_path: Path) -> None:
    steps = "[{ tell: channel }, { after: 5m, tell: area-manager }]"
    policies = f"escalation:\n  standard: [{{ tell: manager }}]\n  chain: {steps}\n"
    assert mistakes(tmp_path, policies) == []
    with_one = SITE.replace("fallback: morgan", "fallback: morgan\n    area_manager: amira")
    assert mistakes(tmp_path, f"escalation:\n  standard: {steps}\n", with_one) == []
