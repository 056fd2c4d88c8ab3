"""Block Kit as Slack checks it: every `blocks` and `view` payload passes here before the workspace sees it.

Knows nothing of HTTP, people or channels. `json-pointer` places are relative to the argument that was checked.
"""

from typing import Any

from shiftbot.demo.emulator.blockkit.layouts import BLOCKS, ON_SURFACE
from shiftbot.demo.emulator.blockkit.parts import ID, plain_text
from shiftbot.demo.emulator.blockkit.rules import Problem, Rule, boolean, by_type, each, one_of, shape, string

BLOCKS_IN_A_MESSAGE = 50
BLOCKS_IN_A_VIEW = 100
CHARTS_IN_A_MESSAGE = 2

_VIEW_KEYS: dict[str, Rule] = {
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
    "private_metadata": string(3000, least=0),
}
_SURFACES = {
    name: each(by_type(BLOCKS, kinds), BLOCKS_IN_A_MESSAGE if name == "message" else BLOCKS_IN_A_VIEW, least=0)
    for name, kinds in ON_SURFACE.items()
}
_MODAL = shape(
    {"type": one_of("modal"), "title": plain_text(24), "blocks": _SURFACES["modal"]},
    {
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
        **_VIEW_KEYS,
    },
)
_HOME = shape({"type": one_of("home"), "blocks": _SURFACES["home"]}, _VIEW_KEYS)


def problems_in_blocks(blocks: Any, surface: str = "message") -> list[Problem]:
    problems: list[Problem] = []
    _SURFACES[surface](blocks, "", problems)
    if not problems:
        _distinct_block_ids(blocks, "", problems)
        _few_charts(blocks, problems)
    return problems


def problems_in_view(view: Any, kinds: tuple[str, ...] = ("modal", "home")) -> list[Problem]:
    problems: list[Problem] = []
    by_type({"modal": _MODAL, "home": _HOME}, frozenset(kinds))(view, "", problems)
    if not problems:
        _distinct_block_ids(view["blocks"], "/blocks", problems)
        _inputs_need_submit(view, problems)
    return problems


def _distinct_block_ids(blocks: list[dict[str, Any]], at: str, problems: list[Problem]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            problems.append(Problem(f"{at}/{index}/block_id", f"`block_id` {block_id} already exists"))
        elif block_id is not None:
            seen.add(block_id)


def _few_charts(blocks: list[dict[str, Any]], problems: list[Problem]) -> None:
    if sum(block["type"] == "data_visualization" for block in blocks) > CHARTS_IN_A_MESSAGE:
        problems.append(Problem("", f"no more than {CHARTS_IN_A_MESSAGE} data_visualization blocks allowed"))


def _inputs_need_submit(view: dict[str, Any], problems: list[Problem]) -> None:
    has_input = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and has_input and not view.get("submit"):
        problems.append(Problem("", "missing required field: submit"))


__all__ = ["ID", "Problem", "problems_in_blocks", "problems_in_view"]
