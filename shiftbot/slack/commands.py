"""`/shift`: the words after it. The answer is in the acknowledgement, shown to the person only, or a form opens.

Whatever words are shown again or looked up pass the privacy guard first.
"""

import difflib
import re

from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.site import Site
from shiftbot.services import duty, runs, summary
from shiftbot.services.cold_chain.looking import unit_overview, unowned_rejections
from shiftbot.slack import follow_ups, hand_over, muting, opening, pins, reach, sites, temps, texts
from shiftbot.slack.blocks import glance, modals
from shiftbot.slack.blocks.parts import escape, plain, unescape
from shiftbot.slack.command_help import command_help, definitions_in_force, definitions_kept
from shiftbot.slack.links import Links
from shiftbot.slack.on_duty import openers, typed
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch
from shiftbot.storage import cards

SPELLINGS = {
    "followup": "follow-up",
    "follow": "follow-up",
    "hand-over": "handover",
    "temp": "temps",
    "hand": "handover",
    "?": "help",
}
"""Other ways to write a word that mean the same."""

MENTION = re.compile(r"<[@#][A-Z0-9]+\|([^>]*)>")
"""How Slack writes who or which channel is mentioned: the name stands after the bar."""

PIN_LIKE = re.compile(r"(?:(?:is|reset)\s+)?\d{4,12}")
"""Digits and nothing else name no command and no checklist: they may be somebody's PIN, and are not said again."""


