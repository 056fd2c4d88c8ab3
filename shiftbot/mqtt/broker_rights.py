"""Who may connect to the embedded broker, and do what, and for how long in silence: amqtt's plugins, loaded by it."""

import asyncio
import hmac
from dataclasses import dataclass, field
from typing import Any

from amqtt.broker import BrokerContext
from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BasePlugin, BaseTopicPlugin
from amqtt.session import Session
from paho.mqtt.client import topic_matches_sub

from shiftbot.mqtt.broker_devices import ANONYMOUS


class WhoMayConnect(BaseAuthPlugin):
    """Everybody where no device is named, else those with the right password."""

    @dataclass
    class Config:
        """By device name: `password`, `publishes` and `subscribes`."""

        devices: dict[str, Any] = field(default_factory=dict)

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the session's name and password are those of a device."""
        if session.keep_alive:
            # MQTT 3.1.1 §3.1.2.10: half as long again as the client promised; amqtt would wait no longer than that.
            session.keep_alive += session.keep_alive // 2 + 1
        devices = self.config.devices
        if not devices:
            return True
        device = _device(devices, session)
        if device is None or (session.username and not _is_password(session.password, device["password"])):
            return False
        if "#" not in device["subscribes"]:
            # amqtt keeps what it has for a session that is away in memory; a device has nothing to be kept for it.
            session.clean_session = True
        if session.will_flag and not _is_allowed(device["publishes"], session.will_topic):
            # amqtt sends a last will past the rights of who left it.
            session.will_flag = False
        return True


class WhoMayDoWhat(BaseTopicPlugin):
    """Everything where no device is named, else what a device's topic filters allow."""

    @dataclass
    class Config:
        """By device name: `password`, `publishes` and `subscribes`."""

        devices: dict[str, Any] = field(default_factory=dict)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether a session may publish to, subscribe to or be sent a topic."""
        devices = self.config.devices
        if not devices:
            return True
        device = _device(devices, session) if session else None
        if device is None:
            return False
        return _is_allowed(device["publishes" if action is Action.PUBLISH else "subscribes"], topic)


class WhoFellSilent(BasePlugin[BrokerContext]):
    """Cuts off who promised to speak and did not: amqtt notices, and leaves the dead connection standing for ever."""

    async def on_broker_client_connected(self, *, client_id: str, client_session: Session) -> None:
        """From now on this client's silence ends its connection."""
        _, handler = self.context._broker_instance.sessions[client_id]  # noqa: SLF001 - there is no other way to it
        loop = asyncio.get_running_loop()

        def cut_off() -> None:
            task = loop.create_task(handler.handle_connection_closed())
            task.add_done_callback(_ends.discard)
            _ends.add(task)

        handler.handle_read_timeout = cut_off  # type: ignore[method-assign]  # its own does nothing


_ends: set[asyncio.Task[None]] = set()
"""Connections being cut off: the loop itself holds its tasks only weakly."""


def _device(devices: dict[str, Any], session: Session) -> dict[str, Any] | None:
    # A name of `anonymous` would get in without the password that it has none of.
    name = session.username or ANONYMOUS
    return devices.get(name) if name != ANONYMOUS or not session.username else None


def _is_password(given: object, right: str) -> bool:
    return hmac.compare_digest(str(given).encode(), right.encode())


def _is_allowed(rights: list[str], topic: str | None) -> bool:
    return topic is not None and any(right == topic or topic_matches_sub(right, topic) for right in rights)
