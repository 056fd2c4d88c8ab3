"""`/shift`, the Home tab and cases: what is open, who is on duty, what waits to be signed."""

import json
from datetime import timedelta

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.run import may_answer
from shiftbot.services import delivery
from shiftbot.storage import outbox
from tests.slack.workplace import CHANNEL, Workplace


def said(work: Workplace, who: Person, words: str) -> str:
    """What `/shift words` answers."""
    response = who.command("/shift", words, CHANNEL).wait().response
    return str((response or {}).get("text", ""))


def home(who: Person) -> str:
    """What somebody's Home tab shows."""
    return json.dumps(who.home.blocks if who.home else None, ensure_ascii=False)


def left_for(work: Workplace, who: Person) -> int:
    """How many lines of the opening checklist are somebody's to answer."""
    human = work.pharmacy.person_by_slack(who.id)
    assert human is not None
    return sum(1 for each in work.view("retail-opening").blank if may_answer(each.line, human.roles))


def warm_fridge(work: Workplace) -> None:
    """The vaccine fridge is too warm from 09:00 to 09:40, then cold again for an hour."""
    work.at("08:55")
    for minutes in range(0, 120, 5):
        work.at((work.local("09:00") + timedelta(minutes=minutes)).astimezone(work.zone).strftime("%H:%M"))
        work.receive("vaccine-fridge", 52.0 if minutes < 40 else 41.0)
        work.settle()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "What I can do here"),
        ("HELP", "What I can do here"),
        ("stauts", "The nearest is `/shift status`"),
        ("opne", "The nearest is `/shift open`"),
        ("status", "Opening checklist"),
        ("status", "Vaccine fridge"),
    ],
)
def test_shift_answers_privately_in_its_acknowledgement(
    work: Workplace, ben: Person, words: str, expected: str
) -> None:
    work.at("07:15")
    assert expected in said(work, ben, words)


def test_open_lists_the_open_checklists_as_links_to_their_cards(work: Workplace, ben: Person) -> None:
    work.at("00:31")
    assert said(work, ben, "open").startswith("No checklist is open now.")
    work.at("07:15")
    answer = said(work, ben, "open")
    assert f"0 of {work.view('retail-opening').required}" in answer
    assert f"archives/{CHANNEL}/p{work.card('retail-opening').ts.replace('.', '')}|Opening checklist>" in answer


def test_the_home_tab_shows_what_is_open_for_me_and_follows_changes(
    work: Workplace, ben: Person, amira: Person
) -> None:
    work.at("07:15")
    for who in (ben, amira):
        who.open_home()
        work.emulator.wait_until(lambda who=who: who.home is not None)  # type: ignore[misc]
    technicians = left_for(work, ben)
    assert f"{technicians} for you" in home(ben)
    assert f"{left_for(work, amira)} for you" in home(amira)
    assert technicians < left_for(work, amira)
    assert "On duty now: *Amira Hassan*" in home(ben)
    work.press(ben, "retail-opening", "item_done", "Lights")
    work.until(lambda: work.view("retail-opening").answered == 1)
    assert work.homes.refresh() >= 2
    assert f"{technicians - 1} for you" in home(ben)
    assert work.homes.refresh() == 0


def test_an_alert_is_acknowledged_from_the_home_tab(work: Workplace, amira: Person) -> None:
    work.at("08:44").at("08:45")
    amira.open_home()
    work.emulator.wait_until(lambda: "Voicemail sweep missed" in home(amira))
    ids = [str(block.get("block_id", "")) for block in amira.home.blocks] if amira.home else []
    buttons = next(each for each in ids if each.startswith("alert-"))
    amira.click_home("alert_acknowledge", buttons).wait()
    work.until(lambda: "Amira H. has it" in json.dumps([m.blocks for m in work.emulator.messages(CHANNEL)]))


def test_where_somebody_clicks_types_or_commands_is_where_they_work(
    work: Workplace, ben: Person, amira: Person, morgan: Person
) -> None:
    work.at("07:15")
    work.press(ben, "retail-opening", "item_done", "Lights")
    work.reply(amira, "retail-opening", "2 ok")
    said(work, morgan, "open")
    for who in (ben, amira, morgan):
        work.until(lambda who=who: work.desk.whereabouts.sites(work.pharmacy, who.id) == ["hilltop-main"])  # type: ignore[misc]


def test_status_tells_of_the_messages_of_this_pharmacy_that_wait_and_of_no_others(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    assert "Messages waiting" not in said(work, ben, "status")
    notices = [
        Notice(f"summary:{site}", Lane.ROUTINE, site, NoticeKind.SUMMARY, CHANNEL, "All is well.")
        for site in ("hilltop-main", "another")
    ]
    failed = Notice("summary:failed", Lane.ROUTINE, "hilltop-main", NoticeKind.SUMMARY, "C0GONE", "All is well.")
    with work.database.transaction() as connection:
        delivery.queue(connection, work.pharmacy, notices, work.now)
        outbox.add_failed(connection, failed, "channel_not_found", work.now)
    answer = said(work, ben, "status")
    assert "Messages waiting: 1" in answer
    assert "failed for good" not in answer


@pytest.mark.parametrize("words", ["status", "duty", "open", "delivery", "handover"])
def test_a_stranger_is_told_nothing_of_the_pharmacy(work: Workplace, guest: Person, words: str) -> None:
    assert said(work, guest, words).startswith("I do not know your Slack account yet")


def test_a_strangers_home_tab_says_what_to_do(work: Workplace, guest: Person) -> None:
    guest.open_home()
    work.emulator.wait_until(lambda: guest.home is not None)
    assert "Ask Morgan Lee to add you" in home(guest)


def test_an_excursions_case_is_filled_in_by_anybody_and_signed_by_a_pharmacist(
    work: Workplace, ben: Person, amira: Person
) -> None:
    warm_fridge(work)
    card = next(m for m in work.emulator.messages(CHANNEL) if "Case " in json.dumps(m.blocks))
    assert "Too warm: 52 °F at worst, the limit is 46 °F" in json.dumps(card.blocks, ensure_ascii=False)
    ben.click(card, "case_fill").wait()
    work.emulator.wait_until(lambda: bool(ben.views))
    assert "A pharmacist signs it" in json.dumps(ben.views[-1].payload)
    ben.submit({"cause": "Door left open after the delivery"}).wait()
    amira.click(card, "case_fill").wait()
    work.emulator.wait_until(lambda: bool(amira.views))
    assert "I sign as Amira Hassan, pharmacist" in json.dumps(amira.views[-1].payload)
    said = {"contents": "Influenza, lot 4KX21", "disposition": "usable"}
    written = {"action": "Vaccines quarantined", "outcome": "All usable"}
    assert not amira.submit(said | written).wait().response
    work.until(lambda: "Signed by Amira Hassan" in json.dumps([m.blocks for m in work.emulator.messages(CHANNEL)]))


def test_what_may_name_a_patient_is_refused_in_the_case(work: Workplace, amira: Person) -> None:
    warm_fridge(work)
    card = [m for m in work.emulator.messages(CHANNEL) if "case_fill" in json.dumps(m.blocks)][-1]
    amira.click(card, "case_fill").wait()
    work.emulator.wait_until(lambda: bool(amira.views))
    said = {"contents": "Influenza, lot 4KX21", "disposition": "usable"}
    written = said | {"cause": "Door", "action": "Pt. Ortiz was called", "outcome": "Usable"}
    response = amira.submit(written).wait().response
    assert response is not None
    assert "a patient's name" in response["errors"]["action"]
    amira.dismiss()
