"""The chain: equal facts have equal bytes, and any change shows at the entry where it was made."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.record import GENESIS, Break, ChainedEntry, Entry, canonical, chain, first_break

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
BODIES = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), FACTS, max_size=4)


def entry(number: int, body: dict[str, Any] | None = None) -> Entry:
    at = NOON + timedelta(minutes=number)
    return Entry("hilltop-main", at, "ben", "answer", f"run:{number}", {"n": number} if body is None else body)


def chained(*entries: Entry) -> list[ChainedEntry]:
    chain_so_far: list[ChainedEntry] = []
    for number, each in enumerate(entries, 1):
        chain_so_far.append(chain(each, number, chain_so_far[-1].hash if chain_so_far else GENESIS))
    return chain_so_far


def head(entries: list[ChainedEntry]) -> tuple[int, str]:
    return entries[-1].seq, entries[-1].hash


@given(st.lists(BODIES, max_size=5))
def test_whatever_was_chained_holds(bodies: list[dict[str, Any]]) -> None:
    entries = chained(*(entry(number, body) for number, body in enumerate(bodies)))
    assert first_break(entries, head(entries) if entries else None) is None


@given(st.data())
def test_a_change_of_any_field_shows_at_its_entry(data: st.DataObject) -> None:
    entries = chained(*map(entry, range(5)))
    at = data.draw(st.integers(0, 4))
    name = data.draw(st.sampled_from([field.name for field in fields(ChainedEntry)]))
    entries[at] = replace(entries[at], **{name: changed(getattr(entries[at], name))})
    found = first_break(entries, (5, chained(*map(entry, range(5)))[-1].hash))
    assert found is not None
    assert found.seq == at + 1


def changed(value: Any) -> Any:
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return value + 7 if isinstance(value, int) else f"{value}x"


def test_a_missing_entry_is_named() -> None:
    entries = chained(*map(entry, range(4)))
    assert first_break([*entries[:1], *entries[2:]], head(entries)) == Break(
        "hilltop-main", 2, "is missing (entry 3 comes next)"
    )


def test_a_tail_that_was_cut_off_shows_only_beside_the_head() -> None:
    entries = chained(*map(entry, range(4)))
    assert first_break(entries[:2], None) is None
    assert str(first_break(entries[:2], head(entries))) == (
        "hilltop-main, entry 3: the chain ends at 2, but 4 entries were written"
    )


def test_an_entry_from_another_chain_does_not_follow() -> None:
    entries, others = chained(*map(entry, range(3))), chained(*map(entry, range(1, 4)))
    assert str(first_break([entries[0], others[1]], None)) == (
        "hilltop-main, entry 2: does not follow the entry before it"
    )


def test_columns_cannot_be_moved_into_each_other() -> None:
    """`ab` + `c` and `a` + `bc` are different entries, whatever stands between them."""
    one = chain(replace(entry(1), actor='ben","answer', kind="x"), 1, GENESIS)
    other = chain(replace(entry(1), actor="ben", kind='answer","x'), 1, GENESIS)
    assert one.hash != other.hash


def test_one_instant_has_one_hash_in_whatever_zone_it_was_said() -> None:
    eastern = replace(entry(1), at=NOON.astimezone(timezone(timedelta(hours=-5))))
    assert chain(eastern, 1, GENESIS) == chain(replace(entry(1), at=NOON), 1, GENESIS)


@given(BODIES)
def test_equal_facts_have_equal_bytes_in_whatever_order_they_were_noted(body: dict[str, Any]) -> None:
    assert canonical(dict(reversed(body.items()))) == canonical(body)


def test_instants_are_noted_in_iso_and_what_has_no_json_is_refused() -> None:
    assert canonical({"due": NOON, "°": "“ok”"}) == '{"due":"2026-11-23T17:00:00+00:00","°":"“ok”"}'
    with pytest.raises(TypeError, match="has no place in the record"):
        canonical({"what": object()})


def test_the_hash_of_an_entry_never_changes_between_versions() -> None:
    """Chains written by an older shiftbot must verify for ever: this one was written on the first day."""
    first = chain(entry(0), 1, GENESIS)
    assert first.hash == "84bc6ee7abe6d795dbcc59f12d729fd919f0728416a0c30a4c64f292b677d54a"
