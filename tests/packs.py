"""Every shipped pack at once, at one site: the Hilltop of the definitions with all of them named."""

import re
from pathlib import Path

from shiftbot.definitions import load, shipped_packs
from shiftbot.domain.site import Pharmacy

HILLTOP = Path(__file__).parent / "definitions" / "hilltop"

EVERY_PACK = sorted(path.stem for path in (shipped_packs() / "checklists").glob("*.yaml"))

PLACES = """
    registers: [{ id: front, name: Front register }, { id: drive, name: Drive-through }]
    mailboxes: [{ id: main-line, name: Main line }, { id: doctors, name: Doctors' line }]
"""


def write_hilltop(
    home: Path, *checklists: str, degrees: str = "F", policy: str = "us-default", more: str = PLACES
) -> Path:
    """Hilltop's folder with these checklists named (every pack when none is); `more` are further keys of the site."""
    for path in HILLTOP.rglob("*.yaml"):
        copy = home / path.relative_to(HILLTOP)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    text = (home / "pharmacy.yaml").read_text(encoding="utf-8")
    named = f"checklists: [{', '.join(checklists or EVERY_PACK)}]\n    policy: {policy}{more.rstrip()}"
    text = re.sub(r"checklists: \[.*?\]", named, text)
    text = text.replace("temperature_unit: F", f"temperature_unit: {degrees}")
    (home / "pharmacy.yaml").write_text(text, encoding="utf-8")
    return home


def load_hilltop(
    home: Path, *checklists: str, degrees: str = "F", policy: str = "us-default", more: str = PLACES
) -> Pharmacy:
    """What that folder defines."""
    return load(write_hilltop(home, *checklists, degrees=degrees, policy=policy, more=more))
