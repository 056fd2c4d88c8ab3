"""Certificates in the settings: files or their text; every mistake is one plain line that names the setting."""

from pathlib import Path

import pytest

from shiftbot.errors import SettingsError
from shiftbot.mqtt.address import Address
from shiftbot.mqtt.trust import Trust
from tests.mqtt.certificates import Authority, key_text, new_key

URL = "mqtts://user:hunter2@broker:8883"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs."""
    return Authority(tmp_path / "ca")


def test_files_and_their_text_mean_the_same(authority: Authority) -> None:
    certificate, key = authority.issue("shiftbot")
    for ca, own, secret in (
        (str(authority.path), str(certificate), str(key)),
        (authority.path.read_text(), certificate.read_text(), key.read_text()),
    ):
        context = Trust(ca, own, secret).context()
        assert [each["subject"] for each in context.get_ca_certs()] == [((("commonName", "Hilltop CA"),),)]
        assert context.check_hostname


def test_without_a_ca_this_machines_own_are_trusted_and_names_are_checked() -> None:
    address = Address(URL)
    assert address.tls is not None
    assert (address.tls.check_hostname, address.tls.verify_mode.name) == (True, "CERT_REQUIRED")
    assert str(address) == "broker:8883"


def test_a_key_does_not_show() -> None:
    assert "hunter2" not in repr(Trust(key="hunter2"))


def test_each_mistake_is_one_line_that_names_the_setting(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("shiftbot")
    garbled, binary = tmp_path / "garbled", tmp_path / "binary"
    garbled.write_text("-----BEGIN nothing", encoding="ascii")
    binary.write_bytes(b"\x30\x82\xff")
    ca, own, secret = str(authority.path), str(certificate), str(key)
    mistakes = {
        "SHIFTBOT_MQTT_CA names /no/ca.pem, which cannot be read: No such file": Trust("/no/ca.pem"),
        "SHIFTBOT_MQTT_CA holds no certificate": Trust(str(garbled)),
        "SHIFTBOT_MQTT_CA names .*, which is not in PEM": Trust(str(binary)),
        "SHIFTBOT_MQTT_CERT is set and SHIFTBOT_MQTT_KEY is not": Trust(ca, own),
        "SHIFTBOT_MQTT_KEY is set and SHIFTBOT_MQTT_CERT is not": Trust(ca, None, secret),
        "SHIFTBOT_MQTT_KEY does not belong to": Trust(ca, own, key_text(new_key())),
        "SHIFTBOT_MQTT_KEY is locked by a passphrase": Trust(ca, own, key_text(new_key(), "hunter2")),
        "SHIFTBOT_MQTT_CERT and SHIFTBOT_MQTT_KEY cannot be read": Trust(ca, str(garbled), secret),
    }
    for line, trust in mistakes.items():
        with pytest.raises(SettingsError, match=line) as caught:
            Address(URL, trust)
        assert "\n" not in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_certificates_without_encryption_are_refused(authority: Authority) -> None:
    with pytest.raises(SettingsError, match=r"SHIFTBOT_MQTT_CA set, but SHIFTBOT_MQTT_URL is mqtt://; write mqtts://"):
        Address("mqtt://broker", Trust(str(authority.path)))
