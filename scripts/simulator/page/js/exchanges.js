// The drawer of raw exchanges between platform and product.
import { api } from "./api.js";
import { parts } from "./clock.js";
import { h, put } from "./dom.js";
import { Drawer, field } from "./drawer.js";
import { attempt, toast } from "./toast.js";
import { verdictWords } from "./verdicts.js";

const PAGE = 50;
const KEPT = 300;
const OVERLAP = 10;
const PARTS = [
  ["request_headers", "请求头"],
  ["request_body", "请求正文"],
  ["request_plain", "解密后的请求"],
  ["response_body", "响应正文"],
  ["response_plain", "解密后的响应"],
];

function pretty(value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  if (/^\s*[{[]/.test(value)) {
    try {
      return JSON.stringify(JSON.parse(value), null, 2);
    } catch {
      return value;
    }
  }
  return value.replace(/>\s*<(?!!\[CDATA\[|\/)/g, ">\n<");
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("已复制");
  } catch {
    toast("浏览器不让复制，请手动选取");
  }
}

function part([name, label], exchange) {
  const text = pretty(exchange[name]);
  if (!text || text === "{}") return null;
  return h(
    "div",
    { class: "part" },
    h(
      "div",
      { class: "part__head" },
      label,
      h("button", { type: "button", "aria-label": `复制${label}`, onclick: () => copy(text) }, "复制"),
    ),
    h("pre", { tabindex: "0" }, text),
  );
}

function pathOf(url) {
  try {
    return new URL(url, location.href).pathname;
  } catch {
    return url;
  }
}

/** Whether an exchange is about a person; calls of the product name him only in their body. */
function concerns(exchange, person) {
  if (exchange.person) return exchange.person === person.id;
  const address = person.openid ?? person.userid;
  return Boolean(address) && `${exchange.url}${exchange.request_body ?? ""}`.includes(address);
}

function meta(exchange, store) {
  const at = parts(Date.parse(exchange.at));
  const who = store.person(exchange.person) ?? store.people.find((person) => concerns(exchange, person));
  return [
    `${at.month}月${at.day}日 ${at.time}:${at.seconds}`,
    who?.name,
    exchange.ms !== undefined && `${Math.round(exchange.ms)} 毫秒`,
    exchange.kind === "push" && exchange.attempt && `第 ${exchange.attempt} 次`,
    verdictWords(exchange.verdict),
  ]
    .filter(Boolean)
    .join(" · ");
}

export class ExchangeLog {
  #all = new Map();
  #open = new Set();
  #reading = false;
  #again = false;

  constructor(store) {
    this.store = store;
    this.person = h("select", { "aria-label": "按人物筛选", onchange: () => this.#draw() });
    this.kind = h(
      "select",
      { "aria-label": "按方向筛选", onchange: () => this.#draw() },
      [
        ["", "两个方向"],
        ["push", "平台推送"],
        ["api", "接口调用"],
      ].map(([value, label]) => h("option", { value }, label)),
    );
    this.list = h("div", { class: "exchanges" });
    this.drawer = new Drawer("exchange-drawer", "原始报文", (body) => this.#build(body));
    store.on("exchange", () => this.drawer.isOpen && this.#read());
    store.on("people", () => this.#people());
  }

  #people() {
    const chosen = this.person.value;
    put(
      this.person,
      h("option", { value: "" }, "所有人"),
      this.store.people.map(({ id, name, kind }) =>
        h("option", { value: id, selected: id === chosen }, `${name}（${kind === "customer" ? "客户" : "经理"}）`),
      ),
    );
  }

  #build(body) {
    put(body, h("div", { class: "filter" }, field("人物", this.person), field("方向", this.kind)), this.list);
    this.#draw();
    this.#read();
  }

  /** Read what is new; the last few once more, since a verdict may be written later. */
  async #read() {
    this.#again = this.#reading;
    if (this.#reading) return;
    this.#reading = true;
    do {
      this.#again = false;
      await attempt(() => this.#pages());
    } while (this.#again);
    this.#reading = false;
    this.#draw();
  }

  async #pages() {
    for (let full = true; full;) {
      const ids = [...this.#all.keys()];
      const newest = Math.max(0, ...ids);
      const { exchanges = [] } = await api.exchanges(ids.length ? Math.max(0, newest - OVERLAP) : null, PAGE);
      for (const exchange of exchanges) this.#all.set(exchange.id, exchange);
      full = exchanges.length === PAGE && exchanges.at(-1).id > newest && ids.length > 0;
    }
    for (const id of [...this.#all.keys()].sort((one, other) => one - other).slice(0, -KEPT)) this.#all.delete(id);
  }

  #draw() {
    const chosen = this.store.person(this.person.value);
    const shown = [...this.#all.values()]
      .filter((one) => (!chosen || concerns(one, chosen)) && (!this.kind.value || one.kind === this.kind.value))
      .sort((one, other) => other.id - one.id);
    put(
      this.list,
      shown.length
        ? shown.map((exchange) => this.#row(exchange))
        : h("p", { class: "empty" }, "还没有报文。发一条消息试试。"),
    );
  }

  #row(exchange) {
    const push = exchange.kind === "push";
    const bad = !exchange.status || exchange.status >= 400;
    const pieces = h("div", { class: "exchange__parts" });
    const fillPieces = () =>
      !pieces.hasChildNodes() &&
      put(
        pieces,
        h(
          "div",
          { class: "part" },
          h("div", { class: "part__head" }, "地址"),
          h("pre", { tabindex: "0" }, `${exchange.method} ${exchange.url}`),
        ),
        PARTS.map((one) => part(one, exchange)),
      );
    const details = h(
      "details",
      { class: "exchange", dataset: { id: exchange.id } },
      h(
        "summary",
        null,
        h("span", { class: `exchange__way${push ? "" : " exchange__way--api"}` }, push ? "推送 →" : "接口 ←"),
        h("span", { class: "exchange__path", title: exchange.url }, pathOf(exchange.url)),
        h("span", { class: `exchange__status${bad ? " exchange__status--bad" : ""}` }, exchange.status || "断"),
        h("span", { class: "exchange__meta" }, meta(exchange, this.store)),
      ),
      pieces,
    );
    details.addEventListener("toggle", () => {
      if (details.open) {
        this.#open.add(exchange.id);
        fillPieces();
      } else this.#open.delete(exchange.id);
    });
    if (this.#open.has(exchange.id)) {
      details.open = true;
      fillPieces();
    }
    return details;
  }
}
