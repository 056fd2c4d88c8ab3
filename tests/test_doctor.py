"""`shiftbot doctor`: what is well, what is wrong and what to do, one line each; no secret in any of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shiftbot.bootstrap.doctor import examine
from shiftbot.bootstrap.doctor.database import compare_clocks, look_at_database
from shiftbot.bootstrap.doctor.finding import Finding, Mark
from shiftbot.bootstrap.doctor.machine import look_at_heartbeat, look_at_home
from shiftbot.bootstrap.doctor.people import look_at_means, look_at_slack, send_test
from shiftbot.demo.emulator import SlackEmulator
from shiftbot.domain.checklist import Role
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import SettingsError
from shiftbot.settings import Settings
from shiftbot.storage import processes
from shiftbot.storage.database import Database
from shiftbot.storage.processes import Process
from tests.cast import AMIRA, hilltop
from tests.end_to_end.workplace import furnished

# Apprise brings a module of the standard library that is to go; the means are Apprise's.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
MAIL = "mailto://amira:opensesame@mail.example.com"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def workspace() -> Iterator[SlackEmulator]:
    """The cast, their channel and the technicians' group; the app has what the manifest asks for."""
    with furnished(rate_limits=False) as emulator:
        emulator.add_user_group("S0TECHS", "techs", ["U0BEN"])
        yield emulator


@pytest.fixture
def pharmacy() -> Pharmacy:
    """Hilltop, with a user group and a means of Amira's beside Slack."""
    definitions = hilltop(people=(replace(AMIRA, reach=(MAIL,)), *list(hilltop().people.values())[1:]))
    return replace(definitions, groups={Role.TECHNICIAN: "S0TECHS"})


Ask = Callable[..., list[Finding]]


@pytest.fixture
def slack(workspace: SlackEmulator, pharmacy: Pharmacy, tmp_path: Path) -> Ask:
    """What the doctor says of Slack, with other settings or definitions if need be."""

    def ask(definitions: Pharmacy | None = None, **other: Any) -> list[Finding]:
        found = {"slack_bot_token": workspace.bot_token, "slack_app_token": workspace.app_token,
                 "slack_api_url": workspace.api_url, "home": tmp_path}  # fmt: skip
        settings = Settings.model_validate(found | other)
        return list(look_at_slack(settings, definitions or pharmacy, now))

    return ask


def not_well(findings: list[Finding]) -> list[str]:
    """The lines that are not well, without what to do."""
    return [f"{each.mark}: {each.what}" for each in findings if each.mark is not Mark.WELL]


def the(findings: list[Finding], words: str) -> Finding:
    """The one finding with these words."""
    (found,) = [each for each in findings if words in str(each)]
    return found


def test_a_workspace_as_it_should_be_is_well_in_every_line(slack: Ask) -> None:
    found = slack()
    assert not_well(found) == []
    for words in ("@shiftbot in Hilltop", "gets a socket", "scopes of the manifest are granted", "#hilltop-main",
                  "amira (U0AMIRA) is Amira Hassan", "S0TECHS", "of Slack differ by"):  # fmt: skip
        assert any(words in str(each) for each in found), words


def test_a_scope_that_was_not_granted_is_named_with_what_to_do(workspace: SlackEmulator, slack: Ask) -> None:
    scopes = ["chat:write", "users:read", "channels:read", "usergroups:read"]
    workspace.use_manifest({"oauth_config": {"scopes": {"bot": scopes}}})
    found = the(slack(), "were not granted")
    assert found.mark is Mark.WRONG
    assert "im:write" in found.what
    assert "chat:write" not in found.what
    assert "install it again" in found.mend


def test_an_older_installation_that_may_not_look_says_so_and_goes_on(workspace: SlackEmulator, slack: Ask) -> None:
    workspace.use_manifest({"oauth_config": {"scopes": {"bot": ["chat:write"]}}})
    wrong = [each for each in slack() if each.mark is Mark.WRONG]
    assert [each.area for each in wrong] == ["Slack", "channel", "person", "user group"]
    assert all("manifest" in each.mend for each in wrong)


