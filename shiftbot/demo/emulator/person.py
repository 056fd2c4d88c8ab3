"""A person at their Slack client: what they can see, and what they can do with it.

Every method may be called from any thread. What a real client would not offer raises LookupError or ValueError.
"""

import re
from collections.abc import Mapping
from typing import Any

from shiftbot.demo.emulator import events, interactions, posting, wire
from shiftbot.demo.emulator.envelopes import Envelope
from shiftbot.demo.emulator.fields import Placed, check_form, holds_a_value, placed_elements, typed_value
from shiftbot.demo.emulator.ids import uuid_text
from shiftbot.demo.emulator.messages import Message
from shiftbot.demo.emulator.modals import View
from shiftbot.demo.emulator.workspace import Channel, User, Workspace

Json = dict[str, Any]
Where = Message | tuple[str, str]


class Person:
    def __init__(self, workspace: Workspace, user: User) -> None:
        self._workspace = workspace
        self._user = user

    @property
    def id(self) -> str:
        return self._user.id

    @property
    def name(self) -> str:
        return self._user.name

    # What they see

    @property
    def inbox(self) -> list[Message]:
        """Direct messages with the bot, top level, oldest first."""
        with self._workspace.lock:
            return self._workspace.messages.top_level(self._workspace.im_with(self.id).id)

    @property
    def ephemerals(self) -> list[Message]:
        with self._workspace.lock:
            return self._workspace.messages.ephemerals_of(self.id)

    @property
    def views(self) -> list[View]:
        """Open modals, bottom first."""
        with self._workspace.lock:
            return self._workspace.views.stack(self.id)

    @property
    def home(self) -> View | None:
        with self._workspace.lock:
            return self._workspace.views.home(self.id)

    # What they do

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """`channel`: name, id, or "@bot" for direct messages. `@handle` becomes a mention, &, < and > are escaped."""
        with self._workspace.lock:
            place = self._place(channel)
            if place.archived:
                raise ValueError(f"#{place.name} is archived; nobody can write there")
            if place.is_im and self._workspace.manifest.messages_tab_read_only:
                raise ValueError("the app's Messages tab is read only by its manifest; nobody can write there")
            composed = wire.escaped(self._mentions(text))
            return posting.post(
                self._workspace, place, self.id, composed, thread_ts=thread_ts, client_msg_id=uuid_text()
            )

    def share(self, channel: str, name: str, text: str = "", thread_ts: str | None = None) -> Message:
        """Put a file of that name into a channel or thread, with words beside it."""
        with self._workspace.lock:
            place = self._place(channel)
            files = self._uploaded([name])
            composed = wire.escaped(self._mentions(text))
            return posting.post(
                self._workspace, place, self.id, composed, thread_ts=thread_ts, subtype="file_share", files=files
            )

    def edit(self, message: Where, text: str) -> Message:
        """Change one's own message."""
        with self._workspace.lock:
            seen = self._own(message)
            composed = wire.escaped(self._mentions(text))
            return posting.edit(self._workspace, self._workspace.channels[seen.channel], seen, text=composed)

    def delete(self, message: Where) -> None:
        """Take one's own message away."""
        with self._workspace.lock:
            seen = self._own(message)
            posting.delete(self._workspace, self._workspace.channels[seen.channel], seen)

    def click(
        self, message: Where, action_id: str, block_id: str | None = None, option: Any = None, value: Any = None
    ) -> Envelope:
        """`option`: a select's value, a list of them for checkboxes and multi-selects, a date or a time."""
        with self._workspace.lock:
            seen = self._message(message)
            placed = self._action(seen.blocks, action_id, block_id, f"message {seen.ts}")
            return interactions.click_in_message(self._workspace, self._user, seen, placed, _chosen(option, value))

    def click_home(
        self, action_id: str, block_id: str | None = None, option: Any = None, value: Any = None
    ) -> Envelope:
        with self._workspace.lock:
            home = self._workspace.views.home(self.id)
            if home is None:
                raise LookupError(f"{self.name}'s App Home is empty: nothing was published")
            return self._click_in(home, action_id, block_id, _chosen(option, value))

    def click_view(
        self,
        action_id: str,
        block_id: str | None = None,
        option: Any = None,
        value: Any = None,
        view_id: str | None = None,
    ) -> Envelope:
        with self._workspace.lock:
            return self._click_in(self._view(view_id), action_id, block_id, _chosen(option, value))

    def enter(self, values: Mapping[str, Any], view_id: str | None = None) -> None:
        """Fill inputs of a modal without sending it; names are block_ids or action_ids, or one inside the other.

        A file input takes the names of files.
        """
        with self._workspace.lock:
            view = self._view(view_id)
            for placed, human in _fillings(view, values):
                given = self._uploaded(human) if placed.type == "file_input" else human
                view.entered.setdefault(placed.block_id, {})[placed.action_id] = typed_value(placed, given)

    def submit(self, values: Mapping[str, Any] | None = None, view_id: str | None = None) -> Envelope:
        """Raises FormRefused when the client's own checks fail, for example a required input left empty."""
        with self._workspace.lock:
            view = self._view(view_id)
            if not view.payload.get("submit"):
                raise LookupError(f"the modal {view.title!r} has no submit button")
            self.enter(values or {}, view.id)
            check_form(view.blocks, view.entered)
            view.errors = {}
            return interactions.submission(self._workspace, self._user, view)

    def dismiss(self, view_id: str | None = None, *, clear: bool = False) -> Envelope | None:
        """Close the top modal (`clear`: all of them). The envelope of view_closed, if the view asked for it."""
        with self._workspace.lock:
            view = self._view(view_id)
            if clear or view.payload.get("clear_on_close"):
                self._workspace.views.clear(self.id)
                clear = True
            else:
                self._workspace.views.close(view)
            self._workspace.feed.publish("view", [self.id], view_id=view.id)
            if not view.payload.get("notify_on_close"):
                return None
            return interactions.closing(self._workspace, self._user, view, cleared=clear)

    def command(self, command: str, text: str = "", channel: str = "@bot") -> Envelope:
        with self._workspace.lock:
            return interactions.slash_command(self._workspace, self._user, self._place(channel), command, text)

    def open_home(self) -> None:
        with self._workspace.lock:
            events.home_opened(self._workspace, self.id)

    def shortcut(self, callback_id: str) -> Envelope:
        with self._workspace.lock:
            return interactions.shortcut(self._workspace, self._user, callback_id)

    def message_shortcut(self, callback_id: str, message: Where) -> Envelope:
        with self._workspace.lock:
            seen = self._message(message)
            return interactions.message_shortcut(self._workspace, self._user, callback_id, seen)

    def react(self, message: Where, name: str) -> None:
        with self._workspace.lock:
            seen = self._message(message)
            posting.react(self._workspace, self._workspace.channels[seen.channel], seen, self.id, name.strip(":"))

    def load_options(self, shown: Where | View, action_id: str, typed: str, block_id: str | None = None) -> Envelope:
        """What an external select asks the app while somebody types."""
        with self._workspace.lock:
            seen = shown if isinstance(shown, View) else self._message(shown)
            placed = self._action(seen.blocks, action_id, block_id, "what is shown")
            where = interactions.where_of(self._workspace, seen)
            return interactions.option_look_up(self._workspace, self._user, placed, typed, where)

    # Finding what is meant

    def _place(self, reference: str) -> Channel:
        if self._user.deleted:
            raise ValueError(f"{self.name} is deactivated and cannot use Slack")
        if reference.startswith("@"):
            return self._workspace.im_with(self.id)
        channel = self._workspace.find_channel(reference)
        if channel is None or self.id not in channel.members:
            mine = ", ".join(f"#{c.name}" for c in self._workspace.channels_of(self.id) if not c.is_im)
            raise LookupError(f"{self.name} is in no channel {reference!r}; in {mine or 'none'}")
        return channel

    def _message(self, where: Where) -> Message:
        channel, ts = where.key if isinstance(where, Message) else where
        place = self._place(channel)
        seen = self._workspace.messages.find(place.id, ts)
        if seen is None or seen.ephemeral_to not in (None, self.id):
            raise LookupError(f"{self.name} sees no message {ts} in {place.name or place.id}")
        return seen

    def _own(self, where: Where) -> Message:
        seen = self._message(where)
        if seen.user != self.id:
            raise ValueError(f"{self.name} can change only messages of their own")
        return seen

    def _view(self, view_id: str | None) -> View:
        stack = self._workspace.views.stack(self.id)
        if not stack:
            raise LookupError(f"{self.name} has no modal open")
        for view in reversed(stack):
            if view_id in (None, view.id):
                return view
        raise LookupError(f"{self.name} has no modal {view_id} open")

    def _click_in(self, view: View, action_id: str, block_id: str | None, entered: Any) -> Envelope:
        placed = self._action(view.blocks, action_id, block_id, f"view {view.title or view.type}")
        return interactions.click_in_view(self._workspace, self._user, view, placed, entered)

    def _action(self, blocks: list[Json], action_id: str, block_id: str | None, where: str) -> Placed:
        offered = list(placed_elements(blocks))
        for placed in offered:
            if placed.action_id == action_id and block_id in (None, placed.block_id):
                return placed
        there_are = ", ".join(f"{p.block_id}/{p.action_id}" for p in offered) or "nothing"
        raise LookupError(f"{self.name} sees no {block_id or ''}/{action_id} in {where}; there is {there_are}")

    def _uploaded(self, names: Any) -> list[Json]:
        """Files as Slack describes them once a client has uploaded them; of their content nobody here asks."""
        several = [names] if isinstance(names, str) else list(names or [])
        found = []
        for name in several:
            _, stored = self._workspace.files.reserve(str(name), 1, int(self._workspace.now()))
            stored.content, stored.complete = b"", True
            found.append({**wire.file(self._workspace, stored), "user": self.id})
        return found

    def _mentions(self, text: str) -> str:
        handles = {user.handle: user.id for user in self._workspace.users.values()}
        handles["bot"] = self._workspace.bot.id

        def mention(found: re.Match[str]) -> str:
            user_id = handles.get(found.group(1))
            return f"<@{user_id}>" if user_id else found.group()

        return re.sub(r"(?<![\w<])@([a-z0-9._-]*[a-z0-9])", mention, text)


def _chosen(option: Any, value: Any) -> Any:
    return value if option is None else option


def _fillings(view: View, values: Mapping[str, Any]) -> list[tuple[Placed, Any]]:
    """Pairs of input and value; takes `{block_id: {action_id: value}}` as well as `{block_or_action_id: value}`."""
    offered = [p for p in placed_elements(view.blocks) if holds_a_value(p.element)]
    found = []
    for name, human in values.items():
        inside = human if isinstance(human, dict) and human.get("type") != "rich_text" else {None: human}
        for action_id, single in inside.items():
            placed = [
                p
                for p in offered
                if (name == p.block_id and action_id in (None, p.action_id))
                or (action_id is None and name == p.action_id)
            ]
            if not placed:
                there_are = ", ".join(f"{p.block_id}/{p.action_id}" for p in offered) or "none"
                raise LookupError(f"the modal {view.title!r} has no input {name!r}; it has {there_are}")
            found.append((placed[0], single))
    return found
