// Watching over the shoulders of the other people: when one of them gets a direct message, offer to become them.

import { read } from "./api.js";
import { tell } from "./toast.js";

export class Company {
  /** `become(user, channel)` switches to that person and opens that channel. */
  constructor(toasts, become) {
    this.toasts = toasts;
    this.become = become;
    this.unread = new Map(); // person -> all unread when last looked
    this.direct = new Map(); // person -> unread direct messages when last looked
  }

  /** Compare with what was known; the first look only learns. */
  async look(people, me, appName) {
    for (const person of people) {
      const before = this.unread.get(person.id);
      this.unread.set(person.id, person.unread);
      if (before === person.unread) continue;
      if (person.id === me) this.toasts.querySelector(`[data-person="${me}"]`)?.remove();
      await this.lookAtDirect(person, before === undefined || person.id === me, appName);
    }
  }

  async lookAtDirect(person, isQuiet, appName) {
    const { channels } = await read("/page/state", { user: person.id });
    const direct = channels.filter((channel) => channel.kind === "im");
    const unread = direct.reduce((sum, channel) => sum + channel.unread, 0);
    const known = this.direct.get(person.id) || 0;
    this.direct.set(person.id, unread);
    if (isQuiet || unread <= known) return;
    const channel = direct.find((one) => one.unread);
    const words = unread === 1 ? `1 unread from ${appName}` : `${unread} unread from ${appName}`;
    tell(this.toasts, person, words, () => this.become(person.id, channel.id));
  }
}
