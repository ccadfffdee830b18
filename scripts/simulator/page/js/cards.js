// Cards in a chat: articles, notices, links, places, mini programs and the manager's task cards.
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { divisions } from "./markdown.js";
import { accountAvatar } from "./avatars.js";
import { cover, map } from "./pictures.js";

const STYLES = { 1: "main", 2: "plain", 3: "danger", 4: "plain", primary: "main", danger: "danger" };

/** Whether a picture can be loaded from the platform itself; others are drawn, the page fetches nothing from elsewhere. */
export function ownPicture(url) {
  try {
    return Boolean(url) && new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

/** A picture from the platform, or a drawing when it has none or cannot give it. */
export function imageOr(url, label, drawing) {
  if (!ownPicture(url)) return drawing();
  const image = h("img", { src: url, alt: label });
  image.addEventListener("error", () => image.replaceWith(drawing()), { once: true });
  return image;
}

function fieldList(fields = []) {
  return (
    fields.length > 0 &&
    h(
      "dl",
      { class: "fields" },
      fields.map(({ name, value }) => [h("dt", null, name), h("dd", null, value)]),
    )
  );
}

function more(label, act) {
  return h("button", { type: "button", class: "card__more", onclick: act }, label, icon("next"));
}

function news({ title, description, url, picture }, { onLink }) {
  return h(
    "button",
    { type: "button", class: "card card--news", onclick: () => onLink({ label: title, url }) },
    h(
      "span",
      { class: "cover" },
      imageOr(picture, title, () => cover(title)),
    ),
    h(
      "span",
      { class: "card__words" },
      h("span", { class: "card__title" }, title),
      description && h("span", { class: "card__text" }, description),
    ),
  );
}

function notice(message, { onLink, accountName, kind }) {
  const label = message.type === "notice" ? `订阅通知 · ${accountName}` : accountName;
  return h(
    "div",
    { class: "card card--notice" },
    h("div", { class: "card__head" }, kind === "official" && accountAvatar("official"), label),
    h("div", { class: "card__words" }, h("h3", { class: "card__title" }, message.title), fieldList(message.fields)),
    message.url && more("查看详情", () => onLink({ label: message.title, url: message.url })),
  );
}

function link({ title, description, url }, { onLink }) {
  return h(
    "button",
    { type: "button", class: "card card--link", onclick: () => onLink({ label: title, url }) },
    h("span", { class: "card__title" }, title),
    h(
      "span",
      { class: "card__row" },
      h("span", { class: "card__text" }, description || url),
      h("span", { class: "thumb" }, icon("link")),
    ),
  );
}

function place({ label, lat, lng }) {
  return h(
    "div",
    { class: "card card--place" },
    h(
      "div",
      { class: "card__words" },
      h("p", { class: "card__title" }, label || "我的位置"),
      h("p", { class: "card__text" }, `${Number(lat).toFixed(4)}, ${Number(lng).toFixed(4)}`),
    ),
    h("div", { class: "map" }, map(lat, lng)),
  );
}

function miniProgram({ title, app, picture }) {
  return h(
    "div",
    { class: "card card--mini" },
    h("div", { class: "card__words" }, h("p", { class: "card__title" }, title)),
    h(
      "div",
      { class: "cover" },
      imageOr(picture, title ?? "小程序", () => cover(title ?? "小程序")),
    ),
    h("p", { class: "card__foot" }, app ?? "小程序"),
  );
}

function acts(message, onTap, onLink) {
  const row = h("div", { class: "card__acts" });
  if (message.done) return put(row, h("button", { type: "button", class: "act", disabled: true }, message.done));
  const buttons = (message.buttons ?? []).map(({ key, text, style, url }, index) => {
    const look = STYLES[style] ?? (index ? "plain" : "main");
    return h(
      "button",
      {
        type: "button",
        class: `act act--${look}`,
        dataset: { key },
        onclick: (event) => (url ? onLink({ label: text, url }) : tapped(event.currentTarget, key)),
      },
      text,
    );
  });
  async function tapped(button, key) {
    button.setAttribute("aria-busy", "true");
    for (const one of buttons) one.disabled = true;
    await onTap(key);
    button.removeAttribute("aria-busy");
    for (const one of buttons) one.disabled = false;
  }
  return buttons.length > 0 && put(row, ...buttons);
}

function task(message, { accountName, onOption, onLink }) {
  return h(
    "div",
    { class: "card card--task" },
    h("div", { class: "card__source" }, icon("task"), accountName),
    h(
      "div",
      { class: "card__words" },
      h("h3", { class: "card__title" }, message.title),
      message.description && h("p", { class: "card__text" }, message.description),
      fieldList(message.fields),
    ),
    message.url &&
      !message.buttons?.length &&
      more("查看详情", () => onLink({ label: message.title, url: message.url })),
    acts(message, (key) => onOption(message, key), onLink),
  );
}

function textCard(message, { onLink }) {
  return h(
    "div",
    { class: "card card--task" },
    h(
      "div",
      { class: "card__words" },
      h("h3", { class: "card__title" }, message.title),
      h("div", { class: "card__text" }, divisions(message.description)),
    ),
    message.url && more(message.button || "详情", () => onLink({ label: message.title, url: message.url })),
  );
}

/** Card builders by message type. Cards of look `wide` stand alone, without an avatar. */
export const CARDS = {
  news: { build: news, look: "wide", words: (message) => message.title },
  template: { build: notice, look: "wide", words: (message) => message.title },
  notice: { build: notice, look: "wide", words: (message) => `[订阅通知] ${message.title}` },
  link: { build: link, words: (message) => `[链接] ${message.title}` },
  location: { build: place, words: (message) => `[位置] ${message.label ?? ""}` },
  mini_program: { build: miniProgram, words: (message) => `[小程序] ${message.title ?? ""}` },
  card: { build: task, look: "task", words: (message) => `[卡片] ${message.title}` },
  textcard: { build: textCard, look: "task", words: (message) => message.title },
};
