"""Upload and download of file content over HTTP. Knows nothing of channels or shares."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shiftbot.demo.emulator.files import Files


class FileEndpoints:
    def __init__(self, files: Files) -> None:
        self._files = files

    def routes(self) -> list[Route]:
        return [
            Route("/upload/v1/{ticket}", self._upload, methods=["POST"]),
            Route("/files/{file_id}/{name}", self._download),
        ]

    async def _upload(self, request: Request) -> Response:
        """Raw bytes, or one file in a multipart form."""
        content = await _content(request)
        stored = self._files.take(request.path_params["ticket"], content)
        if stored is None:
            return PlainTextResponse("no such upload", 404)
        return PlainTextResponse(f"OK - {len(content)}")

    async def _download(self, request: Request) -> Response:
        stored = self._files.find(request.path_params["file_id"])
        if stored is None or stored.content is None:
            return PlainTextResponse("no such file", 404)
        return Response(stored.content, media_type=stored.mimetype)


async def _content(request: Request) -> bytes:
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form() as form:
            for value in form.values():
                if not isinstance(value, str):
                    return await value.read()
    return await request.body()
