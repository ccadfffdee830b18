// Attacks on the product's address, each with a button and its outcome.
import { api } from "./api.js";
import { h } from "./dom.js";
import { block, field } from "./drawer.js";
import { attempt } from "./toast.js";

const ATTACKS = [
  ["bad_signature", "签名不对", "改一个字符的签名"],
  ["n1", "时间戳挪一位（N1）", "签名各段之间没有分隔，把数字从时间戳挪到随机数，签名不变"],
  ["n2", "时间戳与随机数对调（N2）", "签名前要排序，对调之后签名也不变"],
  ["replay", "原样重放", "把一条旧推送一字不差再发一遍"],
  ["old_timestamp", "过期时间戳", "签名正确，时间早已过去"],
  ["xxe", "外部实体", "XML 里引用本机文件"],
  ["billion_laughs", "实体膨胀", "一层套一层的 XML 实体"],
  ["deep_nesting", "十万层嵌套", "XML 标签层层相套"],
  ["duplicate_tags", "重复标签", "同一字段出现两次"],
  ["wrong_appid", "别家的 AppID", "密文里写的是另一个公众号"],
  ["pad16", "补位按 16 字节", "不合平台 32 字节补位规则"],
  ["echostr_plus", "加号变空格", "验证串里的 + 被错误解码"],
  ["echostr_script", "验证串里藏脚本", "回显时会不会变成网页"],
  ["cdata_break", "提前结束 CDATA", "正文里带 ]]> 想注入字段"],
  ["oversize", "超大正文", "远超平台会发的大小"],
  ["plaintext_downgrade", "降级为明文", "安全模式下发明文推送"],
];

const WORDS = {
  refused: "拒绝",
  accepted: "接受",
  broken: "出错",
  repeated: "拒绝，或与第一次答得一样",
  either: "拒绝，或好好收下",
};

function words({ ok, status, verdict, expected, body }) {
  const outcome = `程序${WORDS[verdict] ?? verdict}`;
  const wanted = ok ? "" : `，应当${WORDS[expected] ?? expected}`;
  return `${ok ? "✓" : "✗"} ${outcome}${wanted} · HTTP ${status ?? "—"}${!ok && body ? `\n${String(body).slice(0, 160)}` : ""}`;
}

function row([attack, name, why], account) {
  const result = h("p", { class: "result", role: "status", dataset: { attack } });
  const run = async () => {
    button.disabled = true;
    const answer = await attempt(() => api.hostile(attack, account()));
    button.disabled = false;
    if (!answer) return;
    result.className = `result ${answer.ok ? "result--good" : "result--bad"}`;
    result.textContent = words(answer);
  };
  const button = h("button", { type: "button", class: "btn", "aria-label": `试一次：${name}`, onclick: run }, "试一次");
  return {
    run,
    element: h(
      "div",
      { class: "attack" },
      h("p", { class: "attack__name" }, name),
      h("p", { class: "attack__why" }, why),
      button,
      result,
    ),
  };
}

/** The part of the settings drawer with all attacks. */
export function hostileBlock() {
  const choice = h(
    "select",
    null,
    h("option", { value: "official" }, "公众号"),
    h("option", { value: "work" }, "企业微信应用"),
  );
  const rows = ATTACKS.map((attack) => row(attack, () => choice.value));
  const all = h("button", { type: "button", class: "btn btn--main" }, "全部试一遍");
  all.addEventListener("click", async () => {
    all.disabled = true;
    for (const one of rows) await one.run();
    all.disabled = false;
  });
  return block(
    "敌意请求",
    "像攻击者一样敲门，看程序是否拒绝。",
    h("div", { class: "form" }, field("目标", choice), all),
    rows.map(({ element }) => element),
  );
}
