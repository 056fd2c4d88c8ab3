// The page: who I am, where I am, and what to fetch when something happens. It holds the state and hands it to the drawing modules.

import { icon } from "./dom.js";
import { Acts } from "./acts.js";
import { listen, read } from "./api.js";
import { setNow, setZone } from "./clock.js";
import { Company } from "./company.js";
import { Composer } from "./composer.js";
import { Controls } from "./controls.js";
import { drawHead, drawHome, drawThreadHead, intro, placeFrom, placeName, remember } from "./frame.js";
import { MessageList } from "./messages.js";
import { ModalStack } from "./modal.js";
import { authorOf, firstUnread, namesOf } from "./names.js";
import { Refresh } from "./refresh.js";
import { drawPeople, drawSidebar } from "./sidebar.js";

const LOOK_AT_OTHERS_MS = 3000;
const $ = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);

class Page {
  constructor() {
    this.me = address.get("as");
    this.place = placeFrom(address.get("in")); // {kind: "home"} or {kind: "channel", id}
    this.thread = null; // {channel, ts}
    Object.assign(this, { people: [], channels: [], commands: [], shortcuts: [], views: [], home: null });
    this.bot = { id: "", name: "app", isApp: true };
    this.left = new Map(); // person -> {place, thread} when we last were that person
    this.drafts = new Map(); // person/channel -> text not yet sent
    this.refresh = new Refresh(() => this.lost());
    this.build();
  }

  build() {
    this.acts = new Acts(this, { toasts: $("toasts"), line: $("link") });
    this.company = new Company($("toasts"), (user, channel) => this.become(user, { kind: "channel", id: channel }));
    this.list = new MessageList($("scroller"), {
      ...this.listDeps(),
      isThread: false,
      onBehind: (isBehind) => ($("jump").hidden = !isBehind),
    });
    this.replies = new MessageList($("thread-scroller"), { ...this.listDeps(), isThread: true });
    this.modals = new ModalStack($("modal-layer"), {
      behind: $("workspace"),
      app: () => this.bot,
      contextFor: (where, values) => this.contextFor(where, values),
      submit: (view, values) => this.acts.submit(view, values),
      dismiss: (view, all) => this.acts.dismiss(view, all),
    });
    this.buildComposers();
    this.controls = new Controls($("demo"), {
      onState: (state) => this.clockTold(state),
      complain: (words) => this.acts.complain(words),
    });
    addEventListener("keydown", (event) => event.key === "Escape" && this.escape(event));
    $("jump").append(icon("arrow", 15), "New messages");
    $("jump").addEventListener("click", () => this.list.toBottom());
  }

  listDeps() {
    return {
      contextFor: (where) => this.contextFor(where),
      personFor: (message) => authorOf(this, message),
      nameOf: (user) => namesOf(this).user(user) || user,
      me: () => this.me,
      openThread: (ts) => this.openThread(this.place.id, ts),
      react: (message, name) => this.acts.react(message, name),
      menu: (anchor, message) => this.acts.openMessageMenu(anchor, message),
    };
  }

  buildComposers() {
    this.composer = new Composer({
      testid: "composer",
      placeholder: "Message",
      note: "Enter sends · Shift+Enter new line · / for commands",
      commands: () => this.commands,
      shortcuts: () => this.shortcuts.filter((one) => one.type !== "message"),
      runShortcut: (callback_id) => this.acts.act({ do: "shortcut", callback_id }),
      send: (text) => this.acts.say(text, { channel: this.place.id }),
    });
    this.threadComposer = new Composer({
      testid: "thread-composer",
      placeholder: "Reply…",
      commands: () => [],
      send: (text) => this.acts.say(text, { channel: this.thread.channel, thread_ts: this.thread.ts }),
    });
    this.composer.field.disabled = true; // until it is known where a message would go
    $("composer-place").append(this.composer.node);
    $("thread-composer-place").append(this.threadComposer.node);
  }

  // ---- who I am

  async start() {
    await Promise.all([this.loadPeople(), this.controls.start()]);
    const isKnown = this.people.some((person) => person.id === this.me);
    await this.enter(isKnown ? this.me : this.people[0].id, this.place);
    setInterval(() => document.hidden || this.refresh.soon("people", () => this.loadPeople()), LOOK_AT_OTHERS_MS);
  }

  /** Become another person: their channels, their modals, and where they last were unless a place is named. */
  async become(user, place = null) {
    if (user === this.me) return place && this.open(place);
    this.keepDraft();
    this.left.set(this.me, { place: this.place, thread: this.thread });
    this.modals.hide();
    await this.enter(user, place || this.left.get(user)?.place || this.place, this.left.get(user)?.thread);
  }

  async enter(user, place, thread = null) {
    this.me = user;
    this.composer.field.disabled = true;
    drawPeople($("people"), this.people, user, (id) => this.switchTo(id));
    this.stop?.();
    this.stop = listen(user, {
      onEvent: (event) => this.happened(event),
      onOpen: (again) => this.connected(again),
      onLost: () => this.lost(),
    });
    await this.loadState();
    if (user !== this.me) return;
    this.place = this.isMine(place) ? place : this.firstPlace();
    this.thread = thread && this.isMine({ id: thread.channel }) && this.place.id === thread.channel ? thread : null;
    this.draw();
    this.modals.show(this.views);
  }

  switchTo(user) {
    this.become(user).catch(() => this.lost());
  }

  isMine(place) {
    return Boolean(place) && (place.kind === "home" || this.channels.some((channel) => channel.id === place.id));
  }

  firstPlace() {
    const channel = this.channels.find((one) => one.kind !== "im") || this.channels[0];
    return channel ? { kind: "channel", id: channel.id } : { kind: "home" };
  }

