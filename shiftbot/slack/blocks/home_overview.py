"""The Home tab's part for managers: every site in one line, those with trouble first; then what is worth a question."""

from shiftbot.domain.site import Site
from shiftbot.slack.blocks.home_picture import ManagedPicture
from shiftbot.slack.blocks.parts import SECTION_CHARACTERS, Block, context, divider, header, plain, section
from shiftbot.storage.glances import Figures

MISTAKES_SHOWN = 5
PATTERNS_SHOWN = 6


def managed_blocks(picture: ManagedPicture) -> list[Block]:
    """The sites at a glance, the definitions' mistakes, the patterns."""
    lines = [site_line(site, figures) for site, figures in picture.sites]
    blocks = [header("Sites at a glance"), *(section(text) for text in _paragraphs(lines))]
    more = _more(picture)
    blocks += [context(more)] if more else []
    return [*blocks, *_mistakes(picture), *_patterns(picture), divider()]


def site_line(site: Site, figures: Figures) -> str:
    """`Hilltop, Main Street: 5 done, 2 due · 1 alert · note not read`; what is wrong stands out."""
    day = figures.day
    runs = [f"{day.done} done", f"{day.due} due"]
    runs += [f"*{day.overdue} overdue*"] if day.overdue else []
    runs += [f"{day.late} late"] if day.late else []
    runs += [f"*{day.missed} missed*"] if day.missed else []
    parts = [", ".join(runs)]
    parts += [f"*{_counted(figures.alerts, 'alert')}*"] if figures.alerts else []
    parts += [f"*{_counted(figures.excursions, 'excursion')}*"] if figures.excursions else []
    parts += [f"*{_counted(figures.overdue_follow_ups, 'follow-up')} overdue*"] if figures.overdue_follow_ups else []
    parts += [_note(figures)] if figures.note_read is not None else []
    return f"{_mark(figures)} *{plain(site.name)}* <#{site.channel}>\n      {'  ·  '.join(parts)}"


def _mark(figures: Figures) -> str:
    if figures.alerts or figures.excursions or figures.day.overdue:
        return ":red_circle:"
    return ":large_yellow_circle:" if figures.trouble else ":large_green_circle:"


def _note(figures: Figures) -> str:
    return "hand-over read" if figures.note_read else "hand-over *not read*"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _more(picture: ManagedPicture) -> str:
    if not picture.more:
        return ""
    if not picture.more_troubled:
        return f"and {picture.more} more, all well"
    return f"and {picture.more} more, {picture.more_troubled} of them with alerts or overdue follow-ups"


def _mistakes(picture: ManagedPicture) -> list[Block]:
    if not picture.mistakes:
        return []
    lines = [f"•  `{plain(mistake)}`" for mistake in picture.mistakes[:MISTAKES_SHOWN]]
    more = len(picture.mistakes) - MISTAKES_SHOWN
    lines += [f"and {more} more; `shiftbot check` says all of them"] if more > 0 else []
    head = ":no_entry: *The new definitions have mistakes; the old ones stay in force*"
    return [section("\n".join([head, *lines]))]


def _patterns(picture: ManagedPicture) -> list[Block]:
    if not picture.patterns:
        return []
    lines = [f"•  {plain(line)}" for line in picture.patterns[:PATTERNS_SHOWN]]
    more = len(picture.patterns) - PATTERNS_SHOWN
    lines += [f"and {more} more"] if more > 0 else []
    foot = context("From the last four weeks. There may be a good reason for each; only managers see this.")
    return [section("\n".join([":mag: *Worth a question*", *lines])), foot]


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines run together into as few paragraphs as Slack's limit allows."""
    paragraphs: list[str] = []
    for line in lines:
        if paragraphs and len(paragraphs[-1]) + len(line) + 1 <= SECTION_CHARACTERS:
            paragraphs[-1] += f"\n{line}"
        else:
            paragraphs.append(line)
    return paragraphs
