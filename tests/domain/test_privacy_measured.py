"""How well the guard tells patient information from a pharmacy's own words, on lines labelled by hand.

`pytest -s` prints precision and recall. The lines are in privacy_lines.txt; see its head for where they come from.
"""

from collections import Counter
from pathlib import Path

import pytest

from shiftbot.domain.privacy import patient_information

LINES = Path(__file__).with_name("privacy_lines.txt")

CLASSES = {
    "ssn": "a social security number",
    "phone": "a phone number",
    "email": "an e-mail address",
    "birth": "a date of birth",
    "number": "a prescription or record number",
    "name": "a patient's name",
    "address": "a street address",
}

STRUCTURED = ("ssn", "phone", "email", "birth", "number")
"""Identifiers with a form of their own, which the guard must hardly ever miss."""


def labelled() -> list[tuple[str, str]]:
    lines = (line for line in LINES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return [(label, text) for label, _, text in (line.partition(" | ") for line in lines)]


def test_the_set_is_large_and_about_half_of_it_innocent() -> None:
    labels = Counter(label for label, _ in labelled())
    assert labels.keys() == {*CLASSES, "innocent"}
    assert labels.total() >= 300
    assert labels["innocent"] >= labels.total() * 0.45


def test_identifiers_are_found_and_innocent_notes_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures that the guard is held to: at least 0.97 of structured identifiers, at most 2 % of innocent lines."""
    lines = labelled()
    found = {text: patient_information(text) for _, text in lines}
    identifying = [(label, text) for label, text in lines if label != "innocent"]
    structured = [text for label, text in identifying if label in STRUCTURED]
    innocent = [text for label, text in lines if label == "innocent"]
    refused = [text for text in innocent if found[text]]
    missed = [text for text in structured if not found[text]]
    caught = [text for _, text in identifying if found[text]]
    recall, precision = 1 - len(missed) / len(structured), len(caught) / (len(caught) + len(refused))
    figures = (
        f"privacy guard: {len(lines)} lines, precision {precision:.3f}, recall {len(caught) / len(identifying):.3f}"
        f" (structured identifiers {recall:.3f}), innocent lines refused {len(refused) / len(innocent):.1%}"
    )
    with capsys.disabled():
        print(f"\n{figures}")  # noqa: T201  the figures are what this test is run for
    assert recall >= 0.97, missed
    assert len(refused) <= 0.02 * len(innocent), refused


@pytest.mark.parametrize("label", CLASSES)
def test_most_of_each_class_is_named_as_what_it_is(label: str) -> None:
    """Advice on how to write it instead must fit what was written."""
    texts = [text for each, text in labelled() if each == label]
    named = [text for text in texts if (found := patient_information(text)) and found[0] == CLASSES[label]]
    assert len(named) >= 0.85 * len(texts), sorted(set(texts) - set(named))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("again", ["a", "1-", "1 ", "a@", "Mr ", "12 Main ", "born ", "rx ", "Pt A. ", "(212) "])
def test_a_long_message_does_not_hold_up_the_bot(again: str) -> None:
    """Slack takes 40,000 characters; a pattern that looks back over all of them again and again would take minutes."""
    found = patient_information("- " + again * (40_000 // len(again)))
    assert (found is None) == (again not in ("Mr ", "Pt A. "))
