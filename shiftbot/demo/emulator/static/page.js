// The page: who I am, where I am, what to fetch when something happens. It holds the state and hands it to the drawing modules.

import { h, icon, avatar } from "./dom.js";
import { listen, read, send } from "./api.js";
import { setNow, setZone } from "./clock.js";
import { Composer, outgoing } from "./composer.js";
import { Controls } from "./controls.js";
import { renderBlocks, textOf } from "./blocks.js";
import { ask, openMenu } from "./menu.js";
import { MessageList } from "./messages.js";
import { ModalStack } from "./modal.js";
import { drawPeople, drawSidebar, isAppDm } from "./sidebar.js";
import { complain, tell } from "./toast.js";
import { unescape } from "./mrkdwn.js";
import { withEmoji } from "./emoji.js";

const $ = (id) => document.getElementById(id);
const here = new URLSearchParams(location.search);

class Page {
  constructor() {
    this.me = here.get("as");
    this.place = placeFrom(here.get("in"));
    this.thread = null; // {channel, ts}
    this.people = [];
    this.channels = [];
    this.commands = [];
    this.shortcuts = [];
    this.bot = { id: "", name: "app", isApp: true };
    this.places = new Map(); // person -> where that person was last
    this.drafts = new Map(); // person/channel -> text not yet sent
    this.queued = new Map(); // name of a refresh -> its timer
    this.build();
  }

  build() {
    this.list = new MessageList($("scroller"), { ...this.listDeps(), isThread: false, onBehind: (behind) => ($("jump").hidden = !behind) });
    this.replies = new MessageList($("thread-scroller"), { ...this.listDeps(), isThread: true });
    this.modals = new ModalStack($("modal-layer"), {
      behind: $("workspace"),
      app: () => this.bot,
      contextFor: (where, values) => this.contextFor(where, values),
      submit: (view, values) => this.act({ do: "submit", view_id: view.id, values }, "modal"),
      dismiss: (views) => this.dismiss(views),
    });
    this.composer = this.makeComposer("composer", () => ({ channel: this.place.id }));
    this.threadComposer = this.makeComposer("thread-composer", () => ({ channel: this.thread.channel, thread_ts: this.thread.ts }));
    $("composer-place").append(this.composer.node);
    $("thread-composer-place").append(this.threadComposer.node);
    $("jump").append(icon("arrow", 15), "New messages");
    $("jump").addEventListener("click", () => this.list.toBottom());
    this.controls = new Controls($("demo"), { onState: (state) => this.demoChanged(state), complain: (words) => complain($("toasts"), words) });
    addEventListener("keydown", (event) => this.key(event));
  }

  listDeps() {
    return {
      contextFor: (where) => this.contextFor(where),
      personFor: (message) => this.personFor(message),
      nameOf: (user) => this.names().user(user) || user,
      me: () => this.me,
      openThread: (ts) => this.openThread(this.place.id, ts),
      react: (message, name) => this.act({ do: "react", channel: message.channel, ts: message.ts, name }),
      menu: (anchor, message) => this.messageMenu(anchor, message),
    };
  }

  makeComposer(testid, where) {
    const isMain = testid === "composer";
    return new Composer({
      testid,
      placeholder: "Message",
      note: isMain ? "Enter sends · Shift+Enter new line · / for commands" : "",
      commands: () => (isMain ? this.commands : []),
      shortcuts: isMain ? () => this.shortcuts.filter((one) => one.type !== "message") : null,
      runShortcut: (callback_id) => this.act({ do: "shortcut", callback_id }),
      send: (text) => this.say(text, where()),
    });
  }

  // ---- starting and changing who I am

  async start() {
    await Promise.all([this.loadPeople(), this.controls.start()]);
    this.me = this.people.some((person) => person.id === this.me) ? this.me : this.people[0].id;
    await this.become(this.me, true);
    this.modals.show(this.views);
  }

  async become(user, isFirst = false) {
    if (user === this.me && !isFirst) return;
    if (!isFirst) this.leave();
    this.me = user;
    this.place = (isFirst && this.place) || this.places.get(user) || this.place;
    this.thread = isFirst ? null : this.threads?.get(user) || null;
    this.stop?.();
    this.stop = listen(user, { onEvent: (event) => this.happened(event), onOpen: (again) => this.connected(again), onLost: () => this.lost() });
    this.drawPeople();
    await this.loadState();
    this.ensurePlace();
    this.draw(true);
    if (!isFirst) this.modals.show(this.views);
  }

  leave() {
    this.keepDraft();
    this.places.set(this.me, this.place);
    (this.threads ||= new Map()).set(this.me, this.thread);
    this.modals.show([]);
  }

