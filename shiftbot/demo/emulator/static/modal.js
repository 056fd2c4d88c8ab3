// The modal stack of the person whose eyes we look through: shows the top view, keeps what was typed, submits, closes.
// It covers the workspace only, never the person switcher or the demo's controls.

import { h, icon, avatar, focusKey } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { withEmoji } from "./emoji.js";

export class ModalStack {
  /** `deps` = {behind (element made inert), app (the bot's avatar), contextFor(where), submit(view, values), dismiss(view, all)} */
  constructor(layer, deps) {
    this.layer = layer;
    this.deps = deps;
    this.typed = new Map(); // view id -> Map of block/action -> value; kept, since a view comes back with its person
    this.errors = new Map(); // view id -> Map of block id -> complaint
    this.shown = null;
    layer.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.close());
    layer.addEventListener("mousedown", (event) => event.target === layer && this.shake());
  }

  /** Show this stack (bottom first); an empty one closes the layer. */
  show(views) {
    this.views = views;
    const top = views.at(-1);
    if (!top) return this.hide();
    const stamp = JSON.stringify([top.id, top.hash, top.title, top.blocks, views.length]);
    if (stamp === this.shown) return;
    const isSame = this.top?.id === top.id;
    this.shown = stamp;
    this.draw(top, isSame);
  }

  hide() {
    const wasOpen = this.top;
    this.top = this.shown = null;
    this.layer.replaceChildren();
    this.layer.hidden = true;
    this.deps.behind.inert = false;
    if (wasOpen) this.opener?.isConnected && this.opener.focus();
  }

  draw(view, keepsFocus) {
    if (!this.top) this.opener = document.activeElement;
    const focused = keepsFocus && focusKey(this.layer);
    this.top = view;
    this.fields = [];
    this.layer.hidden = false;
    this.deps.behind.inert = true;
    this.layer.replaceChildren(this.dialog(view));
    if (focused) this.layer.querySelector(focused)?.focus();
    else this.focusFirst();
  }

  dialog(view) {
    const title = `modal-title-${view.id}`;
    const form = h("form", {
      class: "modal",
      role: "dialog",
      "aria-modal": "true",
      "aria-labelledby": title,
      testid: "modal",
      "data-view-id": view.id,
      "data-callback-id": view.callback_id,
      novalidate: true,
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    form.append(this.head(view, title), h("div", { class: "modal-body" }, this.body(view)), this.foot(view));
    return form;
  }

  head(view, id) {
    const back =
      this.views.length > 1 &&
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Back",
          testid: "modal-back",
          on: { click: () => this.close() },
        },
        icon("back"),
      );
    const close = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Close",
        testid: "modal-close-all",
        on: { click: () => this.closeAll() },
      },
      icon("close"),
    );
    return h(
      "header",
      { class: "modal-head" },
      back || avatar(this.deps.app(), 28),
      h("h2", { id }, withEmoji(view.title?.text || "")),
      close,
    );
  }

  body(view) {
    if (!this.typed.has(view.id)) this.typed.set(view.id, new Map());
    const context = this.deps.contextFor({ kind: "view", view_id: view.id }, () => this.values());
    return renderBlocks(view.blocks, {
      ...context,
      isForm: true,
      values: this.typed.get(view.id),
      errors: this.errors.get(view.id) || new Map(Object.entries(view.errors || {})),
      onControl: (field) => this.fields.push(field),
    });
  }

  foot(view) {
    const problem = h("p", { class: "modal-problem", role: "alert", testid: "modal-problem" });
    const close = h(
      "button",
      { type: "button", class: "button", testid: "modal-close", on: { click: () => this.close() } },
      withEmoji(view.close?.text || (view.submit ? "Cancel" : "Close")),
    );
    const submit =
      view.submit &&
      h("button", { type: "submit", class: "button primary", testid: "modal-submit" }, withEmoji(view.submit.text));
    return h("footer", { class: "modal-foot" }, problem, close, submit);
  }

  focusFirst() {
    const body = this.layer.querySelector(".modal-body");
    const first =
      body.querySelector("[autofocus]") ||
      body.querySelector("input, select, textarea, summary") ||
      this.layer.querySelector(".modal-foot button:last-child");
    first?.focus();
  }

  /** {block_id: {action_id: value}} of every field; null where nothing stands, since a cleared field is an answer too. */
  values() {
    const values = {};
    for (const { block, element, read } of this.fields) (values[block.block_id] ||= {})[element.action_id] = read();
    return values;
  }

  async submit() {
    if (this.isBusy) return;
    const view = this.top;
    this.busy(true);
    const answer = await this.deps.submit(view, this.values());
    this.busy(false);
    if (this.top?.id !== view.id) return;
    if (!answer.ok) return this.problem(`${answer.error || "That did not work"}. What you typed is still here.`);
    const errors = answer.response?.response_action === "errors" ? answer.response.errors : {};
    if (Object.keys(errors).length) this.complain(new Map(Object.entries(errors)));
  }

  busy(isBusy) {
    this.isBusy = isBusy;
    const button = this.layer.querySelector("[data-testid=modal-submit]");
    if (!button) return;
    button.toggleAttribute("disabled", isBusy);
    button.classList.toggle("pending", isBusy);
    this.problem("");
  }

  problem(words) {
    const line = this.layer.querySelector(".modal-problem");
    if (line) line.textContent = words;
  }

  /** Put a complaint under each field, keep what was typed, go to the first one. */
  complain(errors) {
    const values = this.typed.get(this.top.id);
    for (const { block, element, read } of this.fields)
      if (element.type !== "file_input") values.set(`${block.block_id}/${element.action_id}`, read() ?? "");
    this.errors.set(this.top.id, errors);
    this.draw(this.top, false);
    const stray = [...errors].filter(
      ([block]) => !this.layer.querySelector(`[data-testid="error-${CSS.escape(block)}"]`),
    );
    if (stray.length) this.problem(stray.map(([, words]) => words).join(" "));
    this.layer.querySelector(".b-input.wrong :is(input, select, textarea, summary)")?.focus();
  }

  close() {
    if (this.top) this.deps.dismiss(this.top);
  }

  closeAll() {
    if (this.top) this.deps.dismiss(this.top, true);
  }

  shake() {
    this.layer.firstElementChild?.animate(
      [{ transform: "scale(1)" }, { transform: "scale(1.008)" }, { transform: "scale(1)" }],
      160,
    );
  }
}
