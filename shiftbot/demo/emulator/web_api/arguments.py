"""The arguments of one call: query, form and JSON body as one dict, with Slack's words for what is missing or mistyped.

Reads the request; knows no method by name.
"""

import json
from typing import Any

from starlette.requests import Request

from shiftbot.demo.emulator.refusals import Refusal

Json = dict[str, Any]


class Arguments(dict[str, Any]):
    """Values are as they came: text from forms and queries, anything from JSON."""

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, bool | int | float):
            return str(value)
        if not isinstance(value, str):
            raise Refusal("invalid_arguments", [f"[ERROR] must be a string [json-pointer:/{name}]"])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.get(name)
        return default if value is None else value is True or str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.get(name) or default)
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments", [f"[ERROR] must be a number [json-pointer:/{name}]"]) from None

    def several(self, name: str) -> list[str]:
        """A list, or its items joined by commas."""
        value = self.get(name) or []
        if isinstance(value, list):
            return [str(item) for item in value]
        return [item.strip() for item in str(value).split(",") if item.strip()]


async def read(request: Request) -> Arguments:
    """Sync slack_sdk sends `auth.test` as JSON with an empty body, so an empty body is never a mistake."""
    arguments = Arguments(request.query_params)
    content_type = request.headers.get("content-type", "")
    if request.method == "POST" and content_type.startswith("application/json"):
        arguments.update(_from_json(await request.body()))
    elif request.method == "POST" and "form" in content_type:
        async with request.form() as form:
            arguments.update({key: value for key, value in form.items() if isinstance(value, str)})
    return arguments


def _from_json(body: bytes) -> Json:
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(found, dict):
        raise Refusal("json_not_object")
    return found


def bearer(request: Request, arguments: Arguments) -> str | None:
    """The token, taken out of the arguments: header first."""
    written = arguments.pop("token", None)
    header = request.headers.get("authorization", "")
    return header[7:].strip() if header.lower().startswith("bearer ") else written
