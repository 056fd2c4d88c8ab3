// Who I am and where I am: the person switcher at the top, the channels, the app and its Home at the left.

import { h, icon, avatar, redraw } from "./dom.js";

/** Draw the person switcher. `onBecome(id)` is one click. */
export function drawPeople(host, people, me, onBecome) {
  redraw(host, [people, me], () => people.map((person) => personButton(person, person.id === me, onBecome)));
}

function personButton(person, isMe, onBecome) {
  const label = isMe
    ? `You are ${person.name}, ${person.title}`
    : `Be ${person.name}, ${person.title}${person.unread ? `, ${person.unread} unread` : ""}`;
  return h(
    "button",
    {
      type: "button",
      class: isMe ? "person me" : "person",
      "aria-pressed": String(isMe),
      "aria-label": label,
      title: label,
      testid: `person-${person.id}`,
      on: { click: () => onBecome(person.id) },
    },
    avatar(person, 30),
    h(
      "span",
      { class: "person-words" },
      h(
        "span",
        { class: "person-name" },
        isMe ? h("span", { class: "you-are" }, "You are ") : null,
        isMe ? person.name : person.name.split(" ")[0],
      ),
      h("span", { class: "person-title" }, person.title),
    ),
    !isMe && badge(person.unread, `unread-${person.id}`),
  );
}

function badge(count, testid) {
  return count
    ? h("span", { class: "badge", testid, "aria-hidden": "true" }, count > 99 ? "99+" : String(count))
    : null;
}

/** Draw channels, direct messages and the app. `open(place)` goes there; a place is {kind: "home"} or {kind: "channel", id}. */
export function drawSidebar(host, { channels, place, bot, open }) {
  const isHere = (id) => place.kind === "channel" && place.id === id;
  const entry = (channel) =>
    placeButton(channelLook(channel, bot), isHere(channel.id), () => open({ kind: "channel", id: channel.id }));
  const direct = channels.filter((channel) => channel.kind === "im");
  const home = { name: "Home", hint: "What is open for you, now", face: icon("home", 18), testid: "home" };
  const seen = channels.map((channel) => [channel.id, channel.name, channel.kind, channel.unread]);
  redraw(host, [seen, place, bot.name], () => [
    group("Channels", channels.filter((channel) => channel.kind !== "im").map(entry)),
    group("Direct messages", direct.filter((channel) => !isAppDm(channel, bot)).map(entry)),
    group(
      "Apps",
      [
        placeButton(home, place.kind === "home", () => open({ kind: "home" })),
        ...direct.filter((channel) => isAppDm(channel, bot)).map(entry),
      ],
      bot.name,
    ),
  ]);
}

/** Is this the direct-message channel with the app? */
export function isAppDm(channel, bot) {
  return channel.kind === "im" && [bot.name, bot.id, undefined, ""].includes(channel.name);
}

function channelLook(channel, bot) {
  const shared = { testid: `channel-${channel.id}`, unread: channel.unread };
  if (isAppDm(channel, bot))
    return {
      ...shared,
      name: "Messages",
      hint: `Direct messages with ${bot.name}`,
      face: icon("chat", 18),
      loud: true,
    };
  return {
    ...shared,
    name: channel.name,
    face: channel.kind === "im" ? icon("chat", 18) : icon("hash", 17),
    loud: channel.kind === "im",
  };
}

function group(title, entries, appName) {
  if (!entries.length) return "";
  const name = appName ? h("span", { class: "app-name" }, avatar({ isApp: true, name: appName }, 20), appName) : title;
  return h(
    "section",
    { class: "side-group", "aria-label": appName || title },
    h("h2", {}, name),
    h(
      "ul",
      {},
      entries.map((one) => h("li", {}, one)),
    ),
  );
}

function placeButton(look, isHere, onOpen) {
  const classes = ["place", isHere && "here", look.unread && !isHere && "unread"].filter(Boolean).join(" ");
  return h(
    "button",
    {
      type: "button",
      class: classes,
      "aria-current": isHere ? "page" : null,
      title: look.hint,
      testid: look.testid,
      on: { click: onOpen },
    },
    look.face,
    h("span", { class: "place-name" }, look.name),
    isHere ? null : badge(look.unread, `unread-${look.testid}`),
  );
}
