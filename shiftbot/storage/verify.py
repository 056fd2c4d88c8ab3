"""Checking the record: every chain from its first entry, every row of facts against the entries behind it.

It trusts neither the rows nor the triggers: whoever can open the file can drop them. What it cannot see is a chain
rewritten to its end together with its head; for that the day's heads, posted outside the database, are given to it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.record import Break, ChainedEntry, first_break
from shiftbot.storage.claims import CLAIMED_KINDS, NOT_COVERED, Claim, claims_of
from shiftbot.storage.raw_rows import RawRow, raw_rows, raw_values
from shiftbot.storage.tables import alerts, cases, excursions, plans, record, record_heads, runs

__all__ = ["NOT_COVERED", "Finding", "Report", "verify"]

Head = tuple[int, str]
"""Number and hash of an entry."""

_UNREADABLE = datetime(1, 1, 1, tzinfo=UTC)
_KEPT_KINDS = CLAIMED_KINDS | {"case-written", "run-completed", "excursion-ended"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit: at which site, which entry of its record (None: a row that has none), and what."""

    site: str
    entry: int | None
    what: str

    def __str__(self) -> str:
        """One plain line that names the entry."""
        place = f"{self.site}, entry {self.entry}" if self.entry is not None else self.site
        return f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked: how many entries of each site, and what does not fit."""

    entries: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether everything fits."""
        return not self.findings


@dataclass(slots=True)
class _Noted:
    """An entry that some row must claim, and whether one did."""

    seq: int
    at: datetime | None
    actor: str | None
    body: Any
    claimed: bool = False


@dataclass(slots=True)
class _Chain:
    """One site's chain, as it was read."""

    site: str
    entries: int = 0
    noted: dict[tuple[str, str], list[_Noted]] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    broken: Break | None = None


def verify(connection: Connection, posted: Mapping[str, Head] | None = None) -> Report:
    """Check the whole database. `posted` are heads known from outside, by site: an entry's number and its hash."""
    findings: list[Finding] = []
    heads = dict(_heads(connection, findings))
    chains = {chain.site: chain for chain in _chains(connection, heads, posted or {}, findings)}
    for site in sorted(_sites(connection) | heads.keys() | (posted or {}).keys()):
        chain = chains.get(site) or _Chain(site)
        if site not in chains:
            chain.broken = first_break([], heads.get(site))
        findings += _chain_findings(chain, heads.get(site), (posted or {}).get(site))
        findings += _fact_findings(connection, chain)
    findings += _plan_findings(connection)
    return Report({site: chain.entries for site, chain in sorted(chains.items())}, tuple(findings))


def _heads(connection: Connection, findings: list[Finding]) -> Iterator[tuple[str, Head]]:
    for row in raw_rows(connection, record_heads):
        if row.garbled:
            findings.append(Finding(str(row["site"]), None, "the note of where its chain ends cannot be read"))
        if row["site"] is not None:
            yield row["site"], (row["seq"] or 0, row["hash"] or "")


def _chains(
    connection: Connection, heads: Mapping[str, Head], posted: Mapping[str, Head], findings: list[Finding]
) -> Iterator[_Chain]:
    rows = raw_rows(connection, record, by=(record.c.site, record.c.seq))
    for site, group in groupby(rows, key=lambda row: row["site"]):
        if site is None:
            findings.append(Finding("an unreadable site", None, f"holds {len(list(group))} entries of the record"))
            continue
        chain = _Chain(site)
        entries = _read_along(chain, group, posted.get(site))
        chain.broken = first_break(entries, heads.get(site))
        for _ in entries:  # the rest of a broken chain still says what was noted
            continue
        yield chain


def _read_along(chain: _Chain, rows: Iterator[RawRow], posted: Head | None) -> Iterator[ChainedEntry]:
    """The entries as the chain needs them, noting on the way what the facts will be held against."""
    for row in rows:
        chain.entries += 1
        if posted is not None and row["seq"] == posted[0]:
            chain.hashes[posted[0]] = row["hash"]
        if row["kind"] in _KEPT_KINDS and row["seq"] is not None:
            noted = _Noted(row["seq"], row["at"], row["actor"], _body(row))
            chain.noted.setdefault((row["kind"], row["subject"]), []).append(noted)
        # What cannot be read is given as something that fits no hash.
        values = {name: "" if value is None else value for name, value in row.values.items()}
        yield ChainedEntry(**values | {"at": row["at"] or _UNREADABLE, "seq": row["seq"] or 0})


def _body(row: RawRow) -> Any:
    try:
        return json.loads(row["body"] or "")
    except ValueError:
        return None


def _chain_findings(chain: _Chain, head: Head | None, posted: Head | None) -> Iterator[Finding]:
    if chain.broken is not None:
        yield Finding(chain.site, chain.broken.seq, chain.broken.what)
    if head is None and chain.entries:
        yield Finding(chain.site, chain.entries, "the note that this entry is the last one is missing")
    if posted is not None and chain.hashes.get(posted[0]) != posted[1]:
        yield Finding(chain.site, posted[0], "is not the entry whose hash was posted outside the database")


def _sites(connection: Connection) -> set[str]:
    return {
        site for table in (record, runs, alerts, cases, excursions) for site in raw_values(connection, table.c.site)
    }


def _fact_findings(connection: Connection, chain: _Chain) -> Iterator[Finding]:
    for claim in claims_of(connection, chain.site):
        if isinstance(claim, str):
            yield Finding(chain.site, None, claim)
        else:
            yield from _held_against(chain, claim)
    for (kind, subject), entries in chain.noted.items():
        if kind in CLAIMED_KINDS:
            yield from (
                Finding(chain.site, entry.seq, f"no row stands for it any more ({kind}, {subject})")
                for entry in entries
                if not entry.claimed
            )


def _held_against(chain: _Chain, claim: Claim) -> Iterator[Finding]:
    entries = chain.noted.get((claim.kind, claim.subject), [])
    for entry in entries[-1:] if claim.last else entries:
        if not entry.claimed and not _differences(claim, entry):
            entry.claimed = True
            return
    if not entries:
        yield Finding(chain.site, None, f"{claim.what} has no entry in the record ({claim.kind}, {claim.subject})")
        return
    nearest = entries[-1]
    nearest.claimed = True
    differing = " and ".join(_differences(claim, nearest)) or "number of times"
    yield Finding(chain.site, nearest.seq, f"{claim.what} is not what was recorded: its {differing} differs")


def _differences(claim: Claim, entry: _Noted) -> list[str]:
    differing = ["time"] if claim.at is not None and claim.at != entry.at else []
    if claim.actor is not None and claim.actor != entry.actor:
        differing.append("person")
    body = entry.body if isinstance(entry.body, dict) else {}
    return differing + [name for name in claim.body if name not in body or not _equal(claim.body[name], body[name])]


def _equal(row: Any, entry: Any) -> bool:
    """Whether both are the same JSON value; what a list names has no order."""
    if isinstance(row, list) and isinstance(entry, list):
        return sorted(row, key=repr) == sorted(entry, key=repr)
    return bool(row == entry)


def _plan_findings(connection: Connection) -> Iterator[Finding]:
    """A plan is stored under the digest of its text: what a run asked cannot be changed afterwards either."""
    for row in raw_rows(connection, plans):
        if row.garbled or hashlib.sha256((row["body"] or "").encode()).hexdigest() != row["digest"]:
            yield Finding("every site", None, f"the plan {row['digest']} was changed: what its runs asked is not that")
