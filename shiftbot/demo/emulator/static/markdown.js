// The two richer texts of Block Kit as DOM nodes: the `markdown` block (common Markdown) and `rich_text`.
// Like mrkdwn.js, only text nodes and checked addresses come out.

import { h } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { emojiNode, link, mention } from "./mrkdwn.js";
import { fillDate } from "./clock.js";

/** Common Markdown: headings, lists, quotes, fences, rules, tables, and the inline marks. */
export function markdown(text, names) {
  const out = h("div", { class: "markdown" });
  const rows = text.split("\n");
  let at = 0;
  while (at < rows.length) at = takeBlock(rows, at, out, names);
  return out;
}

function takeBlock(rows, at, out, names) {
  const row = rows[at];
  if (!row.trim()) return at + 1;
  if (row.startsWith("```")) return takeFence(rows, at, out);
  if (/^(-{3,}|\*{3,})$/.test(row.trim())) return out.append(h("hr", { class: "divider" })) ?? at + 1;
  const heading = /^(#{1,6}) +(.*)$/.exec(row);
  if (heading)
    return (
      out.append(h("p", { class: "heading", role: "heading", "aria-level": 3 }, inline(heading[2], names))) ?? at + 1
    );
  if (row.startsWith("|") && /^\|[\s:|-]+\|?$/.test(rows[at + 1] || "")) return takeTable(rows, at, out, names);
  return takeLines(rows, at, out, names);
}

function takeFence(rows, at, out) {
  let end = at + 1;
  while (end < rows.length && !rows[end].startsWith("```")) end += 1;
  out.append(h("pre", { class: "pre" }, rows.slice(at + 1, end).join("\n")));
  return end + 1;
}

function takeTable(rows, at, out, names) {
  const cells = (row) =>
    row
      .replace(/^\||\|\s*$/g, "")
      .split("|")
      .map((cell) => inline(cell.trim(), names));
  let end = at + 2;
  while (end < rows.length && rows[end].startsWith("|")) end += 1;
  out.append(tableOf([cells(rows[at]), ...rows.slice(at + 2, end).map(cells)]));
  return end;
}

/** A table whose first row is its head. Each cell is a list of nodes. */
export function tableOf([head, ...rows]) {
  const line = (tag) => (cells) =>
    h(
      "tr",
      {},
      cells.map((cell) => h(tag, tag === "th" ? { scope: "col" } : {}, cell)),
    );
  return h(
    "div",
    { class: "table-scroll" },
    h("table", { class: "table" }, h("thead", {}, line("th")(head)), h("tbody", {}, rows.map(line("td")))),
  );
}

const LINE_KINDS = [
  {
    pattern: /^\s*[-*+] +(.*)$/,
    make: (rows) =>
      h(
        "ul",
        { class: "list" },
        rows.map((row) => h("li", {}, row)),
      ),
  },
  {
    pattern: /^\s*\d+[.)] +(.*)$/,
    make: (rows) =>
      h(
        "ol",
        { class: "list" },
        rows.map((row) => h("li", {}, row)),
      ),
  },
  {
    pattern: /^> ?(.*)$/,
    make: (rows) =>
      h(
        "blockquote",
        { class: "quote" },
        rows.flatMap((row) => [row, h("br")]),
      ),
  },
];

function takeLines(rows, at, out, names) {
  const kind = LINE_KINDS.find(({ pattern }) => pattern.test(rows[at]));
  const belongs = (row) =>
    kind ? kind.pattern.test(row) : row.trim() && !/^(#|```|\||>|\s*[-*+] |\s*\d+[.)] )/.test(row);
  let end = at + 1;
  while (end < rows.length && belongs(rows[end])) end += 1;
  const taken = rows.slice(at, end);
  if (kind) out.append(kind.make(taken.map((row) => inline(kind.pattern.exec(row)[1], names))));
  else out.append(h("p", {}, inline(taken.join("\n"), names)));
  return end;
}

const MARKS =
  /(`[^`]+`)|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*)\*|_([^_\s][^_]*)_|~~(.+?)~~|\[([^\]]+)\]\(([^)\s]+)\)|:([a-z0-9_+-]+):|<@(\w+)>|(\n)/g;

function inline(text, names) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(MARKS)) {
    nodes.push(text.slice(last, match.index), marked(match, names));
    last = match.index + match[0].length;
  }
  return [...nodes, text.slice(last)];
}

function marked(match, names) {
  const [whole, code, bold, bold2, italic, italic2, strike, label, address, emoji, user, newline] = match;
  if (code) return h("code", { class: "code" }, code.slice(1, -1));
  if (bold || bold2) return h("strong", {}, inline(bold || bold2, names));
  if (italic || italic2) return h("em", {}, inline(italic || italic2, names));
  if (strike) return h("s", {}, inline(strike, names));
  if (label) return link(address, label);
  if (emoji) return emojiNode(emoji) || whole;
  if (user) return mention(`@${names.user(user) || user}`, names.isMe?.(user));
  return newline ? h("br") : whole;
}

/** A rich_text block: sections, lists, quotes and preformatted text of styled elements. */
export function richText(block, names) {
  return h(
    "div",
    { class: "rich-text" },
    (block.elements || []).map((element) => richPart(element, names)),
  );
}

function richPart(part, names) {
  const inside = () => (part.elements || []).map((element) => richLeaf(element, names));
  if (part.type === "rich_text_list") {
    const items = part.elements.map((item) =>
      h(
        "li",
        {},
        (item.elements || []).map((element) => richLeaf(element, names)),
      ),
    );
    return h(part.style === "ordered" ? "ol" : "ul", { class: "list", style: `--indent: ${part.indent || 0}` }, items);
  }
  if (part.type === "rich_text_quote") return h("blockquote", { class: "quote" }, inside());
  if (part.type === "rich_text_preformatted") return h("pre", { class: "pre" }, inside());
  return h("div", { class: "rich-section" }, inside());
}

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text || leaf.url),
  user: (leaf, names) => mention(`@${names.user(leaf.user_id) || leaf.user_id}`, names.isMe?.(leaf.user_id)),
  usergroup: (leaf, names) => mention(names.group?.(leaf.usergroup_id) || "@group"),
  channel: (leaf, names) => mention(`#${names.channel(leaf.channel_id) || leaf.channel_id}`),
  broadcast: (leaf) => mention(`@${leaf.range}`),
  emoji: (leaf) => emojiNode(leaf.name) || `:${leaf.name}:`,
  date: (leaf) => fillDate(leaf.timestamp, leaf.format || "{date_short} {time}"),
};

function richLeaf(leaf, names) {
  let node = LEAVES[leaf.type] ? LEAVES[leaf.type](leaf, names) : leaf.fallback || "";
  const style = leaf.style || {};
  if (style.code) node = h("code", { class: "code" }, node);
  if (style.bold) node = h("strong", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.strike) node = h("s", {}, node);
  return node;
}

/** Is this plain text nothing but emoji? Slack shows such a message large. */
export function isOnlyEmoji(text) {
  const names = /^(?:\s*:[a-z0-9_+-]+:\s*){1,6}$/.test(text || "") ? text.match(/:([a-z0-9_+-]+):/g) : null;
  return Boolean(names) && names.every((name) => emojiFor(name.slice(1, -1)));
}
