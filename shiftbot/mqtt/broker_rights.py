"""Who may connect to the embedded broker, and do what: amqtt's plugins, loaded by it when it starts."""

import hmac
from dataclasses import dataclass, field
from typing import Any

from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session
from paho.mqtt.client import topic_matches_sub


class WhoMayConnect(BaseAuthPlugin):
    """Everybody where no device is named, else those with the right password."""

    @dataclass
    class Config:
        """By device name: `password`, `publishes` and `subscribes`."""

        devices: dict[str, Any] = field(default_factory=dict)

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the session's name and password are those of a device."""
        devices = self.config.devices
        if not devices:
            return True
        device = devices.get(session.username)
        return device is not None and hmac.compare_digest(str(session.password).encode(), device["password"].encode())


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
        device = devices.get(session.username) if session else None
        if device is None or not topic:
            return False
        allowed = device["publishes"] if action is Action.PUBLISH else device["subscribes"]
        return any(rights == topic or topic_matches_sub(rights, topic) for rights in allowed)