  /** Every person sees their own channels: fall back to the first when the place is not one of them. */
  ensurePlace() {
    const known = this.place && (this.place.kind === "home" || this.channels.some((channel) => channel.id === this.place.id));
    if (!known) this.place = { kind: "channel", id: this.channels.find((channel) => channel.kind !== "im")?.id || this.channels[0]?.id };
    if (this.thread && !this.channels.some((channel) => channel.id === this.thread.channel)) this.thread = null;
  }

  // ---- fetching

  async loadPeople() {
    const found = await read("/page/people");
    this.announce(found.people);
    Object.assign(this, { people: found.people, commands: found.commands || [], shortcuts: found.shortcuts || [], bot: { ...found.bot, isApp: true } });
    $("workspace-name").textContent = found.workspace;
    this.drawPeople();
  }

  async loadState() {
    const user = this.me;
    const state = await read("/page/state", { user });
    if (user !== this.me) return;
    setNow(state.now);
    Object.assign(this, { channels: state.channels, views: state.views || [], home: state.home });
  }

  async loadMessages(fresh) {
    const [user, channel] = [this.me, this.place.id];
    if (this.place.kind !== "channel" || !channel) return;
    const unread = fresh ? this.channels.find((one) => one.id === channel)?.unread || 0 : 0;
    const { messages } = await read("/page/messages", { user, channel });
    if (user !== this.me || channel !== this.place.id || this.place.kind !== "channel") return;
    if (fresh) this.newAfter = firstUnread(messages, unread, user);
    this.list.show(messages, { fresh, newAfter: this.newAfter, intro: () => this.intro() });
  }

  async loadThread(fresh) {
    const { me: user, thread } = this;
    if (!thread) return;
    const { messages } = await read("/page/messages", { user, channel: thread.channel, thread_ts: thread.ts });
    if (user === this.me && thread === this.thread) this.replies.show(messages, { fresh });
  }

  /** Fetch soon, and only once for many reasons. */
  soon(name, fetchIt, delay = 40) {
    if (this.queued.has(name)) return;
    this.queued.set(name, setTimeout(() => {
      this.queued.delete(name);
      fetchIt().catch(() => this.lost());
    }, delay));
  }

  refreshState() {
    this.soon("state", async () => {
      await this.loadState();
      this.drawSidebar();
      if (this.place.kind === "home") this.drawHome();
      this.modals.show(this.views);
    });
  }

  // ---- events

  happened(event) {
    if (event.type === "ack") return;
    this.soon("people", () => this.loadPeople(), 250);
    if (["view", "home", "people"].includes(event.type)) return this.refreshState();
    if (event.channel === this.place.id) this.soon("messages", () => this.loadMessages(false));
    if (this.thread && event.channel === this.thread.channel) this.soon("thread", () => this.loadThread(false));
    this.refreshState();
  }

  connected(again) {
    document.body.classList.remove("lost");
    $("link").replaceChildren();
    if (again) this.refreshAll();
  }

  refreshAll() {
    this.refreshState();
    this.soon("people", () => this.loadPeople());
    this.soon("messages", () => this.loadMessages(false));
    this.soon("thread", () => this.loadThread(false));
  }

  lost() {
    document.body.classList.add("lost");
    $("link").replaceChildren(icon("warn", 15), "Connection lost, trying again");
  }

  /** Somebody else's direct messages: compare with what they had, and offer to become them. */
  announce(people) {
    for (const person of people) {
      const before = this.people.find((one) => one.id === person.id);
      if (before && person.id !== this.me && person.unread > before.unread) this.lookForDirect(person);
    }
  }

  async lookForDirect(person) {
    const state = await read("/page/state", { user: person.id });
    const direct = state.channels.filter((channel) => channel.kind === "im");
    const unread = direct.reduce((sum, channel) => sum + channel.unread, 0);
    const known = (this.directs ||= new Map()).get(person.id) || 0;
    this.directs.set(person.id, unread);
    if (unread <= known || person.id === this.me) return;
    const words = this.controls.state ? "" : "From the app";
    tell($("toasts"), person, words || `${unread} unread from ${this.bot.name}`, () => this.becomeAndOpen(person.id, direct.find((channel) => channel.unread)));
  }

  async becomeAndOpen(user, channel) {
    this.places.set(user, { kind: "channel", id: channel.id });
    await this.become(user);
    if (this.place.id !== channel.id) this.open({ kind: "channel", id: channel.id });
  }

  demoChanged(state) {
    setNow(Date.parse(state.now) / 1000);
    if (state.zone || state.timezone) setZone(state.zone || state.timezone);
  }

  // ---- acting

