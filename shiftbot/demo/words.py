"""The demo's longer sentences, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chapter:
    """A title and what a newcomer may do now."""

    title: str
    hint: str


HINT_CHARACTERS = 190
"""The panel shows two lines; a test holds every hint to it."""

PATIENCE = "open the vaccine fridge's door below and see who is told, or silence a sensor."

RUN_HINTS = {
    "retail-opening-fresh": (
        "You are Ben: read the hand-over note, press Done on a line, or type 1-3 done in the card's thread. "
        "Fridge lines are pre-filled by the sensors: look, then confirm."
    ),
    "retail-opening-started": (
        "The card is edited in place. In its thread try fridge 41, undo 3, ? or something odd. "
        "Press Done on the alarm as Ben: it is the pharmacist's."
    ),
    "cs-daily-security-fresh": (
        "Controlled substances, every morning: switch to Amira. She ticks with 1-7 done, types 8 0, and signs the last "
        "line: her printed name, the time and what it means."
    ),
    "retail-midday-fresh": (
        "You are Ben: say that a cold delivery came, and line 3 is asked: 41 or so. In the thread 1, 4-7 done takes "
        "several; 8 5 is a number; 5 fail and a reason is a problem."
    ),
    "excursion-response-fresh": (
        "What to do when a unit leaves its range opened by itself. Ben types label ok, 2-3 done, room 72. Amira calls "
        "the makers and signs the decision."
    ),
    "retail-closing-fresh": (
        "Ben ticks the closing lines; tidy all good takes a section. The last lines are the pharmacist's, and either "
        "writes the hand-over note from the card."
    ),
    "fresh": "You are Ben: answer with the buttons, or in the card's thread: 1-4 done, 7 12, 5 n/a no delivery today.",
    "started": "Go on with the buttons or in the thread; undo 3 takes an answer of your own back.",
    "pharmacist": "Only the pharmacist's lines are left: switch to Amira. Ben would be refused, kindly.",
    "voicemail": (
        "Ben presses Enter and counts messages by kind, or types 2 refill, 1 clinical, oldest 40m. Never a name. "
        "Or let it be: see what happens when nobody answers."
    ),
    "count-blank": "A blind count: Ben presses Count and enters what he finds; nobody sees the number.",
    "count-counted": "Ben has counted. Now Amira counts too, from her own account: switch to her and press Witness.",
    "count-witnessed": "Both counts are in. Amira reads the book quantity from the inventory and enters it.",
    "count-closed": "This count is closed; go on with the next drug.",
}
"""What may be done with an open checklist, by checklist and stage."""

VERIFY_HELP = """Try it yourself, after stopping the demo or while it runs:

  shiftbot verify --database {database}

Then let somebody else have answered. The tables refuse a change, so the guard has to go first:

  sqlite3 {database} "DROP TRIGGER refuse_update_on_answers; \\
    UPDATE answers SET answered_by = 'morgan' WHERE rowid = 1"
  shiftbot verify --database {database}

The entry that does not fit is named. The demo's folder is yours: {home}"""
"""Shown beside the result of verifying; `database` is the path of the SQLite file in `home`."""
