"""PINs: set by their owner, checked when something is signed, locked after five misses, reset by a manager.

Who a PIN belongs to, when it was set, missed, locked and reset is on the record; the PIN and its hash never are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.pin import MISSES_ALLOWED, read_pin, refuse_weak
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.storage import pins, record
from shiftbot.storage.database import Database
from shiftbot.storage.pins import Pin

# The least that OWASP's password storage cheat sheet asks of argon2id: 20 ms and 19 MiB a check. The library's own
# choice takes 64 MiB, which is half of what the whole bot may hold; a few digits are not saved by memory anyhow.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

LOCKED = "Your PIN is locked after five misses. Ask a manager to reset it with /shift pin reset; then set another."
NO_PIN = "You have no PIN yet. Set one first with /shift pin, then sign."


@dataclass(frozen=True, slots=True)
class Proof:
    """That `person` gave their PIN just now: what a signature asks for. Made by `check_pin` alone."""

    person: str
    at: datetime


def has_pin(connection: Connection, person: Person) -> bool:
    """Whether somebody has set a PIN, locked or not."""
    return pins.look_at(connection, person.id) is not None


def is_locked(connection: Connection, person: Person) -> bool:
    """Whether somebody's PIN was locked by misses."""
    kept = pins.look_at(connection, person.id)
    return kept is not None and kept.locked_at is not None


def set_pin(connection: Connection, person: Person, pin: str, now: datetime, *, site: str) -> None:
    """Keep the first PIN of `person`, or the first after a reset. Raises Refused for a weak one, or a second one.

    Whoever finds a colleague's Slack open must not be able to sign by setting another PIN: `change_pin` asks for the
    old one.
    """
    chosen = read_pin(pin)
    refuse_weak(chosen)
    if not pins.add(connection, person.id, _hasher.hash(chosen), now):
        raise AlreadyDone("You have a PIN. To change it give the old one too; forgotten, a manager resets it.")
    _note(connection, [site], person.id, "pin-set", person, {}, now)


def change_pin(
    database: Database,
    pharmacy: Pharmacy,
    person: Person,
    old: str,
    new: str,
    site: str,
    now: datetime,
    *,
    first_time: Callable[[Connection], bool] = lambda _: True,
) -> None:
    """Another PIN in place of `old`, whose misses count like any other. Raises Refused.

    `first_time` is as with `check_pin`: a repeated delivery finds the old PIN gone, and that is no miss.
    """
    chosen = read_pin(new)
    refuse_weak(chosen)
    check_pin(database, pharmacy, person, old, site, now, first_time=first_time)
    digest = _hasher.hash(chosen)
    with database.transaction() as connection:
        kept = pins.look_at(connection, person.id)
        if kept is None or not pins.change(connection, person.id, kept.hash, digest, now):
            raise Refused(LOCKED)
        first_time(connection)
        _note(connection, _sites(pharmacy, person, site), person.id, "pin-set", person, {"changed": True}, now)


def check_pin(
    database: Database,
    pharmacy: Pharmacy,
    person: Person,
    pin: str,
    site: str,
    now: datetime,
    *,
    first_time: Callable[[Connection], bool] = lambda _: True,
) -> Proof:
    """That `pin` is the person's. Raises Refused otherwise, and the miss stays counted whatever is refused then.

    It has transactions of its own; the caller holds none. `first_time` says, in that of a miss, whether the request is
    a new one: a repeated delivery is no second miss. The work is the same with a wrong PIN, a locked one and none.
    """
    with database.snapshot() as connection:
        kept = pins.look_at(connection, person.id)
    fits = _fits(kept, read_pin(pin))
    if kept is None:
        raise Refused(NO_PIN)
    with database.transaction() as connection:
        if fits and pins.heed_fit(connection, person.id, kept.hash):
            return Proof(person.id, now)
        counted = not fits and kept.locked_at is None and first_time(connection)
        misses = _count_miss(connection, _sites(pharmacy, person, site), person, now) if counted else None
        locked = misses == MISSES_ALLOWED or _is_locked(pins.look_at(connection, person.id))
    raise Refused(LOCKED if locked else _missed(misses))


def _fits(kept: Pin | None, pin: str) -> bool:
    try:
        _hasher.verify(kept.hash if kept else _nobodys(), pin.encode(errors="replace"))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("the PIN of nobody")


def _sites(pharmacy: Pharmacy, person: Person, site: str) -> list[str]:
    """On whose records it is noted: the site where it happened, and those where the person works by the roster."""
    rostered = {rule.site for rule in pharmacy.roster if rule.person == person.id and rule.site in pharmacy.sites}
    return sorted({site} | rostered)


def _count_miss(connection: Connection, sites: Sequence[str], person: Person, now: datetime) -> int | None:
    misses = pins.count_miss(connection, person.id)
    if misses is not None:
        _note(connection, sites, person.id, "pin-missed", person, {"misses": misses}, now)
    if misses == MISSES_ALLOWED:
        pins.lock(connection, person.id, now)
        _note(connection, sites, "shiftbot", "pin-locked", person, {"misses": misses}, now)
    return misses


def _is_locked(kept: Pin | None) -> bool:
    return kept is not None and kept.locked_at is not None


def _missed(misses: int | None) -> str:
    if misses is None:
        return "That is not your PIN; nothing was signed."
    left = MISSES_ALLOWED - misses
    return f"That is not your PIN; nothing was signed. {left} more {'try' if left == 1 else 'tries'} before it locks."


def reset_pin(
    connection: Connection, pharmacy: Pharmacy, manager: Person, person: Person, site: str, now: datetime
) -> None:
    """Take somebody's PIN away, locked or forgotten, so that they set another. Raises Refused."""
    if Role.MANAGER not in manager.roles:
        raise Refused("A manager resets a PIN. Ask one of them.")
    if manager.id == person.id:
        raise Refused("Nobody resets their own PIN. Ask another manager.")
    if not pins.forget(connection, person.id):
        raise AlreadyDone(f"{person.name} has no PIN; they set one with /shift pin.")
    _note(connection, _sites(pharmacy, person, site), manager.id, "pin-reset", person, {}, now)


def _note(
    connection: Connection,
    sites: Sequence[str],
    actor: str,
    kind: str,
    person: Person,
    body: dict[str, object],
    now: datetime,
) -> None:
    record.append(connection, [Entry(site, now, actor, kind, f"pin:{person.id}", body) for site in sites])
