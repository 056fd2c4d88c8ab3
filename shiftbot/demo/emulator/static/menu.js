// A menu that drops from a button (overflow menus, shortcuts, message actions) and the question asked before a risky click.

import { h } from "./dom.js";

/** Open a menu at `anchor`. Each item is {label, hint, testid, onChoose} or null for a line. */
export function openMenu(anchor, items, name = "Menu") {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": name, popover: "auto", testid: "menu" });
  const choose = (item) => () => {
    menu.hidePopover();
    item.onChoose();
  };
  menu.append(...items.map((item) => (item ? entry(item, choose(item)) : h("hr", {}))));
  menu.addEventListener("keydown", (event) => moveInside(menu, event));
  menu.addEventListener("toggle", (event) => event.newState === "closed" && closed(menu, anchor));
  document.body.append(menu);
  menu.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  menu.querySelector("button")?.focus();
  return menu;
}

function entry(item, onClick) {
  const attributes = {
    type: "button",
    role: "menuitem",
    class: item.danger ? "menu-item danger" : "menu-item",
    testid: item.testid,
    on: { click: onClick },
  };
  return h("button", attributes, h("span", {}, item.label), item.hint ? h("small", {}, item.hint) : null);
}

function closed(menu, anchor) {
  anchor.setAttribute("aria-expanded", "false");
  if (menu.contains(document.activeElement)) anchor.focus();
  menu.remove();
}

function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + height + 8 < innerHeight;
  const left = Math.min(Math.max(8, box.left), innerWidth - width - 8);
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - height - 4)}px`;
}

function moveInside(menu, event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const buttons = [...menu.querySelectorAll("button")];
  const next = (buttons.indexOf(document.activeElement) + steps[event.key] + buttons.length) % buttons.length;
  buttons[next].focus();
}

/** Ask a Block Kit `confirm` question; resolves to whether the person agreed. `format` renders its text. */
export function ask(question, format) {
  return new Promise((resolve) => {
    const dialog = h("dialog", {
      class: "confirm",
      testid: "confirm",
      "aria-label": question.title?.text || "Are you sure?",
    });
    const close = (answer) => () => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const style = question.style === "danger" ? "button danger" : "button primary";
    dialog.append(
      h("h2", {}, question.title?.text || "Are you sure?"),
      h("p", {}, format(question.text)),
      h(
        "div",
        { class: "confirm-buttons" },
        h(
          "button",
          { type: "button", class: "button", testid: "confirm-no", on: { click: close(false) } },
          question.deny?.text || "Cancel",
        ),
        h(
          "button",
          { type: "button", class: style, testid: "confirm-yes", on: { click: close(true) } },
          question.confirm?.text || "Yes",
        ),
      ),
    );
    dialog.addEventListener("cancel", close(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
