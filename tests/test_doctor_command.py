"""`shiftbot doctor` as a command: against real brokers, by its exit codes, for machines, and without any secret."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shiftbot.__main__ import main
from shiftbot.bootstrap.doctor.broker import look_at_sensors_broker
from shiftbot.bootstrap.doctor.finding import Finding, Mark
from shiftbot.demo.emulator import SlackEmulator
from shiftbot.mqtt.broker import Broker, Device
from shiftbot.settings import NAMES, Settings
from tests.end_to_end.workplace import furnished, slack_settings
from tests.mqtt.brokers import running_mosquitto

# Apprise brings a module of the standard library that is to go; the means are Apprise's.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

HILLTOP = Path(__file__).parent / "definitions" / "hilltop"

SECRETS = ("opensesame", "hunter2", "my-own-id", "xoxb-", "xapp-", "keep-it-cold")


@dataclass(frozen=True)
class Said:
    """What the command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def workspace() -> Iterator[SlackEmulator]:
    with furnished(rate_limits=False) as emulator:
        yield emulator


@pytest.fixture
def home(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """A pharmacy without mistakes whose database is up to date; Amira has a means beside Slack."""
    folder = tmp_path / "hilltop"
    shutil.copytree(HILLTOP, folder)
    written = (folder / "pharmacy.yaml").read_text(encoding="utf-8")
    reach = "roles: [pharmacist], reach: ['mailto://amira:opensesame@mail.example.com'] }"
    written = written.replace("slack: U0AMIRA, roles: [pharmacist] }", f"slack: U0AMIRA, {reach}")
    (folder / "pharmacy.yaml").write_text(written, encoding="utf-8")
    shutil.copy(migrated_sqlite, folder / "shiftbot.db")
    return folder


Doctor = Callable[..., Said]


@pytest.fixture
def doctor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, workspace: SlackEmulator
) -> Doctor:
    """Run the command in that home and workspace; further environment by name, None to leave one out."""

    def run(*words: str, **environment: str | None) -> Said:
        for name in NAMES.values():
            monkeypatch.delenv(name, raising=False)
        wanted = {**slack_settings(workspace), "SHIFTBOT_HOME": str(home), **environment}
        for name, value in wanted.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["shiftbot", "doctor", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Said(int(end.value.code or 0), captured.out, captured.err)

    return run


def test_all_is_well_and_every_line_begins_with_its_mark(doctor: Doctor) -> None:
    said = doctor()
    assert (said.code, said.err) == (0, "")
    assert {line[0] for line in said.out.splitlines()} <= set("✓–!")
    assert "✓ definitions: 1 sites, 4 people, no mistakes" in said.out


def test_what_is_wrong_exits_1_and_says_what_to_do(doctor: Doctor) -> None:
    said = doctor(SLACK_APP_TOKEN=None, SHIFTBOT_MQTT_URL="mqtt://127.0.0.1:1")
    assert said.code == 1
    assert "✗ broker: 127.0.0.1:1: connection refused; see SHIFTBOT_MQTT_URL" in said.out
    assert "✗ Slack: neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set" in said.out


def test_for_machines_it_is_one_document(doctor: Doctor) -> None:
    said = doctor("--json", SLACK_BOT_TOKEN="xoxb-wrong")
    document = json.loads(said.out)
    assert (said.code, document["ok"]) == (1, False)
    (wrong,) = [each for each in document["findings"] if each["mark"] == "wrong"]
    assert wrong == {
        "area": "Slack", "mark": "wrong", "what": "the bot token: Slack refused it: invalid_auth",
        "mend": "copy the token anew from api.slack.com/apps; after a new installation it is another one",
    }  # fmt: skip


@pytest.mark.parametrize("broken", ["pharmacy", "setting", "person"])
def test_what_is_misconfigured_exits_2_and_says_so(doctor: Doctor, home: Path, broken: str) -> None:
    if broken == "pharmacy":
        path = home / "pharmacy.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("America/New_York", "America/Nowhere"), encoding="utf-8"
        )
    words = ["--send-test", "zoe"] if broken == "person" else []
    said = doctor(*words, SHIFTBOT_MQTT_URL="http://broker" if broken == "setting" else None)
    assert (said.code, said.out) == (2, "")
    assert said.err


def test_no_secret_is_ever_shown(doctor: Doctor) -> None:
    """Not when all is well, and not when everything that has a secret in it fails."""
    well = doctor(SHIFTBOT_HEARTBEAT_URL="http://127.0.0.1:1/my-own-id")
    wrong = doctor(
        "--json", SLACK_BOT_TOKEN="xoxb-opensesame", SLACK_APP_TOKEN="xapp-opensesame",
        SHIFTBOT_MQTT_URL="mqtt://fridge:hunter2@127.0.0.1:1", SHIFTBOT_HEARTBEAT_URL="https://127.0.0.1:1/my-own-id",
        SHIFTBOT_DATABASE_URL="postgresql://shiftbot:hunter2@127.0.0.1:1/shiftbot",
    )  # fmt: skip
    assert wrong.code == 1
    for secret in SECRETS:
        assert secret not in well.out + well.err + wrong.out + wrong.err


# --- brokers


def said_of(url: str, folder: Path) -> list[Finding]:
    return list(look_at_sensors_broker(Settings(home=folder, mqtt_url=url), 1883))


def test_a_broker_that_keeps_what_it_is_given_is_well(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path) as broker:
        (found,) = said_of(broker.url, tmp_path)
    assert found.mark is Mark.WELL
    assert "lets us in (not encrypted)" in found.what


def test_a_broker_that_threw_messages_away_or_forgets_soon_is_doubtful(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path, "persistence true\npersistent_client_expiration 1h\nmax_qos 0") as broker:
        found = said_of(broker.url, tmp_path)
    assert [each.mark for each in found][1:] == [Mark.DOUBTFUL] * (len(found) - 1)
    assert any("QoS 0" in each.what for each in found)


def test_a_broker_that_speaks_3_1_1_only_is_doubtful(tmp_path: Path) -> None:
    with Broker() as broker:
        found = said_of(broker.url, tmp_path)
    assert [each.mark for each in found] == [Mark.WELL, Mark.DOUBTFUL]
    assert "max_inflight_messages" in found[1].mend


def test_a_broker_that_does_not_let_us_in_is_wrong(tmp_path: Path) -> None:
    with Broker({"fridge": Device("keep-it-cold", ("hilltop/#",), ("hilltop/#",))}) as broker:
        (found,) = said_of(f"mqtt://fridge:wrong@127.0.0.1:{broker.port}", tmp_path)
    assert found.mark is Mark.WRONG


def test_our_own_broker_is_not_looked_at_while_it_does_not_run(tmp_path: Path) -> None:
    (found,) = look_at_sensors_broker(Settings(home=tmp_path), 1883)
    assert found.mark is Mark.NOT_LOOKED
    assert "127.0.0.1:1883" in found.what