  async act(body, from = "page") {
    const answer = await send("/page/act", { user: this.me, ...body });
    if (answer.ok && answer.acked_in_ms !== undefined) this.showAck(answer.acked_in_ms);
    if (!answer.ok && from !== "modal") complain($("toasts"), answer.error || "That did not work");
    this.refreshState();
    return answer;
  }

  showAck(milliseconds) {
    $("link").replaceChildren(h("span", { class: "ack" }, icon("check", 14), `${this.bot.name} answered in ${Math.round(milliseconds)} ms`));
  }

  async say(text, { channel, thread_ts }) {
    const command = /^(\/\S+)\s*(.*)$/s.exec(text);
    if (command && thread_ts) return complain($("toasts"), "Slash commands do not work in threads, as in Slack");
    if (command && !this.commands.some((one) => one.command === command[1])) return complain($("toasts"), `${command[1]} is not a command here. Try ${this.commands[0]?.command || "a message"}.`);
    const body = command ? { do: "command", command: command[1], text: command[2] } : { do: "say", text: outgoing(text, this.people), thread_ts };
    const answer = await this.act({ ...body, channel });
    this.soon("messages", () => this.loadMessages(false));
    this.soon("thread", () => this.loadThread(false));
    return answer.ok;
  }

  async dismiss(views) {
    for (const view of views) await this.act({ do: "dismiss", view_id: view.id });
  }

  /** What a click on a part of `where` does: ask if the part wants it, show that it is on its way, send it. */
  async click(where, part, node, values) {
    if (node.getAttribute("aria-busy") === "true") return;
    const { element, ...sent } = part;
    if (element.confirm && !(await ask(element.confirm, (text) => textOf(text, this.contextFor(where))))) return;
    node.setAttribute("aria-busy", "true");
    node.classList.add("pending");
    await this.act({ do: "click", where, ...sent, ...(values ? { values: values() } : {}) });
    node.removeAttribute("aria-busy");
    node.classList.remove("pending");
  }

  async loadOptions(where, part) {
    const { element, ...sent } = part;
    const answer = await this.act({ do: "load_options", where, ...sent });
    return answer.response?.options || answer.response?.option_groups?.flatMap((group) => group.options);
  }

  contextFor(where, values) {
    return {
      names: this.names(),
      people: this.people,
      channels: this.channels.filter((channel) => channel.kind !== "im"),
      click: (part, node) => this.click(where, part, node, values),
      loadOptions: (part) => this.loadOptions(where, part),
    };
  }

  names() {
    const known = (id) => [...this.people, this.bot].find((person) => person.id === id);
    return {
      user: (id) => known(id)?.name,
      channel: (id) => this.channels.find((channel) => channel.id === id)?.name,
      isMe: (id) => id === this.me,
    };
  }

  personFor(message) {
    const known = this.people.find((person) => person.id === message.user);
    if (known) return known;
    return message.is_bot || message.user === this.bot.id ? { ...this.bot, name: message.name || this.bot.name } : { id: message.user, name: message.name || message.user || "?" };
  }

  messageMenu(anchor, message) {
    const shortcuts = this.shortcuts.filter((one) => one.type === "message");
    const items = shortcuts.map((one) => ({ label: one.name, hint: this.bot.name, testid: `shortcut-${one.callback_id}`, onChoose: () => this.act({ do: "message_shortcut", callback_id: one.callback_id, channel: message.channel, ts: message.ts }) }));
    const own = [
      this.thread?.ts === message.ts ? null : { label: "Reply in thread", testid: "menu-reply", onChoose: () => this.openThread(message.channel, message.thread_ts || message.ts) },
      { label: "Copy text", testid: "menu-copy", onChoose: () => navigator.clipboard?.writeText(unescape(message.text || "")) },
    ].filter(Boolean);
    openMenu(anchor, items.length ? [...items, null, ...own] : own, "Message actions");
  }

  // ---- moving about

  open(place) {
    this.keepDraft();
    this.place = place;
    if (this.thread && this.thread.channel !== place.id) this.thread = null;
    this.draw(true);
    this.soon("people", () => this.loadPeople(), 300);
    this.refreshState();
    if (place.kind === "channel") this.composer.field.focus({ preventScroll: true });
  }

  openThread(channel, ts) {
    this.thread = { channel, ts };
    this.drawThread(true);
    this.threadComposer.field.focus({ preventScroll: true });
  }

  closeThread() {
    this.thread = null;
    this.drawThread(false);
  }

  keepDraft() {
    this.drafts.set(`${this.me}/${this.place?.id}`, this.composer.text);
  }

