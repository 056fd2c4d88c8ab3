// When to fetch and redraw: soon, once for many reasons, and never while a button is held down, or the click would be lost.

const WHILE_PRESSED_MS = 50;
const PRESSED_AT_MOST_MS = 1500; // a release outside the window may never be heard

export class Refresh {
  /** `onFailure` is told when a fetch fails. */
  constructor(onFailure) {
    this.onFailure = onFailure;
    this.waiting = new Map(); // name -> timer
    this.pressedAt = 0;
    addEventListener("pointerdown", () => (this.pressedAt = performance.now()), true);
    for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => (this.pressedAt = 0), true);
  }

  isPressed() {
    return this.pressedAt && performance.now() - this.pressedAt < PRESSED_AT_MOST_MS;
  }

  /** Run `fetchIt` soon; asking again under the same name before that changes nothing. */
  soon(name, fetchIt, delay = 40) {
    if (this.waiting.has(name)) return;
    const run = () => {
      if (this.isPressed()) return this.waiting.set(name, setTimeout(run, WHILE_PRESSED_MS));
      this.waiting.delete(name);
      fetchIt().catch(() => this.onFailure());
    };
    this.waiting.set(name, setTimeout(run, delay));
  }
}
