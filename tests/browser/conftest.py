"""Debian's Chromium on the demo's page; time passes only when a test says so. An error in the page fails the test."""

from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from shiftbot.demo.serve import build
from shiftbot.demo.stage import Stage, Wishes

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The demo at 07:20, its clock standing still."""
    built = build(Wishes(tmp_path))
    built.start(stagehand=False)
    built.pass_until(built.local(time(7, 20)))
    yield built
    built.stop()


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """The page as a newcomer finds it: they are Ben, in #hilltop-main."""
    troubles: list[str] = []
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    opened.goto(stage.emulator.url)
    opened.get_by_test_id("demo-clock").wait_for()
    yield opened
    opened.close()
    assert troubles == []
