"""LoRaWAN, Bluetooth and 433 MHz: bytes, histories, omitted zeros, repeated bursts, devices of the neighbours."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.site import TemperatureUnit
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import SEVERAL_PROBES, Decoded, Rejected
from tests.mqtt.formats.examples import (
    CHIRPSTACK,
    CHIRPSTACK_SAYS,
    KEPT_AT,
    MILESIGHT,
    NOW,
    RTL_433,
    RTL_433_OTHER_SAYS,
    RTL_433_SAYS,
    RUUVI,
    RUUVI_AT,
    RUUVI_SAYS,
    THEENGS,
    THEENGS_SAYS,
    THINGS,
    THINGS_SAYS,
    decode,
    one,
    read,
    values,
)

FAHRENHEIT = TemperatureUnit.FAHRENHEIT


def test_chirpstack_gives_its_time_to_the_microsecond_signal_battery_and_a_key() -> None:
    decoded = decode(CHIRPSTACK_SAYS, CHIRPSTACK)
    assert decoded.measured[0].taken_at == datetime(2026, 11, 22, 14, 5, 31, 775023, tzinfo=UTC)
    assert decoded.facts == {"battery": 100, "rssi": -36}
    assert decoded.key == "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"


def test_the_things_stack_gives_the_time_of_the_uplink_and_a_key() -> None:
    decoded = decode(THINGS_SAYS, THINGS)
    assert decoded.measured[0].taken_at == datetime(2026, 11, 22, 14, 5, 31, 789585, tzinfo=UTC)
    assert decoded.facts == {"battery": 100, "rssi": -35}
    assert decoded.key == "AXA50tHUGUucuzS/bCGMNw== 812"


def chirped(**changes: object) -> dict[str, Any]:
    """The example with other keys; `None` takes one out."""
    said: dict[str, Any] = json.loads(CHIRPSTACK_SAYS) | changes
    return {key: value for key, value in said.items() if value is not None}


def test_without_a_codec_the_bytes_are_read() -> None:
    assert one(chirped(object=None), CHIRPSTACK).value == 28.1
    things: dict[str, Any] = json.loads(THINGS_SAYS)
    del things["uplink_message"]["decoded_payload"]
    assert one(things, THINGS).value == 28.1


def test_a_zero_that_the_server_left_out_is_found_in_the_bytes_and_never_guessed() -> None:
    zero = b64encode(bytes.fromhex("01756403670000")).decode()
    assert one(chirped(object={"battery": 100}, data=zero), CHIRPSTACK).value == 0.0
    assert read(chirped(object={"battery": 100}, data=zero, fPort=2), CHIRPSTACK) == Decoded(
        (), {"battery": 100, "rssi": -36}, "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"object": None, "fPort": 2}, "no codec made anything of it"),
        ({"object": None, "data": "AXVk?"}, "not Base64"),
        ({"object": None, "data": "8fH/AAAA"}, "not Milesight's channels"),
        ({"object": {"temperature": None}}, "unavailable"),
    ],
)
def test_an_uplink_nobody_can_read_is_refused(changes: dict[str, object], reason: str) -> None:
    assert read(chirped(**changes), CHIRPSTACK) == Rejected(reason)


def test_an_uplink_without_any_payload_is_no_mistake() -> None:
    assert isinstance(read(chirped(object=None, data=None, fPort=None), CHIRPSTACK), Decoded)


def test_the_probes_of_a_lorawan_device_have_the_names_its_codec_gave_and_limits_are_none() -> None:
    said = chirped(object={"TempC_SHT": 21.4, "TempC_DS": 4.2, "Hum_SHT": 40, "temperature_alarm": 8, "BatV": 3.05})
    assert values(said, CHIRPSTACK) == {
        ("temperature", "TempC_SHT"): 21.4,
        ("temperature", "TempC_DS"): 4.2,
        ("humidity", ""): 40,
    }
    assert one(said, replace(CHIRPSTACK, probe="TempC_DS")).value == 4.2
    assert read(said, CHIRPSTACK) == Rejected(SEVERAL_PROBES)
    assert one(chirped(object={"temperature_f": 39.4}), CHIRPSTACK).unit is FAHRENHEIT


def test_a_status_of_chirpstack_gives_its_battery_and_what_is_left_out_is_unknown() -> None:
    topic = CHIRPSTACK.topic.removesuffix("up") + "status"
    assert topic in formats.companions(CHIRPSTACK)
    assert read({"margin": 5, "batteryLevel": 75.5}, CHIRPSTACK, topic=topic) == Decoded((), {"battery": 75.5})
    assert read({"batteryLevelUnavailable": True}, CHIRPSTACK, topic=topic) == Decoded(())
    assert read({"externalPowerSource": True}, CHIRPSTACK, topic=topic) == Decoded((), {"mains": 1.0})
    assert read({"devAddr": "0018"}, CHIRPSTACK, topic=topic.replace("status", "join")) == Decoded(())


def test_a_simulated_uplink_is_no_reading_and_a_counter_of_zero_is_left_out() -> None:
    said: dict[str, Any] = json.loads(THINGS_SAYS)
    assert read(said | {"simulated": True}, THINGS) == Rejected("simulated")
    del said["uplink_message"]["f_cnt"]
    assert decode(said, THINGS).key.endswith(" 0")
    assert read({"join_accept": {}}, THINGS, topic=THINGS.topic.replace("/up", "/join")) == Decoded(())


def test_milesights_own_examples_come_out_as_they_say() -> None:
    assert decode(bytes.fromhex("01756403671901"), MILESIGHT).facts == {"battery": 100}
    assert values(bytes.fromhex("01755C03673401046865060001"), MILESIGHT) == {
        ("temperature", ""): 30.8,
        ("humidity", ""): 50.5,
        ("door", ""): 1.0,
    }
    assert values(b"01755C 03673401".replace(b" ", b""), MILESIGHT) == {("temperature", ""): 30.8}


@pytest.mark.parametrize(
    ("uplink", "count"),
    [
        ("20CE9E74466310015D", 1),
        ("20CE9E7446631001", 1),
        ("20CE9E74466310015D01", 1),
        ("20CE9E7446631001" * 3, 3),
        ("20CE9E74466310015D" * 3, 3),
        ("01756420CE9E74466310015D00" + "20CE9E74466310015D00", 2),
    ],
)
def test_a_history_is_backfilled_with_the_times_of_the_device_whatever_its_length(uplink: str, count: int) -> None:
    decoded = read(bytes.fromhex(uplink), MILESIGHT, now=KEPT_AT + timedelta(days=3))
    assert isinstance(decoded, Decoded)
    assert [(each.value, each.taken_at, each.backfilled) for each in decoded.measured] == [
        (27.2, KEPT_AT, True)
    ] * count


def test_a_history_nobody_can_date_is_not_taken_for_the_present() -> None:
    decoded = read(bytes.fromhex("0367190120CE9E74466310015D"), MILESIGHT)
    assert isinstance(decoded, Decoded)
    assert [each.value for each in decoded.measured] == [28.1]
    assert [each.reason for each in decoded.missing] == ["kept by the device, at a time nobody can believe"]
    assert read(bytes.fromhex("20CE9E74466310015D"), MILESIGHT) == Rejected(decoded.missing[0].reason)


def test_the_history_in_an_uplink_keeps_its_time_and_the_present_value_has_the_uplinks() -> None:
    at = int((NOW - timedelta(hours=2)).timestamp()).to_bytes(4, "little")
    uplink = bytes.fromhex("03672B00") + b"\x20\xce" + at + bytes.fromhex("5A00")
    decoded = decode(chirped(object=None, data=b64encode(uplink).decode()), CHIRPSTACK)
    present, kept = decoded.measured
    assert (present.value, present.backfilled) == (4.3, False)
    assert (kept.value, kept.taken_at, kept.backfilled) == (9.0, NOW - timedelta(hours=2), True)
    by_codec = chirped(object={"history": [{"timestamp": int(NOW.timestamp()) - 7200, "temperature": 9.0}]})
    assert one(by_codec, CHIRPSTACK) == kept


@pytest.mark.parametrize(
    "uplink", ["", "03", "0367", "036719", "0367190175", "0367190142", "6703011901", "20CE9E744663"]
)
def test_bytes_that_are_cut_off_or_out_of_step_are_refused_whole(uplink: str) -> None:
    assert isinstance(read(bytes.fromhex(uplink), MILESIGHT), Rejected)


@given(st.integers(-800, 700))
def test_tenths_of_degrees_come_back_exactly(tenths: int) -> None:
    uplink = b"\x03\x67" + tenths.to_bytes(2, "little", signed=True)
    assert one(uplink, MILESIGHT).value == tenths / 10


def test_a_ruuvi_tag_gives_what_its_makers_say() -> None:
    decoded = decode(RUUVI_SAYS, RUUVI, now=RUUVI_AT)
    found = {each.metric.value: each.value for each in decoded.measured}
    assert found == {"temperature": 27.75, "humidity": pytest.approx(48.91, abs=0.01), "pressure": 1009.03}
    assert {each.taken_at for each in decoded.measured} == {RUUVI_AT}
    assert decoded.facts == {"rssi": -26, "voltage": 2.989}


def ruuvi(said: str, **more: object) -> dict[str, object]:
    return {"gw_mac": "C8:25:2D:8E:9C:2C", "rssi": -25, "data": f"0201061BFF9904{said}", **more}


def test_ruuvis_other_test_vectors_hold_and_what_it_has_not_is_not_there() -> None:
    said = ruuvi("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F", cnt="338")
    decoded = decode(said, RUUVI)
    assert [round(each.value, 2) for each in decoded.measured] == [24.3, 53.49, 1000.44]
    assert decoded.facts["voltage"] == 2.977
    nothing = ruuvi("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF")
    assert read(nothing, RUUVI) == Rejected("unavailable")
    assert one(ruuvi("05FC1C5394C37C0004FFFC040CAC364200CDCBB8334C884F"), RUUVI).value == pytest.approx(-4.98)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("0201061BFF4C00", "no advert of a Ruuvi tag"),
        ("", "no advert of a Ruuvi tag"),
        ("0201", "no advert of a Ruuvi tag"),
        ("zz", "not hexadecimal"),
        ("0201061BFF9904031A1E", "no data format 5 in the advert"),
        ("0201061BFF99040515AE4C", "an advert of the wrong length"),
        (None, "no advert of a Ruuvi tag"),
    ],
)
def test_another_advert_is_no_reading(data: object, reason: str) -> None:
    assert read({"gw_mac": "C8", "data": data, "ts": "1"}, RUUVI) == Rejected(reason)


def test_the_adverts_of_one_minute_have_one_key() -> None:
    keys = [
        decode(ruuvi(RUUVI_DATA, ts=str(second)), RUUVI, now=RUUVI_AT).key
        for second in (1653668027, 1653668039, 1653668041)
    ]
    assert keys == ["2022-05-27T16:13", "2022-05-27T16:13", "2022-05-27T16:14"]
    assert read({"state": "offline"}, RUUVI, topic="ruuvi/C8:25:2D:8E:9C:2C/gw_status") == Decoded(
        (), {"availability": 0.0}
    )


RUUVI_DATA = "0515AE4C6DC6D7000CFFF803F4ADB6AD697FF41F0C28CBD6"


def test_a_bluetooth_thermometer_gives_what_its_gateway_understood() -> None:
    assert values(THEENGS_SAYS, THEENGS) == {("temperature", ""): 4.2, ("humidity", ""): 45.6}
    assert decode(THEENGS_SAYS, THEENGS).facts == {"battery": 98, "rssi": -67}
    assert one(THEENGS_SAYS, replace(THEENGS, format="theengs")).value == 4.2


def test_older_firmware_sends_text_and_a_message_of_presence_is_no_reading() -> None:
    assert one({"id": "A4", "tempc": "19.2", "hum": "40"}, THEENGS).value == 19.2
    assert read({"id": "A4", "rssi": -70, "distance": 2.1}, THEENGS) == Decoded((), {"rssi": -70.0})
    assert one({"id": "A4", "tempf": 39.5}, THEENGS).unit is FAHRENHEIT


def test_the_humidity_that_leaks_into_a_negative_temperature_is_cut_off() -> None:
    assert one({"model_id": "H5072/75", "tempc": -5.373}, THEENGS).value == -5.3
    assert one({"model_id": "H5072/75", "tempc": 8.1}, THEENGS).value == 8.1
    assert one({"model_id": "LYWSD03MMC", "tempc": 8.04}, THEENGS).value == 8.04, "others measure hundredths"


def test_a_burst_of_433_mhz_says_fahrenheit_and_whose_it_is() -> None:
    measured = one(RTL_433_SAYS, RTL_433)
    assert (measured.value, measured.unit, measured.taken_at) == (36.2, FAHRENHEIT, None)
    assert read(RTL_433_OTHER_SAYS, RTL_433) == Decoded(
        (), {"battery_low": 0.0}, "2026-11-22 09:05:31 Acurite-986/1R/17021"
    )
    assert one(RTL_433_OTHER_SAYS, replace(RTL_433, probe="Acurite-986/1R/17021")).value == 51.0


def test_without_a_name_no_device_among_the_neighbours_is_taken_for_the_fridge() -> None:
    assert read(RTL_433_SAYS, replace(RTL_433, probe="")) == Decoded(
        (), {"battery_low": 0.0}, decode(RTL_433_SAYS, RTL_433).key
    )


def test_repetitions_of_a_burst_have_one_key_and_two_probes_of_a_device_two_names() -> None:
    later = RTL_433_SAYS.replace(b"09:05:31", b"09:06:02")
    assert decode(RTL_433_SAYS, RTL_433).key != decode(later, RTL_433).key
    said = {"time": "x", "model": "ThermoPro-TP12", "id": 3, "temperature_1_C": 4.0, "temperature_2_C": 21.0}
    assert set(values(said, RTL_433)) == {("temperature", "ThermoPro-TP12/3/1"), ("temperature", "ThermoPro-TP12/3/2")}


def test_a_device_of_433_mhz_with_a_topic_for_each_key_is_read_there() -> None:
    sensor = replace(RTL_433, topic="rtl_433/h/devices/Acurite-986/1R/17021/temperature_F", probe="")
    assert one("36.2", sensor).unit is FAHRENHEIT
    battery = "rtl_433/h/devices/Acurite-986/1R/17021/battery_ok"
    assert battery in formats.companions(sensor)
    assert read("0", sensor, topic=battery) == Decoded((), {"battery_low": 1.0})
    assert read("warm", sensor) == Rejected("not a number")
