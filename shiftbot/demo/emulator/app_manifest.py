"""What the app's manifest says of it: events it wants, slash commands, shortcuts, the Home tab. None means: everything.

Knows nothing of how the manifest was read; a dict of Slack's manifest schema comes in.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
_MESSAGE_EVENT = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}


@dataclass(frozen=True)
class AppManifest:
    declared: Json | None = None
    commands: list[Json] = field(default_factory=list)
    shortcuts: list[Json] = field(default_factory=list)

    @classmethod
    def of(cls, manifest: Json) -> "AppManifest":
        features = manifest.get("features", {})
        return cls(manifest, features.get("slash_commands", []), features.get("shortcuts", []))

    def _setting(self, *path: str) -> Any:
        found: Any = self.declared or {}
        for key in path:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        return found

    def wants(self, event: str, channel_type: str | None = None) -> bool:
        """`channel_type` as in a message event: channel, group, im or mpim."""
        if self.declared is None:
            return True
        name = _MESSAGE_EVENT[channel_type] if event == "message" and channel_type else event
        return name in self._setting("settings", "event_subscriptions", "bot_events")

    @property
    def bot_name(self) -> str | None:
        name = self._setting("features", "bot_user", "display_name")
        return name if isinstance(name, str) else None

    @property
    def bot_scopes(self) -> list[str] | None:
        """None when the manifest does not say."""
        found = self._setting("oauth_config", "scopes", "bot")
        return found if isinstance(found, list) else None

    @property
    def home_tab_enabled(self) -> bool:
        return self.declared is None or self._setting("features", "app_home", "home_tab_enabled") is True

    @property
    def messages_tab_read_only(self) -> bool:
        return self._setting("features", "app_home", "messages_tab_read_only_enabled") is True

    def command(self, name: str) -> Json:
        """The declared command; with no manifest any name will do. Raises LookupError for an unknown one."""
        for declared in self.commands:
            if declared["command"] == name:
                return declared
        if self.declared is None:
            return {"command": name}
        raise LookupError(f"{name} is not a valid command; the manifest has {[c['command'] for c in self.commands]}")

    def require_shortcut(self, callback_id: str, kind: str) -> None:
        known = [s["callback_id"] for s in self.shortcuts if s["type"] == kind]
        if self.declared is not None and callback_id not in known:
            raise LookupError(f"the manifest has no {kind} shortcut {callback_id!r}; it has {known}")
