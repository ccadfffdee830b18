// What the owner of a phone can do besides writing: follow, scan, accept notices, open links.
import { api } from "./api.js";
import { h } from "./dom.js";
import { openActions, openForm, openSheet } from "./sheet.js";

const PLACE = { lat: 39.9087, lng: 116.4716 };

/** The "…" of the header. */
export function openOptions(phone) {
  const { person } = phone;
  const change = { label: "切换人物", act: () => phone.list.open(person.id) };
  if (person.kind !== "customer") {
    openActions(phone.screen, {
      title: phone.accountName,
      detail: person.note,
      actions: [
        { label: "重新进入应用", detail: "触发进入应用事件", act: () => phone.run((id) => api.enter(id)) },
        change,
      ],
    });
    return;
  }
  openActions(phone.screen, {
    title: phone.accountName,
    detail: person.following ? "已关注" : "未关注",
    actions: [
      person.following ? null : { label: "关注公众号", act: () => openFollow(phone) },
      { label: "扫一扫", detail: "扫客户经理的二维码", act: () => openScan(phone) },
      person.following && { label: "订阅通知", detail: "在授权弹窗里选择允许或拒绝", act: () => openNotice(phone) },
      person.following && {
        label: "上报地理位置",
        act: () => phone.run((id) => api.locationEvent(id, PLACE.lat, PLACE.lng)),
      },
      change,
      person.following && { label: "取消关注", bad: true, act: () => phone.runAndRefresh((id) => api.unfollow(id)) },
    ],
  });
}

const SCENE = /^am_(.+)_[0-9a-f]+$/i;

/** Ready scenes: the QR codes the product has made, named after the manager when one can be recognised. */
function scenes(store) {
  const made = (store.state.scenes ?? []).map((one) => (typeof one === "string" ? { scene: one } : one));
  return made.map(({ scene, label }) => {
    const whose = SCENE.exec(scene)?.[1];
    const manager = store.of("manager").find(({ id, userid }) => whose !== undefined && [id, userid].includes(whose));
    return {
      scene,
      label: label || (manager && `${manager.name}的二维码`) || (whose ? `经理 ${whose} 的二维码` : scene),
    };
  });
}

function sceneSheet(phone, { title, detail, go, act }) {
  const ready = scenes(phone.store);
  const presets = (close) =>
    ready.length
      ? ready.map(({ scene, label }) =>
          h(
            "button",
            {
              type: "button",
              class: "sheet__no",
              title: scene,
              onclick: () => {
                close();
                act(scene);
              },
            },
            label,
          ),
        )
      : h("p", null, "程序生成经理的二维码后，会列在这里。");
  openForm(phone.screen, {
    title,
    detail,
    go,
    fields: [{ name: "scene", label: "场景值", placeholder: "am_0001_…", maxlength: 64, required: true }],
    extra: presets,
    submit: ({ scene }) => act(scene.trim()),
  });
}

/** Follow the account, by search or by a manager's QR code. */
export function openFollow(phone) {
  const follow = (scene) => phone.runAndRefresh((id) => api.follow(id, scene));
  openActions(phone.screen, {
    title: "关注公众号",
    actions: [
      { label: "直接关注", act: () => follow("") },
      {
        label: "扫客户经理的二维码关注",
        act: () => sceneSheet(phone, { title: "扫码关注", detail: "带场景值的关注", go: "扫码关注", act: follow }),
      },
    ],
  });
}

/** Scan a QR code; whoever does not follow yet is asked to follow by it. */
export function openScan(phone) {
  sceneSheet(phone, {
    title: "扫一扫",
    detail: "选一张二维码，或填写场景值",
    go: "扫描",
    act: (scene) => phone.runAndRefresh((id) => api.scan(id, scene)),
  });
}

/** The subscribe-notice popup. */
export function openNotice(phone) {
  const known = (phone.store.state.templates ?? []).filter(({ kind }) => kind === "notice");
  const answers = { yes: { accept: true }, no: { accept: false }, withdraw: { accept: false, withdraw: true } };
  openSheet(phone.screen, {
    title: `${phone.accountName} 申请`,
    detail: "发送一次以下消息",
    build: (close) => {
      const list = known.map(({ id, title }, index) =>
        h(
          "label",
          { class: "tick" },
          h("input", { type: "radio", name: "template", value: id, checked: index === 0 }),
          title,
        ),
      );
      const field = h(
        "label",
        null,
        known.length ? "其他模板编号" : "模板编号",
        h("input", { name: "other", autocomplete: "off", required: known.length === 0, maxlength: 64 }),
      );
      const form = h(
        "form",
        { class: "sheet__form" },
        list,
        field,
        h(
          "div",
          { class: "sheet__pair" },
          h("button", { class: "sheet__no", value: "no" }, "拒绝"),
          h("button", { class: "sheet__go", value: "yes" }, "允许"),
        ),
        h("button", { class: "sheet__text", value: "withdraw" }, "收回以前的授权"),
      );
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const data = new FormData(form);
        close();
        phone.run((id) =>
          api.notice(id, data.get("other") || data.get("template"), answers[event.submitter?.value ?? "yes"]),
        );
      });
      return form;
    },
  });
}

/** A link: show where it leads before anything leaves this page. */
export function openLink(phone, { label, url, app }) {
  if (!url) return;
  const safe = /^https?:\/\//i.test(url);
  openSheet(phone.screen, {
    title: label || (app ? "打开小程序" : "打开网页"),
    build: () =>
      h(
        "div",
        { class: "sheet__form" },
        app && h("p", null, `微信里打开小程序 ${app}；打不开的手机打开网页。`),
        h("p", null, safe ? "将在新窗口打开：" : "这个地址不能在这里打开："),
        safe
          ? h("a", { class: "sheet__link", href: url, target: "_blank", rel: "noopener noreferrer" }, url)
          : h("p", null, url),
      ),
  });
}
