"""Uploaded files: an upload ticket first, then bytes, then a share. Knows nothing of channels or of HTTP."""

import mimetypes
from dataclasses import dataclass, field
from typing import Any

from shiftbot.demo.emulator import ids

Json = dict[str, Any]


@dataclass
class StoredFile:
    id: str
    name: str
    length: int
    created: int
    title: str = ""
    content: bytes | None = None
    complete: bool = False
    channels: list[str] = field(default_factory=list)
    alt_text: str = ""

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Files:
    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_ticket: dict[str, StoredFile] = {}

    def reserve(self, name: str, length: int, created: int) -> tuple[str, StoredFile]:
        stored = StoredFile(ids.object_id("F"), name, length, created, title=name)
        ticket = ids.mixed(40)
        self._by_id[stored.id] = stored
        self._by_ticket[ticket] = stored
        return ticket, stored

    def take(self, ticket: str, content: bytes) -> StoredFile | None:
        stored = self._by_ticket.pop(ticket, None)
        if stored is not None:
            stored.content = content
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)
