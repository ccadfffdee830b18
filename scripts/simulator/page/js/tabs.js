// On small screens: which of the two phones is shown, by tab or by a swipe across the header.
import { h, put } from "./dom.js";
import { icon } from "./icons.js";

const SWIPE_PX = 60;
const SIDES = { customer: "客户手机", manager: "经理手机" };

export class Tabs {
  constructor(store, root, phones) {
    this.phones = phones;
    this.badges = {};
    this.buttons = Object.entries(SIDES).map(([side, label]) => {
      this.badges[side] = h("span", { class: "badge", hidden: true });
      return h(
        "button",
        {
          type: "button",
          class: "tab",
          role: "tab",
          dataset: { side },
          "aria-controls": `${side}-phone`,
          onclick: () => this.show(side),
        },
        icon("phone"),
        label,
        this.badges[side],
      );
    });
    put(root, this.buttons).setAttribute("role", "tablist");
    for (const name of ["messages", "unread", "people"]) store.on(name, () => this.#count());
    for (const side of Object.keys(SIDES)) this.#swipe(document.getElementById(`${side}-phone`), side);
    this.show("customer");
  }

  show(side) {
    document.body.dataset.side = side;
    for (const button of this.buttons) button.setAttribute("aria-selected", String(button.dataset.side === side));
    this.phones[side]?.see();
    this.phones[side]?.talk.toEnd();
    this.#count();
  }

  #count() {
    for (const [side, badge] of Object.entries(this.badges)) {
      const unread = this.phones[side]?.unread ?? 0;
      badge.hidden = unread === 0;
      put(badge, unread > 99 ? "99+" : unread, h("span", { class: "unseen" }, "条未读"));
    }
  }

  #swipe(element, side) {
    let start = null;
    element.addEventListener(
      "touchstart",
      ({ touches }) => {
        start = touches.length === 1 ? { x: touches[0].clientX, y: touches[0].clientY } : null;
      },
      { passive: true },
    );
    element.addEventListener(
      "touchend",
      ({ changedTouches: [end] }) => {
        if (!start) return;
        const across = end.clientX - start.x;
        const along = Math.abs(end.clientY - start.y);
        start = null;
        if (Math.abs(across) < SWIPE_PX || along > Math.abs(across) / 2) return;
        if (across < 0 && side === "customer") this.show("manager");
        if (across > 0 && side === "manager") this.show("customer");
      },
      { passive: true },
    );
  }
}
