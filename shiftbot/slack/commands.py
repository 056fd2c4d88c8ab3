"""`/shift`: help, status, open, duty, flag. The answer is in the acknowledgement, shown to the person only."""

import difflib
from datetime import timedelta

from shiftbot.domain.notice import CardKind
from shiftbot.domain.roster import shifts
from shiftbot.domain.site import Site
from shiftbot.services import duty, runs, summary
from shiftbot.services.cold_chain.looking import unit_overview, unowned_rejections
from shiftbot.slack import sites, texts
from shiftbot.slack.blocks import glance, modals
from shiftbot.slack.blocks.parts import escape
from shiftbot.slack.links import Links
from shiftbot.slack.switchboard import Switchboard, Touch
from shiftbot.storage import cards

WEEK = timedelta(days=7)


class Commands:
    """The words after `/shift`."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._words = {
            "help": self.help,
            "status": self.status,
            "open": self.open,
            "duty": self.duty,
            "flag": self.flag,
        }

    def register(self, switchboard: Switchboard) -> None:
        """One slash command."""
        switchboard.on_command("/shift", self.answer)

    def answer(self, touch: Touch) -> str:
        """What to say to the words after the command; nothing when a form opens instead."""
        word = str(touch.body.get("text", "")).strip().casefold().split(" ")[0] or "help"
        if word not in self._words:
            nearest = difflib.get_close_matches(word, self._words, n=1, cutoff=0.0)[0]
            return texts.unknown_command(escape(word[:30]), nearest)
        return self._words[word](touch)

    def help(self, touch: Touch) -> str:
        """The commands."""
        return texts.COMMAND_HELP

    def status(self, touch: Touch) -> str:
        """Everything at a glance."""
        pharmacy, site = touch.desk.pharmacy(), self._site(touch)
        if site is None:
            return sites.which(pharmacy)
        with touch.desk.database.snapshot() as connection:
            lines = summary.status(connection, pharmacy, site.id, touch.now)
            units = unit_overview(connection, pharmacy, site.id, touch.now)
            unowned = unowned_rejections(connection, pharmacy)
        lines += [glance.unit_line(unit, site) for unit in units]
        lines += [f"      refused: {escape(', '.join(unit.reasons))}" for unit in units if unit.reasons]
        if unowned:
            lines.append(f"{unowned} sensor messages came for no unit of this pharmacy.")
        lines.append(glance.duty_text(duty.on_duty(pharmacy, site.id, touch.now)))
        return "\n".join(lines)

    def open(self, touch: Touch) -> str:
        """The checklists that can be answered now, each a link to its card."""
        pharmacy, site = touch.desk.pharmacy(), self._site(touch)
        if site is None:
            return sites.which(pharmacy)
        with touch.desk.database.snapshot() as connection:
            unfinished = runs.unfinished(connection, pharmacy, site.id, touch.now)
            posted = {view.run.id: cards.of_subject(connection, CardKind.RUN, str(view.run.id)) for view in unfinished}
        if not unfinished:
            return "No checklist is open now."
        return "\n".join(
            glance.run_line(view, self._links.to(touch.client, posted[view.run.id])) for view in unfinished
        )

    def duty(self, touch: Touch) -> str:
        """Who is on duty, and the week to come."""
        pharmacy, site = touch.desk.pharmacy(), self._site(touch)
        if site is None:
            return sites.which(pharmacy)
        calendars = {site.id: site.calendar}
        coming = shifts(pharmacy.roster_of(site.id), calendars, site.id, touch.now, touch.now + WEEK)
        head = glance.duty_text(duty.on_duty(pharmacy, site.id, touch.now))
        return "\n".join([head, *glance.week_lines(coming, pharmacy, site, touch.now)])

    def flag(self, touch: Touch) -> str:
        """The form to flag an irregularity, begun with the words after the command."""
        _, _, said = str(touch.body.get("text", "")).strip().partition(" ")
        person, pharmacy = touch.person, touch.desk.pharmacy()
        site = self._site(touch)
        choices = [site] if site else sites.sites_for(pharmacy, person, touch.desk.whereabouts)
        touch.open(modals.flag(choices, initial=choices[0].id, about=choices[0].id, said=said.strip()))
        return ""

    def _site(self, touch: Touch) -> Site | None:
        return sites.find_site(touch.desk.pharmacy(), touch.place.channel)
