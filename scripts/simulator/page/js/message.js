// One message of a chat, drawn.
import { CARDS, imageOr } from "./cards.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { accountAvatar, avatar } from "./avatars.js";
import { landscape, playSign, sticker } from "./pictures.js";
import { plainText, richText } from "./richtext.js";

const bubble = (...children) => h("div", { class: "bubble" }, children);

function text(message, context) {
  if (message.side === "me") return bubble(plainText(message.content));
  return bubble(
    richText(message.content, {
      onChoice: ({ id, content }) => context.onOption(message, id || content),
      onLink: context.onLink,
    }),
  );
}

function choices(message, context) {
  const option = ({ id, content }) =>
    h(
      "li",
      null,
      h("button", { type: "button", class: "choice", onclick: () => context.onOption(message, id) }, content),
    );
  return bubble(
    message.head && h("div", null, richText(message.head, { onChoice: () => undefined, onLink: context.onLink })),
    h("ul", { class: "menu-list" }, (message.options ?? []).map(option)),
    message.tail && h("div", { class: "menu-tail" }, message.tail),
  );
}

function voice(message) {
  const seconds = Math.max(1, Math.round(message.seconds ?? 1));
  const button = h(
    "button",
    { type: "button", class: "bubble voice", "aria-label": `语音 ${seconds} 秒` },
    icon("wave", 2),
    `${seconds}″`,
  );
  button.style.setProperty("width", `${76 + Math.min(seconds, 60) * 2.6}px`);
  button.addEventListener("click", () => {
    button.dataset.playing = "true";
    setTimeout(() => delete button.dataset.playing, seconds * 1000);
  });
  return button;
}

function picture(message, context) {
  const draw = () => landscape(message.url || message.seq);
  // What a virtual person sends is a generated sample file without a motif: his phone shows a drawn photo instead.
  const show = () => (message.side === "me" ? draw() : imageOr(message.url, "图片", draw));
  return h(
    "button",
    { type: "button", class: "picture", "aria-label": "图片，点开查看", onclick: () => context.onPicture(show()) },
    show(),
  );
}

function video(message, context) {
  const draw = () => landscape(`video${message.seq ?? message.local}`, { width: 300, height: 400, label: "视频" });
  return h(
    "button",
    {
      type: "button",
      class: "picture picture--video",
      "aria-label": "视频，点开查看",
      onclick: () => context.onPicture(draw()),
    },
    draw(),
    h("span", { class: "picture__play" }, playSign()),
    h("span", { class: "picture__length", "aria-hidden": "true" }, "0:12"),
  );
}

const BODIES = {
  text,
  msgmenu: choices,
  voice,
  image: picture,
  video,
  markdown: (message, context) => h("div", { class: "bubble md" }, markdown(message.content, context)),
  sticker: (message) => h("figure", { class: "sticker" }, sticker(message.name), h("figcaption", null, message.name)),
};

function body(message, context) {
  const card = CARDS[message.type];
  if (card) return card.build(message, context);
  const build = BODIES[message.type];
  return build ? build(message, context) : bubble(message.content ?? "【收到不支持的消息类型，暂无法显示】");
}

function sendState(message, context) {
  if (message.state === "sending") return h("span", { class: "spinner", role: "img", "aria-label": "正在发送" });
  if (message.state !== "failed") return null;
  return h(
    "button",
    { type: "button", class: "failed", "aria-label": "发送失败，重新发送", onclick: () => context.onResend(message) },
    h("span", { "aria-hidden": "true" }, "!"),
  );
}

function systemLine(message) {
  return h(
    "p",
    { class: `line${message.type === "error" ? " line--error" : ""}`, dataset: { seq: message.seq } },
    message.content ?? "",
  );
}

/** The element of one message, its sender told to screen readers. */
export function drawMessage(message, context) {
  if (message.side === "system") return systemLine(message);
  const mine = message.side === "me";
  const card = CARDS[message.type];
  const face = mine ? avatar(context.person) : accountAvatar(context.kind);
  return h(
    "article",
    {
      class: `msg msg--${mine ? "me" : "them"} ${card?.look ? `msg--${card.look}` : ""}`,
      dataset: { seq: message.seq ?? "", type: message.type },
    },
    h("span", { class: "unseen" }, mine ? `${context.person.name}：` : `${context.accountName}：`),
    card?.look !== "wide" && face,
    h("div", { class: "msg__body" }, body(message, context), mine && sendState(message, context)),
  );
}

const BRIEF = { image: "[图片]", voice: "[语音]", video: "[视频]", sticker: "[表情]" };

/** One line about a message, for the list of chats. */
export function brief(message) {
  if (!message) return "";
  const words = CARDS[message.type]?.words(message) ?? BRIEF[message.type] ?? message.content ?? message.head ?? "";
  return plainText(words)
    .replace(/<a\s[^<>]*>([^<]*)<\/a>/gi, "$1")
    .replace(/\s+/g, " ")
    .slice(0, 60);
}
