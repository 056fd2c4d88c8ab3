"""The environment: read once, frozen, each variable also from a file; what is wrong is named, what is secret is not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shiftbot.errors import SettingsError
from shiftbot.settings import NAMES, Settings, load


def test_an_empty_environment_is_the_current_folder_and_slacks_own_address() -> None:
    settings = load({})
    assert settings == Settings()
    assert settings.database == "sqlite:///shiftbot.db"
    assert settings.slack_api_url == "https://slack.com/api/"


def test_the_database_stands_in_the_home_folder_unless_named() -> None:
    assert load({"SHIFTBOT_HOME": "/srv/hilltop"}).database == "sqlite:////srv/hilltop/shiftbot.db"
    url = "postgresql://shiftbot@db/shiftbot"
    assert load({"SHIFTBOT_HOME": "/srv/hilltop", "SHIFTBOT_DATABASE_URL": url}).database == url


def test_every_variable_may_come_from_a_file(tmp_path: Path) -> None:
    values = {
        "SHIFTBOT_HOME": "/srv/hilltop", "SHIFTBOT_DATABASE_URL": "sqlite:////srv/x.db",
        "SHIFTBOT_MQTT_URL": "mqtts://user:secret@broker", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_SIGNING_SECRET": "s1", "SLACK_API_URL": "http://127.0.0.1:1/api/",
        "SHIFTBOT_HEARTBEAT_URL": "https://watch/1", "PORT": "9000", "SHIFTBOT_WEB_HOST": "0.0.0.0",
        "SHIFTBOT_MQTT_CA": "/etc/ca.pem", "SHIFTBOT_MQTT_CERT": "/etc/own.pem", "SHIFTBOT_MQTT_KEY": "/etc/own.key",
        "SHIFTBOT_MQTT_HOST": "0.0.0.0", "SHIFTBOT_MQTT_DEVICES": "fridge s3cret hilltop/fridge",
    }  # fmt: skip
    assert set(values) == set(NAMES.values())
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    from_files = load({f"{name}_FILE": str(tmp_path / name) for name in values})
    assert from_files == load(values)


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    assert load({"SHIFTBOT_MQTT_URL": "", "SLACK_APP_TOKEN": "", "PORT": ""}) == Settings()


@pytest.mark.parametrize("written", ["https://slack.example/api", "https://slack.example/api/"])
def test_slacks_address_ends_with_one_slash(written: str) -> None:
    assert load({"SLACK_API_URL": written}).slack_api_url == "https://slack.example/api/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"), ("PORT", "-1"), ("PORT", "65536"), ("PORT", "８０"),
        ("SHIFTBOT_MQTT_URL", "tcp://hunter2@broker"), ("SHIFTBOT_MQTT_URL", "mqtt://:hunter2@"),
        ("SHIFTBOT_MQTT_URL", "mqtt://u:hunter2@broker:99999"), ("SHIFTBOT_MQTT_URL", "broker:1883"),
        ("SLACK_API_URL", "slack.com/api"), ("SHIFTBOT_HEARTBEAT_URL", "file:///etc/hunter2"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_named_and_never_repeated_when_it_may_hold_a_password(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} .*; write ") as caught:
        load({name: value})
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    empty, garbled = tmp_path / "empty", tmp_path / "garbled"
    empty.write_text("\n", encoding="utf-8")
    garbled.write_bytes(b"\xff\xfe\x00")
    for path, why in ((tmp_path / "gone", "No such file"), (empty, "empty"), (garbled, "UTF-8"), (tmp_path, "direc")):
        with pytest.raises(SettingsError, match=f"SLACK_BOT_TOKEN_FILE names {path}, .*{why}"):
            load({"SLACK_BOT_TOKEN_FILE": str(path)})


def test_a_variable_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="both set"):
        load({"SLACK_APP_TOKEN": "xapp-1", "SLACK_APP_TOKEN_FILE": str(tmp_path / "token")})


def test_secrets_do_not_show_and_nothing_can_be_changed() -> None:
    settings = load(
        {
            "SLACK_BOT_TOKEN": "xoxb-hunter2", "SLACK_SIGNING_SECRET": "hunter2", "SHIFTBOT_MQTT_KEY": "hunter2",
            "SHIFTBOT_MQTT_DEVICES": "fridge hunter2 hilltop/fridge",
        }
    )  # fmt: skip
    assert "hunter2" not in f"{settings!r} {settings}"
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]  # that it is refused is the point
