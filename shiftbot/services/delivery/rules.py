"""The figures by which messages are sent: turns of the lanes, and from how many on messages go out as one."""

from datetime import timedelta

from shiftbot.domain.notice import Lane, NoticeKind

TURN = timedelta(seconds=1)
"""How long cards and routine notices go on before the escalations are looked at again, however many wait."""

LONG_TURN = timedelta(seconds=10)
"""The same for escalations, before those are looked for that became due meanwhile."""

ONE_BY_ONE = {Lane.ESCALATION: 3, Lane.ROUTINE: 5}
"""More messages than these, due at once for one person by one means, go out as one that lists them all."""

TOGETHER_AT_MOST = 40
"""Each takes a block, of which Slack shows 50."""

LISTED = {
    Lane.ESCALATION: frozenset({NoticeKind.ALERT}),
    Lane.ROUTINE: frozenset(
        {
            NoticeKind.REMINDER,
            NoticeKind.RESOLVED,
            NoticeKind.DELIVERY,
            NoticeKind.FOLLOW_UP,
            NoticeKind.HAND_OVER,
            NoticeKind.PATTERN,
            NoticeKind.DEFINITIONS,
            NoticeKind.COLD_CHAIN,
        }
    ),
}
"""What may stand in a list. The others have a form of their own, or answer something where it was asked."""
