// Where a person types: messages, thread replies, slash commands with their hints, and the app's shortcuts.

import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";

/** Make a composer. `deps` = {testid, placeholder, send(text), commands() -> list, shortcuts() -> list | null, runShortcut(callback_id)} */
export class Composer {
  constructor(deps) {
    this.deps = deps;
    this.field = h("textarea", {
      class: "composer-field",
      rows: 1,
      testid: deps.testid,
      autocomplete: "off",
      "aria-label": deps.placeholder,
      placeholder: deps.placeholder,
    });
    this.hints = h("div", { class: "hints", hidden: true, testid: "command-hints" });
    this.button = h(
      "button",
      {
        type: "submit",
        class: "send",
        "aria-label": "Send",
        title: "Send (Enter)",
        testid: `${deps.testid}-send`,
        disabled: true,
      },
      icon("send", 18),
    );
    this.node = this.form();
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("keydown", (event) => this.key(event));
  }

  form() {
    const form = h(
      "form",
      { class: "composer" },
      this.hints,
      h("div", { class: "composer-box" }, this.field, this.row()),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    return form;
  }

  row() {
    const shortcuts =
      this.deps.shortcuts &&
      h(
        "button",
        { type: "button", class: "composer-tool", testid: "shortcuts", "aria-haspopup": "menu" },
        icon("bolt", 16),
        "Shortcuts",
      );
    shortcuts?.addEventListener("click", () => this.openShortcuts(shortcuts));
    return h(
      "div",
      { class: "composer-row" },
      shortcuts,
      h("span", { class: "composer-note" }, this.deps.note || ""),
      this.button,
    );
  }

  openShortcuts(anchor) {
    const items = this.deps
      .shortcuts()
      .map((one) => ({
        label: one.name,
        hint: one.description,
        testid: `shortcut-${one.callback_id}`,
        onChoose: () => this.deps.runShortcut(one.callback_id),
      }));
    openMenu(
      anchor,
      items.length ? items : [{ label: "shiftbot has no shortcuts yet", onChoose: () => {} }],
      "Shortcuts",
    );
  }

  /** Name the place the next message goes to. */
  label(placeholder) {
    this.field.placeholder = placeholder;
    this.field.setAttribute("aria-label", placeholder);
  }

  get text() {
    return this.field.value;
  }

  set text(value) {
    this.field.value = value;
    this.changed();
  }

  changed() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 160)}px`;
    this.button.disabled = !this.text.trim();
    this.suggest();
  }

  suggest() {
    const typed = this.text;
    const word = typed.split(" ")[0];
    const found = typed.startsWith("/")
      ? this.deps
          .commands()
          .filter((one) => (typed.includes(" ") ? one.command === word : one.command.startsWith(word)))
      : [];
    this.hints.hidden = !found.length;
    this.hints.replaceChildren(
      ...(found.length ? [h("div", { class: "hints-title" }, "Commands of shiftbot")] : []),
      ...found.map((one) => this.hint(one)),
    );
  }

  hint(one) {
    const words = (one.hint || "")
      .replace(/[[\]|]/g, " ")
      .split(/\s+/)
      .filter(Boolean);
    const fill = (text) => () => {
      this.text = text;
      this.field.focus();
    };
    const chips = words.map((word) =>
      h("button", { type: "button", class: "hint-word", on: { click: fill(`${one.command} ${word}`) } }, word),
    );
    return h(
      "div",
      { class: "hint" },
      h("button", { type: "button", class: "hint-command", on: { click: fill(`${one.command} `) } }, one.command),
      one.description && h("span", {}, one.description),
      h("span", { class: "hint-words" }, chips),
    );
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Tab" && !event.shiftKey && !this.hints.hidden && !this.text.includes(" ")) {
      event.preventDefault();
      this.hints.querySelector(".hint-command").click();
    }
  }

  async send() {
    const text = this.text.trim();
    if (!text) return;
    this.text = "";
    const isSent = await this.deps.send(text);
    if (!isSent && !this.text) this.text = text;
  }
}
