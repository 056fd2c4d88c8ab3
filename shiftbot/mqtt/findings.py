"""What a broker that lets us in still does wrong: what it loses, as far as that can be seen from here."""

from dataclasses import dataclass
from datetime import timedelta

SESSION_AT_LEAST = timedelta(days=1)
"""A broker that forgets us sooner loses what a weekend's broken cable holds back."""

MEND = "see docs/mosquitto.conf"


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """What a broker said when it greeted us; `None` for what it did not say.

    `session_kept` is how long it keeps our session, `qos` what it grants our subscription. `dropped` is what its topic
    $SYS/broker/publish/messages/dropped holds.
    """

    speaks_5: bool = True
    session_kept: timedelta | None = None
    forgot_session: bool = False
    qos: int | None = None
    dropped: int | None = None


def broker_findings(facts: BrokerFacts) -> list[str]:
    """A line for each thing that loses readings, with what to do; nothing for a broker that keeps them."""
    found = []
    if facts.forgot_session:
        found.append(f"the broker forgot us when it was restarted, and what it held: persistence true, {MEND}")
    if facts.session_kept is not None and facts.session_kept < SESSION_AT_LEAST:
        minutes = facts.session_kept // timedelta(minutes=1)
        found.append(f"the broker keeps what we are away for only {minutes} minutes: let it keep a session for days")
    if facts.qos == 0:
        found.append("the broker grants QoS 0 only: what is lost on the way is never sent again; allow QoS 1")
    if facts.dropped:
        found.append(
            f"the broker has dropped {facts.dropped:,} messages since its start: max_queued_messages 0, {MEND}"
        )
    if not facts.speaks_5:
        found.append(
            f"the broker speaks MQTT 3.1.1 only, and its own window counts: max_inflight_messages 1000, {MEND}"
        )
    return found
