// One phone: status bar, header, conversation, foot; and what its owner can do.
import { api } from "./api.js";
import { parts } from "./clock.js";
import { Composer } from "./composer.js";
import { h, put } from "./dom.js";
import { dots, icon, phoneSigns } from "./icons.js";
import { openFollow, openLink, openNotice, openOptions, openScan } from "./phoneacts.js";
import { PeopleList } from "./peoplelist.js";
import { openViewer } from "./sheet.js";
import { TalkView } from "./talkview.js";
import { attempt } from "./toast.js";

const CHOSEN = "tiexin.simulator.chosen";
const NAMES = { customer: "贴心服务", manager: "贴心助手" };

export class Phone {
  person = null;

  /** `watching()` tells whether this phone can be seen now: only then its messages count as read. */
  constructor(store, kind, root, watching) {
    this.store = store;
    this.kind = kind;
    this.watching = watching;
    this.account = kind === "customer" ? "official" : "work";
    this.screen = h("div", { class: "screen" });
    this.time = h("span");
    this.title = h("h1", { class: "head__title" });
    this.news = h("span", { class: "head__news", hidden: true });
    this.back = h(
      "button",
      { type: "button", class: "head__back", onclick: () => this.list.open(this.person?.id) },
      icon("back"),
      h("span", { class: "head__change" }, "换人"),
      this.news,
    );
    this.notice = h("div", { class: "notice", role: "status", hidden: true });
    this.talk = new TalkView(store, this.#context(), `${this.accountName}的对话`);
    this.composer = new Composer(store, this.screen, this.#acts());
    this.list = new PeopleList(store, this.screen, kind, (id) => this.choose(id));
    put(root, h("div", { class: "phone__frame" }, put(this.screen, this.#page())));
    this.#listen();
  }

  get accountName() {
    const { settings } = this.store;
    return (this.account === "official" ? settings.account_name : settings.work_name) || NAMES[this.kind];
  }

  #page() {
    return h(
      "div",
      { class: "screen__page" },
      h(
        "div",
        { class: "statusbar", "aria-hidden": "true" },
        this.time,
        h("span", { class: "statusbar__signs" }, phoneSigns()),
      ),
      h(
        "div",
        { class: "head" },
        this.back,
        this.title,
        h(
          "button",
          { type: "button", class: "head__more", "aria-label": "更多操作", onclick: () => openOptions(this) },
          dots(),
        ),
      ),
      this.notice,
      this.talk.element,
      this.composer.element,
      h("div", { class: "homebar", "aria-hidden": "true" }),
    );
  }

  #listen() {
    const { store } = this;
    store.on("people", () => this.#people());
    store.on("settings", () => this.#head());
    store.on("typing", ({ person }) => person === this.person?.id && this.#head());
    store.on("messages", () => {
      this.see();
      this.#head();
    });
    store.on("unread", () => this.#head());
    store.on("clock", () => this.tick());
  }

  tick() {
    this.time.textContent = parts(this.store.clock.now()).time;
  }

  #people() {
    const list = this.store.of(this.kind);
    const still = this.person && this.store.person(this.person.id);
    if (still) this.person = still;
    else if (list.length) this.choose((list.find(({ id }) => id === chosen(this.kind)) ?? list[0]).id);
    this.#head();
  }

  choose(id) {
    this.person = this.store.person(id);
    remember(this.kind, id);
    this.talk.show(this.person);
    this.composer.show(this.person);
    this.see();
    this.#head();
    this.store.dispatchEvent(new CustomEvent("chosen", { detail: { kind: this.kind } }));
  }

  /** Everything on a phone that can be seen is read. */
  see() {
    if (this.person && this.watching()) this.store.markSeen(this.person.id);
  }

  get unread() {
    return this.store.of(this.kind).reduce((sum, { id }) => sum + this.store.talk(id).unread, 0);
  }

  #head() {
    if (!this.person) return;
    const typing = this.store.talk(this.person.id).typing;
    put(
      this.title,
      typing ? "对方正在输入…" : this.accountName,
      !typing && h("small", null, `${this.person.name}的手机`),
    );
    const others = this.store.of(this.kind).filter(({ id }) => id !== this.person.id && this.store.talk(id).unread > 0);
    this.news.hidden = others.length === 0;
    this.back.setAttribute("aria-label", others.length ? `切换人物（${others.length}人有新消息）` : "切换人物");
    this.back.setAttribute("title", this.back.getAttribute("aria-label"));
  }

  #context() {
    return {
      kind: this.account,
      accountName: () => this.accountName,
      onOption: (message, option) => this.run((id) => api.tap(id, message.seq, option)),
      onSay: (content) => attempt(() => this.store.send(this.person.id, { type: "text", content })),
      onLink: (link) => openLink(this, link),
      onPicture: (picture) => openViewer(this.screen, picture),
      onResend: (waiting) => attempt(() => this.store.resend(this.person.id, waiting)),
    };
  }

  #acts() {
    return {
      send: (body) => attempt(() => this.store.send(this.person.id, body)),
      menu: (button) => this.pickMenu(button),
      follow: () => (this.kind === "customer" ? openFollow(this) : this.runAndRefresh((id) => api.follow(id))),
      draft: (text) => this.#draft(text),
      grew: () => this.talk.grew(),
    };
  }

  #draft(text) {
    const talk = this.store.talk(this.person.id);
    if (text !== undefined) talk.draft = text;
    return talk.draft;
  }

  pickMenu(button) {
    if (button.url) openLink(this, { label: button.name, url: button.url });
    return this.run((id) => api.menu(id, button.key ?? button.url ?? button.pagepath ?? button.name));
  }

  /** Do something as this phone's owner, then make sure its effects are shown. */
  async run(work) {
    const { id } = this.person;
    const done = await attempt(() => work(id));
    if (done && !this.store.connected) await attempt(() => this.store.catchUp(id));
    return done;
  }

  /** The same, for what changes whether he follows. */
  async runAndRefresh(work) {
    const done = await this.run(work);
    if (done) await attempt(() => this.store.refresh());
  }

  scan() {
    openScan(this);
  }

  subscribe() {
    openNotice(this);
  }
}

function chosen(kind) {
  try {
    return localStorage.getItem(`${CHOSEN}.${kind}`);
  } catch {
    return null;
  }
}

function remember(kind, id) {
  try {
    localStorage.setItem(`${CHOSEN}.${kind}`, id);
  } catch {
    // Private windows may refuse storage: the first person is shown again next time.
  }
}
