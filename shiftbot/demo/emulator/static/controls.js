// The demo's own panel under the workspace: clock, speed, the story's chapter, the four storage units and their mishaps.
// Shown only when the demo answers at /demo/state; the emulator alone has none.

import { h, icon, safeAddress } from "./dom.js";
import { sparkline } from "./chart.js";
import { read, send } from "./api.js";
import { openMenu } from "./menu.js";

const ASK_EVERY_MS = 1000;
const TIMES = ["07:15", "08:00", "10:00", "12:00", "14:00", "16:00", "18:00", "19:30", "20:15"];
const STATES = {
  "in range": { icon: "check", words: "In range", look: "good" },
  "out of range": { icon: "warn", words: "Out of range", look: "wrong" },
  silent: { icon: "mute", words: "Silent", look: "quiet" },
};

export class Controls {
  /** `deps` = {onState(state), complain(words)} */
  constructor(host, deps) {
    this.host = host;
    this.deps = deps;
    this.cards = new Map();
    this.folded = localStorage.getItem("shiftbot-demo-folded") === "yes";
  }

  /** Look for the demo; if it is there, show the panel and keep asking. Resolves when that is known. */
  async start() {
    let state;
    try {
      state = await read("/demo/state");
    } catch {
      return;
    }
    this.build(state);
    this.update(state);
    this.tick = setInterval(() => this.ask(), ASK_EVERY_MS);
  }

  async ask() {
    if (document.hidden || this.isAsking) return;
    this.isAsking = true;
    try {
      this.update(await read("/demo/state"));
    } catch {
      this.host.classList.add("lost");
    } finally {
      this.isAsking = false;
    }
  }

  async act(body, button) {
    button?.setAttribute("aria-busy", "true");
    const answer = await send("/demo/act", body);
    button?.removeAttribute("aria-busy");
    if (answer.units) this.update(answer);
    else this.deps.complain(answer.error || "The demo could not do that");
  }

  build(state) {
    this.clock = h("span", { class: "clock", testid: "demo-clock" });
    this.date = h("span", { class: "clock-date" });
    this.pause = h("button", {
      type: "button",
      class: "round",
      testid: "demo-pause",
      on: { click: () => this.act({ do: this.state.running ? "pause" : "resume" }, this.pause) },
    });
    this.speeds = h(
      "div",
      { class: "segments", role: "group", "aria-label": "Speed of the demo's clock" },
      state.speeds.map((speed) => this.speedButton(speed)),
    );
    this.skip = h(
      "button",
      {
        type: "button",
        class: "button small",
        testid: "demo-skip",
        "aria-haspopup": "menu",
        on: { click: () => this.openSkips() },
      },
      icon("skip", 15),
      "Skip to",
    );
    this.chapter = h("strong", { testid: "demo-chapter" });
    this.hint = h("span", { testid: "demo-hint" });
    this.pilot = h(
      "button",
      {
        type: "button",
        class: "switch",
        role: "switch",
        testid: "demo-autopilot",
        title: "Let the simulated staff do the work",
        on: { click: () => this.act({ do: "autopilot", on: !this.state.autopilot }, this.pilot) },
      },
      h("i", {}),
      "Autopilot",
    );
    this.links = h("span", { class: "demo-links" });
    this.minis = h("span", { class: "minis" });
    this.fold = h("button", {
      type: "button",
      class: "icon-button",
      testid: "demo-collapse",
      on: { click: () => this.setFolded(!this.folded) },
    });
    this.units = h("div", { class: "units", id: "demo-units" });
    this.host.replaceChildren(this.bar(), this.units);
    this.host.hidden = false;
    this.setFolded(this.folded);
  }

  bar() {
    const story = h(
      "div",
      { class: "story", role: "status" },
      icon("lightbulb", 20),
      h("span", { class: "story-words" }, this.chapter, this.hint),
    );
    const time = h("div", { class: "time" }, this.pause, h("span", { class: "clock-words" }, this.clock, this.date));
    return h(
      "div",
      { class: "demo-bar" },
      time,
      this.speeds,
      this.skip,
      story,
      this.minis,
      this.pilot,
      this.links,
      this.fold,
    );
  }

  speedButton(speed) {
    const words = speed === 1 ? "Real time" : `${speed} times real time`;
    const button = h(
      "button",
      { type: "button", title: words, "aria-label": words, testid: `demo-speed-${speed}`, "data-speed": speed },
      `${speed}×`,
    );
    button.addEventListener("click", () => this.act({ do: "speed", speed }, button));
    return button;
  }

  openSkips() {
    const now = /(\d\d:\d\d)\s*$/.exec(this.state.local)?.[1] || "00:00";
    const times = (this.state.skips || TIMES).map((one) => (typeof one === "string" ? { to: one } : one));
    const items = times
      .filter(({ to }) => to > now)
      .map(({ to, label }) => ({
        label: to,
        hint: label,
        testid: `demo-skip-${to}`,
        onChoose: () => this.act({ do: "skip_to", to }, this.skip),
      }));
    openMenu(this.skip, items.length ? items : [{ label: "The day is nearly over", onChoose: () => {} }], "Skip to");
  }

