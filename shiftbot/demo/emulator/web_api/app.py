"""auth.test, api.test, apps.connections.open, blocks.validate: the app's own affairs."""

from typing import Any

from shiftbot.demo.emulator.blockkit import Problem, problems_in_blocks, problems_in_view
from shiftbot.demo.emulator.content import parsed
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method

Json = dict[str, Any]


def auth_test(desk: Desk, _arguments: Arguments) -> Json:
    workspace = desk.workspace
    return {
        "url": f"{workspace.url}/",
        "team": workspace.name,
        "user": workspace.bot.handle,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_desk: Desk, arguments: Arguments) -> Json:
    if arguments.get("error"):
        raise Refusal(arguments.text("error"), args=dict(arguments))
    return {"args": dict(arguments)} if arguments else {}


def open_connection(desk: Desk, _arguments: Arguments) -> Json:
    return {"url": desk.open_connection()}


def validate(_desk: Desk, arguments: Arguments) -> Json:
    given = [name for name in ("blocks", "view", "message") if arguments.get(name) is not None]
    if len(given) != 1:
        raise Refusal("invalid_arguments", ["must provide exactly one of `blocks`, `view`, or `message`"])
    value = parsed(arguments[given[0]], "invalid_arguments")
    problems = _problems(given[0], value)
    if problems:
        raise Refusal(f"invalid_{given[0]}", errors=[_described(problem) for problem in problems])
    return {}


def _problems(name: str, value: Any) -> list[Problem]:
    match name:
        case "blocks":
            return problems_in_blocks(value)
        case "view":
            return problems_in_view(value)
        case _:
            blocks = value.get("blocks") or [] if isinstance(value, dict) else None
            return [Problem(f"/blocks{p.pointer}", p.message) for p in problems_in_blocks(blocks)]


def _described(problem: Problem) -> Json:
    return {"code": "failed_constraint", "message": problem.message, "pointer": problem.pointer}


METHODS = {
    "auth.test": Method(auth_test),
    "api.test": Method(api_test, token="none"),
    "apps.connections.open": Method(open_connection, token="app"),
    "blocks.validate": Method(validate, token="none"),
}
