"""Alerts answered by clicking: put off for a while, noted on, and buttons of messages from before."""

import json
import re

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.domain.alert import AlertKind
from shiftbot.services import escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import mutes
from tests.slack.test_alert_story import missed_sweep, sweep_alert, text_of, with_button
from tests.slack.test_home_and_commands import said
from tests.slack.workplace import CHANNEL, Workplace

VALUE = re.compile(r'"value": "(\d+@\d+a?)"')


def carried(message: Message) -> str:
    """What the buttons of an alert's message carry."""
    found = VALUE.search(json.dumps(message.blocks))
    assert found is not None
    return found[1]


def in_channel(work: Workplace) -> Message:
    return sweep_alert(work.emulator.messages(CHANNEL))


def test_snooze_is_an_acknowledgement_until_its_own_end(work: Workplace, amira: Person) -> None:
    missed_sweep(work, "08:50")
    alert, told = in_channel(work), len(amira.ephemerals)
    amira.click(alert, "alert_more", option=f"snooze|{carried(alert)}|60").wait()
    assert "You have it for 1 h" in work.told_privately(amira, told)
    work.until(lambda: "Amira H. has it* until 09:50" in text_of(in_channel(work)))


def test_a_critical_alert_offers_only_short_snoozes_and_takes_no_other(work: Workplace, amira: Person) -> None:
    missed_sweep(work, "08:50")
    alert, told = in_channel(work), len(amira.ephemerals)
    forged = f"snooze|{carried(alert)}|100000"
    amira.click(with_option(work, alert, forged), "alert_more", option=forged).wait()
    assert "rests for 4 hours at most" in work.told_privately(amira, told)


def with_option(work: Workplace, alert: Message, value: str) -> Message:
    """The alert's message, with a choice that nobody drew."""
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    menu = {"type": "overflow", "action_id": "alert_more", "options": [option]}
    work.client.chat_update(channel=CHANNEL, ts=alert.ts, text="old", blocks=[{"type": "actions", "elements": [menu]}])
    return next(message for message in work.emulator.messages(CHANNEL) if message.ts == alert.ts)


def test_a_note_stands_on_the_message_and_a_patient_does_not(work: Workplace, ben: Person) -> None:
    missed_sweep(work, "08:50")
    alert = in_channel(work)
    ben.click(alert, "alert_more", option=f"note|{carried(alert)}").wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    refused = ben.submit({"note": "Pt. Johnson calls again"}).wait().response
    assert refused is not None
    assert "a patient" in refused["errors"]["note"]
    ben.submit({"note": "Phone company is on the line"}).wait()
    work.until(lambda: ":memo: 08:50 Ben O.: Phone company is on the line" in text_of(in_channel(work)))


def test_a_button_from_before_changes_nothing_and_says_what_happened_since(
    work: Workplace, amira: Person, morgan: Person
) -> None:
    missed_sweep(work, "08:45")
    before = in_channel(work)
    work.at("08:55")
    told = len(morgan.ephemerals)
    morgan.click(before, "alert_escalate").wait()
    answer = work.told_privately(morgan, told)
    assert "nothing was changed" in answer
    assert "the next step was taken at 08:55: Amira Hassan was told" in answer
    told = len(amira.ephemerals)
    amira.click(before, "alert_decline").wait()
    assert "nothing was changed" in work.told_privately(amira, told)
    amira.click(before, "alert_acknowledge").wait()
    work.until(lambda: "Amira H. has it* until 09:25" in text_of(in_channel(work)))


def test_the_close_form_is_refused_when_the_alert_has_moved_on_meanwhile(work: Workplace, amira: Person) -> None:
    missed_sweep(work, "08:45")
    amira.click(in_channel(work), "alert_close").wait()
    work.emulator.wait_until(lambda: bool(amira.views))
    work.at("08:55")
    response = amira.submit({"how": "Swept by phone"}).wait().response
    assert "Since then the next step was taken" in str(response)
    amira.dismiss()


