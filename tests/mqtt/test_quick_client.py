"""The quick way through paho: it understands exactly what paho understands, and it is the way that is taken."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from shiftbot.mqtt.quick_client import QuickClient, _decoded
from tests.mqtt.brokers import publish, running_mosquitto, wait_until

TOPICS = st.text(min_size=1, max_size=20).map(str.encode)


def body(topic: bytes, payload: bytes, mid: int | None, properties: bytes = b"") -> bytes:
    number = struct.pack("!H", mid) if mid is not None else b""
    return struct.pack("!H", len(topic)) + topic + number + properties + payload


@given(TOPICS, st.binary(max_size=300), st.integers(1, 65_535), st.booleans(), st.booleans(), st.booleans())
def test_a_message_is_taken_apart_as_paho_does(
    topic: bytes, payload: bytes, mid: int, confirmed: bool, retained: bool, version_5: bool
) -> None:
    header = 0x30 | (confirmed << 1) | retained
    packet = body(topic, payload, mid if confirmed else None, b"\x00" if version_5 else b"")
    protocol = MQTTProtocolVersion.MQTTv5 if version_5 else MQTTProtocolVersion.MQTTv311
    slow = _packet.decode_publish(header, packet, protocol)
    assert _decoded(header, packet, version_5) == (slow.topic, slow.payload, slow.retain, slow.qos, slow.mid)


def test_a_message_with_properties_or_of_qos_2_is_left_to_paho() -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = 60
    assert _decoded(0x32, body(b"a", b"4.2", 1, properties.pack()), version_5=True) is None  # type: ignore[no-untyped-call]
    assert _decoded(0x34, body(b"a", b"4.2", 1), version_5=False) is None


@given(st.integers(0, 255), st.binary(max_size=12), st.booleans())
def test_a_broken_packet_is_left_to_paho_or_has_a_topic(header: int, packet: bytes, version_5: bool) -> None:
    found = _decoded(header, packet, version_5)
    assert found is None or (found[0] and len(found[0]) + len(found[1]) <= len(packet))


@pytest.mark.parametrize("protocol", [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311])
def test_the_quick_way_is_taken_and_acknowledges(tmp_path: Path, protocol: MQTTProtocolVersion) -> None:
    """Were paho's inside renamed, messages would come by `on_message` again, and this test would say so."""
    taken: list[tuple[Any, ...]] = []
    client = QuickClient(CallbackAPIVersion.VERSION2, "quick", protocol=protocol, manual_ack=True)
    client.take = lambda *message: taken.append(message)
    client.on_connect = lambda client, *_: client.subscribe("#", 1)
    subscribed: list[object] = []
    client.on_subscribe = lambda *_: subscribed.append(None)
    with running_mosquitto(tmp_path, "max_inflight_messages 1") as broker:
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        wait_until(lambda: bool(subscribed), "it is subscribed")
        for number in range(3):
            publish(broker.port, "a/b", f"{number}")
            wait_until(lambda number=number: len(taken) > number, "the message is taken")  # type: ignore[misc]
            client.ack_all([taken[-1][4]])
        client.disconnect()
        client.loop_stop()
    assert [(topic, payload, qos) for topic, payload, _, qos, _ in taken] == [(b"a/b", b"%d" % n, 1) for n in range(3)]
