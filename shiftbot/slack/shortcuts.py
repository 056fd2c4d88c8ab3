"""The two shortcuts: flag an irregularity from anywhere, or from a message, which is linked and never copied."""

from shiftbot.slack import sites
from shiftbot.slack.blocks import modals
from shiftbot.slack.links import Links
from shiftbot.slack.switchboard import Switchboard, Touch


class Shortcuts:
    """Global and message shortcut."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def register(self, switchboard: Switchboard) -> None:
        """Both."""
        switchboard.on_shortcut("flag_irregularity", self.flag)
        switchboard.on_shortcut("flag_message", self.flag_message)

    def flag(self, touch: Touch) -> None:
        """From anywhere: which pharmacy is asked when there are several."""
        choices = sites.sites_for(touch.desk.pharmacy(), touch.person, touch.desk.whereabouts)
        touch.open(modals.flag(choices, initial=choices[0].id, about=choices[0].id))

    def flag_message(self, touch: Touch) -> None:
        """From a message: its text may hold what must not be stored, so only the link goes along."""
        pharmacy, person = touch.desk.pharmacy(), touch.person
        site = sites.find_site(pharmacy, touch.place.channel)
        choices = [site] if site else sites.sites_for(pharmacy, person, touch.desk.whereabouts)
        link = self._links.to_message(touch.client, str(touch.place.channel), str(touch.body["message"]["ts"])) or ""
        touch.open(modals.flag(choices, initial=choices[0].id, about=f"{choices[0].id}|{link}", link=link))
