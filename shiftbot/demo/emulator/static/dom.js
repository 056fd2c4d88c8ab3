// Making elements and icons without ever touching innerHTML: text from Slack messages is only ever a text node.
// Knows nothing of messages, people or the demo.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. `on` takes listeners, `testid` the name browser tests use; null, false and undefined are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  apply(node, attributes);
  node.append(...children.flat(Infinity).filter(isShown));
  return node;
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  apply(node, attributes);
  node.append(...children.flat(Infinity).filter(isShown));
  return node;
}

function isShown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

function apply(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "testid") node.setAttribute("data-testid", value);
    else if (name === "value" && "value" in node) node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
}

/** Only http, https and mailto may become links; a message can carry any text as an address. */
export function safeAddress(address) {
  try {
    const url = new URL(address, location.href);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// Stroke paths on a 24 x 24 grid, drawn for this page.
const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  home: "M4 11.5 12 4l8 7.5M6.5 10v9.5h11V10M10 19.5v-5h4v5",
  chat: "M4 5.5h16v11H11l-4.5 3.5v-3.5H4z",
  reply: "M4 5.5h16v11H11l-4.5 3.5v-3.5H4zM8 9.5h8M8 12.5h5",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  smile:
    "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14c1 1.5 2.2 2.2 3.5 2.2s2.5-.7 3.5-2.2M9.2 9.5h.01M14.8 9.5h.01",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14.5 5.5 8 12l6.5 6.5",
  send: "M4 4.5 20.5 12 4 19.5 6.5 12zM6.5 12h7",
  bolt: "M13 3 5.5 13.5H11L10 21l7.5-10.5H12z",
  down: "M6 9.5l6 6 6-6",
  up: "M6 14.5l6-6 6 6",
  arrow: "M12 5v14M6 13l6 6 6-6",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  play: "M8 5l11 7-11 7z",
  skip: "M5 5.5l8.5 6.5L5 18.5zM18 5.5v13",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warn: "M12 4 21 19.5H3zM12 10v4.5M12 17.2h.01",
  mute: "M4 4l16 16M8 8.5a6 6 0 0 0-.5 6.5M5 5.5a10 10 0 0 0-.7 12M16.2 9a6 6 0 0 1 .7 5M19 6a10 10 0 0 1 1 11M12 12h.01",
  signal:
    "M8 8.5a5.5 5.5 0 0 0 0 7M5 5.8a9.5 9.5 0 0 0 0 12.4M16 8.5a5.5 5.5 0 0 1 0 7M19 5.8a9.5 9.5 0 0 1 0 12.4M12 12h.01",
  door: "M6 20.5V4h9v16.5M3.5 20.5h17M12 12.5h.01M15 6.5l3.5 1.5v12.5",
  flood:
    "M12 3.5v9M8 9l4 4 4-4M3.5 17c1.5-1.3 3-1.3 4.3 0s2.9 1.3 4.2 0 2.9-1.3 4.2 0 2.8 1.3 4.3 0M3.5 20.7c1.5-1.3 3-1.3 4.3 0s2.9 1.3 4.2 0 2.9-1.3 4.2 0 2.8 1.3 4.3 0",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  clip: "M8 5H6v15.5h12V5h-2M9 3.5h6V7H9zM9 13.5l2.2 2.2L15.5 11",
  file: "M7 3.5h7l4 4v13H7zM14 3.5v4h4M10 12h5M10 15.5h5",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  lightbulb: "M9 17.5h6M10 20.5h4M8.8 14.5A6 6 0 1 1 15.2 14.5c-.4.4-.7 1-.7 1.5h-5c0-.5-.3-1.1-.7-1.5z",
};

/** A line icon, hidden from screen readers: the control around it carries the words. */
export function icon(name, size = 18) {
  return s(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name] }),
  );
}

/** A rounded square with initials; the app has a drawing of a clipboard instead. */
export function avatar(person, size = 36) {
  const style = `--avatar: ${person.color || "#54636b"}; width: ${size}px; height: ${size}px; font-size: ${Math.round(size * 0.39)}px`;
  const face = person.isApp ? icon("clip", Math.round(size * 0.66)) : initials(person.name);
  return h("span", { class: person.isApp ? "avatar app" : "avatar", style, "aria-hidden": "true" }, face);
}

function initials(name) {
  const words = (name || "?").trim().split(/\s+/);
  return (words[0][0] + (words.length > 1 ? words[words.length - 1][0] : "")).toUpperCase();
}

/** Redraw a part of the page only when `stamp` (anything JSON takes) changed, and give the focus back to where it was. */
export function redraw(host, stamp, make) {
  const now = JSON.stringify(stamp);
  if (host.stamp === now) return;
  host.stamp = now;
  const focused = focusKey(host);
  host.replaceChildren(...make());
  if (focused) host.querySelector(focused)?.focus({ preventScroll: true });
}

/** A selector that finds the focused control again after a redraw. */
export function focusKey(container) {
  const focused = document.activeElement;
  if (!focused || !container.contains(focused)) return null;
  const [test, block, value] = ["data-testid", "data-block-id", "data-value"].map((name) => focused.getAttribute(name));
  if (!test) return null;
  const also = (name, wanted) => (wanted === null ? "" : `[${name}="${CSS.escape(wanted)}"]`);
  return `[data-testid="${CSS.escape(test)}"]${also("data-block-id", block)}${also("data-value", value)}`;
}
