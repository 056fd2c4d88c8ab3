"""Where the shipped packs are: checklists, storage classes and message formats that a pharmacy may copy and edit."""

from pathlib import Path


def shipped_packs() -> Path:
    """The folder that holds `checklists/` and `sensors/`: in the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_packs"
    return installed if installed.is_dir() else package.parent