@pytest.mark.parametrize("action_id", ["alert_acknowledge", "alert_decline", "alert_escalate"])
def test_a_plain_value_of_an_older_version_is_understood(work: Workplace, amira: Person, action_id: str) -> None:
    missed_sweep(work, "08:50")
    plain = carried(in_channel(work)).partition("@")[0]
    woken = work.woken
    amira.click(with_button(work, action_id, plain), action_id).wait()
    work.emulator.wait_until(lambda: work.woken > woken)


def test_the_message_says_who_was_told_when_and_by_what(work: Workplace, amira: Person) -> None:
    missed_sweep(work, "08:55")
    amira.click(sweep_alert(amira.inbox), "alert_acknowledge").wait()
    work.until(lambda: "08:55 Amira H. (sent, took it)" in text_of(in_channel(work)))
    assert "Told: 08:45" in text_of(in_channel(work))
    assert "on its way" not in text_of(in_channel(work))


def test_mute_in_words_is_said_in_the_channel_shown_in_the_status_and_ended_early(
    work: Workplace, amira: Person
) -> None:
    work.at("09:00")
    assert "is muted until Mon 23 Nov 11:00" in said(work, amira, "mute site 2h power is out in the street")
    work.until(lambda: any("is muted until" in message.text for message in work.emulator.messages(CHANNEL)))
    assert ":no_bell: Hilltop Pharmacy, Main Street is muted until" in said(work, amira, "status")
    assert "is not muted any more" in said(work, amira, "mute end site")
    assert "Nothing is muted here now" in said(work, amira, "mute end")


def test_a_technician_cannot_mute(work: Workplace, ben: Person) -> None:
    work.at("09:00")
    assert "A pharmacist or manager mutes" in said(work, ben, "mute site 2h too loud")


def test_the_mute_form_asks_for_what_was_not_said(work: Workplace, morgan: Person) -> None:
    work.at("09:00")
    morgan.command("/shift", "mute", CHANNEL).wait()
    work.emulator.wait_until(lambda: bool(morgan.views))
    response = morgan.submit({"place": "vaccine-fridge", "lasts": "240", "reason": " "}).wait().response
    assert "errors" in (response or {})
    morgan.submit({"place": "vaccine-fridge", "lasts": "240", "reason": "defrosting"}).wait()
    with work.database.snapshot() as connection:
        (mute,) = mutes.on_at(connection, ["hilltop-main"], work.now)
    assert (mute.unit, mute.reason, mute.author) == ("vaccine-fridge", "defrosting", "morgan")
    morgan.dismiss()
    morgan.command("/shift", "mute", CHANNEL).wait()
    work.emulator.wait_until(lambda: "End it now" in json.dumps(morgan.views[-1].blocks))
    morgan.click_view("mute_end", f"mute-{mute.id}").wait()
    work.until(lambda: "End it now" not in json.dumps(morgan.views[-1].blocks))
    morgan.dismiss()


def test_the_message_lists_the_causes_with_how_each_stands(work: Workplace) -> None:
    work.at("09:00")
    begin(work, "cellar:1", "Cellar: no readings")
    begin(work, "attic:1", "Attic: no readings")
    work.until(lambda: ":warning: Attic: no readings: since nine" in about_attic(work))
    assert ", and " in about_attic(work), "it is one of several"
    with work.database.transaction() as connection:
        escalation.resolve_alert(
            connection, work.pharmacy, AlertKind.SILENT, "cellar:1", "Readings come again.", work.now
        )
    over = ":white_check_mark: Cellar: no readings, over 09:00: Readings come again."
    work.until(lambda: over in about_attic(work))
    assert ":warning: Attic: no readings: since nine" in about_attic(work)


def about_attic(work: Workplace) -> str:
    return next((text_of(m) for m in work.emulator.messages(CHANNEL) if "Attic" in text_of(m)), "")


def begin(work: Workplace, subject: str, title: str) -> None:
    new = NewAlert("hilltop-main", AlertKind.SILENT, subject, title, "since nine")
    with work.database.transaction() as connection:
        escalation.open_alert(connection, work.pharmacy, new, work.now)
