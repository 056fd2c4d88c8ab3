"""Alerts: acknowledged, declined, hurried, closed and flagged, from Slack."""

import json

import pytest

from shiftbot.demo.emulator import Message, Person
from shiftbot.slack import texts
from tests.slack.workplace import CHANNEL, Workplace


def missed_sweep(work: Workplace, until: str) -> None:
    """Nobody answers the sweep of eight o'clock, due 08:30 and missed at 08:45."""
    work.at("08:44")
    work.at("08:45")
    work.at(until)


def sweep_alert(messages: list[Message]) -> Message:
    """The alert about the sweep in a conversation, as it stands."""
    return next(message for message in reversed(messages) if "Voicemail sweep missed" in json.dumps(message.blocks))


def text_of(message: Message) -> str:
    """What a message shows."""
    return json.dumps(message.blocks, ensure_ascii=False)


def test_acknowledge_shows_who_has_it_everywhere_and_a_second_press_says_so(
    work: Workplace, amira: Person, priya: Person
) -> None:
    missed_sweep(work, "08:55")
    work.until(lambda: any("Voicemail sweep" in message.text for message in amira.inbox))
    amira.click(sweep_alert(amira.inbox), "alert_acknowledge").wait()
    work.until(lambda: "Amira H. has it* until 09:25" in text_of(sweep_alert(work.emulator.messages(CHANNEL))))
    assert "alert_acknowledge" not in text_of(sweep_alert(amira.inbox))
    assert priya.inbox == []


def test_a_stale_button_is_answered_with_who_was_first(work: Workplace, amira: Person, morgan: Person) -> None:
    missed_sweep(work, "08:45")
    stale = sweep_alert(work.emulator.messages(CHANNEL))
    told = len(morgan.ephemerals)
    amira.click(stale, "alert_acknowledge").wait()
    work.emulator.wait_until(lambda: work.woken > 0)
    morgan.click(stale, "alert_acknowledge").wait()
    assert "already has this one" in work.told_privately(morgan, told)


def test_i_cannot_tells_the_next_one_at_once(work: Workplace, amira: Person, morgan: Person) -> None:
    missed_sweep(work, "09:05")
    work.until(lambda: any("Voicemail sweep" in message.text for message in amira.inbox))
    before = len(morgan.inbox)
    amira.click(sweep_alert(amira.inbox), "alert_decline").wait()
    work.until(lambda: len(morgan.inbox) > before)


def test_a_late_answer_resolves_the_alert_and_takes_its_buttons_away(work: Workplace, ben: Person) -> None:
    missed_sweep(work, "08:50")
    answer = work.reply(ben, "voicemail", "none")
    assert "no messages" in answer
    work.until(lambda: "resolved 08:50" in text_of(sweep_alert(work.emulator.messages(CHANNEL))))
    assert "alert_escalate" not in text_of(sweep_alert(work.emulator.messages(CHANNEL)))
    assert "missed, done late" in json.dumps(work.card("voicemail").blocks)
    assert "*L*" in json.dumps(work.card("voicemail").blocks)


def test_an_irregularity_is_flagged_by_shortcut_and_closed_by_a_pharmacist(
    work: Workplace, ben: Person, amira: Person
) -> None:
    work.at("09:00")
    ben.shortcut("flag_irregularity").wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    ben.submit({"what": "The CII safe was ajar"}).wait()
    work.until(lambda: any("CII safe" in text_of(m) for m in work.emulator.messages(CHANNEL)))
    alert = next(m for m in work.emulator.messages(CHANNEL) if "CII safe" in text_of(m))
    amira.click(alert, "alert_close").wait()
    work.emulator.wait_until(lambda: bool(amira.views))
    amira.submit({"how": "Counted, nothing missing, lock changed"}).wait()
    work.until(lambda: "lock changed" in json.dumps([m.blocks for m in work.emulator.messages(CHANNEL)]))


def test_words_after_the_command_begin_the_flag(work: Workplace, ben: Person) -> None:
    work.at("09:00")
    ben.command("/shift", "flag Gate to the safe was open", CHANNEL).wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    assert "Gate to the safe was open" in json.dumps(ben.views[-1].blocks)
    ben.dismiss()


def test_a_flag_that_names_a_patient_is_refused_in_the_form(work: Workplace, ben: Person) -> None:
    work.at("09:00")
    ben.command("/shift", "flag", CHANNEL).wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    response = ben.submit({"what": "Pt. Johnson got the wrong bag"}).wait().response
    assert response is not None
    assert "a patient's name" in response["errors"]["what"]
    ben.dismiss()


def test_a_message_is_flagged_by_link_and_its_text_is_not_copied(work: Workplace, ben: Person) -> None:
    work.at("09:00")
    said = ben.say(CHANNEL, "somebody left the gate open, see box 12")
    ben.message_shortcut("flag_message", said).wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    assert "see box 12" not in json.dumps(ben.views[-1].payload)
    ben.submit({"what": "Gate left open"}).wait()
    work.until(lambda: any("Gate left open" in text_of(m) for m in work.emulator.messages(CHANNEL)))
    alert = next(m for m in work.emulator.messages(CHANNEL) if "Gate left open" in text_of(m))
    assert "archives" in text_of(alert)


def test_the_message_of_an_alert_stays_true_after_its_next_step(work: Workplace) -> None:
    missed_sweep(work, "08:55")
    assert "if nobody takes it, others are told, first at" in text_of(sweep_alert(work.emulator.messages(CHANNEL)))


@pytest.mark.parametrize("forged", ["x", "²", "999999", "9" * 30])
@pytest.mark.parametrize(
    "action_id", ["alert_acknowledge", "alert_decline", "alert_escalate", "alert_close", "case_fill"]
)
def test_a_forged_button_is_refused_in_words(
    work: Workplace, amira: Person, caplog: pytest.LogCaptureFixture, action_id: str, forged: str
) -> None:
    work.at("07:15")
    told = len(amira.ephemerals)
    amira.click(with_button(work, action_id, forged), action_id).wait()
    assert work.told_privately(amira, told) not in ("", texts.WENT_WRONG)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("forged", ["x", "999999", "9" * 30])
@pytest.mark.parametrize("callback_id", ["case_sign", "case_draft", "alert_close"])
def test_a_forged_form_is_refused_in_words(
    work: Workplace, amira: Person, caplog: pytest.LogCaptureFixture, callback_id: str, forged: str
) -> None:
    work.at("07:15")
    amira.command("/shift", "flag the safe is open", CHANNEL).wait()
    work.emulator.wait_until(lambda: bool(amira.views))
    view = amira.views[-1]
    field = {"type": "plain_text_input", "action_id": "v"}
    names = ("cause", "action", "outcome", "how")
    blocks = [
        {"type": "input", "block_id": n, "label": {"type": "plain_text", "text": n}, "element": field} for n in names
    ]
    view.payload.update(callback_id=callback_id, private_metadata=forged, blocks=blocks)
    response = amira.submit(dict.fromkeys(names, "closed it")).wait().response or {}
    amira.dismiss()
    assert response["errors"]
    assert texts.WENT_WRONG not in str(response)
    assert "Traceback" not in caplog.text


def with_button(work: Workplace, action_id: str, value: str) -> Message:
    """The card, with a button that nobody drew."""
    card = work.card("retail-opening")
    button = {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "x"}, "value": value}
    work.client.chat_update(
        channel=card.channel, ts=card.ts, text="old", blocks=[{"type": "actions", "elements": [button]}]
    )
    return work.card("retail-opening")
