"""users.*, usergroups.*, dnd.*, bots.info, team.info: who there is."""

from typing import Any

from shiftbot.demo.emulator import wire
from shiftbot.demo.emulator.refusals import Refusal
from shiftbot.demo.emulator.web_api.arguments import Arguments
from shiftbot.demo.emulator.web_api.method import Desk, Method, next_cursor, page
from shiftbot.demo.emulator.workspace import UserGroup

Json = dict[str, Any]


def info(desk: Desk, arguments: Arguments) -> Json:
    return {"user": wire.user(desk.workspace, desk.workspace.user(arguments.text("user")))}


def list_(desk: Desk, arguments: Arguments) -> Json:
    users = list(desk.workspace.users.values())
    shown, cursor = page(users, arguments, len(users), refused="invalid_arguments")
    return {"members": [wire.user(desk.workspace, u) for u in shown], "cache_ts": 1_700_000_000, **next_cursor(cursor)}


def look_up_by_email(desk: Desk, arguments: Arguments) -> Json:
    wanted = arguments.text("email").lower()
    for user in desk.workspace.users.values():
        if user.email.lower() == wanted and not user.deleted:
            return {"user": wire.user(desk.workspace, user)}
    raise Refusal("users_not_found")


def groups(desk: Desk, arguments: Arguments) -> Json:
    users, count = arguments.flag("include_users"), arguments.flag("include_count")
    found = desk.workspace.groups.values()
    return {"usergroups": [wire.user_group(desk.workspace, g, users=users, count=count) for g in found]}


def _group(desk: Desk, arguments: Arguments) -> UserGroup:
    found = desk.workspace.groups.get(arguments.text("usergroup"))
    if found is None:
        raise Refusal("no_such_subteam")
    return found


def group_users(desk: Desk, arguments: Arguments) -> Json:
    return {"users": list(_group(desk, arguments).users)}


def update_group_users(desk: Desk, arguments: Arguments) -> Json:
    group = _group(desk, arguments)
    users = arguments.several("users")
    if not users:
        raise Refusal("no_users_provided")
    if any(user not in desk.workspace.users for user in users):
        raise Refusal("invalid_users")
    group.users = users
    return {"usergroup": wire.user_group(desk.workspace, group, users=True, count=True)}


def dnd_info(desk: Desk, arguments: Arguments) -> Json:
    return dict(desk.workspace.user(arguments.text("user") or desk.workspace.bot.id).dnd)


def dnd_team_info(desk: Desk, arguments: Arguments) -> Json:
    users = [user for user in arguments.several("users") if user in desk.workspace.users]
    if not arguments.several("users"):
        raise Refusal("no_users_provided")
    return {"users": {user: dict(desk.workspace.users[user].dnd) for user in users}}


def team_info(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    if arguments.get("team") not in (None, "", workspace.team_id):
        raise Refusal("team_not_found")
    team = {
        "id": workspace.team_id,
        "name": workspace.name,
        "domain": workspace.domain,
        "email_domain": f"{workspace.domain}.example.com",
        "url": f"{workspace.url}/",
        "icon": {"image_default": True},
    }
    return {"team": team}


def bot_info(desk: Desk, arguments: Arguments) -> Json:
    workspace = desk.workspace
    if arguments.get("bot") not in (None, "", workspace.bot_id):
        raise Refusal("bot_not_found")
    profile = wire.bot_profile(workspace)
    kept = ("id", "deleted", "name", "updated", "app_id", "user_id", "icons")
    return {"bot": {key: profile[key] for key in kept}}


METHODS = {
    "users.info": Method(info, ("user",)),
    "users.list": Method(list_),
    "users.lookupByEmail": Method(look_up_by_email, ("email",)),
    "usergroups.list": Method(groups),
    "usergroups.users.list": Method(group_users, ("usergroup",)),
    "usergroups.users.update": Method(update_group_users, ("usergroup",)),
    "dnd.info": Method(dnd_info),
    "dnd.teamInfo": Method(dnd_team_info),
    "team.info": Method(team_info),
    "bots.info": Method(bot_info),
}
