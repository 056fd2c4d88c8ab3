"""`/shift temps`: how the storage units are, their charts, and the forms about one unit; opening them all.

A chart goes to whoever asks for it, by direct message: a file cannot be shown to one person of a channel only. What is
done with submitted forms is in forms/temps.py.
"""

from datetime import timedelta
from functools import partial

from slack_sdk.errors import SlackApiError

from shiftbot.domain.checklist import Role
from shiftbot.domain.cold_chain import limits_of
from shiftbot.domain.privacy import refuse_patient_information
from shiftbot.domain.site import Pharmacy, Site, StorageUnit
from shiftbot.errors import Refused
from shiftbot.reports import charts
from shiftbot.services import cold_chain
from shiftbot.services.cold_chain.charting import chart
from shiftbot.services.cold_chain.days import UnitDay, unit_days
from shiftbot.slack import texts
from shiftbot.slack.blocks import temps as blocks
from shiftbot.slack.blocks.modals import temps as modals
from shiftbot.slack.blocks.modals.window import Modal
from shiftbot.slack.blocks.parts import plain
from shiftbot.slack.switchboard import Switchboard
from shiftbot.slack.touch import Touch
from shiftbot.storage import discovered

SPANS = {
    "temps_day": (timedelta(hours=24), "last 24 hours"),
    "temps_week": (timedelta(days=7), "last 7 days"),
    "temps_month": (timedelta(days=30), "last 30 days"),
}

CANNOT_SEND = (
    "Slack did not take the picture ({error}). A manager can look whether the app was installed with files:write."
)


def register(switchboard: Switchboard) -> None:
    """Every button of the window, and the one of an alert."""
    for action_id in SPANS:
        switchboard.on_click(action_id, partial(send_chart, action_id))
    switchboard.on_click("temps_show", show)
    switchboard.on_click("temps_read", open_reading)
    switchboard.on_click("temps_more", open_more)
    switchboard.on_click("temps_pair", open_pairing)


def open_temps(touch: Touch, site: Site, words: str) -> None:
    """`/shift temps`, narrowed down to the units that `words` name, if any."""
    refuse_patient_information(words)
    touch.refuse_stranger()
    touch.open(window(touch, site, words))


def show(touch: Touch) -> None:
    """`Temperatures…` on an alert; the button names the pharmacy."""
    site = touch.desk.pharmacy().sites.get(touch.value)
    if site is None:
        raise Refused(texts.OLD_BUTTON)
    open_temps(touch, site, "")


def window(touch: Touch, site: Site, words: str = "", notice: str = "") -> Modal:
    """The window as it is now; `notice` is what has just been done."""
    pharmacy, person, now = touch.desk.pharmacy(), touch.person, touch.now
    with touch.desk.database.snapshot() as connection:
        days = unit_days(connection, pharmacy, site.id, now)
        heard = cold_chain.discovered_sensors(connection, pharmacy) if Role.MANAGER in person.roles else []
    named = [day for day in days if _is_named(day, words)]
    return blocks.temps(site, pharmacy, person, named, heard, words=words, notice=notice)


def _is_named(day: UnitDay, words: str) -> bool:
    return words.casefold() in f"{day.view.name} {day.view.id}".casefold()


def send_chart(action_id: str, touch: Touch) -> None:
    """`Chart 24 h`, `7 days`, `30 days`: a picture to whoever pressed it."""
    unit, site = unit_of_button(touch.desk.pharmacy(), touch.value)
    touch.refuse_stranger()
    with touch.desk.database.transaction() as connection:
        if not touch.first_time(connection):
            return
    span, words = SPANS[action_id]
    with touch.desk.database.snapshot() as connection:
        wanted = chart(connection, touch.desk.pharmacy(), unit.id, span, touch.now, words=words)
    picture = charts.png(wanted)
    send_file(touch, picture, f"{unit.id}-{action_id.removeprefix('temps_')}.png", f"{unit.name}, {wanted.subtitle}")
    said = f":chart_with_upwards_trend: The chart of *{plain(unit.name)}* ({words}) is in your messages with me."
    if (touch.body.get("view") or {}).get("callback_id") == "temps":
        touch.open(window(touch, site, _words(touch), said))


def send_file(touch: Touch, picture: bytes, name: str, title: str) -> None:
    """A picture to whoever asked for it. Raises Refused, with what to look at, when Slack says no."""
    try:
        room = touch.client.conversations_open(users=[touch.place.user])["channel"]["id"]
        touch.client.files_upload_v2(
            channel=str(room), file=picture, filename=name, title=title, alt_txt=title, initial_comment=title
        )
    except SlackApiError as error:
        raise Refused(CANNOT_SEND.format(error=error.response.get("error"))) from error


def _words(touch: Touch) -> str:
    """What the window was narrowed down to."""
    return str((touch.body.get("view") or {}).get("private_metadata", "")).partition("|")[2]


def unit_of_button(pharmacy: Pharmacy, unit_id: str) -> tuple[StorageUnit, Site]:
    """The unit that a button or form names, with its site. Raises Refused for one that is no longer defined."""
    unit = pharmacy.units.get(unit_id)
    if unit is None or unit.site not in pharmacy.sites:
        raise Refused(texts.OLD_BUTTON)
    return unit, pharmacy.sites[unit.site]


def open_reading(touch: Touch) -> None:
    """`Enter a reading…`, in the window or on the alert of a silent sensor."""
    unit, site = unit_of_button(touch.desk.pharmacy(), touch.value)
    touch.refuse_stranger()
    back = "temps" if touch.body.get("view") else "card"
    touch.open(modals.read(unit, site, limits_of(unit.storage_class, site.temperature_unit), back))


def open_more(touch: Touch) -> None:
    """The three dots: maintenance, its end, other limits on trial."""
    chosen = touch.body["actions"][0].get("selected_option") or {}
    unit_id, _, what = str(chosen.get("value", "")).partition("|")
    unit, site = unit_of_button(touch.desk.pharmacy(), unit_id)
    if not touch.person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("This is for a pharmacist or manager. Ask one of them.")
    if what == "end":
        _end_maintenance(touch, unit, site)
    elif what == "work":
        touch.open(modals.maintain(unit, site))
    else:
        touch.open(modals.try_limits(unit, site, limits_of(unit.storage_class, site.temperature_unit)))


def _end_maintenance(touch: Touch, unit: StorageUnit, site: Site) -> None:
    with touch.desk.database.transaction() as connection:
        if touch.first_time(connection):
            cold_chain.end_maintenance(connection, touch.desk.pharmacy(), unit.id, touch.person, touch.now)
    touch.desk.wake()
    touch.open(window(touch, site, _words(touch), f":white_check_mark: Maintenance of {plain(unit.name)} has ended."))


def open_pairing(touch: Touch) -> None:
    """`Pair…` on a sensor that nobody configured."""
    pharmacy = touch.desk.pharmacy()
    site_id = str((touch.body.get("view") or {}).get("private_metadata", "")).partition("|")[0]
    site = pharmacy.sites.get(site_id)
    if site is None or not touch.value.isdigit():
        raise Refused(texts.OLD_BUTTON)
    if Role.MANAGER not in touch.person.roles:
        raise Refused("A manager pairs sensors with units. Ask one of them.")
    units = pharmacy.units_of(site.id)
    if not units:
        raise Refused("This pharmacy has no storage unit yet; write one into sensors/ first.")
    with touch.desk.database.snapshot() as connection:
        found = discovered.find(connection, int(touch.value))
    if found is None:
        raise Refused("That sensor is not among the discovered ones any more. Look at the list again.")
    touch.open(modals.pair(found, site, units))
