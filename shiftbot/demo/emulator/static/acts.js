// Everything a person does: saying, commanding, clicking, choosing, submitting. Shows that it is on its way and complains when it fails.

import { h, icon } from "./dom.js";
import { send } from "./api.js";
import { textOf } from "./blocks.js";
import { ask, openMenu } from "./menu.js";
import { unescape } from "./mrkdwn.js";
import { complain } from "./toast.js";

export class Acts {
  /** `page` gives who I am and what is known; `toasts` and `line` are where complaints and answers are shown. */
  constructor(page, { toasts, line }) {
    this.page = page;
    this.toasts = toasts;
    this.line = line;
  }

  /** Send one act as the present person. Resolves to {ok, response?, error?}; a modal shows its own errors (`isQuiet`). */
  async act(body, isQuiet = false) {
    const answer = await send("/page/act", { user: this.page.me, ...body });
    if (answer.ok && answer.acked_in_ms) this.showAnswered(answer.acked_in_ms);
    if (!answer.ok && !isQuiet) this.complain(answer.error || "That did not work");
    this.page.refreshState();
    return answer;
  }

  complain(words) {
    complain(this.toasts, words);
  }

  showAnswered(milliseconds) {
    const took = Math.max(1, Math.round(milliseconds));
    this.line.replaceChildren(
      h("span", { class: "ack" }, icon("check", 14), `${this.page.bot.name} answered in ${took} ms`),
    );
  }

  /** Say something, or run a slash command. Resolves to whether it went out. */
  async say(text, { channel, thread_ts }) {
    const command = /^(\/\S+)\s*(.*)$/s.exec(text);
    const refusal = command && this.refusal(command[1], thread_ts);
    if (refusal) return this.complain(refusal);
    const body = command ? { do: "command", command: command[1], text: command[2] } : { do: "say", text, thread_ts };
    const answer = await this.act({ ...body, channel });
    this.page.refreshMessages();
    return answer.ok;
  }

  refusal(command, thread_ts) {
    if (thread_ts) return "Slash commands do not work in threads, as in Slack.";
    const known = this.page.commands.map((one) => one.command);
    return known.includes(command)
      ? null
      : `${command} is not a command here. Try ${known.join(" or ") || "a message"}.`;
  }

  /** A click on a part of `where`: ask if the part wants that, show that it is on its way, send it with what a form holds. */
  async click(where, part, node, values) {
    if (node.getAttribute("aria-busy") === "true") return;
    const { element, ...sent } = part;
    if (element.confirm && !(await ask(element.confirm, (text) => textOf(text, this.page.contextFor(where))))) return;
    node.setAttribute("aria-busy", "true");
    node.classList.add("pending");
    await this.act({ do: "click", where, ...sent, ...(values ? { values: values() } : {}) });
    node.removeAttribute("aria-busy");
    node.classList.remove("pending");
  }

  /** The options of an external select. */
  async loadOptions(where, part) {
    const { element, ...sent } = part;
    const { response } = await this.act({ do: "load_options", where, ...sent });
    return response?.options || response?.option_groups?.flatMap((group) => group.options);
  }

  /** Close the top modal, or the whole stack. */
  dismiss(view, all = false) {
    return this.act({ do: "dismiss", view_id: view.id, clear: all });
  }

  submit(view, values) {
    return this.act({ do: "submit", view_id: view.id, values }, true);
  }

  react(message, name) {
    return this.act({ do: "react", channel: message.channel, ts: message.ts, name });
  }

  /** The "⋯" menu of a message: the app's message shortcuts, then our own. */
  openMessageMenu(anchor, message) {
    const { page } = this;
    const run = (callback_id) => () =>
      this.act({ do: "message_shortcut", callback_id, channel: message.channel, ts: message.ts });
    const shortcuts = page.shortcuts
      .filter((one) => one.type === "message")
      .map((one) => ({
        label: one.name,
        hint: page.bot.name,
        testid: `shortcut-${one.callback_id}`,
        onChoose: run(one.callback_id),
      }));
    const reply =
      page.thread?.channel === message.channel
        ? []
        : [
            {
              label: "Reply in thread",
              testid: "menu-reply",
              onChoose: () => page.openThread(message.channel, message.thread_ts || message.ts),
            },
          ];
    const copy = {
      label: "Copy text",
      testid: "menu-copy",
      onChoose: () => navigator.clipboard?.writeText(unescape(message.text || "")),
    };
    openMenu(
      anchor,
      [...shortcuts, shortcuts.length ? null : undefined, ...reply, copy].filter((item) => item !== undefined),
      "Message actions",
    );
  }
}
