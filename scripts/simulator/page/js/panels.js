// The two panels under the input bar: "+" and faces.
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { STICKER_NAMES, sticker } from "./pictures.js";
import { openActions, openForm } from "./sheet.js";

const PLACES = [
  { label: "北京市朝阳区建国路88号", lat: 39.9087, lng: 116.4716 },
  { label: "上海市浦东新区世纪大道100号", lat: 31.2347, lng: 121.5079 },
  { label: "广州市天河区珠江新城华夏路16号", lat: 23.1193, lng: 113.321 },
  { label: "成都市高新区天府大道北段1700号", lat: 30.5702, lng: 104.0648 },
];
const SECONDS = [3, 8, 21, 60];
const EMOJI = [..."😀😄😊🙂😉😍🤔😅😂😢😭😠😡🙏👍👌🤝👏💪🌹❤🎂🎁🎉☀🌙☔📱📶📞💰🕘"];

function placeForm(screen, send) {
  openForm(screen, {
    title: "发送位置",
    go: "发送",
    fields: [
      { name: "label", label: "地点", value: PLACES[0].label, required: true, maxlength: 80 },
      {
        name: "lat",
        label: "纬度",
        value: PLACES[0].lat,
        type: "number",
        step: "any",
        min: -90,
        max: 90,
        required: true,
      },
      {
        name: "lng",
        label: "经度",
        value: PLACES[0].lng,
        type: "number",
        step: "any",
        min: -180,
        max: 180,
        required: true,
      },
    ],
    submit: ({ label, lat, lng }) => send({ type: "location", label, lat: Number(lat), lng: Number(lng) }),
  });
}

function choosePlace(screen, send) {
  openActions(screen, {
    title: "发送位置",
    actions: [
      ...PLACES.map((place) => ({ label: place.label, act: () => send({ type: "location", ...place }) })),
      { label: "自己填写…", act: () => placeForm(screen, send) },
    ],
  });
}

function chooseVoice(screen, send) {
  openActions(screen, {
    title: "发送语音",
    detail: "也可以在输入栏按住说话",
    actions: SECONDS.map((seconds) => ({ label: `${seconds} 秒`, act: () => send({ type: "voice", seconds }) })),
  });
}

function linkForm(screen, send) {
  openForm(screen, {
    title: "发送链接",
    go: "发送",
    fields: [
      { name: "title", label: "标题", value: "五险一金怎么查", required: true, maxlength: 80 },
      { name: "description", label: "摘要", value: "一篇朋友转来的文章", maxlength: 120 },
      { name: "url", label: "网址", value: "https://example.com/article", type: "url", required: true },
    ],
    submit: (values) => send({ type: "link", ...values }),
  });
}

/** The "+" panel. */
export function morePanel(screen, send, toFaces) {
  const items = [
    ["picture", "图片", () => send({ type: "image" })],
    ["film", "视频", () => send({ type: "video" })],
    ["mic", "语音", () => chooseVoice(screen, send)],
    ["pin", "位置", () => choosePlace(screen, send)],
    ["link", "链接", () => linkForm(screen, send)],
    ["sticker", "表情", toFaces],
  ];
  return h(
    "div",
    { class: "panel", role: "group", "aria-label": "更多" },
    h(
      "ul",
      { class: "panel__grid" },
      items.map(([name, label, act]) =>
        h(
          "li",
          null,
          h("button", { type: "button", class: "panel__item", onclick: act }, h("span", null, icon(name, 1.5)), label),
        ),
      ),
    ),
  );
}

/** The panel of faces and stickers. */
export function facePanel(send, insert, first = "faces") {
  const body = h("div");
  const faces = () =>
    h(
      "div",
      { class: "faces" },
      EMOJI.map((sign) =>
        h("button", { type: "button", "aria-label": `表情 ${sign}`, onclick: () => insert(sign) }, sign),
      ),
    );
  const stickers = () =>
    h(
      "div",
      { class: "stickers" },
      STICKER_NAMES.map((name) =>
        h(
          "button",
          { type: "button", "aria-label": `发送表情：${name}`, onclick: () => send({ type: "sticker", name }) },
          sticker(name),
          name,
        ),
      ),
    );
  const makers = { faces, stickers };
  const tabs = [
    ["faces", "小表情"],
    ["stickers", "大表情"],
  ].map(([key, label]) =>
    h("button", { type: "button", role: "tab", dataset: { key }, onclick: () => show(key) }, label),
  );
  function show(key) {
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.dataset.key === key));
    put(body, makers[key]());
  }
  show(first);
  return h(
    "div",
    { class: "panel", role: "group", "aria-label": "表情" },
    h("div", { class: "panel__tabs", role: "tablist", "aria-label": "表情种类" }, tabs),
    body,
  );
}
