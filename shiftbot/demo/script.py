"""The day the autopilot plays: who does what when, by the site's clock. A sweep is forgotten, a door is left open."""

from dataclasses import dataclass
from datetime import time, timedelta

from shiftbot.demo.deeds import (
    Deed,
    acknowledge,
    book_quantity,
    choose,
    close_due,
    close_follow_up,
    confirm,
    count,
    door,
    flood,
    hand_over,
    press,
    press_card,
    say,
    sign,
    sign_line,
    silence,
    sweep,
    witness,
)

SOON = timedelta(minutes=10)
LATER = timedelta(minutes=25)


@dataclass(frozen=True, slots=True)
class Cue:
    """A deed and when it is due. Whoever switches the autopilot on later sees it only within `within`."""

    at: time
    deed: Deed
    within: timedelta = LATER


def _cue(at: str, deed: Deed, within: timedelta = LATER) -> Cue:
    return Cue(time.fromisoformat(at), deed, within)


OPENING, MIDDAY, CLOSING = "retail-opening", "retail-midday", "retail-closing"
SECURITY, VOICEMAIL, RESPONSE = "cs-daily-security", "voicemail", "excursion-response"

SCRIPT: tuple[Cue, ...] = (
    _cue("07:16", press_card("ben", OPENING, "hand_over_read")),
    _cue("07:17", press_card("ben", OPENING, "follow_up_take")),
    _cue("07:18", press("ben", OPENING, "exterior")),
    _cue("07:20", say("ben", OPENING, "2-6 done")),
    _cue("07:22", say("ben", OPENING, "undo 3"), SOON),
    _cue("07:23", say("ben", OPENING, "?"), SOON),
    _cue("07:24", say("ben", OPENING, "3 ok")),
    _cue("07:26", confirm("ben", OPENING, "fridge-temps:vaccine-fridge")),
    _cue("07:28", confirm("ben", OPENING, "fridge-temps:pharmacy-fridge")),
    _cue("07:30", confirm("ben", OPENING, "fridge-temps:insulin-fridge")),
    _cue("07:32", confirm("ben", OPENING, "fridge-temps:vaccine-freezer")),
    _cue("07:34", press("ben", OPENING, "alarm"), SOON),
    _cue("07:35", say("ben", OPENING, "15 done; loggers ok; room 71; humidity 44")),
    _cue("07:37", say("ben", OPENING, "messges ok"), SOON),
    _cue("07:38", say("ben", OPENING, "19-23 done")),
    _cue("07:39", close_follow_up("ben", OPENING, "Ordered again; it comes with tomorrow's delivery.")),
    _cue("07:41", press("amira", OPENING, "alarm")),
    _cue("07:43", press("amira", OPENING, "pharmacist-log")),
    _cue("07:45", say("amira", OPENING, "25-26, 28-29 done")),
    _cue("08:04", say("amira", SECURITY, "1-7 done; 8 0")),
    _cue("08:06", sign_line("amira", SECURITY, "signed")),
    _cue("08:08", sweep("ben", {"new": 1, "refill": 3, "clinical": 1}, "40m")),
    # 10:00: nobody does the sweep, nobody answers: Amira is told twice, Morgan at 11:10 and again at 11:40.
    _cue("11:43", acknowledge("amira")),
    _cue("11:50", say("ben", VOICEMAIL, "4 refill, 2 clinical, oldest 90m")),
    _cue("12:05", say("ben", MIDDAY, "1, 4-7 done")),
    _cue("12:06", choose("ben", MIDDAY, "cold-delivery", "Put away first")),
    _cue("12:08", say("ben", MIDDAY, "cold box 41; 8 5; 9 3; 10 done")),
    _cue("12:10", press("ben", MIDDAY, "fridge-glance")),
    _cue("12:12", press("amira", MIDDAY, "clarifications")),
    _cue("12:14", choose("amira", MIDDAY, "c2-receipt", "None today")),
    _cue("12:16", say("ben", VOICEMAIL, "1 refill, oldest 15m")),
    _cue("12:20", count("ben", "count:oxycodone-5", 437)),
    _cue("12:22", count("ben", "count:methylphenidate-10", 286)),
    _cue("12:28", witness("amira", "count:oxycodone-5", 437)),
    _cue("12:30", book_quantity("amira", "count:oxycodone-5", 437)),
    _cue("12:32", witness("amira", "count:methylphenidate-10", 286)),
    _cue("12:34", book_quantity("amira", "count:methylphenidate-10", 286)),
    _cue("13:00", door("vaccine-fridge", is_open=True), SOON),
    _cue("13:32", acknowledge("amira")),
    _cue("13:33", press("ben", RESPONSE, "label")),
    _cue("13:34", say("ben", RESPONSE, "2-3 done; room 72")),
    _cue("13:36", door("vaccine-fridge", is_open=False)),
    _cue("13:37", choose("ben", RESPONSE, "quick", "Yes")),
    _cue("13:42", say("amira", RESPONSE, "coordinator ok; manufacturer ok")),
    _cue("13:48", say("ben", RESPONSE, "lots ok; earlier ok")),
    _cue("13:52", say("ben", RESPONSE, "display 43")),
    _cue("13:54", sign_line("amira", RESPONSE, "decision")),
    _cue("14:10", sweep("ben", {"request": 2}, "20m")),
    _cue(
        "14:25",
        sign(
            "amira",
            cause="The door was left ajar after the delivery.",
            action="Door shut; stock kept cold and marked do not use until the manufacturers had answered.",
            outcome="All doses may be used; the manufacturers' answers are on file.",
            contents="Influenza, lot 4KX21, public, 40 doses\nShingles, lot B771, private, 12 doses",
            manufacturer="Both makers: may be used, their answers are on file",
            disposition="usable",
        ),
    ),
    _cue("14:54", close_due("ben", "Looked again: 41 °F on the display.")),
    _cue("15:00", flood("pharmacy-fridge", is_flooding=True), SOON),
    _cue("16:08", sweep("ben", {"new": 1, "other": 1}, "10m")),
    _cue("16:30", silence("insulin-fridge", is_silent=True), SOON),
    _cue("17:00", acknowledge("amira")),
    _cue("17:10", silence("insulin-fridge", is_silent=False)),
    _cue("18:06", sweep("ben", {}, "")),
    _cue("19:34", say("ben", CLOSING, "1-3 done; 4 fail drawer two dollars short")),
    _cue("19:36", confirm("ben", CLOSING, "fridge-temps:vaccine-fridge")),
    _cue("19:38", confirm("ben", CLOSING, "fridge-temps:pharmacy-fridge")),
    _cue("19:40", confirm("ben", CLOSING, "fridge-temps:insulin-fridge")),
    _cue("19:42", confirm("ben", CLOSING, "fridge-temps:vaccine-freezer")),
    _cue("19:45", say("ben", CLOSING, "doors ok; tidy all good")),
    _cue("19:48", choose("amira", CLOSING, "cs-count", "Done")),
    _cue("19:50", press("amira", CLOSING, "cs-paperwork")),
    _cue("19:52", press("amira", CLOSING, "cs-locked")),
    _cue("19:56", hand_over("amira", CLOSING, "The vaccine fridge's door sticks; the mechanic comes on Tuesday.")),
    _cue("20:02", press("amira", CLOSING, "alarm")),
)
"""In the order of time."""
