// The control strip: the platform's clock, what moves it, and the doors to the drawers.
import { api } from "./api.js";
import { dateOf, parts, shanghai, shiftWords } from "./clock.js";
import { h, put } from "./dom.js";
import { confirmed } from "./confirm.js";
import { block, Drawer, field } from "./drawer.js";
import { icon } from "./icons.js";
import { accountFace } from "./avatars.js";
import { attempt } from "./toast.js";

const HOUR_S = 3600;
const MINUTE_MS = 60_000;
const TICK_MS = 500;
const BACK = {
  title: "把时钟拨回去？",
  words: [
    "已经演过的那些天不会再来一遍：那些天的早报、祝福和提醒都不再发，之后新发生的事照常。",
    "想从头开始：按 Ctrl-C 停下，删掉 var/ 文件夹再运行；或者换一个 TIEXIN_HOME 运行。",
  ],
  go: "拨回去",
};

export class Strip {
  constructor(store, root, drawers) {
    this.store = store;
    this.time = h("span", { class: "clock__time" });
    this.day = h("span");
    this.weekday = h("span", { class: "clock__weekday" });
    this.shift = h("span", { class: "clock__shift" });
    this.link = h("span", { class: "link-dot", role: "img" });
    this.dateDrawer = new Drawer("clock-drawer", "时钟", (body) => this.#dateForm(body));
    put(
      root,
      this.#brand(),
      h(
        "div",
        { class: "clock", role: "timer", "aria-label": "平台时钟" },
        this.time,
        h("span", { class: "clock__day" }, this.day, this.weekday),
        this.shift,
      ),
      h(
        "div",
        { class: "strip__group strip__wide", role: "group", "aria-label": "拨动时钟" },
        this.#moves(),
        this.dateDrawer.button("clock", "到某日", "strip__date"),
        this.#reset(),
      ),
      h(
        "div",
        { class: "strip__group strip__group--end" },
        this.dateDrawer.button("clock", "时钟", "only-small"),
        drawers,
      ),
    );
    store.on("connected", () => this.#connected());
    store.on("clock", () => this.tick());
    setInterval(() => this.tick(), TICK_MS);
    this.#connected();
  }

  #brand() {
    return h(
      "div",
      { class: "brand" },
      accountFaceRound(),
      h("div", { class: "brand__words" }, "贴心 · 微信模拟台", h("small", null, "本机演示，不连真微信")),
      this.link,
    );
  }

  #connected() {
    const words = this.store.connected ? "已连上模拟平台" : "正在重新连接模拟平台";
    this.link.dataset.on = String(this.store.connected);
    this.link.setAttribute("aria-label", words);
    this.link.setAttribute("title", words);
  }

  tick() {
    const now = parts(this.store.clock.now());
    const time = `${now.time}:${now.seconds}`;
    if (this.time.textContent !== time) this.time.textContent = time;
    this.day.textContent = `${now.year}年${now.month}月${now.day}日`;
    this.weekday.textContent = ` ${now.weekday}`;
    this.shift.textContent = shiftWords(this.store.clock.offset);
  }

  #moves() {
    const button = (label, change) =>
      h("button", { type: "button", class: "btn", onclick: () => this.#move(change()) }, label);
    return [
      button("+1小时", () => ({ advance_s: HOUR_S })),
      button("+1天", () => ({ advance_s: 24 * HOUR_S })),
      button("到明天09:00", () => ({ set: shanghai(dateOf(this.store.clock.now(), 1), "09:00") })),
    ];
  }

  #reset() {
    return h(
      "button",
      { type: "button", class: "btn", onclick: () => this.#back({ reset: true }, -this.store.clock.offset * 1000) },
      icon("reset"),
      "复位",
    );
  }

  /** Move by `ms`; a way back of more than a minute is asked about first, since days that were played are over. */
  async #back(change, ms) {
    if (ms > -MINUTE_MS || (await confirmed(BACK))) await this.#move(change);
  }

  async #move(change) {
    const answer = await attempt(() => api.clock(change));
    const clock = answer?.clock ?? answer;
    if (clock?.now) this.store.setClock(clock);
    else if (answer) await attempt(() => this.store.refresh());
  }

  #dateForm(body) {
    const date = h("input", { type: "date", name: "date", required: true, value: dateOf(this.store.clock.now(), 1) });
    const time = h("input", { type: "time", name: "time", required: true, value: "09:00" });
    const go = (event) => {
      event.preventDefault();
      const set = shanghai(date.value, time.value);
      this.#back({ set }, Date.parse(set) - this.store.clock.now());
    };
    put(
      body,
      block(
        "到某日",
        "把整套演示的时间拨到这一刻（北京时间）。",
        h(
          "form",
          { class: "form", onsubmit: go },
          field("日期", date),
          field("时间", time),
          h("button", { class: "btn btn--main form__wide" }, "拨到这一刻"),
        ),
      ),
      block("快拨", null, h("div", { class: "row-btns" }, this.#moves(), this.#reset())),
    );
  }
}

function accountFaceRound() {
  const face = accountFace("official");
  face.classList.add("brand__face");
  return face;
}
