"""Flagging an irregularity: from anywhere, from the Home tab, or from a message, which is linked and never copied."""

from shiftbot.errors import Refused
from shiftbot.slack import sites, texts
from shiftbot.slack.blocks import modals
from shiftbot.slack.links import Links
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch


class Shortcuts:
    """The global shortcut, the one on a message, and the button of the Home tab."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def register(self, switchboard: Switchboard) -> None:
        """All three."""
        switchboard.on_shortcut("flag_irregularity", self.flag)
        switchboard.on_shortcut("flag_message", self.flag_message)
        switchboard.on_click("irregularity_flag", self.flag_here)

    def flag(self, touch: Touch) -> None:
        """From anywhere: which pharmacy is asked when there are several."""
        choices = sites.sites_for(touch.desk.pharmacy(), touch.person, touch.desk.whereabouts)
        touch.open(modals.flag(choices, initial=choices[0].id, about=choices[0].id))

    def flag_here(self, touch: Touch) -> None:
        """From the Home tab; the button names the pharmacy."""
        site = touch.desk.pharmacy().sites.get(touch.value)
        if site is None:
            raise Refused(texts.OLD_BUTTON)
        touch.refuse_stranger()
        touch.open(modals.flag([site], initial=site.id, about=site.id))

    def flag_message(self, touch: Touch) -> None:
        """From a message: its text may hold what must not be stored, so only the link goes along."""
        pharmacy, person = touch.desk.pharmacy(), touch.person
        site = sites.find_site(pharmacy, touch.place.channel)
        choices = [site] if site else sites.sites_for(pharmacy, person, touch.desk.whereabouts)
        link = self._links.to_message(touch.client, str(touch.place.channel), str(touch.body["message"]["ts"])) or ""
        touch.open(modals.flag(choices, initial=choices[0].id, about=f"{choices[0].id}|{link}", link=link))
