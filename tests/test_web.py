"""The web server listens where it is told: on this machine only unless the settings say otherwise."""

import pytest
from starlette.applications import Starlette

from shiftbot.errors import SettingsError
from shiftbot.settings import load
from shiftbot.web.server import WebServer


def test_nobody_outside_reaches_the_web_part_unless_the_settings_say_so() -> None:
    assert load({"PORT": "9000"}).web_host == "127.0.0.1"
    assert load({"SHIFTBOT_WEB_HOST": "0.0.0.0"}).web_host == "0.0.0.0"


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_it_listens_on_the_address_it_is_given(host: str) -> None:
    server = WebServer(Starlette(), host=host, port=0)
    assert server.host == host
    server.stop()


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_of_another_machine_is_named_with_what_to_write(host: str) -> None:
    with pytest.raises(SettingsError, match=f"SHIFTBOT_WEB_HOST is '{host}', no address of this machine"):
        WebServer(Starlette(), host=host, port=0)
