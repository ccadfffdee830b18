// The drawer that tells how the assistant understood what a customer typed.
import { api } from "./api.js";
import { h, put } from "./dom.js";
import { Drawer, block } from "./drawer.js";
import { attempt } from "./toast.js";

const SHOWN = 8;
const KINDS = {
  question: "提问",
  request: "要办事",
  complaint: "投诉",
  urge: "催促",
  praise: "表扬",
  chat: "闲聊",
  abuse: "辱骂",
  sensitive: "敏感",
};
const BANDS = { answer: "直接回答", choices: "请他选一个", table: "查产品表", intent: "按意图办", unknown: "不知道" };

const numbers = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join("  ");

function candidate({ id, title, score, features }) {
  return h(
    "details",
    { class: "part" },
    h("summary", null, `${score.toFixed(2)} ${title}`),
    h("pre", { tabindex: "0" }, `${id}\n${numbers(features)}`),
  );
}

const facts = (told) => [
  h("p", null, `归一化：${told.normalised || "（没有字）"}`),
  h("p", null, `种类：${KINDS[told.kind] ?? told.kind}　结论：${BANDS[told.band] ?? told.band}`),
  (told.context.last || told.context.asked) && h("p", null, `接着：${told.context.asked ?? ""} ${told.context.last ?? ""}`),
  h("p", null, `意图：${numbers(told.intents)}`),
  h("p", null, `把握：${numbers(told.sure)}`),
];

/** A drawer; opening it lists what the customer typed last, and each line opens its explanation. */
export function explanationDrawer(store, phone) {
  const result = h("div", { role: "status", "aria-live": "polite" });
  const show = async (seq) => {
    put(result, h("p", null, "正在看……"));
    const told = await attempt(() => api.explanation(phone.person.id, seq));
    if (!told) {
      put(result);
      return;
    }
    put(
      result,
      block(told.text, "", facts(told)),
      block("结果", "", h("pre", { tabindex: "0" }, told.outcome.join("\n"))),
      block("候选", told.candidates.length ? "点开看特征。" : "没有候选。", told.candidates.slice(0, SHOWN).map(candidate)),
    );
  };
  const build = async (body) => {
    put(result);
    const read = await attempt(() => api.messages(phone.person.id));
    const said = (read?.messages ?? []).filter(({ side, type }) => side === "me" && type === "text").slice(-SHOWN);
    const rows = said
      .reverse()
      .map(({ seq, content }) =>
        h("button", { type: "button", class: "btn", onclick: () => show(seq) }, content.slice(0, 40)),
      );
    const hint = rows.length ? `${phone.person.name}最近打的字，点一句看怎么理解的。` : "还没有打过字。";
    put(body, block("哪一句", hint, h("div", { class: "form" }, rows)), result);
  };
  return new Drawer("explanation", "怎么理解的", build);
}
