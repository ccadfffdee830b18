// The small Markdown a WeCom app may send: headings, quotes, lists, bold, code, links and three tones.
import { h } from "./dom.js";
import { wordLink } from "./richtext.js";

const INLINE =
  /\*\*([^*\n]+)\*\*|`([^`\n]+)`|\[([^\]\n]+)\]\((https?:\/\/[^)\s]+)\)|<font color="(info|comment|warning)">([^<]*)<\/font>/g;
const DIVISION = /<div class="(gray|normal|highlight)">([^<]*)<\/div>|<br\s*\/?>/g;

function inline(text, onLink) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, code, label, url, tone, toned] = match;
    nodes.push(text.slice(at, match.index));
    if (bold) nodes.push(h("strong", null, bold));
    else if (code) nodes.push(h("code", null, code));
    else if (url) nodes.push(wordLink({ label, url }, () => onLink({ label, url })));
    else nodes.push(h("span", { class: `tone-${tone}` }, toned));
    at = match.index + whole.length;
  }
  return [...nodes, text.slice(at)];
}

/** The nodes of a markdown message. */
export function markdown(text, { onLink }) {
  return String(text ?? "")
    .split("\n")
    .map((line) => {
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      if (heading) return h("h4", null, inline(heading[1], onLink));
      const quote = /^>\s?(.*)$/.exec(line);
      if (quote) return h("blockquote", null, inline(quote[1], onLink));
      const item = /^\s*[-*]\s+(.*)$/.exec(line);
      if (item) return h("ul", null, h("li", null, inline(item[1], onLink)));
      return h("p", null, line ? inline(line, onLink) : "\u00a0");
    });
}

/** A text card's description, with its grey and highlighted lines. */
export function divisions(text) {
  const nodes = [];
  let at = 0;
  const source = String(text ?? "");
  for (const match of source.matchAll(DIVISION)) {
    nodes.push(
      source.slice(at, match.index).trim(),
      match[1] ? h("p", { class: `tone-${match[1]}` }, match[2]) : h("br"),
    );
    at = match.index + match[0].length;
  }
  return [...nodes, source.slice(at).trim()];
}
