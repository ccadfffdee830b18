// The foot of a phone's chat: menu bar or input bar, and the panels under it.
import { h, put } from "./dom.js";
import { holdToTalk } from "./holdtalk.js";
import { icon } from "./icons.js";
import { MenuBar, menuButtons } from "./menubar.js";
import { facePanel, morePanel } from "./panels.js";

const TALLEST_PX = 116;

export class Composer {
  #person = null;
  #mode = "text";
  #panel = null;
  #menu = "";

  /** `acts`: send(body), menu(button), follow(), draft(text?) and grew(). */
  constructor(store, screen, acts) {
    this.store = store;
    this.screen = screen;
    this.acts = acts;
    this.field = h("textarea", {
      class: "bar__field",
      rows: 1,
      enterkeyhint: "send",
      "aria-label": "输入消息",
      maxlength: 12000,
    });
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("focus", () => this.#panel && this.#openPanel(null));
    this.menubar = new MenuBar({ onPick: (button) => acts.menu(button), onKeyboard: () => this.#to("text", true) });
    this.element = h("div", { class: "foot" });
    store.on("settings", () => this.#menuMayHaveChanged());
    store.on("people", () => this.#person && this.show(store.person(this.#person.id) ?? this.#person));
  }

  show(person) {
    const other = this.#person?.id !== person.id;
    const changed = other || this.#person.following !== person.following;
    this.#person = person;
    if (!changed) return;
    if (other) {
      this.#mode = "text";
      this.#panel = null;
      this.field.value = this.acts.draft();
    }
    this.#draw();
  }

  /** Drawing anew takes the field out for a moment, which would break off a word being composed: only if needed. */
  #menuMayHaveChanged() {
    const menu = JSON.stringify(this.store.menu);
    if (menu === this.#menu) return;
    this.#menu = menu;
    if (this.#person) this.#draw();
  }

  get #hasMenu() {
    return this.#person.account === "official" && menuButtons(this.store.menu).length > 0;
  }

  #to(mode, focus = false) {
    this.#mode = mode;
    this.#panel = null;
    this.#draw();
    const next = {
      text: this.field,
      voice: this.element.querySelector(".bar__hold"),
      menu: this.element.querySelector(".menubar__toggle"),
    }[mode];
    if (focus) next?.focus({ preventScroll: true });
  }

  #draw() {
    const hadFocus = document.activeElement === this.field;
    put(this.element, this.#bar(), this.#panelNode());
    if (hadFocus && this.field.isConnected) this.field.focus({ preventScroll: true });
    this.#fit();
    this.acts.grew();
  }

  #bar() {
    if (!this.#person.following) {
      const label = this.#person.account === "official" ? "关注公众号" : "启用应用";
      return h(
        "div",
        { class: "bar" },
        h("button", { type: "button", class: "bar__follow", onclick: () => this.acts.follow() }, label),
      );
    }
    if (this.#mode === "menu" && this.#hasMenu) {
      this.menubar.show(this.store.menu);
      return this.menubar.element;
    }
    return this.#inputBar(this.#mode === "voice");
  }

  #inputBar(voice) {
    const button = (name, label, act, extra = "") =>
      h("button", { type: "button", class: `bar__icon ${extra}`, "aria-label": label, onclick: act }, icon(name, 1.5));
    this.send = h(
      "button",
      { type: "button", class: "bar__send", hidden: true, onclick: () => this.#submit() },
      "发送",
    );
    this.plus = button("plus", "更多：图片、位置等", () => this.#togglePanel("more"));
    this.plus.setAttribute("aria-expanded", String(this.#panel === "more"));
    return h(
      "div",
      { class: "bar" },
      this.#hasMenu && button("menu", "切换到菜单", () => this.#to("menu", true), "bar__icon--side"),
      voice
        ? button("keyboard", "切换到键盘输入", () => this.#to("text", true))
        : button("speak", "切换到语音", () => this.#to("voice", true)),
      voice ? holdToTalk(this.screen, (seconds) => this.acts.send({ type: "voice", seconds })) : this.field,
      button("face", "表情", () => this.#togglePanel("faces")),
      this.plus,
      this.send,
    );
  }

  #panelNode() {
    const send = (body) => this.acts.send(body);
    if (this.#panel === "more") return morePanel(this.screen, send, () => this.#openPanel("stickers"));
    if (this.#panel) return facePanel(send, (sign) => this.#insert(sign), this.#panel);
    return null;
  }

  #togglePanel(name) {
    this.#openPanel(this.#panel === name ? null : name);
  }

  #openPanel(name) {
    this.#panel = name;
    if (name && this.#mode === "menu") this.#mode = "text";
    this.element.querySelector(".panel")?.remove();
    const panel = this.#panelNode();
    if (panel) this.element.append(panel);
    this.plus?.setAttribute("aria-expanded", String(name === "more"));
    this.acts.grew();
  }

  #insert(sign) {
    const { selectionStart: start, selectionEnd: end } = this.field;
    this.field.setRangeText(sign, start, end, "end");
    this.#typed();
  }

  #typed() {
    this.acts.draft(this.field.value);
    this.#fit();
    this.acts.grew();
  }

  #fit() {
    const words = this.field.value.trim() !== "";
    if (this.send) {
      this.send.hidden = !words || this.#mode === "voice";
      this.plus.hidden = !this.send.hidden;
    }
    if (!this.field.isConnected) return;
    this.field.style.setProperty("height", "40px");
    this.field.style.setProperty("height", `${Math.min(TALLEST_PX, Math.max(40, this.field.scrollHeight))}px`);
  }

  /** Enter sends, Shift+Enter breaks the line; an Enter that picks a Chinese word does neither. */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const content = this.field.value;
    if (content.trim() === "") return;
    this.field.value = "";
    this.#typed();
    this.acts.send({ type: "text", content });
  }
}
