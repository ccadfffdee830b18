// The scrolling conversation of one phone.
import { parts, stamp } from "./clock.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { hints } from "./hints.js";
import { drawMessage } from "./message.js";

const GAP_MS = 5 * 60_000;
const NEAR_PX = 90;

export class TalkView {
  #person = null;
  #day = 0;
  #newer = 0;
  #stuck = true;

  constructor(store, context, label) {
    this.store = store;
    this.context = context;
    this.log = h("div", { class: "talk__log" });
    this.hints = h("div", { class: "talk__hints" });
    this.waiting = h("div", { class: "talk__waiting" });
    this.scroller = h(
      "div",
      { class: "talk", role: "log", "aria-live": "polite", "aria-label": label, tabindex: "0" },
      this.log,
      this.hints,
      this.waiting,
    );
    this.pill = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() });
    this.element = h("div", { class: "talk-wrap" }, this.scroller, this.pill);
    this.scroller.addEventListener("scroll", () => this.#near() && this.#clearPill(), { passive: true });
    new ResizeObserver(() => this.#stuck && this.toEnd()).observe(this.scroller);
    this.scroller.addEventListener("load", () => this.#stuck && this.toEnd(), true);
    store.on("messages", (change) => change.person === this.#person?.id && this.#change(change));
    store.on("pending", ({ person }) => person === this.#person?.id && this.#drawWaiting(true));
    for (const name of ["people", "settings"]) store.on(name, () => this.#drawHints());
    store.on("clock", () => parts(store.clock.now()).dayNumber !== this.#day && this.redraw());
  }

  show(person) {
    this.#person = person;
    this.redraw();
    this.toEnd();
  }

  redraw() {
    if (!this.#person) return;
    const now = this.store.clock.now();
    this.#day = parts(now).dayNumber;
    const { messages } = this.store.talk(this.#person.id);
    put(
      this.log,
      messages.map((message, index) => this.#draw(message, messages[index - 1], now)),
    );
    this.#drawWaiting(false);
    if (this.#stuck) this.toEnd();
  }

  #context() {
    return { ...this.context, accountName: this.context.accountName(), person: this.#person };
  }

  #draw(message, before, now) {
    const at = Date.parse(message.at);
    const timed = !before || Math.abs(at - Date.parse(before.at)) > GAP_MS;
    const line =
      timed &&
      !Number.isNaN(at) &&
      h("p", { class: "line line--time" }, h("time", { datetime: message.at }, stamp(at, now)));
    return [line, drawMessage(message, this.#context())];
  }

  #change({ added, changed, inOrder }) {
    if (!inOrder) return this.redraw();
    for (const message of changed) {
      const old = this.log.querySelector(`[data-seq="${message.seq}"]`);
      const held = old?.contains(document.activeElement);
      const fresh = drawMessage(message, this.#context());
      old?.replaceWith(fresh);
      if (held) this.scroller.focus({ preventScroll: true });
    }
    const { messages } = this.store.talk(this.#person.id);
    const now = this.store.clock.now();
    const first = messages.length - added.length;
    added.forEach((message, index) =>
      this.log.append(...this.#draw(message, messages[first + index - 1], now).filter(Boolean)),
    );
    this.#drawWaiting(false);
    if (this.#stuck || added.some((message) => message.side === "me")) this.toEnd();
    else this.#countNewer(added.length);
    return undefined;
  }

  #drawWaiting(toEnd) {
    put(
      this.waiting,
      this.store.talk(this.#person.id).pending.map((message) => drawMessage(message, this.#context())),
    );
    this.#drawHints();
    if (toEnd) this.toEnd();
  }

  /** They go as soon as the phone's owner has written something. */
  #drawHints() {
    if (!this.#person) return;
    const person = this.store.person(this.#person.id) ?? this.#person;
    const { messages, pending } = this.store.talk(person.id);
    const fresh = pending.length === 0 && !messages.some(({ side }) => side === "me");
    put(this.hints, fresh && hints(person, this.store.menu, this.context.onSay));
    if (this.#stuck) this.toEnd();
  }

  #near() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#stuck = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    return this.#stuck;
  }

  /** The foot changed its height: who was at the end stays there. */
  grew() {
    if (this.#stuck) this.toEnd();
  }

  toEnd() {
    this.#stuck = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#clearPill();
  }

  #countNewer(count) {
    if (!count) return;
    this.#newer += count;
    put(this.pill, icon("down"), `${this.#newer} 条新消息`).hidden = false;
  }

  #clearPill() {
    this.#newer = 0;
    this.pill.hidden = true;
  }
}
