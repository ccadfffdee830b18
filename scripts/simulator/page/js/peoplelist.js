// The list of demo people, drawn as the app's list of chats; picking one changes the phone's owner.
import { stamp } from "./clock.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { brief } from "./message.js";
import { avatar } from "./avatars.js";

const TITLES = { customer: "选择客户", manager: "选择客户经理" };

export class PeopleList {
  #close = null;

  constructor(store, screen, kind, onPick) {
    this.store = store;
    this.screen = screen;
    this.kind = kind;
    this.onPick = onPick;
    for (const name of ["people", "messages", "unread"]) store.on(name, () => this.#close && this.#draw());
  }

  open(current) {
    if (this.#close) return;
    this.current = current;
    this.list = h("ul", { class: "people__list" });
    const beneath = [...this.screen.children];
    const before = document.activeElement;
    const page = h(
      "div",
      { class: "people", role: "dialog", "aria-modal": "true", "aria-label": TITLES[this.kind] },
      h(
        "div",
        { class: "people__head" },
        h(
          "div",
          { class: "head" },
          h(
            "button",
            { type: "button", class: "head__back", "aria-label": "返回", onclick: () => this.close() },
            icon("back"),
          ),
          h("h2", { class: "head__title" }, TITLES[this.kind]),
        ),
      ),
      this.list,
    );
    for (const child of beneath) child.inert = true;
    this.#close = () => {
      page.remove();
      for (const child of beneath) child.inert = false;
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
    page.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    this.screen.append(page);
    this.#draw();
    (this.list.querySelector('[aria-current="true"]') ?? this.list.querySelector("button"))?.focus({
      preventScroll: false,
    });
  }

  close() {
    this.#close?.();
    this.#close = null;
  }

  #draw() {
    const held = this.list.contains(document.activeElement) && document.activeElement.dataset.person;
    const now = this.store.clock.now();
    put(
      this.list,
      this.store.of(this.kind).map((person) => h("li", null, this.#row(person, now))),
    );
    if (held) this.list.querySelector(`[data-person="${CSS.escape(held)}"]`)?.focus();
  }

  #row(person, now) {
    const talk = this.store.talk(person.id);
    const unread = person.id === this.current ? 0 : talk.unread;
    const when = talk.last && stamp(Date.parse(talk.last.at), now).split(" ")[0];
    return h(
      "button",
      {
        type: "button",
        class: "person",
        dataset: { person: person.id },
        "aria-current": person.id === this.current ? "true" : null,
        onclick: () => {
          this.close();
          this.onPick(person.id);
        },
      },
      h(
        "span",
        { class: "person__face" },
        avatar(person, "avatar--list"),
        unread > 0 && h("span", { class: "badge" }, unread, h("span", { class: "unseen" }, "条未读")),
      ),
      h(
        "span",
        { class: "person__words" },
        h("span", { class: "person__name" }, person.name),
        h("span", { class: "person__note" }, person.note || brief(talk.last)),
      ),
      h("span", { class: "person__side" }, when || "", followTag(person)),
    );
  }
}

function followTag(person) {
  if (person.kind !== "customer") return null;
  return h("span", { class: `tag${person.following ? "" : " tag--off"}` }, person.following ? "已关注" : "未关注");
}
