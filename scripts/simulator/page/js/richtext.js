// Texts of an account: the few links WeChat allows inside them become controls, everything else stays text.
import { h } from "./dom.js";

const ANCHOR = /<a\s([^<>]*)>([^<]*)<\/a>/gi;
const HREF = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
const APP = /(?:^|\s)data-miniprogram-appid\s*=\s*"([^"]+)"/i;
const BARE_URL = /https?:\/\/[^\s<>"'，。；！？、）)】》]+/g;
const FACES = {
  微笑: "🙂",
  呲牙: "😁",
  愉快: "😊",
  流泪: "😢",
  大哭: "😭",
  发怒: "😠",
  抱拳: "🙏",
  玫瑰: "🌹",
  爱心: "❤️",
  强: "👍",
  握手: "🤝",
  拥抱: "🤗",
  太阳: "☀️",
  蛋糕: "🎂",
  礼物: "🎁",
  庆祝: "🎉",
  烟花: "🎆",
  OK: "👌",
  偷笑: "🤭",
  尴尬: "😅",
  合十: "🙏",
};

const withFaces = (text) => text.replace(/\[(\S{1,3})\]/g, (whole, name) => FACES[name] ?? whole);

function tokenOf(whole, attributes, label) {
  const match = HREF.exec(attributes);
  const href = (match?.[1] ?? match?.[2] ?? match?.[3] ?? "").replaceAll("&amp;", "&").trim();
  if (/^weixin:\/\/bizmsgmenu\?/i.test(href)) {
    const query = new URLSearchParams(href.slice(href.indexOf("?") + 1));
    return { kind: "choice", label, id: query.get("msgmenuid") ?? "", content: query.get("msgmenucontent") ?? label };
  }
  const app = APP.exec(attributes)?.[1] ?? "";
  if (/^https?:\/\//i.test(href)) return { kind: "link", label, url: href, app };
  return { kind: "text", label: whole };
}

function bare(text) {
  const tokens = [];
  let at = 0;
  for (const match of text.matchAll(BARE_URL)) {
    tokens.push({ kind: "text", label: text.slice(at, match.index) }, { kind: "link", label: match[0], url: match[0] });
    at = match.index + match[0].length;
  }
  return [...tokens, { kind: "text", label: text.slice(at) }];
}

/** Cut a text into plain pieces, web links and choices. */
export function tokens(text) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(ANCHOR)) {
    found.push(...bare(text.slice(at, match.index)), tokenOf(match[0], match[1], match[2]));
    at = match.index + match[0].length;
  }
  return [...found, ...bare(text.slice(at))].filter((token) => token.label);
}

const ownLine = (before, after) => (!before || before.label.endsWith("\n")) && (!after || after.label.startsWith("\n"));

/** A link inside running words: an anchor, so that it breaks over lines as words do; it never navigates by itself. */
export function wordLink({ kind, label, url, app }, act, tall = false) {
  const role = kind === "choice" ? "button" : null;
  const title = app ? `小程序 ${app}` : null;
  const link = h(
    "a",
    { href: url ?? "#", role, title, rel: "noopener noreferrer", class: `inline-link${tall ? " inline-link--tall" : ""}` },
    app && h("span", { class: "inline-link__app" }, "小程序"),
    label,
  );
  link.addEventListener("click", (event) => {
    event.preventDefault();
    act();
  });
  link.addEventListener("keydown", (event) => {
    if (role && event.key === " ") {
      event.preventDefault();
      act();
    }
  });
  return link;
}

/** The nodes of an account's text. A choice, and a link alone on its line, gets a finger's height. */
export function richText(text, { onChoice, onLink }) {
  const list = tokens(String(text ?? ""));
  return list.map((token, index) => {
    if (token.kind === "text") return withFaces(token.label);
    const tall = token.kind === "choice" || ownLine(list[index - 1], list[index + 1]);
    const act = token.kind === "choice" ? () => onChoice(token) : () => onLink(token);
    return wordLink(token, act, tall);
  });
}

/** A person's own text: only the faces are drawn. */
export const plainText = (text) => withFaces(String(text ?? ""));
