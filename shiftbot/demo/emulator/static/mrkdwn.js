// Slack's mrkdwn as DOM nodes: bold, italic, strike, code, quotes, bullets, links, mentions, dates, emoji.
// Every piece of the message ends as a text node or a checked address; names of people and channels come from `names`.

import { h, safeAddress } from "./dom.js";
import { emojiFor, withEmoji } from "./emoji.js";
import { fillDate, inFull } from "./clock.js";

/** Undo the three escapes that Slack asks senders for. */
export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Render mrkdwn. `names` = {user(id), channel(id)}; `verbatim` leaves bare addresses alone. */
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  for (const [index, piece] of String(text ?? "")
    .split("```")
    .entries()) {
    if (index % 2) out.append(h("pre", { class: "pre" }, unescape(piece.replace(/^\n|\n$/g, ""))));
    else out.append(...lines(index ? piece.replace(/^\n/, "") : piece, names));
  }
  return out;
}

/** One run of inline mrkdwn without line structure, e.g. a field of a context block. */
export function inlineMrkdwn(text, names) {
  return inline(String(text ?? ""), names);
}

function lines(text, names) {
  const nodes = [];
  let quote = null;
  const rows = text.split("\n");
  for (const [index, row] of rows.entries()) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(row);
    if (quoted) {
      if (!quote) nodes.push((quote = h("blockquote", { class: "quote" })));
      else quote.append(h("br"));
      quote.append(...inline(quoted[1], names));
      continue;
    }
    nodes.push(...plainRow(row, names, index < rows.length - 1));
    quote = null;
  }
  return nodes;
}

function plainRow(row, names, hasNext) {
  const bullet = /^(\s*)([•◦▪︎-]|\d+[.)]) +(.*)$/.exec(row);
  if (bullet) {
    const mark = bullet[2] === "-" ? "•" : bullet[2];
    const style = `--indent: ${Math.min(bullet[1].length, 8) / 2}`;
    return [
      h(
        "span",
        { class: "bullet", style },
        h("span", { class: "mark" }, mark),
        h("span", {}, inline(bullet[3], names)),
      ),
    ];
  }
  const nodes = inline(row, names);
  if (hasNext) nodes.push(h("br"));
  return nodes;
}

const TOKENS = [
  { pattern: /<([^<>\n]+)>/y, make: (match, names) => angle(match[1], names) },
  { pattern: /`([^`\n]+)`/y, make: (match) => h("code", { class: "code" }, unescape(match[1])) },
  {
    pattern: /\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/y,
    wordly: true,
    make: (match, names) => h("strong", {}, inline(match[1], names)),
  },
  {
    pattern: /_(?=\S)([^\n]*?[^_\s])_(?![\w])/y,
    wordly: true,
    make: (match, names) => h("em", {}, inline(match[1], names)),
  },
  {
    pattern: /~(?=\S)([^~\n]*[^~\s])~(?![\w~])/y,
    wordly: true,
    make: (match, names) => h("s", {}, inline(match[1], names)),
  },
  { pattern: /:([a-z0-9_+-]+(?:::skin-tone-\d)?):/y, make: (match) => emojiNode(match[1]) },
  {
    pattern: /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"]/y,
    wordly: true,
    make: (match) => link(unescape(match[0]), match[0]),
  },
];

function inline(text, names) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = tokenAt(text, at, names);
    if (!found) {
      plain += text[at++];
      continue;
    }
    if (plain) nodes.push(unescape(plain));
    plain = "";
    nodes.push(found.node);
    at = found.end;
  }
  if (plain) nodes.push(unescape(plain));
  return nodes;
}

function tokenAt(text, at, names) {
  for (const { pattern, wordly, make } of TOKENS) {
    if (wordly && at > 0 && /\w/.test(text[at - 1])) continue;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const end = pattern.lastIndex; // `make` may use the same pattern again
    const node = match && make(match, names);
    if (node) return { node, end };
  }
  return null;
}

/** An emoji with its name as a tooltip, or null for an unknown shortcode. */
export function emojiNode(name) {
  const character = emojiFor(name);
  return (
    character &&
    h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, character)
  );
}

/** A link that opens beside the page, or plain text when the address is not one we open. */
export function link(address, label) {
  const href = safeAddress(address);
  const shown = withEmoji(unescape(label));
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown) : document.createTextNode(shown);
}

/** What stands between < and >: a mention, a date, a group or an address. */
function angle(inside, names) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inside.slice(bar + 1));
  if (target.startsWith("@"))
    return mention(`@${names.user(target.slice(1)) || label || target.slice(1)}`, names.isMe?.(target.slice(1)));
  if (target.startsWith("#")) return mention(`#${names.channel(target.slice(1)) || label || target.slice(1)}`);
  if (target.startsWith("!date^")) return dateNode(target, label);
  if (target.startsWith("!subteam^")) return mention(label || names.group?.(target.slice(9)) || "@group");
  if (target.startsWith("!")) return mention(label || `@${target.slice(1)}`);
  return link(unescape(target), label || target.replace(/^mailto:/, ""));
}

export function mention(label, isMe = false) {
  return h("span", { class: isMe ? "mention me" : "mention" }, label);
}

function dateNode(target, fallback) {
  const [, seconds, template, address] = target.split("^");
  if (!/^\d+$/.test(seconds || "")) return document.createTextNode(fallback);
  const shown = h("time", { title: inFull(seconds) }, fillDate(seconds, template || "{date_short} {time}"));
  const href = address && safeAddress(unescape(address));
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown) : shown;
}
