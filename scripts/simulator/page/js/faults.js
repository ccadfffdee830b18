// Faults that are injected into the platform's interfaces.
import { api } from "./api.js";
import { h, put } from "./dom.js";
import { block, field, select } from "./drawer.js";
import { attempt } from "./toast.js";

const PATHS = [
  "/cgi-bin/message/custom/send",
  "/cgi-bin/message/template/send",
  "/cgi-bin/message/subscribe/bizsend",
  "/cgi-bin/message/custom/typing",
  "/cgi-bin/stable_token",
  "/cgi-bin/token",
  "/cgi-bin/media/get",
  "/cgi-bin/media/upload",
  "/cgi-bin/user/info",
  "/cgi-bin/menu/create",
  "/cgi-bin/qrcode/create",
  "/wecom-api/cgi-bin/message/send",
  "/wecom-api/cgi-bin/message/update_template_card",
  "/wecom-api/cgi-bin/gettoken",
];
const CODES = [
  [0, "不返回错误码"],
  [-1, "系统繁忙"],
  [40001, "令牌无效"],
  [42001, "令牌过期"],
  [43004, "未关注"],
  [43101, "拒收订阅通知"],
  [45009, "超过频率"],
  [45015, "窗口已关"],
  [45047, "条数用完"],
  [47003, "模板字段不合规"],
  [48001, "没有权限"],
];

function faultWords(fault) {
  return [
    fault.errcode ? `errcode ${fault.errcode}` : "",
    fault.http_status ? `HTTP ${fault.http_status}` : "",
    fault.delay_s ? `慢 ${fault.delay_s} 秒` : "",
    fault.drop_after ? "处理后断线" : "",
    fault.times ? `还剩 ${fault.times - (fault.hits ?? 0)} 次` : "一直有效",
  ]
    .filter(Boolean)
    .join("，");
}

function faultOf(form) {
  const values = Object.fromEntries(new FormData(form));
  return {
    path: values.path,
    errcode: Number(values.errcode),
    times: Number(values.times),
    delay_s: Number(values.delay_s),
    http_status: Number(values.http_status),
    drop_after: values.drop_after === "on",
  };
}

const number = (name, value, limits) => h("input", { type: "number", name, value, required: true, ...limits });

function fields() {
  const paths = PATHS.map((path) => [path, path]);
  const codes = CODES.map(([code, words]) => [code, code ? `${code} ${words}` : words]);
  return [
    field("接口", select("path", paths), true),
    field("返回错误码", select("errcode", codes, -1)),
    field("发生几次（0 一直）", number("times", 1, { min: 0, max: 9999 })),
    field("慢几秒", number("delay_s", 0, { min: 0, max: 120, step: "any" })),
    field("HTTP 状态（0 不改）", number("http_status", 0, { min: 0, max: 599 })),
    h(
      "label",
      { class: "check form__wide" },
      h("input", { type: "checkbox", name: "drop_after" }),
      "办完之后断线，不给回音",
    ),
  ];
}

function armedList(armed) {
  if (!armed.length) return h("p", { class: "empty" }, "现在没有故障");
  return armed.map((fault) => h("div", { class: "fault" }, h("code", null, fault.path), faultWords(fault)));
}

/** The part of the settings drawer with the faults: a form, and those that are still to happen. */
export function faultsBlock() {
  const list = h("div", { class: "faults", role: "status" });
  const refresh = async () => put(list, armedList((await attempt(api.faults))?.faults ?? []));
  const change = async (work) => {
    if (await attempt(work)) await refresh();
  };
  const arm = (event) => {
    event.preventDefault();
    const fault = faultOf(event.currentTarget);
    change(() => api.addFault(fault));
  };
  refresh();
  const form = h(
    "form",
    { class: "form", onsubmit: arm },
    fields(),
    h("button", { class: "btn btn--main" }, "加上故障"),
    h("button", { type: "button", class: "btn", onclick: () => change(api.clearFaults) }, "全部清除"),
  );
  return block("注入故障", "让平台接口返回错误、变慢或断线。", form, list);
}