def test_people_who_are_gone_deactivated_or_bots_are_named(
    workspace: SlackEmulator, slack: Ask, pharmacy: Pharmacy
) -> None:
    workspace.deactivate("U0BEN")
    people = dict(pharmacy.people)
    people["priya"] = replace(people["priya"], slack="U0NOBODY")
    people["morgan"] = replace(people["morgan"], slack=workspace.bot_user_id)
    assert not_well(slack(replace(pharmacy, people=people))) == [
        "wrong: ben (U0BEN) was deactivated in Slack",
        f"wrong: morgan ({workspace.bot_user_id}) is a bot and answers nothing",
        "wrong: priya (U0NOBODY) is not in the workspace",
    ]


def test_hundreds_of_people_are_looked_up_in_the_list_of_everybody(
    workspace: SlackEmulator, slack: Ask, pharmacy: Pharmacy
) -> None:
    """One by one would cost a call each, of which Slack takes a hundred a minute."""
    people = {f"p{number}": replace(AMIRA, id=f"p{number}", slack=f"U0P{number:04}") for number in range(250)}
    for person in people.values():
        workspace.add_user(person.slack, person.id, person.name)
    found = slack(replace(pharmacy, people=people | {"gone": replace(AMIRA, id="gone", slack="U0GONE")}))
    assert not_well(found) == ["wrong: gone (U0GONE) is not in the workspace"]
    assert len([call for call in workspace.calls if call.method.startswith("users.")]) == 2


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (lambda emulator: emulator.archive("C0HILLTOP"), "wrong: hilltop-main: #hilltop-main (C0HILLTOP) is archived"),
        (lambda emulator: emulator.fail("conversations.info", "error", error="channel_not_found"),
         "wrong: hilltop-main: C0HILLTOP: Slack refused it: channel_not_found"),
    ],
)  # fmt: skip
def test_a_channel_that_cannot_be_posted_to_is_named(
    workspace: SlackEmulator, slack: Ask, trouble: Callable[[SlackEmulator], None], said: str
) -> None:
    trouble(workspace)
    assert not_well(slack()) == [said]


def test_a_public_channel_without_the_bot_is_only_doubtful_since_it_joins(
    workspace: SlackEmulator, slack: Ask, pharmacy: Pharmacy
) -> None:
    workspace.add_channel("C0OTHER", "other", ["U0AMIRA"], bot=False)
    site = replace(pharmacy.sites["hilltop-main"], channel="C0OTHER")
    found = the(slack(replace(pharmacy, sites={site.id: site})), "is not in hilltop-main: #other")
    assert found.mark is Mark.DOUBTFUL


def test_a_user_group_that_is_not_there_is_named(slack: Ask, pharmacy: Pharmacy) -> None:
    assert not_well(slack(replace(pharmacy, groups={Role.TECHNICIAN: "S0NONE"}))) == [
        "wrong: S0NONE for the role technician is not there"
    ]


@pytest.mark.parametrize(
    ("settings", "said", "mend"),
    [
        ({"slack_bot_token": None}, "SLACK_BOT_TOKEN is not set", "xoxb-"),
        ({"slack_bot_token": "xoxb-wrong"}, "the bot token: Slack refused it: invalid_auth", "copy the token anew"),
        ({"slack_app_token": "xapp-wrong"}, "the app token gets no socket: Slack refused it: invalid_auth", "copy"),
        ({"slack_app_token": None}, "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set", "set one"),
        ({"slack_api_url": "http://127.0.0.1:1/api/"}, "the bot token: Slack was not reached", "reaches slack.com"),
    ],
)
def test_a_token_or_address_that_is_wrong_says_which_and_what_to_do(
    slack: Ask, settings: dict[str, Any], said: str, mend: str
) -> None:
    found = the(slack(**settings), said)
    assert (found.mark, mend in found.mend) == (Mark.WRONG, True)


def test_each_means_beside_slack_is_understood_or_named_by_its_place_and_kind(pharmacy: Pharmacy) -> None:
    amira = replace(pharmacy.people["amira"], reach=(MAIL, "twlio://secret:token@+12125550100", "nosuch://x"))
    found = list(look_at_means(replace(pharmacy, people={"amira": amira})))
    assert [str(each.mark) for each in found] == ["well", "wrong", "wrong"]
    assert "means 2 (twlio)" in found[1].what


