"""The record's chain: each entry's SHA-256 covers its content and the hash before it, per site. Pure functions."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""What the first entry of a site names as the hash before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact to be recorded: who, when, where, what kind, about what, and the fact itself as JSON values."""

    site: str
    at: datetime
    actor: str
    kind: str
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry as stored: its number within the site (from 1), body as canonical JSON, hash before it, own hash."""

    site: str
    seq: int
    at: datetime
    actor: str
    kind: str
    subject: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that does not fit: its site and number, and what is wrong, in words."""

    site: str
    seq: int
    what: str

    def __str__(self) -> str:
        """One plain line that names the entry."""
        return f"{self.site}, entry {self.seq}: {self.what}"


def canonical(body: Mapping[str, Any]) -> str:
    """JSON text with sorted keys and no spaces: equal facts have equal bytes."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in the record")


def chain(entry: Entry, seq: int, previous: str) -> ChainedEntry:
    """The entry as it follows the one with hash `previous`."""
    body = canonical(entry.body)
    at = entry.at.astimezone(UTC)  # as it comes back from the database: the hash covers how the instant is written
    digest = hash_of(entry.site, seq, at, entry.actor, entry.kind, entry.subject, body, previous)
    return ChainedEntry(entry.site, seq, at, entry.actor, entry.kind, entry.subject, body, previous, digest)


def hash_of(site: str, seq: int, at: datetime, actor: str, kind: str, subject: str, body: str, previous: str) -> str:
    """SHA-256, in hex, over every column of an entry but its own hash; JSON quoting keeps the columns apart."""
    content = json.dumps([site, seq, at.isoformat(), actor, kind, subject, body, previous], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def first_break(entries: Iterable[ChainedEntry], head: tuple[int, str] | None) -> Break | None:
    """The first entry of one site's chain that does not fit, in order of `seq`; `None` when all do.

    `head` is the site's stored number and hash of the last entry: without it, entries cut off the end would not show.
    """
    seq, previous, site = 0, GENESIS, ""
    for entry in entries:
        site, seq = entry.site, seq + 1
        if entry.seq != seq:
            return Break(site, seq, f"is missing (entry {entry.seq} comes next)")
        if entry.previous != previous:
            return Break(site, seq, "does not follow the entry before it")
        content = (entry.site, seq, entry.at, entry.actor, entry.kind, entry.subject, entry.body, previous)
        if hash_of(*content) != entry.hash:
            return Break(site, seq, "was changed: its hash no longer fits its content")
        previous = entry.hash
    if head is not None and head != (seq, previous):
        return Break(site or "?", min(seq, head[0]) + 1, f"the chain ends at {seq}, but {head[0]} entries were written")
    return None
