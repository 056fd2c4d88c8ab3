"""The Web API: every method by name, families in the modules beside this one. Knows nothing of faults or sockets."""

from typing import Any

from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api import app, chat, conversations, files, people, reactions, scopes, views
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method, refuse_haste

METHODS: dict[str, Method] = {
    **app.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **views.METHODS,
}


def answer(desk: Desk, name: str, token_kind: str | None, arguments: Arguments) -> dict[str, Any]:
    """`token_kind`: bot, app, revoked, unknown, or None when no token came. Raises Refusal."""
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    _admit(method, token_kind)
    _refuse_without_scope(desk, name)
    refuse_haste(desk.rate_limits.wait_for_call(name))
    method.require(arguments)
    with desk.workspace.lock:
        return {"ok": True, **method.handler(desk, arguments)}


def _admit(method: Method, token_kind: str | None) -> None:
    if method.token == "none":
        return
    refused = {None: "not_authed", "unknown": "invalid_auth", "revoked": "token_revoked"}
    if token_kind in refused:
        raise Refusal(refused[token_kind])
    if token_kind != method.token:
        raise Refusal("not_allowed_token_type")


def _refuse_without_scope(desk: Desk, name: str) -> None:
    granted = desk.workspace.manifest.bot_scopes
    wanted = scopes.missing(name, granted)
    if wanted:
        raise Refusal("missing_scope", needed=",".join(wanted), provided=",".join(granted or []))
