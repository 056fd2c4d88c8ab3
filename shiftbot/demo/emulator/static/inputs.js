// The controls of Block Kit that hold a value: text, number, choices, date, time, people, files.
// Each becomes {node, read}: what to show and how to read it now. Knows nothing of modals or messages around it.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";

let counter = 0;
const unique = (name) => `${name}-${(counter += 1)}`;
const plain = (text) => withEmoji(text?.text ?? "");

/** Element types that hold a value. */
export const isInput = (element) => element.type in CONTROLS;

/**
 * Make the control of one element. `setting` = {testid, labelledBy, describedBy, required, initial, people, channels, onChange, loadOptions};
 * `initial` wins over the element's own initial value. `read` gives a string, a list of strings, or null when empty.
 */
export function control(element, setting) {
  return CONTROLS[element.type](element, setting);
}

function attributesOf(element, setting) {
  return {
    testid: setting.testid,
    "data-action-id": element.action_id,
    "aria-labelledby": setting.labelledBy,
    "aria-label": setting.labelledBy
      ? null
      : element.accessibility_label || plain(element.placeholder) || setting.name || "Choose",
    "aria-describedby": setting.describedBy,
    "aria-required": setting.required ? "true" : null,
    placeholder: plain(element.placeholder) || null,
    autofocus: element.focus_on_load || null,
  };
}

function text(element, setting) {
  const value = setting.initial ?? element.initial_value ?? "";
  const shared = {
    ...attributesOf(element, setting),
    class: "input",
    maxlength: element.max_length,
    minlength: element.min_length,
    value,
    autocomplete: "off",
  };
  const node =
    element.multiline || element.type === "rich_text_input"
      ? h("textarea", { ...shared, rows: 4 })
      : h("input", { ...shared, type: "text" });
  node.addEventListener("input", () => setting.onInput?.(node.value));
  node.addEventListener(
    "keydown",
    (event) => event.key === "Enter" && !event.shiftKey && node.tagName === "INPUT" && setting.onChange?.(node.value),
  );
  return { node, read: () => node.value || null };
}

function typed(type, extra = () => ({})) {
  return (element, setting) => {
    const value = setting.initial ?? element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
    const node = h("input", {
      ...attributesOf(element, setting),
      class: `input ${type}`,
      type,
      value,
      autocomplete: "off",
      ...extra(element),
    });
    node.addEventListener("input", () => setting.onInput?.(node.value));
    node.addEventListener("change", () => setting.onChange?.(node.value));
    return { node, read: () => node.value || null };
  };
}

// type=text with a decimal keyboard: a browser's number field swallows what it cannot read, and Slack's does not step by wheel
const number = typed("text", (element) => ({
  inputmode: element.is_decimal_allowed ? "decimal" : "numeric",
}));

function datetime(element, setting) {
  const local = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16);
  const initial = setting.initial ?? element.initial_date_time;
  const node = h("input", {
    ...attributesOf(element, setting),
    class: "input",
    type: "datetime-local",
    value: initial ? local(initial) : "",
  });
  const read = () => (node.value ? String(Math.round(Date.parse(`${node.value}Z`) / 1000)) : null);
  node.addEventListener("change", () => setting.onChange?.(read()));
  return { node, read };
}

