// The control strip: the platform's clock, what moves it, and the doors to the drawers.
import { api } from "./api.js";
import { dateOf, parts, shanghai, shiftWords } from "./clock.js";
import { h, put } from "./dom.js";
import { block, Drawer, field } from "./drawer.js";
import { icon } from "./icons.js";
import { accountFace } from "./avatars.js";
import { attempt } from "./toast.js";

const HOUR_S = 3600;
const TICK_MS = 500;

export class Strip {
  constructor(store, root, drawers) {
    this.store = store;
    this.time = h("span", { class: "clock__time" });
    this.day = h("span", { class: "clock__day" });
    this.shift = h("span", { class: "clock__shift" });
    this.link = h("span", { class: "link-dot", role: "img" });
    this.dateDrawer = new Drawer("clock-drawer", "时钟", (body) => this.#dateForm(body));
    put(
      root,
      this.#brand(),
      h("div", { class: "clock", role: "timer", "aria-label": "平台时钟" }, this.time, this.day, this.shift),
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
    this.day.textContent = `${now.month}月${now.day}日 ${now.weekday}`;
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
      { type: "button", class: "btn", onclick: () => this.#move({ reset: true }) },
      icon("reset"),
      "复位",
    );
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
      this.#move({ set: shanghai(date.value, time.value) });
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
