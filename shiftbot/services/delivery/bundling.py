"""Several messages for one person by one means go out as one that lists them all; each keeps its own parcel.

Nothing is dropped: all parcels are taken in hand together and settled together, with one receipt. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shiftbot.domain.notice import Lane, Notice, NoticeKind, NoticeState
from shiftbot.domain.site import Pharmacy
from shiftbot.services.delivery.rules import LISTED, ONE_BY_ONE, TOGETHER_AT_MOST
from shiftbot.services.delivery.sending import BROKEN
from shiftbot.storage.outbox import Parcel


def with_others(parcel: Parcel, due: Sequence[Parcel], pharmacy: Pharmacy) -> list[Parcel]:
    """The parcel, and those of the same lane that go out with it."""
    if not _may_be_listed(parcel, pharmacy):
        return [parcel]
    same = [each for each in due if each.target == parcel.target and _may_be_listed(each, pharmacy)]
    return same[:TOGETHER_AT_MOST] if len(same) > ONE_BY_ONE[parcel.notice.lane] else [parcel]


def _may_be_listed(parcel: Parcel, pharmacy: Pharmacy) -> bool:
    notice = parcel.notice
    if notice.recipient not in pharmacy.people or notice.kind not in LISTED[notice.lane]:
        return False
    # What a routine notice may have become is looked up by itself before a second try.
    return notice.lane is Lane.ESCALATION or (parcel.state is NoticeState.PENDING and "thread_ts" not in notice.about)


def as_one(parcels: Sequence[Parcel]) -> Parcel:
    """One parcel for several: `about["together"]` says of each its key, alert, text, kind and what it is about."""
    first = parcels[0]
    if len(parcels) == 1:
        return first
    texts = "\n".join(f"{number}. {_one_line(each)}" for number, each in enumerate(parcels, 1))
    notice = Notice(
        key=first.notice.key,
        lane=first.notice.lane,
        site=first.notice.site,
        kind=NoticeKind.TOGETHER,
        recipient=first.notice.recipient,
        text=f"{len(parcels)} messages at once:\n{texts}",
        about={"together": [_entry(each) for each in parcels]},
    )
    state = first.state if first.state in BROKEN else NoticeState.PENDING
    return replace(first, notice=notice, state=state, may_repeat=any(each.may_repeat for each in parcels))


def _one_line(parcel: Parcel) -> str:
    return " ".join(parcel.notice.text.splitlines())


def _entry(parcel: Parcel) -> Mapping[str, Any]:
    notice = parcel.notice
    return {"key": notice.key, "alert": notice.alert, "text": notice.text, "kind": notice.kind.value,
            "site": notice.site, "about": dict(notice.about), "may_repeat": parcel.may_repeat}  # fmt: skip
