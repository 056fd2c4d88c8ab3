// A list of messages, in a channel or a thread: who said what when, replies, reactions, the day dividers.
// Redraws only what changed, so that focus, scroll and open menus survive a card being edited in place.

import { h, icon, avatar, focusKey, safeAddress } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { ago, dayKey, dayName, inFull, lately, time } from "./clock.js";
import { emojiFor } from "./emoji.js";
import { enteredIn } from "./inputs.js";
import { isOnlyEmoji } from "./markdown.js";
import { mrkdwn } from "./mrkdwn.js";

const TOGETHER_SECONDS = 5 * 60; // messages of one author this close share one name and picture
const NEAR_BOTTOM_PX = 120;

export class MessageList {
  /** `deps` = {contextFor(where), personFor(message), nameOf(user), me(), openThread(ts), react(message, name), menu(anchor, message), isThread, onBehind(bool)} */
  constructor(scroller, deps) {
    this.scroller = scroller;
    this.list = h("ol", { class: "messages", role: "log", "aria-label": deps.isThread ? "Replies" : "Messages" });
    this.deps = deps;
    scroller.append(this.list);
    this.list.addEventListener("keydown", (event) => this.walk(event));
    scroller.addEventListener("scroll", () => this.isAtBottom() && deps.onBehind?.(false));
  }

