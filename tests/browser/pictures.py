"""`python -m tests.browser.pictures FOLDER`: the pictures in docs/, taken of the demo's page as its day is played."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, sync_playwright

from shiftbot.demo.serve import build
from shiftbot.demo.stage import Stage, Wishes
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.test_demo_page import card, open_thread, reply

COLOURS = 200
"""A palette of so many keeps a picture under 300 kB, and shows no difference."""

GAP = 16
WIDEST = 812
USUAL: ViewportSize = {"width": 1440, "height": 1000}
TALL: ViewportSize = {"width": 1440, "height": 2600}
PAPER = (236, 236, 238)


class Pictures:
    """The page, whoever looks at it, and where pictures of it go."""

    def __init__(self, page: Page, stage: Stage, folder: Path) -> None:
        self.page = page
        self.stage = stage
        self.folder = folder

    def at(self, clock: str) -> None:
        """Let the day be played until then."""
        self.stage.pass_until(self.stage.local(time.fromisoformat(clock)))
        self.page.wait_for_timeout(600)

    def be(self, slack_id: str) -> None:
        """Look as somebody else, at the channel."""
        self.page.goto(f"{self.stage.emulator.url}/?as={slack_id}")
        self.page.get_by_test_id("demo-clock").wait_for()
        self.page.wait_for_timeout(600)

    def card(self, title: str) -> bytes:
        """The newest card of that title, on a page as high as it needs."""
        page = self.page
        page.set_viewport_size(TALL)
        shown = card(page, title)
        shown.scroll_into_view_if_needed()
        page.mouse.move(5, 5)
        page.wait_for_timeout(400)
        taken = shown.screenshot()
        page.set_viewport_size(USUAL)
        return taken

    def keep(self, name: str, *shots: bytes) -> None:
        """Pictures side by side as one file; what is right of a card is empty and left out."""
        images = [Image.open(BytesIO(shot)).convert("RGB") for shot in shots]
        images = [image.crop((0, 0, min(image.width, WIDEST), image.height)) for image in images]
        wide = sum(image.width for image in images) + GAP * (len(images) - 1)
        whole = Image.new("RGB", (wide, max(image.height for image in images)), PAPER)
        left = 0
        for image in images:
            whole.paste(image, (left, 0))
            left += image.width + GAP
        whole.quantize(COLOURS).save(self.folder / f"{name}.png", optimize=True)

    def whole(self, name: str) -> None:
        """The whole page."""
        Image.open(BytesIO(self.page.screenshot())).convert("RGB").quantize(COLOURS).save(
            self.folder / f"{name}.png", optimize=True
        )

    def home(self, slack_id: str) -> bytes:
        """Somebody's Home tab."""
        self.be(slack_id)
        self.page.get_by_test_id("home").click()
        shown = self.page.get_by_test_id("home-view")
        shown.wait_for()
        self.page.set_viewport_size(TALL)
        self.page.wait_for_timeout(1200)
        taken = shown.screenshot()
        self.page.set_viewport_size(USUAL)
        return taken

    def modal(self, opener: Locator) -> bytes:
        """The form that a button opens; it is left open."""
        opener.click()
        self.page.get_by_test_id("modal").wait_for()
        self.page.set_viewport_size(TALL)
        self.page.wait_for_timeout(400)
        taken = self.page.get_by_test_id("modal").screenshot()
        self.page.set_viewport_size(USUAL)
        return taken


def morning(pictures: Pictures) -> None:
    """The opening card with what was left, its thread, and what Ben finds on his Home tab."""
    page = pictures.page
    pictures.at("07:15")
    pictures.be("U0BEN")
    pictures.keep("card", pictures.card("Opening checklist"))
    pictures.at("07:22")
    open_thread(page, "Opening checklist")
    for words in ("vaccine fridge 41", "vaccine fridge 38 to 43", "room 71; humidity 44", "messges ok", "alarm ok"):
        reply(page, words)
        page.wait_for_timeout(900)
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    pictures.keep("thread", page.get_by_test_id("thread").screenshot())
    pictures.whole("demo")
    pictures.keep("home-technician", pictures.home("U0BEN"))


def forms(pictures: Pictures) -> None:
    """A pair of temperatures where a sensor says nothing, messages counted by kind, a signature."""
    page, stage = pictures.page, pictures.stage
    stage.autopilot.is_on = False
    stage.silence("insulin-fridge", is_silent=True)
    pictures.at("08:02")
    pictures.be("U0BEN")
    # A card is drawn anew when somebody answers: only then does it ask for what the sensor does not say.
    card(page, "Opening checklist").get_by_test_id("action-item_done").first.click()
    page.wait_for_timeout(1500)
    row = card(page, "Opening checklist").locator("[data-testid='action-item_enter']")
    pair = pictures.modal(row.nth(1))
    page.keyboard.press("Escape")
    counted = pictures.modal(card(page, "Voicemail sweep").get_by_test_id("action-item_enter"))
    page.keyboard.press("Escape")
    pictures.be("U0AMIRA")
    signed = pictures.modal(card(page, "Controlled-substance security").get_by_test_id("action-line_sign"))
    pictures.keep("forms", pair, counted, signed)


def midday(pictures: Pictures) -> None:
    """What the manager and the pharmacist find on their Home tabs while something waits for them."""
    pictures.at("11:15")
    pictures.keep("home-manager", pictures.home("U0MORGAN"))
    pictures.at("12:07")
    pictures.be("U0BEN")
    pictures.keep("conditional", pictures.card("Midday checklist"))
    pictures.at("13:45")
    pictures.keep("home-pharmacist", pictures.home("U0AMIRA"))


def evening(pictures: Pictures) -> None:
    """The form of the hand-over note with what is open, and the note as the next shift finds it."""
    page = pictures.page
    pictures.at("19:55")
    pictures.be("U0AMIRA")
    form = pictures.modal(card(page, "Closing checklist").get_by_test_id("action-hand_over_write"))
    page.keyboard.press("Escape")
    pictures.at("19:58")
    pictures.be("U0BEN")
    pictures.keep("hand-over", form, pictures.card("Hand-over"))


DAYS: tuple[tuple[Callable[[Pictures], None], ...], ...] = ((forms,), (morning, midday, evening))
"""What is taken of one day each."""


@contextmanager
def played() -> Iterator[Stage]:
    """The demo's stage under autopilot."""
    with TemporaryDirectory() as home:
        stage = build(Wishes(Path(home), autopilot=True))
        stage.start(stagehand=False)
        try:
            yield stage
        finally:
            stage.stop()


def main() -> None:
    """Take them all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for scenes in DAYS:
            with played() as stage:
                page = browser.new_page(viewport=USUAL)
                for scene in scenes:
                    scene(Pictures(page, stage, folder))
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
