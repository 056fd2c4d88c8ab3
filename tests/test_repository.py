"""What the repository may hold: no address of a package index, no path of somebody's machine, nothing unpinned."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "Procfile",
    "README.md",
    "checklists",
    "docs",
    "pyproject.toml",
    "requirements.lock",
    "schemas",
    "sensors",
    "shiftbot",
    "tests",
}
LOCKS_THAT_NAME_AN_INDEX = re.compile(r"(^|/)(uv\.lock|pylock[^/]*\.toml|poetry\.lock|Pipfile\.lock)$")
INDEX_ADDRESS = re.compile(r"https?://[^ ]*(?:simple|packages)/")
# Folders in which people keep their work. The look-behind lets an address such as https://host/work/… pass.
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:work|root|home|Users)/[\w.]")


def tracked_files() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """Lines of tracked text files; a binary file has none, and this file may name what it looks for."""
    found = []
    for name in tracked_files():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content and name != "tests/test_repository.py":
            lines = content.decode("utf-8").splitlines()
            found += [
                f"{name}:{number}: {line.strip()[:120]}" for number, line in enumerate(lines, 1) if pattern.search(line)
            ]
    return found


def test_no_tracked_file_names_a_package_index() -> None:
    assert lines_matching(INDEX_ADDRESS) == []


def test_no_tracked_file_holds_a_path_of_somebodys_machine() -> None:
    assert lines_matching(MACHINE_PATH) == []


def test_no_lock_that_writes_index_addresses_is_tracked() -> None:
    assert [name for name in tracked_files() if LOCKS_THAT_NAME_AN_INDEX.search(name)] == []


def test_only_the_known_entries_stand_at_the_top() -> None:
    assert {Path(name).parts[0] for name in tracked_files()} - TOP_LEVEL == set()


def test_every_requirement_is_pinned_and_hashed() -> None:
    unpinned = [block.splitlines()[0] for block in requirements() if not is_pinned_and_hashed(block)]
    assert unpinned == []


def test_the_lock_holds_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {bare_name(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]}
    assert asked - {bare_name(block) for block in requirements()} == set()


@pytest.mark.parametrize(
    ("block", "pinned"),
    [
        ("six==1.17.0 \\\n    --hash=sha256:" + "0" * 64, True),
        ("six==1.17.0 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64, True),
        ("six==1.17.0", False),
        ("six>=1.17 \\\n    --hash=sha256:" + "0" * 64, False),
    ],
)
def test_a_requirement_without_version_or_hash_is_recognised(block: str, pinned: bool) -> None:
    assert is_pinned_and_hashed(block) is pinned


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("see /home/someone/project", True),
        ('path = "/root/.cache"', True),
        ("https://example.com/home/page", False),
        ("GET /work-orders and ../home/x", False),
    ],
)
def test_a_machines_path_is_recognised(line: str, is_found: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) is is_found


def requirements() -> list[str]:
    """The lock, one block a requirement: its line and the indented hashes under it."""
    return re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())


def is_pinned_and_hashed(block: str) -> bool:
    first, *rest = block.splitlines()
    pinned = re.fullmatch(r"[a-z0-9._-]+(?:\[[a-z,-]+\])?==[^\s;]+(?: ; [^\\]+)?(?: \\)?", first)
    return bool(pinned and rest and all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line) for line in rest))


def bare_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match.group()).lower()
