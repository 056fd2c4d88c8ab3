"""Checking the record: every chain from its first entry, every row of facts against the entries behind it.

It trusts neither the rows nor the triggers: whoever can open the file can drop them. What it cannot see is a chain
rewritten to its end together with its head; for that the day's heads, posted outside the database, are given to it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from shiftbot.domain.record import Break, ChainedEntry, first_break
from shiftbot.storage import digests, retention
from shiftbot.storage.claims import CLAIMED_KINDS, NOT_COVERED, SILENT, TOLD, Claim, claims_of
from shiftbot.storage.raw_rows import RawRow, raw_rows, raw_values
from shiftbot.storage.tables import (
    alerts,
    cases,
    excursions,
    follow_ups,
    hand_overs,
    manual_readings,
    min_max_resets,
    plans,
    record,
    record_heads,
    runs,
)
from shiftbot.storage.verify_readings import Gone, Said, reading_findings

__all__ = ["NOT_COVERED", "Finding", "Head", "Report", "verify"]

Head = tuple[int, str]
"""Number and hash of an entry."""

_UNREADABLE = datetime(1, 1, 1, tzinfo=UTC)
_KEPT_KINDS = CLAIMED_KINDS | TOLD.keys() | {"case-written", "run-completed", "excursion-merged", "section-claimed"}


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
    said: dict[int, list[Said]] = field(default_factory=dict)
    gone: dict[int, list[Gone]] = field(default_factory=dict)


def verify(connection: Connection, posted: Mapping[str, Collection[Head]] | None = None) -> Report:
    """Check the whole database. `posted` are heads known from outside, by site: numbers and hashes of entries."""
    findings: list[Finding] = []
    heads = dict(_heads(connection, findings))
    chains = {chain.site: chain for chain in _chains(connection, heads, posted or {}, findings)}
    for site in sorted(_sites(connection) | heads.keys() | (posted or {}).keys()):
        chain = chains.get(site) or _Chain(site)
        if site not in chains:
            chain.broken = first_break([], heads.get(site))
        findings += _chain_findings(chain, heads.get(site), (posted or {}).get(site, ()))
        findings += _fact_findings(connection, chain)
    findings += _plan_findings(connection)
    findings += _reading_findings(connection, chains.values())
    return Report({site: chain.entries for site, chain in sorted(chains.items())}, tuple(findings))


def _heads(connection: Connection, findings: list[Finding]) -> Iterator[tuple[str, Head]]:
    for row in raw_rows(connection, record_heads):
        if row.garbled:
            findings.append(Finding(str(row["site"]), None, "the note of where its chain ends cannot be read"))
        if row["site"] is not None:
            yield row["site"], (row["seq"] or 0, row["hash"] or "")


def _chains(
    connection: Connection, heads: Mapping[str, Head], posted: Mapping[str, Collection[Head]], findings: list[Finding]
) -> Iterator[_Chain]:
    rows = raw_rows(connection, record, by=(record.c.site, record.c.seq))
    for site, group in groupby(rows, key=lambda row: row["site"]):
        if site is None:
            findings.append(Finding("an unreadable site", None, f"holds {len(list(group))} entries of the record"))
            continue
        chain = _Chain(site)
        entries = _read_along(chain, group, {seq for seq, _ in posted.get(site, ())})
        chain.broken = first_break(entries, heads.get(site))
        for _ in entries:  # the rest of a broken chain still says what was noted
            continue
        yield chain


def _read_along(chain: _Chain, rows: Iterator[RawRow], posted: Collection[int]) -> Iterator[ChainedEntry]:
    """The entries as the chain needs them, noting on the way what the facts will be held against."""
    for row in rows:
        chain.entries += 1
        if row["seq"] in posted:
            chain.hashes[row["seq"]] = row["hash"]
        if row["kind"] in _KEPT_KINDS and row["seq"] is not None:
            _keep(chain, row)
        if row["kind"] == digests.KIND:
            _read_digests(chain, row)
        if row["kind"] == retention.KIND:
            _read_removal(chain, row)
        # What cannot be read is given as something that fits no hash.
        values = {name: "" if value is None else value for name, value in row.values.items()}
        yield ChainedEntry(**values | {"at": row["at"] or _UNREADABLE, "seq": row["seq"] or 0})


def _keep(chain: _Chain, row: RawRow) -> None:
    body, silent = _body(row), SILENT.get(row["kind"], {})
    for kind, by_kind in ({row["kind"]: {}} | dict(TOLD.get(row["kind"], {}))).items():
        said = {**silent, **body, **by_kind} if isinstance(body, dict) else by_kind
        noted = _Noted(row["seq"], row["at"], row["actor"], said)
        chain.noted.setdefault((kind, row["subject"]), []).append(noted)


def _read_digests(chain: _Chain, row: RawRow) -> None:
    body = _body(row)
    try:
        place, at = (chain.site, int(row["seq"])), row["at"] or _UNREADABLE
        for of, digest in digests.parsed(body).items():
            sensor = body["sensors"][str(of.sensor)]
            said = Said(place, at, of.hour, sensor["unit"], sensor["topic"], digest)
            chain.said.setdefault(of.sensor, []).append(said)
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # an entry that was changed: the chain tells of it


def _read_removal(chain: _Chain, row: RawRow) -> None:
    try:
        removal = retention.parsed(_body(row))
        gone = Gone((chain.site, int(row["seq"])), row["at"] or _UNREADABLE, removal)
        chain.gone.setdefault(removal.sensor, []).append(gone)
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # an entry that was changed: the chain tells of it


def _body(row: RawRow) -> Any:
    try:
        return json.loads(row["body"] or "")
    except ValueError:
        return None


def _chain_findings(chain: _Chain, head: Head | None, posted: Collection[Head]) -> Iterator[Finding]:
    if chain.broken is not None:
        yield Finding(chain.site, chain.broken.seq, chain.broken.what)
    if head is None and chain.entries:
        yield Finding(chain.site, chain.entries, "the note that this entry is the last one is missing")
    for seq, digest in posted:
        if chain.hashes.get(seq) != digest:
            yield Finding(chain.site, seq, "is not the entry whose hash was posted outside the database")


def _sites(connection: Connection) -> set[str]:
    return {
        site
        for table in (record, runs, alerts, cases, excursions, follow_ups, hand_overs, manual_readings, min_max_resets)
        for site in raw_values(connection, table.c.site)
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


def _reading_findings(connection: Connection, chains: Iterable[_Chain]) -> Iterator[Finding]:
    said: dict[int, list[Said]] = {}
    gone: dict[int, list[Gone]] = {}
    for chain in chains:
        for sensor, sayings in chain.said.items():
            said.setdefault(sensor, []).extend(sayings)
        for sensor, removals in chain.gone.items():
            gone.setdefault(sensor, []).extend(removals)
    for (site, seq), what in reading_findings(connection, said, gone):
        yield Finding(site, seq, what)


def _plan_findings(connection: Connection) -> Iterator[Finding]:
    """A plan is stored under the digest of its text: what a run asked cannot be changed afterwards either."""
    for row in raw_rows(connection, plans):
        if row.garbled or hashlib.sha256((row["body"] or "").encode()).hexdigest() != row["digest"]:
            yield Finding("every site", None, f"the plan {row['digest']} was changed: what its runs asked is not that")