class Commands:
    """The words after `/shift`."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._words = {
            "help": self.help,
            "status": self.status,
            "open": self.open,
            "duty": self.duty,
            "swap": self.swap,
            "flag": self.flag,
            "delivery": self.delivery,
            "follow-up": self.follow_up,
            "handover": self.hand_over,
            "temps": self.temps,
            "mute": self.mute,
            "pin": self.pin,
            "reach": self.reach,
            "reload": self.reload,
        }

    def register(self, switchboard: Switchboard) -> None:
        """One slash command."""
        switchboard.on_command("/shift", self.answer)

    def answer(self, touch: Touch) -> str:
        """What to say to the words after the command; nothing when a form opens instead."""
        word = _words(touch)[0] or "help"
        word = SPELLINGS.get(word, word)
        if word != "reach" and any(map(PIN_LIKE.fullmatch, _words(touch))):
            return texts.PIN_TYPED
        if word not in self._words:
            refuse_patient_information(word)
            nearest = difflib.get_close_matches(word, self._words, n=1, cutoff=0.0)[0]
            return texts.unknown_command(plain(word[:30]), nearest)
        if word != "help":
            touch.refuse_stranger()
        return self._words[word](touch)

    def help(self, touch: Touch) -> str:
        """The commands, as far as they are for this person."""
        known = touch.desk.pharmacy().person_by_slack(touch.place.user)
        return command_help(known.roles if known else frozenset())

    def status(self, touch: Touch) -> str:
        """Everything at a glance."""
        pharmacy, site = touch.desk.pharmacy(), self._site(touch)
        if site is None:
            return sites.which(pharmacy)
        with touch.desk.database.snapshot() as connection:
            lines = summary.status(connection, pharmacy, site.id, touch.now)
            units = unit_overview(connection, pharmacy, site.id, touch.now)
            unowned = unowned_rejections(connection, pharmacy)
            lived = duty.as_agreed(connection, pharmacy, touch.now)
        lines += [glance.unit_line(unit, site) for unit in units]
        lines += [f"      refused: {escape(', '.join(unit.reasons))}" for unit in units if unit.reasons]
        if unowned:
            lines.append(f"{unowned} sensor messages came for no unit of this pharmacy.")
        lines.append(glance.duty_line(lived, site, touch.now))
        return "\n".join(lines)

    def open(self, touch: Touch) -> str:
        """The checklists that can be answered now, each a link to its card; with a name, that one is opened now."""
        pharmacy, site = touch.desk.pharmacy(), self._site(touch)
        if site is None:
            return sites.which(pharmacy)
        name = _words(touch)[1]
        if name:
            return opening.open_named(touch, site, name)
        with touch.desk.database.snapshot() as connection:
            unfinished = runs.unfinished(connection, pharmacy, site.id, touch.now)
            posted = {view.run.id: cards.of_subject(connection, CardKind.RUN, str(view.run.id)) for view in unfinished}
        now = touch.now
        links = {view.run.id: self._links.to(touch.client, posted[view.run.id]) for view in unfinished}
        lines = [glance.run_line(view, links[view.run.id], now=now) for view in unfinished]
        return "\n".join([*(lines or ["No checklist is open now."]), opening.offered_line(pharmacy, site)])

    def delivery(self, touch: Touch) -> str:
        """A cold delivery came: the checklists that wait for one open now."""
        site = self._site(touch)
        return opening.delivery_came(touch, site) if site else sites.which(touch.desk.pharmacy())

    def follow_up(self, touch: Touch) -> str:
        """The form to add a follow-up, begun with the words after the command."""
        follow_ups.open_add(touch, self._choices(touch), _words(touch)[1])
        return ""

    def hand_over(self, touch: Touch) -> str:
        """The form of the hand-over note, begun with the words after the command."""
        said, choices = _words(touch)[1], self._choices(touch)
        refuse_patient_information(said)
        hand_over.start(touch, choices, said)
        return ""

    def temps(self, touch: Touch) -> str:
        """The window with the storage units, their last day and their charts."""
        site = self._site(touch)
        if site is None:
            return sites.which(touch.desk.pharmacy())
        temps.open_temps(touch, site, _words(touch)[1])
        return ""

    def mute(self, touch: Touch) -> str:
        """What is not to be told for a while, and why; or the form of it."""
        site = self._site(touch)
        return muting.mute(touch, site, _words(touch)[1]) if site else sites.which(touch.desk.pharmacy())

    def pin(self, touch: Touch) -> str:
        """The form of the person's own PIN, or a manager's reset of somebody else's."""
        word, _, whom = _words(touch)[1].partition(" ")
        site = self._choices(touch)[0]
        if word.casefold() == "reset":
            return pins.reset(touch, site, whom)
        pins.open_form(touch, site)
        return ""

    def reach(self, touch: Touch) -> str:
        """The window with how somebody is reached, or the answer to a test by its code."""
        return reach.answer(touch, _words(touch)[1])

    def reload(self, touch: Touch) -> str:
        """Read the definitions again: in force, or the places of the mistakes that keep the old ones."""
        mistakes = touch.desk.reload(touch.person)
        if not mistakes:
            return definitions_in_force(touch.desk.pharmacy())
        return definitions_kept(mistakes)

    def duty(self, touch: Touch) -> str:
        """The window with who is on duty this week; with words after it, what they ask for."""
        site = self._site(touch)
        return typed.answer(touch, site, _words(touch)[1]) if site else sites.which(touch.desk.pharmacy())

    def swap(self, touch: Touch) -> str:
        """The form to swap a shift with a colleague."""
        site = self._site(touch)
        if site is None:
            return sites.which(touch.desk.pharmacy())
        openers.open_swap(touch, site)
        return ""

    def flag(self, touch: Touch) -> str:
        """The form to flag an irregularity, begun with the words after the command."""
        said, choices = _words(touch)[1], self._choices(touch)
        refuse_patient_information(said)
        touch.open(modals.flag(choices, initial=choices[0].id, about=choices[0].id, said=said))
        return ""

    def _site(self, touch: Touch) -> Site | None:
        return sites.find_site(touch.desk.pharmacy(), touch.place.channel)

    def _choices(self, touch: Touch) -> list[Site]:
        """The pharmacy of the channel, else all that may be meant. Raises Refused for an unknown account."""
        person, site = touch.person, self._site(touch)
        return [site] if site else sites.sites_for(touch.desk.pharmacy(), person, touch.desk.whereabouts)


def _words(touch: Touch) -> tuple[str, str]:
    """The first word after the command, in lower case, and what comes after it as it was typed."""
    word, _, rest = str(touch.body.get("text", "")).strip().partition(" ")
    mentions_named = MENTION.sub(r"@\1", rest) if word.casefold() != "pin" else rest
    return word.casefold(), unescape(mentions_named).strip()
