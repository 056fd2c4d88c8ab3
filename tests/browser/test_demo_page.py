"""The page, as a newcomer uses it: tick, type, fill in a form, switch person, leave a door open."""

from datetime import time

from playwright.sync_api import Locator, Page, expect

from shiftbot.demo.stage import Stage


def card(page: Page, title: str) -> Locator:
    """The newest message in the channel that shows a checklist."""
    return page.locator("[data-testid^='message-']").filter(has_text=title).last


def open_thread(page: Page, title: str) -> None:
    shown = card(page, title)
    shown.hover()
    shown.locator("[data-testid^='reply-']").click()
    expect(page.get_by_test_id("thread-composer")).to_be_visible()


def reply(page: Page, text: str) -> None:
    page.get_by_test_id("thread-composer").fill(text)
    page.get_by_test_id("thread-composer").press("Enter")


def test_a_line_is_ticked_by_its_button(page: Page) -> None:
    opening = card(page, "Opening checklist")
    expect(opening).to_contain_text("0 of 29")
    opening.get_by_test_id("action-item_done").first.click()
    expect(opening).to_contain_text("1 of 29")
    expect(opening).to_contain_text("Ben O. 07:20")


def test_a_typed_reply_is_answered_in_the_thread(page: Page) -> None:
    open_thread(page, "Opening checklist")
    thread = page.get_by_test_id("thread")
    reply(page, "1-2 done")
    expect(thread).to_contain_text("done: 1. Outside looks right, two people here")
    expect(card(page, "Opening checklist")).to_contain_text("2 of 29")
    reply(page, "camras ok")
    expect(thread).to_contain_text("Did you mean")


def test_a_pharmacists_line_refuses_ben_and_takes_amira(page: Page) -> None:
    card(page, "Opening checklist").get_by_test_id("action-item_done").last.click()
    expect(page.get_by_text("is for a pharmacist to do").first).to_be_visible()
    page.get_by_test_id("person-U0AMIRA").click()
    expect(page.get_by_text("is for a pharmacist to do")).to_have_count(0)
    card(page, "Opening checklist").get_by_test_id("action-item_done").last.click()
    expect(card(page, "Opening checklist")).to_contain_text("Amira H. 07:20")


def test_the_voicemail_form_is_filled_in(page: Page, stage: Stage) -> None:
    stage.pass_until(stage.local(time(8, 2)))
    card(page, "Voicemail sweep").get_by_test_id("action-item_enter").click()
    modal = page.get_by_test_id("modal")
    modal.get_by_test_id("field-refill").fill("3")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("How old is the oldest message")
    modal.get_by_test_id("field-oldest").fill("40m")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_have_count(0)
    expect(card(page, "Voicemail sweep")).to_contain_text("3 messages (3 refill), oldest 40 min")


def test_a_door_left_open_ends_in_amiras_messages(page: Page, stage: Stage) -> None:
    page.get_by_test_id("demo-door-vaccine-fridge").click()
    expect(page.get_by_test_id("demo-chapter")).to_have_text("The door of the vaccine fridge is open")
    stage.pass_until(stage.local(time(7, 35)))
    expect(page.get_by_test_id("demo-state-vaccine-fridge")).to_have_text("Out of range")
    expect(page.get_by_test_id("demo-chapter")).to_have_text("Vaccine fridge is out of range")
    stage.pass_until(stage.local(time(7, 50)))
    page.goto(f"{stage.emulator.url}/?as=U0AMIRA")
    expect(page.get_by_test_id("person-U0AMIRA")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-testid^='message-']").first).to_be_visible()
    page.locator("[data-testid^='channel-D']").click()
    alert = card(page, "Vaccine fridge is too warm")
    alert.get_by_test_id("action-alert_acknowledge").click()
    expect(alert).to_contain_text("Amira H. has it until 08:20")
    expect(page.get_by_test_id("demo-chapter")).to_have_text("Amira has it: Vaccine fridge is too warm")


def test_the_home_tab_shows_what_is_open_for_me(page: Page) -> None:
    page.get_by_test_id("person-U0AMIRA").click()
    page.get_by_test_id("home").click()
    home = page.get_by_test_id("home-view")
    expect(home).to_contain_text("On duty now: Amira Hassan")
    expect(home).to_contain_text("Opening checklist")
    expect(home).to_contain_text("Vaccine fridge")


def test_the_clock_is_set_going_and_skips_ahead(page: Page, stage: Stage) -> None:
    page.get_by_test_id("demo-pause").click()
    expect(page.get_by_test_id("demo-pause")).to_have_attribute("aria-label", "Pause the clock")
    page.get_by_test_id("demo-pause").click()
    page.get_by_test_id("demo-skip").click()
    page.get_by_test_id("demo-skip-08:00").click()
    stage.pass_until(stage.local(time(8, 0)))
    expect(page.get_by_test_id("demo-clock")).to_have_text("08:00")