  isAtBottom() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_BOTTOM_PX;
  }

  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.deps.onBehind?.(false);
  }

  /** The end of the newest message; its beginning when it is taller than the pane, as a long checklist is. */
  toNewest() {
    this.toBottom();
    const newest = this.list.lastElementChild;
    if (!newest || newest.offsetHeight <= this.scroller.clientHeight) return;
    newest.scrollIntoView({ block: "start" });
    this.restsAt = this.scroller.scrollTop;
  }

  /** Whether nobody has scrolled away from the beginning of a tall newest message. */
  isAtRest() {
    return this.restsAt !== undefined && Math.abs(this.scroller.scrollTop - this.restsAt) < 2;
  }

  /** One message is in the tab order; the arrow keys go from message to message. */
  walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.classList.contains("message")) return;
    event.preventDefault();
    const all = [...this.list.querySelectorAll(".message")];
    this.offer(all[all.indexOf(event.target) + step])?.focus();
  }

  offer(message) {
    if (!message) return null;
    for (const other of this.list.querySelectorAll('.message[tabindex="0"]')) other.tabIndex = -1;
    message.tabIndex = 0;
    return message;
  }

  /** Show these messages. `fresh` means another place than before: start at the end, flash nothing. */
  show(messages, { fresh = false, newAfter = null, intro = null } = {}) {
    const followed = fresh || this.isAtBottom();
    const rested = this.isAtRest();
    const before = this.list.lastElementChild?.dataset.key;
    if (fresh) this.list.replaceChildren();
    const focused = focusKey(this.list);
    this.reconcile(this.rows(messages, newAfter, intro), fresh);
    if (focused && !this.list.contains(document.activeElement))
      this.list.querySelector(focused)?.focus({ preventScroll: true });
    if (!this.list.querySelector('.message[tabindex="0"]'))
      this.offer([...this.list.querySelectorAll(".message")].at(-1));
    const after = this.list.lastElementChild?.dataset.key;
    if (fresh || (before !== after && (followed || rested))) this.toNewest();
    else if (followed && !rested) this.toBottom();
    else if (before !== after) this.deps.onBehind?.(true);
  }

  rows(messages, newAfter, intro) {
    const rows = intro ? [{ key: "intro", stamp: "intro", make: () => h("li", { class: "intro" }, intro()) }] : [];
    let previous = null;
    for (const message of messages) {
      const isNewDay = !this.deps.isThread && dayKey(message.ts) !== (previous && dayKey(previous.ts));
      if (isNewDay)
        rows.push({
          key: `day-${dayKey(message.ts)}`,
          stamp: dayName(message.ts),
          make: () => divider("day", dayName(message.ts)),
        });
      const isFirstNew = newAfter && previous && previous.ts <= newAfter && message.ts > newAfter;
      if (isFirstNew) rows.push({ key: "new", stamp: newAfter, make: () => divider("new", "New") });
      rows.push(this.row(message, !isNewDay && !isFirstNew && goTogether(previous, message)));
      if (this.deps.isThread && message === messages[0]) rows.push(repliesRow(messages.length - 1));
      previous = message;
    }
    return rows;
  }

  row(message, together) {
    const stamp = JSON.stringify([
      message,
      together,
      message.latest_reply && ago(message.latest_reply),
      dayName(message.ts),
    ]);
    return {
      key: `${message.ts}${message.ephemeral ? "e" : ""}`,
      stamp,
      shown: JSON.stringify([message.text, message.blocks]),
      make: () => this.message(message, together),
    };
  }

  reconcile(rows, fresh) {
    const old = new Map([...this.list.children].map((node) => [node.dataset.key, node]));
    let cursor = this.list.firstElementChild;
    for (const row of rows) {
      const node = this.nodeFor(row, old.get(row.key), fresh);
      if (node === cursor) cursor = cursor.nextElementSibling;
      else this.list.insertBefore(node, cursor);
      old.delete(row.key);
      if (node.replaced) {
        if (cursor === node.replaced) cursor = cursor.nextElementSibling;
        node.replaced.remove();
        node.replaced = null;
      }
    }
    for (const node of old.values()) node.remove();
  }

  nodeFor(row, existing, fresh) {
    if (existing && existing.stamp === row.stamp) return existing;
    const node = row.make();
    node.dataset.key = row.key;
    node.stamp = row.stamp;
    node.shown = row.shown;
    if (existing) node.replaced = existing;
    if (existing && row.shown && existing.shown !== row.shown) node.classList.add("changed");
    else if (!existing && !fresh && row.shown) node.classList.add("arrived");
    return node;
  }

  message(message, together) {
    const person = this.deps.personFor(message);
    const classes = ["message", together && "together", message.ephemeral && "ephemeral"].filter(Boolean).join(" ");
    return h(
      "li",
      {
        class: classes,
        testid: `message-${message.ts}`,
        "data-user": message.user,
        "data-ephemeral": message.ephemeral ? "true" : null,
        tabindex: "-1",
      },
      message.ephemeral && h("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
      h(
        "div",
        { class: "gutter" },
        together ? h("time", { class: "hover-time", title: inFull(message.ts) }, time(message.ts)) : avatar(person, 36),
      ),
      h(
        "div",
        { class: "message-main" },
        together ? null : this.byline(message, person),
        this.content(message),
        this.reactions(message),
        this.replies(message),
      ),
      message.ephemeral ? null : this.tools(message),
    );
  }

  byline(message, person) {
    return h(
      "div",
      { class: "byline" },
      h("span", { class: "author" }, person.name),
      person.isApp && h("span", { class: "app-badge" }, "APP"),
      h("time", { class: "stamp", title: inFull(message.ts) }, time(message.ts)),
      message.edited && message.blocks?.length ? editedMark() : null,
    );
  }

  content(message) {
    const context = {
      ...this.deps.contextFor({ kind: "message", channel: message.channel, ts: message.ts }),
      values: enteredIn(message.state),
    };
    const blocks = message.blocks?.length ? renderBlocks(message.blocks, context) : null;
    const words =
      !blocks &&
      h(
        "div",
        { class: isOnlyEmoji(message.text) ? "plain large" : "plain" },
        mrkdwn(message.text, context.names),
        message.edited ? [" ", editedMark()] : null,
      );
    const body = blocks ? h("div", { class: isCard(message.blocks) ? "blocks card" : "blocks" }, blocks) : words;
    return [body, (message.attachments || []).map((one) => attachment(one, context)), files(message.files)];
  }

  reactions(message) {
    if (!message.reactions?.length) return null;
    const pill = ({ name, users }) => {
      const isMine = users.includes(this.deps.me());
      const who = users.map((user) => this.deps.nameOf(user)).join(", ");
      const attributes = {
        type: "button",
        class: isMine ? "reaction mine" : "reaction",
        title: `${who} reacted with :${name}:`,
        "aria-pressed": String(isMine),
        testid: `reaction-${name}`,
      };
      return h(
        "button",
        { ...attributes, on: { click: () => this.deps.react(message, name) } },
        h("span", { class: "emoji" }, emojiFor(name) || `:${name}:`),
        String(users.length),
      );
    };
    return h("div", { class: "reactions" }, message.reactions.map(pill));
  }

  replies(message) {
    if (this.deps.isThread || !message.reply_count) return null;
    const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
    const last = message.latest_reply
      ? h("span", { class: "last-reply" }, `Last reply ${lately(message.latest_reply)}`)
      : null;
    const users = (message.reply_users || []).slice(0, 4).map((user) => avatar(this.deps.personFor({ user }), 20));
    return h(
      "button",
      {
        type: "button",
        class: "thread-link",
        testid: `thread-${message.ts}`,
        on: { click: () => this.deps.openThread(message.ts) },
      },
      users.length ? users : icon("reply", 16),
      h("strong", {}, count),
      last,
    );
  }

  tools(message) {
    const tool = (name, label, testid, onClick) =>
      h(
        "button",
        { type: "button", class: "tool", "aria-label": label, title: label, testid, on: { click: onClick } },
        icon(name, 17),
      );
    const quick = (name) =>
      h(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": `React with ${name}`,
          title: `:${name}:`,
          on: { click: () => this.deps.react(message, name) },
        },
        emojiFor(name),
      );
    const more = tool("more", "More actions", `more-${message.ts}`, () => this.deps.menu(more, message));
    const reply =
      !this.deps.isThread &&
      tool("reply", "Reply in thread", `reply-${message.ts}`, () => this.deps.openThread(message.ts));
    return h("div", { class: "tools" }, quick("+1"), quick("white_check_mark"), quick("eyes"), reply, more);
  }
}

