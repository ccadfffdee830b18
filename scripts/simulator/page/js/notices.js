// Word of a message that came to a phone which is not shown: one tap shows it. It goes when the message is read.
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { brief } from "./message.js";

export class Notices {
  #waiting = new Map();

  /** `phones` by kind; `shown(kind)` tells whether that phone is on the screen; `show(kind)` brings it there. */
  constructor(store, phones, { shown, show }) {
    this.store = store;
    this.phones = phones;
    this.shown = shown;
    this.show = show;
    store.on("messages", (change) => this.#arrived(change));
    store.on("unread", ({ person }) => this.#waiting.delete(person) && this.draw());
  }

  /** What was there when the page opened is no news: the list of people counts it. */
  #arrived({ person: id, added }) {
    const person = this.store.person(id);
    const news = added.filter(({ side }) => side === "them").at(-1);
    if (!document.body.dataset.ready || !person || !news || this.#seen(person)) return;
    this.#waiting.delete(id);
    this.#waiting.set(id, news);
    this.draw();
  }

  #seen({ id, kind }) {
    return this.phones[kind].person?.id === id && this.shown(kind);
  }

  /** Each notice stands on the phone it is about, or on the only one that is shown. */
  draw() {
    const latest = [...this.#waiting.keys()].reverse().map((id) => this.store.person(id));
    for (const [kind, phone] of Object.entries(this.phones)) {
      const about = latest.filter((person) => person && (person.kind === kind || !this.shown(person.kind)));
      phone.notice.hidden = about.length === 0;
      put(phone.notice, about.length > 0 && this.#bar(about));
    }
  }

  #bar([person, ...others]) {
    const whose = person.kind === "manager" ? "经理" : "客户";
    return [
      h(
        "button",
        { type: "button", class: "notice__go", onclick: () => this.#open(person) },
        h("strong", null, `${whose}${person.name}有新消息`, others.length > 0 && `（另有${others.length}人）`),
        h("span", null, brief(this.#waiting.get(person.id))),
      ),
      h(
        "button",
        {
          type: "button",
          class: "notice__close",
          "aria-label": "收起新消息提示",
          onclick: () => this.#clear([person, ...others]),
        },
        icon("close"),
      ),
    ];
  }

  #open({ id, kind }) {
    this.#waiting.delete(id);
    this.show(kind);
    this.phones[kind].choose(id);
    this.draw();
  }

  #clear(people) {
    for (const { id } of people) this.#waiting.delete(id);
    this.draw();
  }
}
