"""The ASGI application: plain `def` endpoints, run in a thread pool."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shiftbot.web.metrics import Exposition, Measure

BODY_MAX = 1_000_000
"""Slack's requests stay far below this many bytes; more is refused unread."""

SlackDispatch = Callable[[bytes, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]
"""Body and headers of a request in; status, headers and body of the answer out."""

Health = Callable[[], Mapping[str, Any]]
"""What to say of ourselves; `ok` decides between 200 and 503."""


def build_web(health: Health, slack: SlackDispatch | None = None, measure: Measure = lambda: ()) -> Starlette:
    """The application: `/healthz`, `/metrics`, and `/slack/events` when `slack` is given (HTTP mode)."""
    exposition = Exposition(measure)

    def healthz(_request: Request) -> Response:
        state = health()
        return JSONResponse(dict(state), status_code=200 if state["ok"] else 503)

    def metrics(request: Request) -> Response:
        text, content_type = exposition.text(request.headers.get("accept", ""))
        return Response(text, headers={"content-type": content_type})

    routes = [Route("/healthz", healthz), Route("/metrics", metrics)]
    if slack is not None:
        routes.append(Route("/slack/events", _slack_endpoint(slack), methods=["POST"]))
    return Starlette(routes=routes)


def _slack_endpoint(slack: SlackDispatch) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_MAX:
                return Response("too large", status_code=413)
        # Bolt's own adapter would block the event loop until the listener has acknowledged (libraries.md 1.2).
        status, headers, content = await run_in_threadpool(slack, body, dict(request.headers))
        return Response(content, status_code=status, headers=dict(headers))

    return endpoint
