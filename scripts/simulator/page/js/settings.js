// The settings drawer: how hard the platform is, the handshake, tokens.
import { api } from "./api.js";
import { h, put } from "./dom.js";
import { block, Drawer, field, select } from "./drawer.js";
import { hostileBlock } from "./hostile.js";
import { faultsBlock } from "./faults.js";
import { attempt, toast } from "./toast.js";
import { verdictWords } from "./verdicts.js";

const MODES = { safe: "安全模式", compatible: "兼容模式", plain: "明文模式" };
const NUMBERS = {
  attempts: ["推送次数（含首次）", { min: 1, max: 6, step: 1 }],
  cut_s: ["几秒不回就断开", { min: 0.1, max: 60, step: 0.1 }],
};
const MORE_NUMBERS = {
  quota_message: ["客户发言后可发几条", { min: 0, max: 100 }],
  quota_message_s: ["发言窗口（秒）", { min: 1, max: 864000 }],
  quota_click: ["点菜单、关注后可发几条", { min: 0, max: 100 }],
  quota_click_s: ["点击窗口（秒）", { min: 1, max: 864000 }],
  markfail_after: ["连续失败几次后静默（0 关）", { min: 0, max: 1000 }],
  markfail_s: ["静默多少秒", { min: 1, max: 86400 }],
};
const OUTCOMES = { success: "送达", "failed:user block": "被用户拒收", "failed: system failed": "系统失败" };
function settingsForm(store) {
  const { settings } = store;
  const numbers = (table) =>
    Object.entries(table)
      .filter(([name]) => name in settings)
      .map(([name, [label, limits]]) =>
        field(
          label,
          h("input", { type: "number", name, value: settings[name], required: true, step: "any", ...limits }),
        ),
      );
  const fresh = h("input", { type: "checkbox", name: "fresh_signature" });
  fresh.checked = Boolean(settings.fresh_signature);
  const save = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const changes = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [
        name,
        form.elements[name].type === "number" ? Number(value) : value,
      ]),
    );
    changes.fresh_signature = fresh.checked;
    if (!(await attempt(() => api.settings(changes)))) return;
    await attempt(() => store.refresh());
    toast("已保存");
  };
  return h(
    "form",
    { class: "form", onsubmit: save },
    field("消息加密方式", select("mode", Object.entries(MODES), settings.mode), true),
    numbers(NUMBERS),
    h("label", { class: "check form__wide" }, fresh, "重试时换新的时间戳与签名"),
    "template_outcome" in settings &&
      field(
        "模板消息的送达结果",
        select("template_outcome", Object.entries(OUTCOMES), settings.template_outcome),
        true,
      ),
    numbers(MORE_NUMBERS),
    "target" in settings &&
      field(
        "被测程序的地址",
        h("input", { name: "target", value: settings.target, required: true, autocomplete: "off" }),
        true,
      ),
    h("button", { class: "btn btn--main form__wide" }, "保存设置"),
  );
}

function handshake() {
  const result = h("p", { class: "result", role: "status" });
  const check = async (account) => {
    const answer = await attempt(() => api.handshake(account));
    if (!answer) return;
    result.className = `result ${answer.ok ? "result--good" : "result--bad"}`;
    result.textContent = `${answer.ok ? "通过" : "没通过"}${answer.detail ? `：${verdictWords(answer.detail)}` : ""}`;
  };
  return [
    h(
      "div",
      { class: "row-btns" },
      h("button", { type: "button", class: "btn", onclick: () => check("official") }, "公众号接入检查"),
      h("button", { type: "button", class: "btn", onclick: () => check("work") }, "企业微信接入检查"),
    ),
    result,
  ];
}

async function killTokens() {
  if (await attempt(() => api.killTokens())) toast("令牌已失效");
}

/** The drawer with everything a tester sets. */
export function settingsDrawer(store) {
  return new Drawer("settings-drawer", "设置与故障", (body) =>
    put(
      body,
      block("平台设置", "立即生效，对之后的推送起作用。", settingsForm(store)),
      block("接入检查", "像平台一样做一次服务器地址验证。", handshake()),
      block(
        "访问令牌",
        "让现有的令牌立刻失效，看程序会不会自己换新。",
        h("button", { type: "button", class: "btn", onclick: killTokens }, "让令牌失效"),
      ),
      faultsBlock(),
      hostileBlock(),
    ),
  );
}
