"""POST to a response URL: another message, a replacement of the one that was used, or its deletion."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shiftbot.demo.emulator import acks, posting
from shiftbot.demo.emulator.content import message_content
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.response_urls import ResponseUrl
from shiftbot.demo.emulator.web_api.endpoint import Said, WebApi
from shiftbot.demo.emulator.workspace import Channel, Workspace

Json = dict[str, Any]
NAME = "response_url"  # what faults and the log of calls know it by


class ResponseEndpoint:
    def __init__(self, workspace: Workspace, web_api: WebApi) -> None:
        self._workspace = workspace
        self._web_api = web_api

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        secret = request.path_params["secret"]
        arguments = _parsed(body)
        return await self._web_api.respond(request, NAME, arguments or {}, lambda: self._answer(secret, arguments))

    def _answer(self, secret: str, arguments: Json | None) -> Said:
        try:
            with self._workspace.lock:
                self._act(self._workspace.response_urls.use(secret), arguments)
        except Refusal as refusal:
            return Said(refusal.answer(), refusal.status if refusal.status != 200 else 400)
        return Said({"ok": True})

    def _act(self, used: ResponseUrl, said: Json | None) -> None:
        if said is None:
            raise Refusal("invalid_payload")
        channel = self._workspace.channels[used.channel]
        original = self._workspace.messages.find(channel.id, used.ts) if used.ts else None
        if said.get("delete_original"):
            posting.delete(self._workspace, channel, _present(original))
        elif said.get("replace_original"):
            self._replace(channel, _present(original), said)
        else:
            acks.reply(self._workspace, channel, used.user, said)

    def _replace(self, channel: Channel, original: Message, said: Json) -> None:
        content = message_content(said)
        posting.edit(self._workspace, channel, original, **content)


def _present(original: Message | None) -> Message:
    if original is None:
        raise Refusal("message_not_found", status=404)
    return original


def _parsed(body: bytes) -> Json | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
