"""What `shiftbot init` writes: a commented start that loads as it is, with ids that are plainly placeholders."""

from pathlib import Path

from shiftbot.definitions.schemas import write_schemas
from shiftbot.errors import Refused

_TEMPLATES = Path(__file__).with_name("templates")
_FILES = ("pharmacy.yaml", "sensors/fridges.yaml")


def write_starter(folder: Path) -> list[Path]:
    """Writes the start into a folder, made when missing; the paths written. `Refused` when a file is already there."""
    targets = [folder / name for name in _FILES]
    for target in targets:
        if target.exists():
            raise Refused(f"{target} is already there, so nothing was written. Edit it, or name an empty folder.")
    for name, target in zip(_FILES, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((_TEMPLATES / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "checklists").mkdir(exist_ok=True)
    write_schemas(folder / "schemas")
    return targets
