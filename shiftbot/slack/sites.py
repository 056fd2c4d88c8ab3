"""Which pharmacy somebody means: that of the channel, else the only one, else they are asked."""

from collections import OrderedDict
from collections.abc import Collection
from threading import Lock

from shiftbot.domain.site import Person, Pharmacy, Site

SITES_AT_ONCE = 5
"""How many sites the Home tab shows at once."""

REMEMBERED = 10_000
"""Of how many people it is remembered where they work."""


class Whereabouts:
    """In which channels people click, type and command: a roster names pharmacists, and everybody works somewhere.

    Kept in memory: a process that has just started knows it again as soon as somebody does something.
    """

    def __init__(self) -> None:
        self._channels: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._lock = Lock()

    def seen(self, user: str, channel: str | None) -> None:
        """Somebody did something in a channel."""
        if channel is None:
            return
        with self._lock:
            channels = self._channels.setdefault(user, OrderedDict())
            channels[channel] = None
            channels.move_to_end(channel)
            if len(channels) > SITES_AT_ONCE:
                channels.popitem(last=False)
            self._channels.move_to_end(user)
            if len(self._channels) > REMEMBERED:
                self._channels.popitem(last=False)

    def sites(self, pharmacy: Pharmacy, user: str) -> list[str]:
        """The ids of the sites in whose channels somebody was seen, the latest first."""
        with self._lock:
            channels = list(reversed(self._channels.get(user, ())))
        found = (pharmacy.site_by_channel(channel) for channel in channels)
        return [site.id for site in found if site is not None]


def find_site(pharmacy: Pharmacy, channel: str | None) -> Site | None:
    """The site of a channel, else the only site, else nothing."""
    known = pharmacy.site_by_channel(channel) if channel else None
    return known or (next(iter(pharmacy.sites.values())) if len(pharmacy.sites) == 1 else None)


def sites_for(
    pharmacy: Pharmacy, person: Person, whereabouts: Whereabouts, troubled: Collection[str] = ()
) -> list[Site]:
    """At most five sites for somebody: of their own those with trouble first.

    Their own are those on whose roster they stand, whose fallback they are, and in whose channel they were seen; for
    somebody who has none it is every site, those with trouble first.
    """
    rostered = [rule.site for rule in pharmacy.roster if rule.person == person.id]
    stood_in_for = [site.id for site in pharmacy.sites.values() if site.fallback == person.id]
    mine = dict.fromkeys([*whereabouts.sites(pharmacy, person.slack), *rostered, *stood_in_for])
    own = [site for site in mine if site in pharmacy.sites] or list(pharmacy.sites)
    return [pharmacy.sites[site] for site in sorted(own, key=lambda site: site not in troubled)[:SITES_AT_ONCE]]


def managed(pharmacy: Pharmacy, person: Person) -> list[Site]:
    """The sites a manager looks after: those whose fallback they are or on whose roster they stand, else every site."""
    rostered = {rule.site for rule in pharmacy.roster if rule.person == person.id}
    sites = pharmacy.sites.values()
    return [site for site in sites if site.fallback == person.id or site.id in rostered] or list(sites)


def which(pharmacy: Pharmacy) -> str:
    """What to say to somebody whose pharmacy cannot be told from the channel."""
    channels = " ".join(f"<#{site.channel}>" for site in list(pharmacy.sites.values())[:10])
    return f"I do not know which pharmacy you mean. Use this in your pharmacy's channel: {channels}"
