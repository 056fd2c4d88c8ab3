"""Things of the workspace as JSON, the way Slack words them in answers and payloads."""

import re
from typing import Any

from shiftbot.demo.emulator.files import StoredFile
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.workspace import Channel, User, UserGroup, Workspace

Json = dict[str, Any]
_KEPT = re.compile(r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|![a-z^A-Z0-9]+|https?://|mailto:)[^<>]*>")


def escaped(text: str) -> str:
    """As Slack stores typing: &, < and > as entities, but for mentions, channels and links already in its own form."""
    parts, end = [], 0
    for token in _KEPT.finditer(text):
        parts += [_entities(text[end : token.start()]), token.group()]
        end = token.end()
    return "".join([*parts, _entities(text[end:])])


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def message(workspace: Workspace, said: Message, *, metadata: bool = True) -> Json:
    found: Json = {"type": "message", "user": said.user, "ts": said.ts, "text": said.text, "team": workspace.team_id}
    optional = {
        "subtype": said.subtype,
        "client_msg_id": said.client_msg_id,
        "thread_ts": said.thread_ts,
        "blocks": said.blocks,
        "attachments": said.attachments,
        "files": said.files,
        "metadata": said.metadata if metadata else None,
        "edited": {"user": said.user, "ts": said.edited_ts} if said.edited else None,
        "reactions": [{"name": r.name, "users": list(r.users), "count": len(r.users)} for r in said.reactions],
        "bot_id": said.bot_id,
    }
    found |= {key: value for key, value in optional.items() if value}
    if said.bot_id:
        found |= {"app_id": workspace.app_id, "bot_profile": bot_profile(workspace)}
    return found | _thread_summary(workspace, said)


def _thread_summary(workspace: Workspace, said: Message) -> Json:
    if said.is_reply or said.ephemeral_to:
        return {}
    replies = [m for m in workspace.messages.thread(said.channel, said.ts) if m.ts != said.ts]
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": said.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users,
        "subscribed": False,
    }


def bot_profile(workspace: Workspace) -> Json:
    return {
        "id": workspace.bot_id,
        "app_id": workspace.app_id,
        "user_id": workspace.bot.id,
        "name": workspace.bot.name,
        "deleted": workspace.bot.deleted,
        "updated": 1_700_000_000,
        "team_id": workspace.team_id,
        "icons": {f"image_{size}": f"{workspace.url}/static/bot_{size}.png" for size in (36, 48, 72)},
    }


def view(workspace: Workspace, shown: View) -> Json:
    payload = shown.payload
    return {
        "id": shown.id,
        "team_id": workspace.team_id,
        "type": shown.type,
        "blocks": shown.blocks,
        "private_metadata": shown.private_metadata,
        "callback_id": shown.callback_id,
        "state": shown.state,
        "hash": shown.hash,
        "title": payload.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(payload.get("clear_on_close")),
        "notify_on_close": bool(payload.get("notify_on_close")),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "previous_view_id": shown.previous_view_id,
        "root_view_id": shown.root_view_id,
        "app_id": workspace.app_id,
        "external_id": shown.external_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }


def user(workspace: Workspace, person: User) -> Json:
    profile = {
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": person.handle,
        "display_name_normalized": person.handle,
        "title": person.title,
        "email": person.email,
        "team": workspace.team_id,
    }
    return {
        "id": person.id,
        "team_id": workspace.team_id,
        "name": person.handle,
        "deleted": person.deleted,
        "color": person.color,
        "real_name": person.name,
        "tz": person.timezone,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }


def channel(workspace: Workspace, place: Channel) -> Json:
    if place.is_im:
        partner = workspace.partner(place)
        return {
            "id": place.id,
            "created": place.created,
            "is_im": True,
            "is_org_shared": False,
            "user": partner,
            "is_user_deleted": workspace.users[partner].deleted,
            "is_open": True,
            "priority": 0,
        }
    return {
        "id": place.id,
        "name": place.name,
        "name_normalized": place.name,
        "is_channel": place.kind == "channel",
        "is_group": place.kind == "group",
        "is_im": False,
        "is_mpim": place.kind == "mpim",
        "is_private": place.kind != "channel",
        "created": place.created,
        "creator": place.members[0] if place.members else "",
        "is_archived": place.archived,
        "is_general": False,
        "is_member": workspace.bot_is_in(place),
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def user_group(workspace: Workspace, group: UserGroup, *, users: bool = False, count: bool = False) -> Json:
    found = {
        "id": group.id,
        "team_id": workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1_700_000_000,
        "date_update": 1_700_000_000,
        "date_delete": 0,
        "auto_type": None,
        "prefs": {"channels": [], "groups": []},
    }
    return found | ({"users": group.users} if users else {}) | ({"user_count": len(group.users)} if count else {})


def file(workspace: Workspace, stored: StoredFile) -> Json:
    address = f"{workspace.url}/files/{stored.id}/{stored.name}"
    return {
        "id": stored.id,
        "created": stored.created,
        "timestamp": stored.created,
        "name": stored.name,
        "title": stored.title,
        "mimetype": stored.mimetype,
        "filetype": stored.name.rpartition(".")[2] or "binary",
        "user": workspace.bot.id,
        "size": stored.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": True,
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
        "alt_txt": stored.alt_text,
        "channels": stored.channels,
    }