  key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
    if (this.modals.top) {
      if (!$("modal-layer").contains(event.target)) this.modals.close();
    } else if (this.thread && !event.target.closest?.(".demo")) this.closeThread();
  }

  // ---- drawing

  draw(fresh) {
    const isHome = this.place.kind === "home";
    this.remember();
    this.drawSidebar();
    this.drawHead();
    $("composer-place").hidden = isHome;
    $("jump").hidden = true;
    this.list.list.hidden = isHome;
    this.homeNode?.remove();
    if (isHome) {
      this.drawHome();
      this.act({ do: "open_home" });
    } else {
      this.composer.label(`Message ${this.placeName()}`);
      this.composer.text = this.drafts.get(`${this.me}/${this.place.id}`) || "";
      this.loadMessages(fresh).catch(() => this.lost());
    }
    this.drawThread(fresh);
  }

  remember() {
    const address = new URL(location.href);
    address.searchParams.set("as", this.me);
    address.searchParams.set("in", this.place.kind === "home" ? "home" : this.place.id);
    history.replaceState(null, "", address);
    const me = this.people.find((person) => person.id === this.me);
    document.title = `${me?.name} · ${this.placeName()}`;
  }

  placeName() {
    if (this.place.kind === "home") return "Home";
    const channel = this.channels.find((one) => one.id === this.place.id);
    if (!channel) return "";
    return isAppDm(channel, this.bot) ? this.bot.name : channel.kind === "im" ? channel.name : `#${channel.name}`;
  }

  drawPeople() {
    drawPeople($("people"), this.people, this.me, (user) => this.become(user).catch(() => this.lost()));
  }

  drawSidebar() {
    drawSidebar($("side"), { channels: this.channels, place: this.place, bot: this.bot, open: (place) => this.open(place) });
  }

  drawHead() {
    const channel = this.channels.find((one) => one.id === this.place.id);
    const isApp = this.place.kind === "home" || (channel && isAppDm(channel, this.bot));
    $("place-head").replaceChildren(...(isApp ? this.appHead() : [h("h1", {}, icon(channel?.kind === "im" ? "chat" : "hash", 19), channel?.name || ""), h("span", { class: "place-note" }, channel?.topic || "")]));
  }

  appHead() {
    const direct = this.channels.find((channel) => isAppDm(channel, this.bot));
    const tab = (label, testid, isHere, place) => h("button", { type: "button", role: "tab", "aria-selected": String(isHere), testid, on: { click: () => this.open(place) } }, label);
    const tabs = [tab("Home", "tab-home", this.place.kind === "home", { kind: "home" }), direct && tab("Messages", "tab-messages", this.place.kind !== "home", { kind: "channel", id: direct.id })];
    return [h("h1", {}, avatar(this.bot, 26), this.bot.name, h("span", { class: "app-badge" }, "APP")), h("div", { class: "tabs", role: "tablist", "aria-label": this.bot.name }, ...tabs.filter(Boolean))];
  }

  drawHome() {
    const stamp = JSON.stringify([this.me, this.home?.hash, this.home?.blocks]);
    if (this.homeNode?.isConnected && this.homeNode.stamp === stamp) return;
    this.homeNode?.remove();
    const empty = h("p", { class: "empty" }, `${this.bot.name} has not made a Home for you yet.`);
    const blocks = this.home ? renderBlocks(this.home.blocks, this.contextFor({ kind: "home" })) : empty;
    this.homeNode = h("div", { class: "home-view", testid: "home-view" }, blocks);
    this.homeNode.stamp = stamp;
    $("scroller").append(this.homeNode);
  }

  drawThread(fresh) {
    $("thread").hidden = !this.thread;
    $("workspace").classList.toggle("with-thread", Boolean(this.thread));
    if (!this.thread) return;
    const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close the thread", testid: "thread-close", on: { click: () => this.closeThread() } }, icon("close"));
    $("thread-head").replaceChildren(h("h2", {}, "Thread", h("span", { class: "place-note" }, this.placeName())), close);
    this.threadComposer.label("Reply…");
    this.loadThread(fresh).catch(() => this.lost());
  }

  intro() {
    const name = this.placeName();
    const words = name.startsWith("#") ? "This is the very beginning of the channel." : `This is the beginning of your messages with ${name}.`;
    return [h("h2", {}, name), h("p", {}, words)];
  }
}

function placeFrom(word) {
  if (!word) return null;
  return word === "home" ? { kind: "home" } : { kind: "channel", id: word };
}

/** The time stamp after which messages are new to this person: there are `unread` later ones by others. */
function firstUnread(messages, unread, me) {
  const others = messages.filter((message) => message.user !== me && !message.ephemeral);
  return unread && others.length > unread ? others[others.length - unread - 1].ts : null;
}

const page = new Page();
page.start().catch(() => {
  page.lost();
  setTimeout(() => location.reload(), 2000);
});