  // ---- fetching

  async loadPeople() {
    const found = await read("/page/people");
    Object.assign(this, {
      people: found.people,
      commands: found.commands || [],
      shortcuts: found.shortcuts || [],
      bot: { ...found.bot, isApp: true },
    });
    $("workspace-name").textContent = found.workspace;
    drawPeople($("people"), this.people, this.me, (id) => this.switchTo(id));
    await this.company.look(found.people, this.me, this.bot.name);
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
    if (!channel) return;
    const unread = fresh ? this.channels.find((one) => one.id === channel)?.unread || 0 : 0;
    const { messages } = await read("/page/messages", { user, channel });
    if (user !== this.me || channel !== this.place.id) return;
    if (fresh) this.newAfter = firstUnread(messages, unread, user);
    this.list.show(messages, { fresh, newAfter: this.newAfter, intro: () => intro(this) });
  }

  async loadThread(fresh) {
    const { me: user, thread } = this;
    if (!thread) return;
    const { messages } = await read("/page/messages", { user, channel: thread.channel, thread_ts: thread.ts });
    if (user === this.me && thread === this.thread) this.replies.show(messages, { fresh });
  }

  refreshState() {
    this.refresh.soon("state", async () => {
      await this.loadState();
      this.drawSidebar();
      if (this.place.kind === "home") this.drawHome();
      this.modals.show(this.views);
    });
  }

  refreshMessages() {
    this.refresh.soon("messages", () => this.loadMessages(false));
    this.refresh.soon("thread", () => this.loadThread(false));
  }

  // ---- what happens

  happened(event) {
    if (event.type === "ack") return;
    this.refresh.soon("people", () => this.loadPeople(), 250);
    this.refreshState();
    if (event.channel && [this.place.id, this.thread?.channel].includes(event.channel)) this.refreshMessages();
  }

  connected(isAgain) {
    document.body.classList.remove("lost");
    if (!isAgain) return;
    $("link").replaceChildren();
    this.refresh.soon("return", () => this.comeBack());
  }

  /** After a lost connection: catch up, or start over when the emulator was restarted and has other channels. */
  async comeBack() {
    await this.loadState();
    if (!this.isMine(this.place)) return this.enter(this.me, null);
    this.refreshState();
    this.refreshMessages();
  }

  lost() {
    document.body.classList.add("lost");
    $("link").replaceChildren(icon("warn", 15), "Connection lost, trying again");
  }

  clockTold(state) {
    setNow(Date.parse(state.now) / 1000);
    if (state.zone) setZone(state.zone);
  }

  escape(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
    if (this.modals.top) {
      if (!$("modal-layer").contains(event.target)) this.modals.close();
    } else if (this.thread && !event.target.closest?.(".demo")) this.closeThread();
  }

  // ---- what blocks and messages need to know

  contextFor(where, values) {
    return {
      names: namesOf(this),
      people: this.people,
      channels: this.channels.filter((channel) => channel.kind !== "im"),
      click: (part, node) => this.acts.click(where, part, node, values),
      loadOptions: (part) => this.acts.loadOptions(where, part),
    };
  }

  // ---- where I am

  open(place) {
    this.keepDraft();
    this.place = place;
    if (this.thread?.channel !== place.id) this.thread = null;
    this.draw();
    this.refreshState();
    if (place.kind === "channel") this.composer.field.focus({ preventScroll: true });
  }

  openThread(channel, ts) {
    this.thread = { channel, ts };
    this.drawThread();
    this.threadComposer.field.focus({ preventScroll: true });
  }

  closeThread() {
    this.thread = null;
    this.drawThread();
  }

  keepDraft() {
    if (this.place.kind === "channel") this.drafts.set(`${this.me}/${this.place.id}`, this.composer.text);
  }

  draw() {
    const isHome = this.place.kind === "home";
    remember(this);
    this.drawSidebar();
    drawHead($("place-head"), this);
    $("composer-place").hidden = this.list.list.hidden = isHome;
    $("jump").hidden = true;
    this.homeNode?.remove();
    if (isHome) this.openHome();
    else this.openChannel();
    this.drawThread();
  }

  openHome() {
    this.drawHome();
    this.acts.act({ do: "open_home" });
  }

  openChannel() {
    const here = this.channels.find((channel) => channel.id === this.place.id);
    const isArchived = Boolean(here?.archived);
    $("composer-place").hidden = Boolean(here?.read_only); // as the manifest has it for messages to the app
    this.composer.field.disabled = isArchived;
    this.composer.label(isArchived ? "This channel is archived" : `Message ${placeName(this)}`);
    this.composer.text = this.drafts.get(`${this.me}/${this.place.id}`) || "";
    this.loadMessages(true).catch(() => this.lost());
  }

  drawHome() {
    this.homeNode = drawHome($("scroller"), this, this.homeNode);
  }

  drawSidebar() {
    drawSidebar($("side"), {
      channels: this.channels,
      place: this.place,
      bot: this.bot,
      open: (place) => this.open(place),
    });
  }

  drawThread() {
    $("thread").hidden = !this.thread;
    $("workspace").classList.toggle("with-thread", Boolean(this.thread));
    if (!this.thread) return;
    const there = this.channels.find((channel) => channel.id === this.thread.channel);
    $("thread-composer-place").hidden = Boolean(there?.read_only);
    drawThreadHead($("thread-head"), this);
    this.loadThread(true).catch(() => this.lost());
  }
}

const page = new Page();
page.start().catch(() => {
  page.lost();
  setTimeout(() => location.reload(), 2000);
});
