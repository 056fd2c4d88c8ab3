"""SIGHUP: a running shiftbot reads its folder again; what is wrong there changes nothing and reaches the manager."""

from pathlib import Path

from sqlalchemy import select

from shiftbot.storage import tables
from tests.end_to_end.conftest import Start
from tests.end_to_end.premises import Fridge, Premises, Round
from tests.end_to_end.test_trouble import eventually, settings
from tests.end_to_end.workplace import find, furnished, looking_into, shown, stored_readings
from tests.mqtt.brokers import Mosquitto, publish

OLD = Fridge("old-fridge", "hilltop/old")
NEW = Fridge("new-fridge", "hilltop/new")


def test_a_fridge_added_while_it_runs_is_heard_and_a_mistake_keeps_what_was(
    tmp_path: Path, mosquitto: Mosquitto, process: Start
) -> None:
    url = f"sqlite:///{tmp_path / 'shiftbot.db'}"
    premises = Premises(tmp_path / "hilltop", [Round("calm-round", 600)], [OLD])
    with furnished() as workspace, looking_into(url) as ask:
        running = process(settings(premises.write(), url, workspace, mosquitto.url)).started()
        premises.fridges = [OLD, NEW]
        premises.write()
        running.hang_up()
        eventually(lambda: "the definitions were read again" in running.said())
        publish(mosquitto.port, NEW.topic, "4.2")
        eventually(lambda: ask(lambda connection: stored_readings(connection, NEW.id)) == [4.2])
        changed = select(tables.record.c.actor).where(tables.record.c.kind == "definitions-changed")
        assert ask(lambda connection: connection.execute(changed).scalars().all()) == ["shiftbot"]

        units = premises.folder / "sensors" / "units.yaml"
        units.write_text(units.read_text(encoding="utf-8").replace('"5m"', '"often"'), encoding="utf-8")
        running.hang_up()
        morgan = workspace.person("U0MORGAN")
        eventually(lambda: find(morgan.inbox, "goes on with the old ones"))
        told = find(morgan.inbox, "goes on with the old ones")
        assert told is not None
        assert "sensors/units.yaml:" in shown(told)
        publish(mosquitto.port, NEW.topic, "4.3")
        eventually(lambda: ask(lambda connection: stored_readings(connection, NEW.id)) == [4.2, 4.3])
        assert running.stop() == 0
    assert running.errors() == []