def test_a_test_is_sent_only_to_whom_it_is_asked_for(workspace: SlackEmulator, slack: Ask, pharmacy: Pharmacy) -> None:
    slack()
    list(look_at_means(pharmacy))
    assert not [call for call in workspace.calls if call.method == "chat.postMessage"]
    settings = Settings.model_validate({"slack_bot_token": workspace.bot_token, "slack_api_url": workspace.api_url})
    (sent,) = send_test(settings, pharmacy.people["ben"])
    assert sent.mark is Mark.WELL
    (message,) = workspace.messages("U0BEN")
    assert "This is a test from" in message.text
    with pytest.raises(SettingsError, match=r"there is no zoe in pharmacy\.yaml; write one of amira, ben"):
        list(examine(settings, pharmacy, now, embedded_port=0, test_person="zoe"))


# --- the database


def said_of(database: Database, at: datetime) -> list[Finding]:
    return list(look_at_database(database.url, at))


def test_a_database_is_reached_current_and_durable(database: Database) -> None:
    """The PostgreSQL of the tests is set to be quick, which a pharmacy's must not be."""
    wrong = [each.what for each in said_of(database, now()) if each.mark is Mark.WRONG]
    lax = "a power cut may take back what was stored: fsync is off, full_page_writes is off, synchronous_commit is off"
    assert wrong == ([] if database.is_sqlite else [lax])


def test_a_database_that_is_not_there_or_away_says_what_to_do(tmp_path: Path) -> None:
    (missing,) = look_at_database(f"sqlite:///{tmp_path / 'none.db'}", NOON)
    assert "run `shiftbot migrate`" in missing.mend
    (away,) = look_at_database("postgresql://shiftbot:hunter2@127.0.0.1:1/shiftbot", NOON)
    assert away.mark is Mark.WRONG
    assert "hunter2" not in str(away)


def test_a_database_that_is_not_up_to_date_is_told_to_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    (old, room) = look_at_database(f"sqlite:///{tmp_path / 'empty.db'}", NOON)
    assert "is not up to date" in old.what
    assert "GB free" in room.what


def test_ticks_that_stopped_are_wrong_and_no_process_at_all_is_not(database: Database) -> None:
    at = now()

    def save(ended_at: datetime | None) -> None:
        state = {"tick": {"ended_at": ended_at.isoformat() if ended_at else None}}
        with database.transaction() as connection:
            processes.save(connection, Process(7, "tick", "hilltop", 4711, at, at, state))

    assert the(said_of(database, at), "processes:").mark is Mark.NOT_LOOKED
    save(at - timedelta(seconds=3))
    assert "tick (process 4711 on hilltop); the last tick ended 3 s ago" in str(
        the(said_of(database, at), "processes:")
    )
    save(at - timedelta(minutes=5))
    assert the(said_of(database, at), "the last tick ended 300 s ago").mark is Mark.WRONG
    save(None)
    assert the(said_of(database, at), "none of them ticks").mark is Mark.WRONG


@pytest.mark.parametrize(("seconds", "mark"), [(2, Mark.WELL), (-20, Mark.DOUBTFUL), (90, Mark.WRONG)])
def test_clocks_that_differ_are_told(seconds: int, mark: Mark) -> None:
    assert compare_clocks("Slack", NOON + timedelta(seconds=seconds), NOON).mark is mark


# --- the machine


def test_a_home_that_is_none_or_a_watcher_that_is_away_is_told(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "none", heartbeat_url="http://127.0.0.1:1/ping/my-own-id")
    (home,) = look_at_home(settings)
    (heartbeat,) = look_at_heartbeat(settings)
    assert (home.mark, heartbeat.mark) == (Mark.WRONG, Mark.WRONG)
    assert "my-own-id" not in str(heartbeat)
    (unwatched,) = look_at_heartbeat(Settings())
    assert "nobody would notice" in unwatched.what


def test_a_watcher_that_is_there_is_reached_and_not_pinged(workspace: SlackEmulator) -> None:
    (found,) = look_at_heartbeat(Settings(heartbeat_url=f"{workspace.url}/api/ping"))
    assert found.mark is Mark.WELL
    assert not [call for call in workspace.calls if call.method == "ping"]
