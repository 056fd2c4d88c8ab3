"""What `shiftbot check` says about items that ask nothing at a site, because the site has nothing of that sort."""

from collections.abc import Iterator

from shiftbot.domain.checklist import ForEach
from shiftbot.domain.site import Pharmacy, Site

_KEYS = {
    ForEach.UNIT: "no storage unit (units: in sensors/)",
    ForEach.CONTROLLED: "no controlled drug (controlled:)",
    ForEach.REGISTER: "no register (registers:)",
    ForEach.MAILBOX: "no mailbox (mailboxes:)",
}


def unasked(pharmacy: Pharmacy, site: Site) -> Iterator[str]:
    """One line for each sort of thing that the site's checklists ask about and the site names none of."""
    has = {
        ForEach.UNIT: bool(pharmacy.units_of(site.id)),
        ForEach.CONTROLLED: bool(site.controlled),
        ForEach.REGISTER: bool(site.registers),
        ForEach.MAILBOX: bool(site.mailboxes),
    }
    for each, lack in _KEYS.items():
        items = [] if has[each] else list(_asking(pharmacy, site, each))
        if items:
            yield f"The site names {lack}, so these ask nothing: {', '.join(items)}"


def _asking(pharmacy: Pharmacy, site: Site, each: ForEach) -> Iterator[str]:
    for name in site.checklists:
        for section in pharmacy.checklists[name].sections:
            yield from (f"{name} {item.id}" for item in section.items if item.for_each is each)
