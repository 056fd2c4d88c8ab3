// Short messages at the corner: what went wrong, and who else got a message. Announced to screen readers.

import { h, icon, avatar } from "./dom.js";

const SHOWN_MS = 8000;
const MOST = 3;

function show(host, node) {
  const close = () => node.remove();
  node.append(
    h(
      "button",
      { type: "button", class: "toast-close", "aria-label": "Dismiss", on: { click: close } },
      icon("close", 14),
    ),
  );
  host.append(node);
  while (host.children.length > MOST) host.firstElementChild.remove();
  setTimeout(close, SHOWN_MS);
}

/** Say that something did not work. */
export function complain(host, words) {
  show(
    host,
    h(
      "div",
      { class: "toast error", role: "alert", testid: "toast-error" },
      icon("warn", 18),
      h("span", { class: "toast-words" }, words),
    ),
  );
}

/** Say that somebody else got a direct message, with a button to become that person. One toast a person. */
export function tell(host, person, words, onSwitch) {
  host.querySelector(`[data-person="${person.id}"]`)?.remove();
  const first = person.name.split(" ")[0];
  const node = h("div", { class: "toast", role: "status", "data-person": person.id, testid: `toast-${person.id}` });
  const change = () => {
    node.remove();
    onSwitch();
  };
  node.append(
    avatar(person, 32),
    h(
      "span",
      { class: "toast-words" },
      h("strong", {}, `${first} got a message`),
      words ? h("span", { class: "toast-preview" }, words) : null,
    ),
    h(
      "button",
      { type: "button", class: "button small", testid: `switch-${person.id}`, on: { click: change } },
      `Be ${first}`,
    ),
  );
  show(host, node);
}
