"""Which bot scopes each method wants; one of those named is enough. Source: each method's page on docs.slack.dev.

Kept only when the manifest in use names its scopes. Which of several conversation scopes a call needs, by the kind of
channel, is not looked into.
"""

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_OPEN = ("im:write", "mpim:write", "channels:manage", "groups:write")

WANTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"), ("chat:write",)),
    **dict.fromkeys(
        ("conversations.info", "conversations.list", "conversations.members", "users.conversations"), _READ
    ),
    **dict.fromkeys(("conversations.history", "conversations.replies"), _HISTORY),
    "conversations.open": _OPEN,
    "conversations.join": ("channels:join",),
    **dict.fromkeys(("users.info", "users.list", "bots.info"), ("users:read",)),
    "users.lookupByEmail": ("users:read.email",),
    **dict.fromkeys(("usergroups.list", "usergroups.users.list"), ("usergroups:read",)),
    "usergroups.users.update": ("usergroups:write",),
    "reactions.add": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    **dict.fromkeys(("dnd.info", "dnd.teamInfo"), ("dnd:read",)),
    "team.info": ("team:read",),
    **dict.fromkeys(("files.getUploadURLExternal", "files.completeUploadExternal"), ("files:write",)),
    "files.info": ("files:read",),
}


def missing(method: str, granted: list[str] | None) -> tuple[str, ...]:
    """The scopes of which one is needed, or nothing. `granted` None: nobody said, so all are."""
    wanted = WANTED.get(method, ())
    return () if granted is None or not wanted or set(wanted) & set(granted) else wanted
