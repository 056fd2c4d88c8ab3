"""The command line. Exit codes: 0 done, 1 what was checked is not right, 2 used wrongly or misconfigured."""

import logging
import re
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from shiftbot import __version__
from shiftbot.bootstrap import EVERYTHING, Interruption, Part, Shiftbot, open_database
from shiftbot.bootstrap.doctor import examine, is_well
from shiftbot.bootstrap.doctor import render_json as render_findings
from shiftbot.clock import WallClock
from shiftbot.definitions import find_other, find_trial, load, preview, read_span, write_starter
from shiftbot.domain.local_time import local_date
from shiftbot.domain.site import Pharmacy, TemperatureUnit
from shiftbot.errors import DefinitionError, SettingsError, ShiftbotError
from shiftbot.services.cold_chain import listing, with_pairings
from shiftbot.services.cold_chain.comparing import compare_file, render_difference
from shiftbot.services.cold_chain.replay import render_json, render_plain, replay_file
from shiftbot.settings import load as load_settings
from shiftbot.storage import pairings
from shiftbot.storage.database import Database, parse_url
from shiftbot.storage.migrations import refuse_unless_current
from shiftbot.storage.verify import NOT_COVERED, Head
from shiftbot.storage.verify import verify as verify_record

app = typer.Typer(
    name="shiftbot",
    help="Runs a pharmacy's checklists, fridges, controlled counts and voicemail in Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

MISCONFIGURED = 2
NOT_RIGHT = 1

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - only its date counts
"""The day of the demo: an ordinary Monday."""

MQTT_PORT = 1883
"""Where sensors expect a broker; the embedded one takes another port only when this one is taken."""


def _say(text: str) -> None:
    typer.echo(text)


def _complain(error: ShiftbotError) -> None:
    typer.echo(str(error), err=True)


@app.command()
def run() -> None:
    """Everything in one process: SQLite and an embedded broker unless the environment names others."""
    _serve(EVERYTHING)


@app.command()
def demo(
    speed: Annotated[float, typer.Option(help="How many times as fast as real time the clock runs")] = 80.0,
    port: Annotated[int, typer.Option(help="Where the page is served; 0 takes a free port")] = 0,
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day that is played")] = MONDAY,
    autopilot: Annotated[bool, typer.Option("--autopilot", help="Let the staff play the day by themselves")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page")] = False,
) -> None:
    """Try everything on this machine: a pharmacy's day with a page that stands for Slack. Needs no account."""
    from shiftbot.demo.serve import serve  # only the demo needs a Slack of its own

    serve(_say, speed=speed, port=port, day=day.date(), autopilot=autopilot, open_browser=not no_browser)


@app.command()
def simulate(
    days: Annotated[int, typer.Option(help="How many days are lived through")] = 365,
    sites: Annotated[int, typer.Option(help="How many sites of the built-in chain: 1 to 3")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed is the same simulation again")] = 1,
    home: Annotated[Path | None, typer.Option(help="A pharmacy's own folder instead of the built-in chain")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; 1 January 2027, or today")
    ] = None,
    calm: Annotated[bool, typer.Option("--calm", help="Nothing breaks but fridges, nobody is away but people")] = False,
    database_url: Annotated[
        str | None, typer.Option("--database", help="An empty database to use, as SQLAlchemy URL")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Live through a year in minutes, with all that breaks: who is asked when, and whether anybody is passed by."""
    from shiftbot import simulation  # only this command needs it

    asking = simulation.ask(days, sites, seed, home, since, calm=calm, database=database_url or "")
    outcome = simulation.simulate(asking)
    _say(simulation.as_json(outcome) if as_json else simulation.as_text(outcome))
    if not outcome.holds:
        raise typer.Exit(NOT_RIGHT)


@app.command()
def bot() -> None:
    """Only what listens to Slack."""
    _serve(frozenset({Part.BOT}))


@app.command()
def ingest() -> None:
    """Only what listens to the sensors."""
    _serve(frozenset({Part.INGEST}))


@app.command()
def web() -> None:
    """Only the web pages."""
    _serve(frozenset({Part.WEB}))


@app.command()
def tick() -> None:
    """Only what decides and delivers."""
    _serve(frozenset({Part.TICK}))


def _serve(parts: frozenset[Part]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    settings = load_settings()
    shiftbot = Shiftbot(settings, pharmacy=load(settings.home), parts=parts, broker_port=MQTT_PORT)
    interruption = Interruption(on_hangup=shiftbot.reload_if_it_can)
    shiftbot.start()
    _say(f"shiftbot {__version__} is running; sensors publish to {shiftbot.mqtt_url or 'another process'}")
    interruption.wait()
    shiftbot.stop()


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Where to start")] = Path()) -> None:
    """Write a commented start: pharmacy.yaml, checklists/, sensors/. Never overwrites."""
    for path in write_starter(folder):
        _say(f"wrote {path}")
    _say("Edit pharmacy.yaml, then: shiftbot check")


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="The pharmacy's folder; SHIFTBOT_HOME when missing")] = None,
) -> None:
    """Validate everything and preview the next seven days; exits 1 on any mistake."""
    home = folder or load_settings().home
    try:
        pharmacy = load(home)
    except DefinitionError as error:
        _complain(error)
        raise typer.Exit(NOT_RIGHT) from error
    first = next(iter(pharmacy.sites.values()))
    _say(preview(pharmacy, local_date(first.calendar, WallClock().now())))
    if folder is None:
        _say_what_was_paired(pharmacy)


def _say_what_was_paired(pharmacy: Pharmacy) -> None:
    """The sensors that lie over the files, as far as there is a database that can say."""
    try:
        database = _existing(load_settings().database)
    except SettingsError:
        return
    try:
        refuse_unless_current(database)
        with database.snapshot() as connection:
            in_force = with_pairings(pharmacy, pairings.by_hand(connection))
            lines = listing.paired_in_words(connection, in_force)
    except ShiftbotError as error:
        lines = [f"Which sensors were paired by hand is not known: {error}"]
    finally:
        database.close()
    for line in lines:
        _say(line)


@app.command()
def sensors(as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False) -> None:
    """The sensors of every unit with what they said last, and those that were heard and belong to no unit."""
    settings = load_settings()
    pharmacy = load(settings.home)
    database = _existing(settings.database)
    try:
        refuse_unless_current(database)
        with database.snapshot() as connection:
            in_force = with_pairings(pharmacy, pairings.by_hand(connection))
            found = listing.list_sensors(connection, in_force)
    finally:
        database.close()
    _say(listing.render_json(found) if as_json else listing.render_plain(found))


@app.command()
def migrate() -> None:
    """Bring the database to this version."""
    settings = load_settings()
    _refuse_mistakes(settings.home)
    open_database(settings).close()
    _say(f"{_shown(settings.database)} is up to date")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
    send_test: Annotated[
        str | None, typer.Option(help="The id of somebody in pharmacy.yaml: is sent a test by every means they have")
    ] = None,
) -> None:
    """Test every connection, scope and person's reachability; exits 1 when anything is wrong, and says what to do."""
    settings = load_settings()
    pharmacy = load(settings.home)
    found = []
    for finding in examine(settings, pharmacy, WallClock().now, embedded_port=MQTT_PORT, test_person=send_test):
        found.append(finding)
        if not as_json:
            _say(str(finding))
    if as_json:
        _say(render_findings(found))
    if not is_well(found):
        raise typer.Exit(NOT_RIGHT)


@app.command()
def verify(
    database_url: Annotated[str | None, typer.Option("--database", help="SQLAlchemy URL, or a SQLite file")] = None,
    posted: Annotated[
        list[str] | None, typer.Option(help="A head as it was posted in the channel: SITE:ENTRIES:HASH; repeatable")
    ] = None,
) -> None:
    """Check the record's chain offline; exits 1 and names the first entry that does not fit."""
    heads = _posted(posted or ())
    if database_url is None:
        _refuse_mistakes(load_settings().home)
    database = _existing(database_url or load_settings().database)
    try:
        refuse_unless_current(database)
        with database.snapshot() as connection:
            report = verify_record(connection, heads)
    finally:
        database.close()
    for site, entries in report.entries.items():
        _say(f"{site}: {entries} entries")
    for finding in report.findings:
        _say(str(finding))
    _say("Not checked, since no entry stands behind it:")
    for each in NOT_COVERED:
        _say(f"- {each}")
    if not report.holds:
        raise typer.Exit(NOT_RIGHT)
    _say("The record holds: every entry fits the one before it, and every fact fits its entry.")


def _posted(words: Iterable[str]) -> dict[str, list[Head]]:
    """The heads of each site as its channel shows them. Raises SettingsError, saying what to write."""
    heads: dict[str, list[Head]] = {}
    for each in words:
        site, _, head = each.partition(":")
        number, _, digest = head.partition(":")
        if not (site and number.isdecimal() and re.fullmatch("[0-9a-f]{64}", digest)):
            raise SettingsError(
                f"{each}: write the site's id, the number of entries and the whole hash: SITE:214:3f5c…"
            )
        heads.setdefault(site, []).append((int(number), digest))
    return heads


@app.command()
def replay(
    readings: Annotated[Path, typer.Argument(help="CSV with the columns taken_at,temperature")],
    unit: Annotated[str | None, typer.Option("--unit", help="A storage unit of the pharmacy's sensors/")] = None,
    class_id: Annotated[str | None, typer.Option("--class", help="A storage class: vaccine-refrigerator")] = None,
    temperature_unit: Annotated[
        TemperatureUnit, typer.Option(case_sensitive=False, help="What the file is in")
    ] = TemperatureUnit.CELSIUS,
    max_gap: Annotated[
        str | None, typer.Option(help="How long a reading holds at most; as its class says when missing")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="A file like those in sensors/ with a changed class: what it would do otherwise")
    ] = None,
    class_against: Annotated[
        str | None, typer.Option(help="The class to hold against, when it has another id than the unit's")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """What these readings would have done: excursions, minutes out, MKT, who would have been told. Changes nothing."""
    home = load_settings().home
    _refuse_mistakes(home)
    trial = find_trial(home, unit, class_id, temperature_unit)
    other = find_other(home, trial, against, class_against)
    gap = None if max_gap is None else read_span(max_gap)
    if other is None:
        outcome = replay_file(
            readings, trial.limits, trial.policy, unit=temperature_unit, max_gap=gap, calendar=trial.calendar
        )
    else:
        outcome = compare_file(readings, trial.limits, other, trial.policy, unit=temperature_unit, max_gap=gap)
    for line in [*outcome.warnings, *outcome.rejected]:
        typer.echo(line, err=True)
    plain = render_plain if other is None else render_difference
    _say(render_json(outcome.values) if as_json else plain(outcome.values))


def _refuse_mistakes(home: Path) -> None:
    """Only `check` says what is wrong and exits 1: everything else wants definitions that hold, where there are any."""
    if (home / "pharmacy.yaml").is_file():
        load(home)


def _existing(url: str) -> Database:
    """A database that is there; SQLite would make an empty file of one that is not."""
    parsed = parse_url(url if "://" in url else f"sqlite:///{url}")
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).is_file():
        raise SettingsError(f"there is no database {parsed.database}")
    return Database(parsed.render_as_string(hide_password=False))


def _shown(url: str) -> str:
    return parse_url(url).render_as_string(hide_password=True)


def main() -> None:
    """Run a command; a mistake is one plain line (or one for each place) and exit code 2, never a traceback."""
    try:
        app()
    except ShiftbotError as error:
        _complain(error)
        sys.exit(MISCONFIGURED)


if __name__ == "__main__":
    main()
