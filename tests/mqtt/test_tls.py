"""A real Mosquitto over TLS: who is trusted, who is let in, and that somebody is told why when not."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from shiftbot.mqtt.address import Address
from shiftbot.mqtt.subscriber import V5, V311
from shiftbot.mqtt.trust import Trust
from tests.mqtt.brokers import KEEPS_EVERYTHING, Mosquitto, running_mosquitto, wait_until
from tests.mqtt.certificates import Authority
from tests.mqtt.subscribing import Shelf, Subscribers

TOPIC = "hilltop/vaccine-fridge"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs."""
    return Authority(tmp_path / "ca")


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    """A Mosquitto with TLS that asks for a client certificate and for a password."""
    certificate, key = authority.issue("broker")
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "shiftbot", "s3cret"], check=True)
    lines = [f"cafile {authority.path}", f"certfile {certificate}", f"keyfile {key}", "require_certificate true"]
    lines += [f"password_file {passwords}", "allow_anonymous false", KEEPS_EVERYTHING]
    with running_mosquitto(tmp_path, "\n".join(lines)) as mosquitto:
        yield mosquitto


def url_of(broker: Mosquitto, who: str = "shiftbot:s3cret@", host: str = "127.0.0.1") -> str:
    """Where it is, over TLS."""
    return f"mqtts://{who}{host}:{broker.port}"


def trust(authority: Authority) -> Trust:
    """Our own certificate, and whom we trust."""
    certificate, key = authority.issue("shiftbot")
    return Trust(str(authority.path), str(certificate), str(key))


def publish_encrypted(broker: Mosquitto, authority: Authority, payloads: int) -> None:
    """Publish numbers from a device with a certificate of its own."""
    certificate, key = authority.issue("fridge")
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", TOPIC, "-l"]
    command += ["--cafile", str(authority.path), "--cert", str(certificate), "--key", str(key)]
    lines = "".join(f"{number}\n" for number in range(payloads))
    subprocess.run([*command, "-u", "shiftbot", "-P", "s3cret"], input=lines.encode(), check=True)


@pytest.mark.parametrize("protocol", [V5, V311])
def test_messages_come_over_tls_with_a_client_certificate_and_a_password_and_are_acknowledged(
    broker: Mosquitto, authority: Authority, subscribe: Subscribers, protocol: MQTTProtocolVersion
) -> None:
    address, first, second = Address(url_of(broker), trust(authority)), Shelf(), Shelf()
    subscriber = subscribe(address, first, protocol=protocol)
    publish_encrypted(broker, authority, 2_000)
    wait_until(lambda: len(first.messages) == 2_000, "all are stored")
    assert first.payloads() == [b"%d" % number for number in range(2_000)]
    assert subscriber.trouble() == []
    subscriber.stop()
    subscribe(address, second, protocol=protocol)
    publish_encrypted(broker, authority, 1)
    wait_until(lambda: bool(second.messages), "the next one comes")
    assert second.payloads() == [b"0"]


def test_a_connection_over_tls_that_is_cut_comes_back_with_its_session(
    broker: Mosquitto, authority: Authority, subscribe: Subscribers
) -> None:
    shelf = Shelf()
    subscriber = subscribe(Address(url_of(broker), trust(authority)), shelf)
    subscriber.reconnect()
    wait_until(lambda: not subscriber.is_connected, "the loss is noticed")
    publish_encrypted(broker, authority, 3)
    wait_until(lambda: shelf.payloads() == [b"0", b"1", b"2"], "what was sent meanwhile comes")


def test_why_no_connection_comes_about_is_said(
    broker: Mosquitto, authority: Authority, subscribe: Subscribers, tmp_path: Path
) -> None:
    stranger, own = Authority(tmp_path / "stranger", "Somebody else"), trust(authority)
    strange_certificate, strange_key = stranger.issue("shiftbot")
    late, late_key = authority.issue("late", valid_for=timedelta(days=-1))
    ca = str(authority.path)
    unencrypted = "no encrypted connection came about"
    faults = [
        ("its certificate is not trusted", url_of(broker), Trust(str(stranger.path))),
        (unencrypted, url_of(broker), Trust(ca)),
        (unencrypted, url_of(broker), Trust(ca, str(strange_certificate), str(strange_key))),
        (unencrypted, url_of(broker), Trust(ca, str(late), str(late_key))),
        ("the broker refuses us: Not authorized", url_of(broker, "shiftbot:wrong@"), own),
        ("the broker refuses us: Not authorized", url_of(broker, ""), own),
        ("the name of its machine is not known", "mqtts://no-such-host.invalid", Trust(ca)),
        ("connection refused", "mqtts://127.0.0.1:1", Trust(ca)),
    ]
    for why, url, trusted in faults:
        subscriber = subscribe.begin(Address(url, trusted), Shelf())
        wait_until(lambda s=subscriber, w=why: w in str(*s.trouble()), why)  # type: ignore[misc]
        assert not subscriber.is_connected
        subscriber.stop()