const optionText = (option) => plain(option.text).replace(/[*_`~]/g, "");
const optionNode = (option) => h("option", { value: option.value }, optionText(option));

function select(element, setting) {
  const groups = (element.option_groups || []).map((group) =>
    h("optgroup", { label: plain(group.label) }, group.options.map(optionNode)),
  );
  return selectOf(
    element,
    setting,
    [...(element.options || []).map(optionNode), ...groups],
    element.initial_option?.value,
  );
}

function selectOf(element, setting, options, initial) {
  const { placeholder, ...shared } = attributesOf(element, setting);
  const empty = h("option", { value: "" }, placeholder || "Choose…");
  const node = h("select", { ...shared, class: "select" }, empty, options);
  node.value = setting.initial ?? initial ?? "";
  node.addEventListener("change", () => {
    setting.onInput?.(node.value);
    setting.onChange?.(node.value);
  });
  return { node, read: () => node.value || null };
}

function people(element, setting) {
  const options = setting.people.map((person) => h("option", { value: person.id }, person.name));
  return selectOf(element, setting, options, element.initial_user);
}

function channels(element, setting) {
  const options = setting.channels.map((channel) => h("option", { value: channel.id }, `#${channel.name}`));
  return selectOf(element, setting, options, element.initial_channel || element.initial_conversation);
}

function external(element, setting) {
  const made = selectOf(
    element,
    setting,
    element.initial_option ? [optionNode(element.initial_option)] : [],
    element.initial_option?.value,
  );
  const load = async () => {
    const options = await setting.loadOptions?.("");
    const kept = made.node.value;
    if (options) made.node.replaceChildren(made.node.options[0], ...options.map(optionNode));
    made.node.value = kept;
  };
  made.node.addEventListener("focus", load, { once: true });
  return made;
}

/** Radio buttons and checkboxes: a group of labelled options. */
function choices(type) {
  return (element, setting) => {
    const name = unique("choice");
    const start = [
      setting.initial ??
        (element.initial_options || [element.initial_option]).filter(Boolean).map((option) => option.value),
    ].flat();
    const { placeholder, ...shared } = attributesOf(element, setting);
    const node = h("div", { ...shared, class: "choices", role: type === "radio" ? "radiogroup" : "group" });
    const chosen = () => [...node.querySelectorAll("input:checked")].map((input) => input.value);
    const read = () => (type === "radio" ? (chosen()[0] ?? null) : chosen().length ? chosen() : null);
    const changed = () => {
      setting.onInput?.(read());
      setting.onChange?.(type === "radio" ? chosen()[0] : chosen());
    };
    node.append(
      ...(element.options || []).map((option) =>
        choice(type, name, option, start.includes(option.value), changed, setting),
      ),
    );
    return { node, read };
  };
}

function choice(type, name, option, checked, changed, setting) {
  const input = h("input", {
    type,
    name,
    value: option.value,
    checked,
    testid: `option-${option.value}`,
    on: { change: changed },
  });
  const words = setting.format ? setting.format(option.text) : plain(option.text);
  const description =
    option.description &&
    h("small", {}, setting.format ? setting.format(option.description) : plain(option.description));
  return h("label", { class: "choice" }, input, h("span", {}, words, description));
}

/** A multi-select as a closed list of checkboxes whose summary names what is chosen. */
function several(optionsOf, initialOf) {
  return (element, setting) => {
    const options = optionsOf(element, setting);
    const start = setting.initial ?? initialOf(element);
    const labels = new Map(options.map((option) => [option.value, plain(option.text)]));
    const summary = h("summary", { class: "select" });
    const inner = choices("checkbox")(
      { ...element, options },
      { ...setting, initial: start, onInput: changed, onChange: null, testid: null },
    );
    const node = h(
      "details",
      { class: "several", testid: setting.testid, "data-action-id": element.action_id },
      summary,
      inner.node,
    );
    function changed() {
      describe();
      setting.onInput?.(inner.read());
    }
    function describe() {
      const chosen = inner.read() || [];
      summary.replaceChildren(
        ...(chosen.length
          ? chosen.map((value) => h("span", { class: "chip" }, labels.get(value)))
          : [plain(element.placeholder) || "Choose…"]),
      );
      const full = element.max_selected_items && chosen.length >= element.max_selected_items;
      for (const input of inner.node.querySelectorAll("input")) input.disabled = Boolean(full) && !input.checked;
    }
    node.addEventListener("toggle", () => !node.open && setting.onChange?.(inner.read() || []));
    describe();
    return { node, read: inner.read };
  };
}

const grouped = (element) => [
  ...(element.options || []),
  ...(element.option_groups || []).flatMap((group) => group.options),
];
const everyone = (element, setting) =>
  setting.people.map((person) => ({ value: person.id, text: { text: person.name } }));
const initialValues = (element) => (element.initial_options || []).map((option) => option.value);

function file(element, setting) {
  const accept = (element.filetypes || []).map((kind) => `.${kind}`).join(",");
  const { placeholder, ...shared } = attributesOf(element, setting);
  const node = h("input", {
    ...shared,
    class: "input file",
    type: "file",
    accept: accept || null,
    multiple: (element.max_files ?? 10) > 1,
  });
  return { node, read: () => (node.files.length ? [...node.files].map((one) => one.name) : null) };
}

const CONTROLS = {
  plain_text_input: text,
  rich_text_input: text,
  email_text_input: typed("email"),
  url_text_input: typed("url"),
  number_input: number,
  datepicker: typed("date"),
  timepicker: typed("time"),
  datetimepicker: datetime,
  static_select: select,
  external_select: external,
  users_select: people,
  conversations_select: channels,
  channels_select: channels,
  multi_static_select: several(grouped, initialValues),
  multi_external_select: several(grouped, initialValues),
  multi_users_select: several(everyone, (element) => element.initial_users || []),
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
  file_input: file,
};

/** What a person chose before, from Slack's `state.values`: a Map of "block/action" to the value a control starts with. */
export function enteredIn(state) {
  const found = new Map();
  for (const [block, actions] of Object.entries(state?.values || {}))
    for (const [action, typed] of Object.entries(actions)) found.set(`${block}/${action}`, valueIn(typed));
  return found;
}

function valueIn({ type, ...held }) {
  const value = Object.values(held)[0];
  if (Array.isArray(value)) return value.map((one) => one.value ?? one);
  return value?.value ?? value ?? "";
}
