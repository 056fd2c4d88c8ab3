"""The fridge lines: pre-filled by the sensor, confirmed by a person, or read from the display and typed."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shiftbot.demo.emulator import Person
from tests.slack.workplace import Workplace


def blocks(work: Workplace) -> str:
    """The opening card's blocks as text."""
    return json.dumps(work.card("retail-opening").blocks, ensure_ascii=False)


def warm_up(work: Workplace, *fahrenheit: float) -> None:
    """Readings of the vaccine fridge every five minutes up to 07:15."""
    for back, value in enumerate(reversed(fahrenheit)):
        work.receive("vaccine-fridge", value, work.local("07:14") - timedelta(minutes=5 * back))


def test_the_fridge_line_shows_now_lowest_and_highest_and_a_person_confirms(work: Workplace, ben: Person) -> None:
    warm_up(work, 39.1, 43.0, 41.2)
    work.at("07:15")
    assert "41.2 °F now, 39.1 to 43 since Sun 22 Nov 07:15" in blocks(work)
    assert "Confirm 41.2 °F" in blocks(work)
    work.press(ben, "retail-opening", "item_confirm", "Vaccine fridge")
    work.until(lambda: work.view("retail-opening").answered == 2)
    line = work.view("retail-opening").lines[work.number("retail-opening", "Vaccine fridge") - 1]
    assert line.answer is not None
    assert line.answer.value is not None
    assert line.answer.value["temperature"] == 41.2
    assert (line.answer.value["low"], line.answer.value["high"]) == (39.1, 43.0)


def test_nobody_confirms_a_temperature_they_did_not_see(work: Workplace, ben: Person) -> None:
    """The fridge warmed up after the card was drawn: the button shows the new value first."""
    warm_up(work, 41.2)
    work.at("07:15")
    work.receive("vaccine-fridge", 45.9)
    told = len(ben.ephemerals)
    work.press(ben, "retail-opening", "item_confirm", "Vaccine fridge")
    assert "changed since the card was drawn" in work.told_privately(ben, told)
    work.until(lambda: "Confirm 45.9 °F" in blocks(work))
    assert work.view("retail-opening").answered == 0


def test_a_card_keeps_no_temperature_of_a_sensor_that_has_fallen_silent(work: Workplace, ben: Person) -> None:
    warm_up(work, 41.2)
    work.at("07:15")
    assert "Confirm 41.2 °F" in blocks(work)
    work.at("07:40")
    work.until(lambda: "Confirm 41.2 °F" not in blocks(work))
    assert "the sensor says nothing now: read the display" in blocks(work)
    work.receive("vaccine-fridge", 42.0)
    work.settle()
    work.until(lambda: "Confirm 42 °F" in blocks(work))


def test_the_form_of_a_line_says_in_one_sentence_what_the_sensor_says(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    work.press(ben, "retail-opening", "item_enter", "Vaccine fridge")
    work.emulator.wait_until(lambda: bool(ben.views))
    window = json.dumps(ben.views[-1].blocks, ensure_ascii=False)
    assert ":thermometer: The sensor says nothing now: read the display" in window


def test_a_line_without_a_reading_is_entered_by_hand_in_a_form(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    assert "read the display" in blocks(work)
    work.press(ben, "retail-opening", "item_enter", "Vaccine fridge")
    work.emulator.wait_until(lambda: bool(ben.views))
    refused = ben.submit({"value": "4.6 C"}).wait()
    assert refused.response is not None
    assert "logs in °F" in refused.response["errors"]["value"]
    accepted = ben.submit({"value": "４１,２"}).wait()
    assert not accepted.response
    work.until(lambda: "*41.2 °F*" in blocks(work))


def test_a_typed_temperature_out_of_range_is_stored_and_told(work: Workplace, ben: Person) -> None:
    work.at("07:15")
    number = work.number("retail-opening", "Vaccine fridge")
    assert "52 °F" in work.reply(ben, "retail-opening", f"{number} 52")
    work.until(lambda: any("out of range" in message.text for message in work.emulator.messages("C0HILLTOP")))
    assert f":warning: {number}." in blocks(work)


def test_one_look_answers_the_temperature_and_the_pair_of_its_unit(work: Workplace, ben: Person) -> None:
    """The button says what both lines will hold, and the pair is not cut short by the temperature."""
    warm_up(work, 39.1, 43.0, 41.2)
    work.at("07:15")
    leader = work.number("retail-opening", "Vaccine fridge: temperature")
    assert f"confirmed together with line {leader}" in blocks(work)
    work.press(ben, "retail-opening", "item_confirm", "Vaccine fridge: temperature")
    work.until(lambda: work.view("retail-opening").answered == 2)
    pair = pair_line(work)
    assert (pair["low"], pair["high"], pair["from_sensor"]) == (39.1, 43.0, True)


def test_a_pair_is_confirmed_alone_where_the_temperature_was_entered_by_hand(work: Workplace, ben: Person) -> None:
    warm_up(work, 39.1, 43.0, 41.2)
    work.at("07:15")
    work.reply(ben, "retail-opening", f"{work.number('retail-opening', 'Vaccine fridge: temperature')} 41")
    work.until(lambda: "confirmed together" not in blocks(work) and "Confirm 39.1 to 43 °F" in blocks(work))
    work.press(ben, "retail-opening", "item_confirm", "Vaccine fridge: min and max")
    work.until(lambda: work.view("retail-opening").answered == 2)
    assert (pair_line(work)["low"], pair_line(work)["high"]) == (39.1, 43.0)


def test_a_pair_that_widened_since_the_card_was_drawn_is_shown_anew(work: Workplace, ben: Person) -> None:
    """The temperature is back where it was; what it did meanwhile nobody has seen."""
    warm_up(work, 39.1, 43.0, 41.2)
    work.at("07:15")
    work.receive("vaccine-fridge", 45.5, work.local("07:14") + timedelta(seconds=30))
    work.receive("vaccine-fridge", 41.2)
    told = len(ben.ephemerals)
    work.press(ben, "retail-opening", "item_confirm", "Vaccine fridge: temperature")
    assert "changed since the card was drawn" in work.told_privately(ben, told)
    assert work.view("retail-opening").answered == 0


def pair_line(work: Workplace) -> Mapping[str, Any]:
    """What stands on the vaccine fridge's line for lowest and highest."""
    line = work.view("retail-opening").lines[work.number("retail-opening", "Vaccine fridge: min and max") - 1]
    assert line.answer is not None
    assert line.answer.value is not None
    return line.answer.value
