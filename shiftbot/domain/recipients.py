"""The words by which a step of a policy means people: by duty, by role, by place. Pure."""

import re

ON_DUTY = "on-duty-pharmacist"
BACKUP = "backup-pharmacist"
RELIEF = "relief-pharmacist"
ON_SHIFT = "on-shift"
MANAGER = "manager"
AREA_MANAGER = "area-manager"
ALL_PHARMACISTS = "all-pharmacists"
ALL_TECHNICIANS = "all-technicians"
CHANNEL = "channel"

TELL_WORDS = (
    CHANNEL, ON_DUTY, BACKUP, RELIEF, ON_SHIFT, MANAGER, AREA_MANAGER, ALL_PHARMACISTS, ALL_TECHNICIANS,
)  # fmt: skip
"""Whom a step may tell beside a person, a team or a channel by id (design.md §6)."""

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")


def is_channel(word: str) -> bool:
    """Whether a word of a step is a Slack channel's id."""
    return _CHANNEL.fullmatch(word) is not None
