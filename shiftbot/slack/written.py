"""What a message of Slack shows beside its words: the blocks of a notice, as things stand when it goes out."""

from collections.abc import Callable, Sequence

from shiftbot.domain.notice import CardKind, NoticeKind
from shiftbot.services import follow_ups, rostering
from shiftbot.slack import texts
from shiftbot.slack.beside import NOTHING, beside
from shiftbot.slack.blocks.alert_card import alert_message
from shiftbot.slack.blocks.duty_asked import duty_asked
from shiftbot.slack.blocks.follow_ups import follow_up_due
from shiftbot.slack.blocks.parts import Block
from shiftbot.slack.blocks.reach import reach_test
from shiftbot.slack.blocks.reminder import reminder
from shiftbot.slack.blocks.together import head_of, listed_from, together_message
from shiftbot.slack.desk import Desk
from shiftbot.storage import alerts, cards
from shiftbot.storage.cards import Card
from shiftbot.storage.outbox import Parcel


class Written:
    """Writes the blocks of notices. `link` finds the way to a card that was posted, or nothing."""

    def __init__(self, desk: Desk, link: Callable[[Sequence[Card]], str | None]) -> None:
        self._desk = desk
        self._link = link

    def blocks(self, parcel: Parcel) -> list[Block] | None:
        """Buttons for what asks for something; everything else is words."""
        if parcel.notice.kind is NoticeKind.ALERT:
            return self._alert_blocks(parcel)
        if parcel.notice.kind is NoticeKind.REACH:
            return reach_test(parcel.notice.text, str(parcel.notice.about.get("place", 0)))
        if parcel.notice.about.get("together"):
            return self._list_blocks(parcel)
        to_a_person = parcel.target.startswith(("U", "W"))
        if parcel.notice.kind is NoticeKind.DUTY and to_a_person and parcel.notice.about.get("card"):
            return self._duty_blocks(parcel)
        if parcel.notice.kind is NoticeKind.REMINDER and to_a_person and "run" in parcel.notice.about:
            return self._reminder_blocks(parcel)
        if parcel.notice.kind is NoticeKind.FOLLOW_UP and "follow_up" in parcel.notice.about:
            return self._follow_up_blocks(parcel)
        return None

    def _reminder_blocks(self, parcel: Parcel) -> list[Block]:
        run, about = str(parcel.notice.about["run"]), parcel.notice.about
        with self._desk.database.snapshot() as connection:
            posted = cards.of_subject(connection, CardKind.RUN, run)
        said = parcel.notice.text + (f" {texts.MAY_REPEAT}" if parcel.may_repeat else "")
        return reminder(said, run, self._link(posted), may_snooze=bool(about.get("snooze")))

    def _follow_up_blocks(self, parcel: Parcel) -> list[Block] | None:
        """A follow-up that is due, with what its reader may do about it; words only once it is closed."""
        pharmacy, number = self._desk.pharmacy(), int(parcel.notice.about["follow_up"])
        with self._desk.database.snapshot() as connection:
            carried = follow_ups.view(connection, pharmacy, number, self._desk.now())
        if carried is None or carried.follow_up.closed_by is not None:
            return None
        said = parcel.notice.text + (f" {texts.MAY_REPEAT}" if parcel.may_repeat else "")
        return follow_up_due(said, carried, parcel.notice.recipient)

    def _duty_blocks(self, parcel: Parcel) -> list[Block] | None:
        """What somebody is asked about duty, as it stands by now, with the buttons that are theirs."""
        pharmacy = self._desk.pharmacy()
        with self._desk.database.snapshot() as connection:
            found = rostering.question(connection, pharmacy, str(parcel.notice.about["card"]), self._desk.now())
        person = pharmacy.people.get(parcel.notice.recipient)
        if found is None or person is None:
            return None
        return duty_asked(found, person.roles, may_repeat=parcel.may_repeat)

    def _alert_blocks(self, parcel: Parcel) -> list[Block] | None:
        if parcel.notice.alert is None:
            return None
        pharmacy = self._desk.pharmacy()
        with self._desk.database.snapshot() as connection:
            alert = alerts.look_at(connection, parcel.notice.alert)
            around_it = beside(connection, alert, self._desk.now()) if alert else NOTHING
        if alert is None or alert.site not in pharmacy.sites:
            return None
        said = parcel.notice.text + (f"\n{texts.MAY_REPEAT}" if parcel.may_repeat else "")
        return alert_message(alert, pharmacy.sites[alert.site], pharmacy, said, around_it)

    def _list_blocks(self, parcel: Parcel) -> list[Block]:
        """Several messages in one, each alert as it stands by now."""
        entries, pharmacy = parcel.notice.about["together"], self._desk.pharmacy()
        with self._desk.database.snapshot() as connection:
            found = [alerts.look_at(connection, each["alert"]) if each.get("alert") else None for each in entries]
        listed = [listed_from(entry, alert) for entry, alert in zip(entries, found, strict=True)]
        head = str(parcel.notice.about.get("head") or head_of(listed))
        return together_message(head, listed, pharmacy)
