"""Which pharmacy somebody means: that of the channel, else the only one, else they are asked."""

from shiftbot.domain.site import Person, Pharmacy, Site

SITES_AT_ONCE = 5
"""How many sites the Home tab shows to somebody who belongs to none in particular."""


def find_site(pharmacy: Pharmacy, channel: str | None) -> Site | None:
    """The site of a channel, else the only site, else nothing."""
    known = pharmacy.site_by_channel(channel) if channel else None
    return known or (next(iter(pharmacy.sites.values())) if len(pharmacy.sites) == 1 else None)


def sites_for(pharmacy: Pharmacy, person: Person) -> list[Site]:
    """The sites on whose roster somebody stands, else the first few."""
    rostered = {rule.site for rule in pharmacy.roster if rule.person == person.id}
    mine = [site for site in pharmacy.sites.values() if site.id in rostered]
    return (mine or list(pharmacy.sites.values()))[:SITES_AT_ONCE]


def which(pharmacy: Pharmacy) -> str:
    """What to say to somebody whose pharmacy cannot be told from the channel."""
    channels = " ".join(f"<#{site.channel}>" for site in list(pharmacy.sites.values())[:10])
    return f"I do not know which pharmacy you mean. Use this in your pharmacy's channel: {channels}"
