"""Taking the duty of somebody who is away: all of it that nobody else has taken, at once."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.duty_change import Agreement, Kind, Standing, refuse_unless_pharmacist, vacated
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.services.rostering.changing import agree, begun, find_agreement


def cover(
    connection: Connection, pharmacy: Pharmacy, absence_id: int, person: Person, key: str, now: datetime
) -> list[Agreement]:
    """`person` takes what an absent colleague leaves; it stands at once. `pharmacy` with duty as agreed at this moment.

    Raises Refused, and AlreadyDone when there is nothing left to take.
    """
    away = find_agreement(connection, absence_id)
    if away.kind is not Kind.ABSENCE or away.site not in pharmacy.sites:
        raise Refused("This is no absence; nothing was changed.")
    if away.state is not Standing.STANDING:
        raise AlreadyDone("The absence was taken back; the roster stands as before.")
    refuse_unless_pharmacist(person)
    if person.id == away.instead_of:
        raise Refused("It is you who is away. If you can come after all, take the absence back with /shift duty.")
    left = vacated(pharmacy, away, now)
    if not left:
        raise AlreadyDone("Nothing of it is left to take: somebody has taken it, or it is over.")
    site, instead_of = pharmacy.sites[away.site], away.instead_of
    taken = [
        begun(Kind.TAKE_OVER, f"{key}:{number}", site, person.id, instead_of, *span) for number, span in enumerate(left)
    ]
    agreed = [agree(connection, pharmacy, each, person, now) for each in taken]
    delivery.touch(connection, CardKind.DUTY, away.id, now)
    return agreed
