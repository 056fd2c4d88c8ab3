// Block Kit as DOM: every block type, with its buttons and menus. What a click does is the caller's: `context.click`.
// context = {names, people, channels, values (Map), errors (Map), click(part, node), loadOptions(part), isForm}

import { h, icon, safeAddress } from "./dom.js";
import { chart } from "./chart.js";
import { withEmoji } from "./emoji.js";
import { control, isInput } from "./inputs.js";
import { markdown, richText, tableOf } from "./markdown.js";
import { openMenu } from "./menu.js";
import { inlineMrkdwn, mrkdwn } from "./mrkdwn.js";

/** All blocks of a message or view. */
export function renderBlocks(blocks, context) {
  return (blocks || []).map((block, index) =>
    renderBlock({ ...block, block_id: block.block_id ?? `block-${index}` }, context),
  );
}

function renderBlock(block, context) {
  const render = BLOCKS[block.type] || unknown;
  const node = render(block, context);
  node.setAttribute("data-block", block.type);
  node.setAttribute("data-block-id", block.block_id);
  return node;
}

/** A text object: mrkdwn or plain_text. */
export function textOf(text, context) {
  if (!text) return null;
  return text.type === "mrkdwn" ? mrkdwn(text.text, context.names) : withEmoji(text.text);
}

const BLOCKS = {
  header: (block) => h("div", { class: "b-header", role: "heading", "aria-level": "3" }, withEmoji(block.text.text)),
  divider: () => h("hr", { class: "divider" }),
  section,
  actions: (block, context) =>
    h(
      "div",
      { class: "b-actions" },
      block.elements.map((element) => renderElement(element, block, context)),
    ),
  context: (block, context) =>
    h(
      "div",
      { class: "b-context" },
      block.elements.map((element) => contextPart(element, context)),
    ),
  context_actions: (block, context) =>
    h(
      "div",
      { class: "b-actions" },
      block.elements.map((element) => renderElement(element, block, context)),
    ),
  image: picture,
  input,
  markdown: (block, context) => markdown(block.text, context.names),
  rich_text: (block, context) => richText(block, context.names),
  data_visualization: (block) => chart(block),
  table,
};

function unknown(block) {
  return h("div", { class: "b-unknown" }, `This page cannot show a “${block.type}” block.`);
}

function section(block, context) {
  const fields =
    block.fields &&
    h(
      "div",
      { class: "fields" },
      block.fields.map((field) => h("div", {}, textOf(field, context))),
    );
  const words = h("div", { class: "words" }, block.text ? h("div", {}, textOf(block.text, context)) : null, fields);
  const accessory =
    block.accessory &&
    h("div", { class: `accessory of-${block.accessory.type}` }, renderElement(block.accessory, block, context));
  const wide = block.accessory && ["checkboxes", "radio_buttons"].includes(block.accessory.type);
  return h("div", { class: wide ? "b-section wide" : "b-section" }, words, accessory);
}

function contextPart(element, context) {
  if (element.type === "image") return image(element, "context-image");
  const words = element.type === "mrkdwn" ? inlineMrkdwn(element.text, context.names) : withEmoji(element.text);
  return h("span", {}, words);
}

function image(element, className) {
  const address = safeAddress(element.image_url || element.slack_file?.url || "");
  return h("img", { class: className, src: address, alt: element.alt_text || "", loading: "lazy" });
}

function picture(block) {
  const title = block.title && h("figcaption", {}, withEmoji(block.title.text));
  return h("figure", { class: "b-image" }, title, image(block, "picture"));
}

function table(block, context) {
  const cell = (one) => [one.type === "rich_text" ? richText(one, context.names) : withEmoji(one.text || "")];
  return tableOf((block.rows || []).map((row) => row.map(cell)));
}

function input(block, context) {
  const id = `label-${block.block_id}-${block.element.action_id}`;
  const error = context.errors?.get(block.block_id);
  const label = h(
    "div",
    { class: "field-label", id },
    withEmoji(block.label.text),
    block.optional ? h("span", { class: "optional" }, " (optional)") : null,
  );
  const described = [block.hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const made = stateful(block.element, block, context, {
    testid: `field-${block.block_id}`,
    labelledBy: id,
    describedBy: described,
    required: !block.optional,
    onlyDispatch: true,
  });
  const complaint = h(
    "div",
    { class: "field-error", id: `${id}-error`, testid: `error-${block.block_id}`, role: "alert" },
    error ? [icon("warn", 15), error] : null,
  );
  const hint = block.hint && h("div", { class: "field-hint", id: `${id}-hint` }, withEmoji(block.hint.text));
  label.addEventListener("click", () => made.focus?.());
  return h("div", { class: error ? "b-input wrong" : "b-input" }, label, made, hint, complaint);
}

function renderElement(element, block, context) {
  if (isInput(element))
    return stateful(element, block, context, { testid: `action-${element.action_id}`, name: block.text?.text });
  if (element.type === "overflow") return overflow(element, block, context);
  if (element.type === "image") return image(element, "thumbnail");
  if (element.type === "feedback_buttons")
    return h(
      "span",
      { class: "b-actions" },
      ["positive_button", "negative_button"].map((key) =>
        button({ ...element[key], action_id: element.action_id }, block, context),
      ),
    );
  return button(element, block, context);
}

function stateful(element, block, context, setting) {
  const key = `${block.block_id}/${element.action_id}`;
  const dispatches = !setting.onlyDispatch || block.dispatch_action;
  const part = (value) => ({
    element,
    block_id: block.block_id,
    action_id: element.action_id,
    ...chosen(element, value),
  });
  const made = control(element, {
    ...setting,
    people: context.people,
    channels: context.channels,
    initial: context.values?.get(key),
    format: (text) => textOf(text, context),
    onInput: (value) => context.values?.set(key, value),
    onChange: dispatches ? (value) => context.click(part(value), made.node) : null,
    loadOptions: (query) => context.loadOptions(part(query)),
  });
  made.node.setAttribute("data-block-id", block.block_id);
  context.onControl?.({ element, block, read: made.read, node: made.node });
  return made.node;
}

/** The part of a click that says what was chosen: one option, several, or a plain value. */
function chosen(element, value) {
  if (Array.isArray(value)) return { options: value };
  return /static_select|external_select|radio_buttons/.test(element.type) ? { option: value } : { value };
}

function button(element, block, context) {
  const part = { element, block_id: block.block_id, action_id: element.action_id, value: element.value };
  const attributes = {
    type: "button",
    class: `button ${element.style || ""}`,
    testid: `action-${element.action_id}`,
    "data-block-id": block.block_id,
    "data-value": element.value,
    "aria-label": element.accessibility_label,
  };
  const node = h("button", attributes, withEmoji(element.text?.text || element.alt_text || "•"));
  node.addEventListener("click", () => {
    const address = element.url && safeAddress(element.url);
    if (address) window.open(address, "_blank", "noopener");
    context.click(part, node);
  });
  return node;
}

function overflow(element, block, context) {
  const attributes = {
    type: "button",
    class: "button overflow",
    testid: `action-${element.action_id}`,
    "data-block-id": block.block_id,
    "aria-label": "More actions",
    "aria-haspopup": "menu",
  };
  const node = h("button", attributes, icon("more", 18));
  const item = (option) => ({
    label: withEmoji(option.text.text),
    hint: option.description?.text,
    testid: `option-${option.value}`,
    onChoose: () =>
      context.click({ element, block_id: block.block_id, action_id: element.action_id, option: option.value }, node),
  });
  node.addEventListener("click", () => openMenu(node, element.options.map(item), "More actions"));
  return node;
}