  setFolded(folded) {
    this.folded = folded;
    localStorage.setItem("shiftbot-demo-folded", folded ? "yes" : "no");
    this.host.classList.toggle("folded", folded);
    this.units.hidden = folded;
    this.fold.replaceChildren(icon(folded ? "up" : "down"));
    this.fold.setAttribute("aria-expanded", String(!folded));
    this.fold.setAttribute("aria-label", folded ? "Show the storage units" : "Hide the storage units");
    this.fold.title = this.fold.getAttribute("aria-label");
  }

  update(state) {
    this.state = state;
    this.host.classList.remove("lost");
    const [, date, clock] = /^(.*?)\s*(\d\d:\d\d)$/.exec(state.local) || [null, "", state.local];
    setText(this.clock, clock);
    setText(this.date, state.running ? date : `${date} · paused`);
    setText(this.chapter, state.chapter || "");
    setText(this.hint, state.hint || "");
    this.hint.title = state.hint || "";
    this.host.classList.toggle("paused", !state.running);
    this.updateSwitches(state);
    for (const unit of state.units) this.updateUnit(unit);
    this.minis.replaceChildren(...state.units.map(mini));
    this.updateLinks(state.links || []);
    this.deps.onState(state);
  }

  updateSwitches(state) {
    const words = state.running ? "Pause the clock" : "Let the clock run";
    if (this.pause.dataset.running !== String(state.running))
      this.pause.replaceChildren(icon(state.running ? "pause" : "play", 18));
    this.pause.dataset.running = String(state.running);
    this.pause.setAttribute("aria-label", words);
    this.pause.title = words;
    for (const button of this.speeds.children)
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === state.speed));
    this.pilot.setAttribute("aria-checked", String(Boolean(state.autopilot)));
  }

  updateLinks(links) {
    const stamp = JSON.stringify(links);
    if (this.links.dataset.stamp === stamp) return;
    this.links.dataset.stamp = stamp;
    this.links.replaceChildren(
      ...links.map((link) => h("a", { href: safeAddress(link.href), target: "_blank", rel: "noopener" }, link.label)),
    );
  }

  updateUnit(unit) {
    if (!this.cards.has(unit.id)) this.addUnit(unit);
    this.cards.get(unit.id).update(unit);
  }

  addUnit(unit) {
    const card = new UnitCard(unit, (body, button) => this.act({ unit: unit.id, ...body }, button));
    this.cards.set(unit.id, card);
    this.units.append(card.node);
  }
}

class UnitCard {
  constructor(unit, act) {
    this.temperature = h("span", { class: "degrees", testid: `demo-temperature-${unit.id}` });
    this.state = h("span", { class: "state", testid: `demo-state-${unit.id}` });
    this.spark = h("span", { class: "spark-box" });
    this.door = this.toggle("door", "door", `demo-door-${unit.id}`, () =>
      act({ do: "door", on: !this.unit.door_open }, this.door),
    );
    this.silence = this.toggle("silence", "mute", `demo-silence-${unit.id}`, () =>
      act({ do: "silence", on: !this.unit.sensor_silenced }, this.silence),
    );
    this.flood = this.toggle("flood", "flood", `demo-flood-${unit.id}`, () =>
      act({ do: "flood", on: !this.unit.flooding }, this.flood),
    );
    this.node = this.card(unit);
  }

  card(unit) {
    const range = h("span", { class: "range" }, `${unit.low} to ${unit.high} °${unit.unit}`);
    const head = h("div", { class: "unit-head" }, h("h3", {}, unit.name), this.state);
    const numbers = h(
      "div",
      { class: "unit-numbers" },
      h("span", { class: "unit-now" }, this.temperature, range),
      this.spark,
    );
    return h(
      "article",
      { class: "unit", testid: `demo-unit-${unit.id}`, "aria-label": unit.name },
      head,
      numbers,
      h("div", { class: "unit-buttons" }, this.door, this.silence, this.flood),
    );
  }

  toggle(kind, name, testid, onClick) {
    return h(
      "button",
      { type: "button", class: "mishap", testid, "data-kind": kind, on: { click: onClick } },
      icon(name, 15),
      h("span", {}),
    );
  }

  update(unit) {
    this.unit = unit;
    const state = STATES[unit.state] || STATES.silent;
    setText(this.temperature, degrees(unit));
    this.node.dataset.state = state.look;
    if (this.state.dataset.words !== state.words) this.state.replaceChildren(icon(state.icon, 14), state.words);
    this.state.dataset.words = state.words;
    this.spark.replaceChildren(sparkline(unit.spark || [], unit.low, unit.high, state.look === "wrong"));
    press(this.door, unit.door_open, "Close door", "Open door");
    press(this.silence, unit.sensor_silenced, "Let sensor speak", "Silence sensor");
    press(this.flood, unit.flooding, "Stop the flood", "Flood");
    this.flood.title = "Send a flood of bad payloads from this unit's sensor";
  }
}

function degrees(unit) {
  return Number.isFinite(unit.temperature) ? `${unit.temperature.toFixed(1)}°` : "–";
}

function mini(unit) {
  const state = STATES[unit.state] || STATES.silent;
  return h(
    "span",
    { class: `mini ${state.look}`, title: `${unit.name}: ${state.words}` },
    icon(state.icon, 13),
    degrees(unit),
  );
}

function press(button, isOn, whenOn, whenOff) {
  button.setAttribute("aria-pressed", String(Boolean(isOn)));
  setText(button.lastElementChild, isOn ? whenOn : whenOff);
}

function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
