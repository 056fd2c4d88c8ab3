"""The sections of a run on its card: a heading that says who has it, lines with their buttons, finished ones folded."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from shiftbot.domain.answer import Outcome
from shiftbot.domain.checklist import ItemKind, Line
from shiftbot.domain.run import is_outside
from shiftbot.services.runs import LineView
from shiftbot.slack import texts
from shiftbot.slack.blocks.parts import SECTION_CHARACTERS, Block, actions, asking, button, context, plain, section
from shiftbot.slack.blocks.run_lines import RunPicture, line_button, line_text

CLAIM_FROM = 2
"""Open lines from which a section is worth claiming, and worth one word for all."""

UNDECIDED_SHOWN = 3
"""So many lines of a section that may yet be asked are named; of more only the number is said."""


def sections_of(picture: RunPicture, lines: Sequence[Line]) -> list[tuple[str, list[LineView]]]:
    """The sections that some lines belong to, each with those of its lines that are shown."""
    keys = {line.key for line in lines}
    shown = [view for view in picture.view.lines if view.line.key in keys and line_text(picture, view)]
    return [(title, list(views)) for title, views in groupby(shown, key=lambda view: view.line.section)]


def section_blocks(picture: RunPicture, lines: Sequence[Line], *, fold: bool, most: int) -> list[Block]:
    """The blocks of these lines; with `fold` a finished section is one line. Notes have at most `most` characters."""
    sections = sections_of(picture, lines)
    blocks: list[Block] = []
    for folded, group in groupby(sections, key=lambda each: fold and is_finished(each[1])):
        if folded:
            blocks += [context(each) for each in paragraphs([_folded(title, views) for title, views in group])]
        else:
            blocks += [block for title, views in group for block in _section(picture, title, views, most)]
    return blocks


def is_finished(views: Sequence[LineView]) -> bool:
    """Whether nothing of a section is left to answer."""
    return all(view.answer is not None or view.asked is not True for view in views)


def _folded(title: str, views: Sequence[LineView]) -> str:
    """`Front: all 5 answered`, and which of them want to be looked at."""
    answered = [view for view in views if view.answer is not None]
    wrong = [view for view in answered if view.answer and _is_wrong(view)]
    numbers = ", ".join(str(view.line.number) for view in wrong)
    mark = ":warning:" if wrong else ":white_check_mark:"
    look = f"  ·  look at *{numbers}*" if wrong else ""
    return f"{mark} *{plain(title) or 'Section'}*: all {len(answered)} answered{look}"


def _is_wrong(view: LineView) -> bool:
    answer = view.answer
    if answer is None:
        return False
    differs = not texts.counts_agree(answer.value or {})
    return answer.outcome is Outcome.FAILED or differs or is_outside(view.line, answer)


def _section(picture: RunPicture, title: str, views: list[LineView], most: int) -> list[Block]:
    blocks = _heading(picture, title, views)
    # Without buttons the title heads the first paragraph, so that it costs no block of its own.
    lead = f"*{plain(title)}*\n" if title and not blocks else ""
    undecided = [view for view in views if view.answer is None and view.asked is None]
    if len(undecided) > UNDECIDED_SHOWN:
        views = [view for view in views if view not in undecided]
    for has_button, group in groupby(views, key=lambda view: line_button(picture, view) is not None):
        if has_button:
            for view in group:
                blocks.append(_with_button(picture, view, lead, most))
                lead = ""
        else:
            found = paragraphs([line_text(picture, view, most=most) for view in group], lead)
            blocks += [section(paragraph) for paragraph in found]
            lead = ""
    if len(undecided) > UNDECIDED_SHOWN:
        blocks.append(context(f"_{len(undecided)} more may be asked, depending on the answers._"))
    return blocks


def _with_button(picture: RunPicture, view: LineView, lead: str, most: int) -> Block:
    text = lead + line_text(picture, view, most=most)
    return section(text, line_button(picture, view), f"line-{view.line.number}")


def paragraphs(lines: Sequence[str], lead: str = "") -> list[str]:
    """Lines run together into as few paragraphs as Slack's limit allows."""
    return list(_paragraphs(lines, lead.rstrip("\n")))


def _paragraphs(lines: Sequence[str], current: str) -> Iterator[str]:
    for line in lines:
        if current and len(current) + len(line) + 1 > SECTION_CHARACTERS:
            yield current
            current = ""
        current = f"{current}\n{line}" if current else line
    if current:
        yield current


def _heading(picture: RunPicture, title: str, views: Sequence[LineView]) -> list[Block]:
    """The title with who has the section, or a button to take it; none where there is nothing to take."""
    blank = [view for view in views if view.answer is None and view.asked]
    if not title or not picture.takes_answers or len(blank) < CLAIM_FROM:
        return []
    value, first = f"{picture.view.run.id}|{title}", views[0].line.number
    claim = picture.claims.get(title)
    text, taking = f"*{plain(title)}*", button("Claim", "section_claim", value)
    if claim is not None:
        who = texts.short_name(picture.pharmacy, claim.person)
        text += f"  ·  :raised_hand: *{plain(who)}* has it since {texts.clock(picture.view.site, claim.at)}"
        taking = button("Take over", "section_claim", value, confirm=_over(title, who))
    good = _all_good(picture, title, blank, value)
    if good is None:
        return [section(text, taking, f"section-{first}")]
    return [section(text), actions([good, taking], f"section-{first}")]


def _over(title: str, who: str) -> ConfirmObject:
    text = f"{who} has “{title}” in hand. Taking it over is noted. If you are {who}, this gives it back."
    return asking("Take it over?", text, "Take it over")


def _all_good(picture: RunPicture, title: str, blank: Sequence[LineView], value: str) -> ButtonElement | None:
    ticks = [view.line for view in blank if view.line.kind is ItemKind.TICK]
    if title not in picture.view.plan.all_good or len(ticks) < CLAIM_FROM:
        return None
    text = f"This ticks the {len(ticks)} open lines of “{title}” that are yours to tick. Did you look at each of them?"
    return button("All good", "section_all_good", value, "primary", asking("All good?", text, "Yes, each of them"))
