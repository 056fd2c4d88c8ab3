"""What an unknown topic may be: each documented message is recognised, and offers what a sensor's settings would be."""

import pytest

from shiftbot.mqtt.formats import Metric
from shiftbot.mqtt.formats.sniffing import Discovered, sniff
from tests.mqtt.formats.examples import (
    DISCOVERY_SAYS,
    DISCOVERY_TOPIC,
    EXAMPLES,
    NOW,
    RTL_433,
    RTL_433_SAYS,
    SPARKPLUG,
    SPARKPLUG_ALIAS_SAYS,
    TASMOTA,
    TASMOTA_SAYS,
)

GUESSED = set(EXAMPLES) - {"home-assistant", "home-assistant-plain", "statestream", "milesight-history"}


@pytest.mark.parametrize("name", sorted(GUESSED))
def test_a_documented_message_is_recognised_with_its_value(name: str) -> None:
    example = EXAMPLES[name]
    found, discovered = sniff(example.sensor.topic, example.payload, example.now)
    assert found == example.sensor.format
    assert Metric.TEMPERATURE in {each.metric for each in discovered}


def test_each_probe_is_offered_by_the_name_a_sensor_would_give_it() -> None:
    _, discovered = sniff(TASMOTA.topic, TASMOTA_SAYS, NOW)
    assert discovered == (
        Discovered("tasmota", TASMOTA.topic, "01131B123456", Metric.TEMPERATURE, 4.2, "C", "fridges"),
        Discovered("tasmota", TASMOTA.topic, "01131B654321", Metric.TEMPERATURE, -18.6, "C", "fridges"),
    )
    _, (burst,) = sniff(RTL_433.topic, RTL_433_SAYS, NOW)
    assert (burst.probe, burst.unit) == ("Acurite-515/AR/648", "F")


def test_a_sensor_that_announces_itself_is_offered_before_its_first_value() -> None:
    found, discovered = sniff(DISCOVERY_TOPIC, DISCOVERY_SAYS, NOW)
    assert found == "home-assistant"
    assert discovered == (
        Discovered(
            "home-assistant",
            "esp-fridge/sensor/fridge_probe/state",
            "",
            Metric.TEMPERATURE,
            None,
            "C",
            "Fridge probe",
            "$['temperature']",
        ),
    )


def test_a_temperature_somewhere_in_any_json_is_offered_with_the_way_to_it() -> None:
    found, discovered = sniff("acme/7/status", b'{"data": {"sensors": [{"temp": 4.2}]}, "n": 1}', NOW)
    assert found == "json-path"
    assert [(each.path, each.value) for each in discovered] == [("$['data']['sensors'][0]['temp']", 4.2)]


def test_history_is_not_what_a_device_measures_now() -> None:
    example = EXAMPLES["milesight-history"]
    assert sniff(example.sensor.topic, example.payload, example.now) == ("", ())


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("a/b", b"hello"),
        ("a/b", b""),
        ("a/b", b"\xff\xfe"),
        ("a/b", b"{}"),
        ("a/b", b'{"temperature": null}'),
        ("a", b"85"),
        ("a/b", b'{"\'": [{"temp": 4}]}'),
    ],
)
def test_what_looks_like_nothing_is_offered_to_nobody(topic: str, payload: bytes) -> None:
    assert sniff(topic, payload, NOW) == ("", ())


def test_an_alias_without_its_birth_is_known_for_what_it_is_and_offers_nothing() -> None:
    assert sniff(SPARKPLUG.topic, SPARKPLUG_ALIAS_SAYS, NOW) == ("sparkplug-b", ())
