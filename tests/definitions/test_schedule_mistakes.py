"""What goes wrong in saying when a checklist is asked: the exact place, what is wrong, what to write instead."""

import shutil
from pathlib import Path

import pytest

from shiftbot.definitions import load
from shiftbot.errors import DefinitionError

HILLTOP = Path(__file__).parent / "hilltop"

SECTIONS = "sections: [{ title: Doors, items: [{ id: door, title: Door locked }] }]\n"


def home_with(folder: Path, schedule: str) -> Path:
    """Hilltop with a checklist of these lines, from its third line on."""
    home = Path(shutil.copytree(HILLTOP, folder / "hilltop"))
    (home / "checklists").mkdir()
    text = f"id: night\ntitle: Night checklist\n{schedule}\n{SECTIONS}"
    (home / "checklists" / "night.yaml").write_text(text, encoding="utf-8")
    return home


def mistakes_of(folder: Path, schedule: str) -> list[str]:
    """The mistakes in such a checklist."""
    home = home_with(folder, schedule)
    with pytest.raises(DefinitionError) as raised:
        load(home)
    return [line.removeprefix("checklists/night.yaml:") for line in raised.value.mistakes]


TWICE = "keep one of the two, or write two checklists"
ALONE = "it opens whenever that happens; remove it, or write opens: in place of trigger:"
EXAMPLES = "write for example 1, last, first monday, last friday, last working day or 2nd working day"


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("days: mon\nmonthly: 1", f"4:10: days and monthly both say on which days; {TWICE}"),
        ('monthly: 1\non: "2026-12-05"', f"4:5: monthly and on both say on which days; {TWICE}"),
        ("quarterly: last\nyearly: 03-01", f"4:9: quarterly and yearly both say on which days; {TWICE}"),
        ("monthly: 2nd tusday", '3:10: "2nd tusday" is no day of a month; did you mean 2nd tuesday?'),
        ("monthly: secnd tuesday", '3:10: "secnd tuesday" is no day of a month; did you mean second tuesday?'),
        ("monthly: last wrkday", '3:10: "last wrkday" is no day of a month; did you mean last workday?'),
        ("monthly: whenever", f'3:10: "whenever" is no day of a month; {EXAMPLES}'),
        ("monthly: true", f"3:10: true is no day of a month; {EXAMPLES}"),
        ("monthly: [1, fist monday]", '3:14: "fist monday" is no day of a month; did you mean first monday?'),
        ("monthly: 32", "3:10: no month has a day 32; write 1 to 31, or last day"),
        ("monthly: 0", "3:10: no month has a day 0; write 1 to 31, or last day"),
        ("monthly: 40th working day", "3:10: no month has a working day 40; write 1 to 31, or last working day"),
        (
            "monthly: 5th friday",
            "3:10: not every month has a 5th friday; write last friday, or first to fourth",
        ),
        (
            "monthly: monday",
            '3:10: "monday" does not say which one of the month; write first monday, or days: monday for every week',
        ),
        ("monthly: [1, 1st]", "3:10: the same day stands here twice; keep one of the two"),
        ("monthly: []", "3:10: it is empty; write at least one entry"),
        ('yearly: "02-30"', '3:9: February has no day 30; write "02-29", the last day of February'),
        ("yearly: april 31", '3:9: April has no day 31; write "04-30", the last day of April'),
        ('yearly: "25-12"', '3:9: there is no month 25; did you mean "12-25"?'),
        ('yearly: "13-32"', '3:9: there is no month 13; write month-day, like "03-01"'),
        (
            'yearly: "2026-03-01"',
            '3:9: "2026-03-01" is the date of one year; write "03-01", or on: "2026-03-01" for that one time',
        ),
        (
            "yearly: first monday",
            '3:9: "first monday" does not say of which month; write first monday of march',
        ),
        ("yearly: 1", '3:9: 1 does not say of which month; write "03-01" for 1 March'),
        ("yearly: first monday of marhc", '3:9: "marhc" is no month; did you mean first monday of march?'),
        ("yearly: first monday of q1", '3:9: "q1" is no month; write one of january, february'),
        ("yearly: soon", '3:9: "soon" is no day of the year; write for example "03-01" or first monday of march'),
        ('on: "12-05"', '3:5: "12-05" has no year; write the year too, or yearly: "12-05"'),
        ('on: "2026-02-30"', '3:5: "2026-02-30" is not a date; write year-month-day, like "2026-12-24"'),
        ("when_closed: later", '3:14: "later" is not known here; did you mean after?'),
        (
            "when_closed: after",
            "3:14: a checklist of every day has nowhere to move: the day beside has its own; "
            "write days: or monthly: beside it, or remove it",
        ),
        ("shows: 1d", '3:8: "1d" is too long before it opens; write less than a day, for example 2h'),
        ("shows: 0m", '3:8: "0m" is no time at all; write for example 5m or 2h'),
        ("expires: 2", "3:10: 2 has no unit; write 2m for minutes, 2h for hours"),
        ("shift: middle", '3:8: "middle" is not known here; write one of start, end'),
    ],
)
def test_a_mistake_in_a_date(tmp_path: Path, schedule: str, expected: str) -> None:
    (mistake,) = mistakes_of(tmp_path, f"{schedule}\nopens: open\ndue: 30m")
    assert mistake.startswith(expected), mistake


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (
            "trigger: excursion\nopens: open\ndue: 30m",
            ["3:10: opens and trigger both say when this opens; keep one of the two"],
        ),
        (
            "every: 2h\ntrigger: delivery\ndue: 30m",
            ["4:10: every and trigger both say when this opens; keep one of the two"],
        ),
        (
            "trigger: excursion\ndue: open",
            [
                "4:6: what a trigger opens is due some time after it, not at a moment of the day; "
                "write a span after opening like 30m"
            ],
        ),
        (
            "trigger: by-hand\ndays: mon-fri\nshows: 1h\nfrom: open\ndue: 30m",
            [
                f"4:7: days has no meaning beside trigger: {ALONE}",
                f"5:8: shows has no meaning beside trigger: {ALONE}",
                f"6:7: from has no meaning beside trigger: {ALONE}",
            ],
        ),
        ("trigger: excursions\ndue: 30m", ['3:10: "excursions" is not known here; did you mean excursion?']),
        (
            'opens: "09:00"\ndue: "08:00"',
            [
                "4:6: it is due at 08:00, not after it opens at 09:00; write a later moment, "
                "or a span after opening like 30m"
            ],
        ),
        (
            'opens: ["09:00", "14:00"]\nmonthly: 1\ndue: "12:00"',
            [
                "5:6: it is due at 12:00, not after it opens at 14:00; write a later moment, "
                "or a span after opening like 30m"
            ],
        ),
        (
            "every: 0m\ndue: 30m",
            ['3:8: every "0m" cannot be kept; write whole minutes from 5m to 1d, for example 2h'],
        ),
        (
            "monthly: 1\ndue: 30m",
            ["1:1: it is not said when this opens; write opens: open - 45m, or every: 2h"],
        ),
        ("montly: 1\nopens: open\ndue: 30m", ['3:1: "montly" is not a key here; did you mean monthly?']),
    ],
)
def test_a_mistake_in_what_opens_it(tmp_path: Path, schedule: str, expected: list[str]) -> None:
    assert mistakes_of(tmp_path, schedule) == expected


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("days: mon-fri", []),
        ("days: mon-sat", ["it is due at 08:30, not after it opens at 09:00 at hilltop-main"]),
        ("monthly: last friday", ["it is due at 08:30, not after it opens at 09:00 at hilltop-main"]),
    ],
)
def test_a_due_time_is_held_to_the_hours_of_the_days_it_falls_on(tmp_path: Path, days: str, told: list[str]) -> None:
    """Hilltop opens at 08:00 on weekdays and at 09:00 on Saturdays; a date may fall on any day."""
    home = home_with(tmp_path, f'opens: open\n{days}\ndue: "08:30"')
    file = home / "pharmacy.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("controlled-count]", "controlled-count, night]"), encoding="utf-8")
    assert _told(home) == told


def _told(home: Path) -> list[str]:
    try:
        load(home)
    except DefinitionError as error:
        return [line.split(": ", 1)[1].split(";")[0] for line in error.mistakes]
    return []