function editedMark() {
  return h("span", { class: "edited", title: "This message was edited in place" }, "(edited)");
}

function repliesRow(count) {
  const words = count === 1 ? "1 reply" : `${count} replies`;
  return { key: "replies", stamp: words, make: () => divider("count", count ? words : "No replies yet") };
}

function divider(kind, words) {
  return h("li", { class: `day-divider ${kind}`, role: "separator" }, h("span", {}, words));
}

function goTogether(previous, message) {
  if (!previous || previous.user !== message.user || previous.ephemeral || message.ephemeral) return false;
  if (previous.blocks?.length || message.blocks?.length || previous.reply_count) return false;
  return message.ts - previous.ts < TOGETHER_SECONDS;
}

/** Messages with a heading, buttons or choices get a frame: they are cards, not talk. */
function isCard(blocks) {
  return blocks.some(
    (block) =>
      ["header", "actions", "input"].includes(block.type) || (block.accessory && block.accessory.type !== "image"),
  );
}

function attachment(one, context) {
  const colour = /^#?[0-9a-f]{6}$/i.test(one.color || "") ? `#${one.color.replace("#", "")}` : "#b8c4c2";
  const words = one.blocks ? renderBlocks(one.blocks, context) : mrkdwn(one.text || one.fallback || "", context.names);
  return h("div", { class: "attachment", style: `--bar: ${colour}` }, words);
}

function files(list) {
  return (list || []).map((file) => {
    const address = safeAddress(file.url_private || file.permalink || file.url || "");
    const isImage = (file.mimetype || "").startsWith("image/") || /\.(png|jpe?g|gif|svg|webp)$/i.test(file.name || "");
    const inside =
      isImage && address
        ? h("img", { src: address, alt: file.alt_txt || file.title || file.name, class: "picture" })
        : [icon("file", 20), h("span", {}, file.title || file.name)];
    return h(
      address ? "a" : "span",
      { class: isImage ? "file image" : "file", href: address, target: "_blank", rel: "noopener" },
      inside,
    );
  });
}
