"""The ladder of layers and the numbers of our style, held by tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "shiftbot"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_FUNCTION_LINES = 60
NAMES_THAT_SAY_NOTHING = {"manager", "helper", "util", "common", "base", "data", "info"}
BELOW_THE_CLOCK = ("services", "reports", "storage", "definitions", "domain")
CLOCK_READS = {"now", "utcnow", "today", "time", "time_ns"}
CLOCK_OWNERS = {"datetime", "date", "time", "dt"}
EMULATOR_LIBRARIES = {"starlette", "uvicorn", "websockets", "slack_sdk"}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("shiftbot", include_external_packages=True, cache_dir=None)


def test_the_ladder_holds() -> None:
    """Runs every contract in pyproject.toml: no import goes upwards or sideways, no module stands outside."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    outcome = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_the_domain_stands_on_the_standard_library_alone(imports: grimp.ImportGraph) -> None:
    assert imported_from_outside(imports, "shiftbot.domain", allowed=set(sys.stdlib_module_names)) == []


def test_the_slack_emulator_knows_nothing_of_shiftbot(imports: grimp.ImportGraph) -> None:
    """It stands in for Slack, so it may share no code with what it is there to test."""
    allowed = set(sys.stdlib_module_names) | EMULATOR_LIBRARIES
    assert imported_from_outside(imports, "shiftbot.demo.emulator", allowed=allowed, errors_too=False) == []


@pytest.mark.parametrize("layer", BELOW_THE_CLOCK)
def test_time_is_an_argument_below_the_edges(layer: str) -> None:
    reads = [
        f"{place(module, call)}: {ast.unparse(call)}" for module in modules_in(layer) for call in clock_reads(module)
    ]
    assert reads == []


def test_no_function_is_longer_than_sixty_lines() -> None:
    """Lines that hold something, without the docstring."""
    too_long = [
        f"{place(module, function)}: {function.name} has {lines} lines"
        for module in MODULES
        for function in functions(module)
        if (lines := lines_of(function, module)) > LONGEST_FUNCTION_LINES
    ]
    assert too_long == []


def test_every_module_has_a_name_that_says_something() -> None:
    named_badly = [str(module.relative_to(ROOT)) for module in MODULES if words_of(module) & NAMES_THAT_SAY_NOTHING]
    assert named_badly == []


def test_every_module_opens_by_saying_what_lives_in_it() -> None:
    silent = [
        str(module.relative_to(ROOT))
        for module in MODULES
        if module.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree_of(module))
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from datetime import datetime, UTC\ndatetime.now(UTC)", 1),
        ("import time\ntime.time()", 1),
        ("import datetime as dt\ndt.datetime.now(dt.UTC)", 1),
        ("clock.now()\nrun.time()\nvalue.date.isoformat()", 0),
    ],
)
def test_a_read_of_the_clock_is_recognised(tmp_path: Path, source: str, expected: int) -> None:
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")
    assert len(list(clock_reads(module))) == expected


def imported_from_outside(
    imports: grimp.ImportGraph, package: str, allowed: set[str], *, errors_too: bool = True
) -> list[str]:
    """What a package imports besides itself, the allowed top-level names and, where it may, our error tree."""
    inside = {package} | imports.find_descendants(package)
    permitted = {"shiftbot.errors"} if errors_too else set()
    return sorted(
        f"{module} imports {imported}"
        for module in inside
        for imported in imports.find_modules_directly_imported_by(module) - inside - permitted
        if imported.split(".")[0] not in allowed
    )


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef, module: Path) -> int:
    text = module.read_text(encoding="utf-8").splitlines()
    first = function.body[0]
    docstring = (
        range(first.lineno, (first.end_lineno or 0) + 1) if ast.get_docstring(function) is not None else range(0)
    )
    whole = range(function.lineno, (function.end_lineno or 0) + 1)
    return sum(1 for number in whole if number not in docstring and text[number - 1].strip())


def modules_in(layer: str) -> list[Path]:
    return [module for module in MODULES if module.relative_to(PACKAGE).parts[0] in {layer, f"{layer}.py"}]


def clock_reads(module: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_READS:
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if name in CLOCK_OWNERS:
                yield node


def place(module: Path, node: ast.expr | ast.stmt) -> str:
    return f"{module.relative_to(ROOT)}:{node.lineno}"


def words_of(module: Path) -> set[str]:
    """The words of a module's own name, a plural counting as its singular: `time_utils` gives time, utils, util."""
    words = set(module.stem.split("_"))
    return words | {word.removesuffix("s") for word in words}
