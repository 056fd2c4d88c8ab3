// Drawing what surrounds the messages: the place's heading and tabs, the app's Home, the thread's heading, the address and title.

import { h, icon, avatar } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { isAppDm } from "./sidebar.js";

/** "#hilltop-main", "shiftbot" or "Home". */
export function placeName(page, place = page.place) {
  if (place.kind === "home") return "Home";
  const channel = page.channels.find((one) => one.id === place.id);
  if (!channel) return "";
  if (isAppDm(channel, page.bot)) return page.bot.name;
  return channel.kind === "im" ? channel.name : `#${channel.name}`;
}

/** The heading of the place: a channel's name, or the app with its two tabs. */
export function drawHead(host, page) {
  const channel = page.channels.find((one) => one.id === page.place.id);
  const isApp = page.place.kind === "home" || (channel && isAppDm(channel, page.bot));
  if (isApp) return host.replaceChildren(...appHead(page));
  host.replaceChildren(
    h("h1", {}, icon(channel?.kind === "im" ? "chat" : "hash", 19), channel?.name || ""),
    h("span", { class: "place-note" }, channel?.topic || ""),
  );
}

function appHead(page) {
  const direct = page.channels.find((channel) => isAppDm(channel, page.bot));
  const isHome = page.place.kind === "home";
  const tab = (label, testid, isHere, place) =>
    h(
      "button",
      { type: "button", role: "tab", "aria-selected": String(isHere), testid, on: { click: () => page.open(place) } },
      label,
    );
  const tabs = [
    tab("Home", "tab-home", isHome, { kind: "home" }),
    direct && tab("Messages", "tab-messages", !isHome, { kind: "channel", id: direct.id }),
  ];
  const name = h("h1", {}, avatar(page.bot, 26), page.bot.name, h("span", { class: "app-badge" }, "APP"));
  return [name, h("div", { class: "tabs", role: "tablist", "aria-label": page.bot.name }, tabs.filter(Boolean))];
}

/** The app's Home for this person; drawn again only when it changed. Returns the node that is shown. */
export function drawHome(host, page, shown) {
  const stamp = JSON.stringify([page.me, page.home?.hash, page.home?.blocks]);
  if (shown?.isConnected && shown.stamp === stamp) return shown;
  shown?.remove();
  const empty = h("p", { class: "empty" }, `${page.bot.name} has not made a Home for you yet.`);
  const node = h(
    "div",
    { class: "home-view", testid: "home-view" },
    page.home ? renderBlocks(page.home.blocks, page.contextFor({ kind: "home" })) : empty,
  );
  node.stamp = stamp;
  host.append(node);
  return node;
}

export function drawThreadHead(host, page) {
  const close = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Close the thread",
      testid: "thread-close",
      on: { click: () => page.closeThread() },
    },
    icon("close"),
  );
  host.replaceChildren(
    h(
      "h2",
      {},
      "Thread",
      h("span", { class: "place-note" }, placeName(page, { kind: "channel", id: page.thread.channel })),
    ),
    close,
  );
}

/** What stands at the very top of a conversation. */
export function intro(page) {
  const name = placeName(page);
  const words = name.startsWith("#")
    ? "This is the very beginning of the channel."
    : `This is the beginning of your messages with ${name}.`;
  return [h("h2", {}, name), h("p", {}, words)];
}

/** Keep the address (?as=…&in=…) and the title in step, so that a reload or a shared address comes back here. */
export function remember(page) {
  const address = new URL(location.href);
  address.searchParams.set("as", page.me);
  address.searchParams.set("in", page.place.kind === "home" ? "home" : page.place.id);
  history.replaceState(null, "", address);
  const me = page.people.find((person) => person.id === page.me);
  document.title = `${me?.name} · ${placeName(page)}`;
}

/** The place that `?in=` names, or null. */
export function placeFrom(word) {
  if (!word) return null;
  return word === "home" ? { kind: "home" } : { kind: "channel", id: word };
}
