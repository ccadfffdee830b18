// The card beside a phone on wide screens: who holds it, and what he can do at once.
import { api } from "./api.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { openFollow } from "./phoneacts.js";
import { avatar } from "./avatars.js";

const KINDS = { customer: "客户", manager: "客户经理" };

export class Flank {
  /** `why` opens the drawer that tells how this customer was understood; a manager's words are not understood. */
  constructor(store, phone, root, why = null) {
    this.phone = phone;
    this.root = root;
    this.why = why;
    store.on("people", () => this.draw());
    store.on("chosen", () => this.draw());
  }

  draw() {
    const { person } = this.phone;
    if (!person) return;
    put(
      this.root,
      h(
        "div",
        { class: "flank__who" },
        h("span", { class: "flank__kind" }, KINDS[person.kind]),
        avatar(person, "avatar--big"),
        h("h2", { class: "flank__name" }, person.name),
        this.#following(person),
        person.note && h("p", { class: "flank__note" }, person.note),
        h("p", { class: "flank__id" }, person.openid ?? person.userid),
      ),
      h("div", { class: "flank__acts" }, this.#buttons(person)),
    );
  }

  #following(person) {
    if (person.kind !== "customer") return null;
    return h(
      "span",
      { class: `pill${person.following ? " pill--on" : ""}` },
      person.following ? "已关注公众号" : "未关注公众号",
    );
  }

  #buttons(person) {
    const { phone } = this;
    const button = (name, label, act) => h("button", { type: "button", class: "btn", onclick: act }, icon(name), label);
    const change = button("people", `切换${KINDS[person.kind]}`, () => phone.list.open(person.id));
    if (person.kind !== "customer") return [change];
    return [
      change,
      button("scan", "扫一扫", () => phone.scan()),
      this.why && button("code", "怎么理解的", () => this.why()),
      person.following && button("bell", "订阅通知", () => phone.subscribe()),
      person.following
        ? button("leave", "取消关注", () => phone.runAndRefresh((id) => api.unfollow(id)))
        : button("plus", "关注公众号", () => openFollow(phone)),
    ];
  }
}
