// Building elements. Text always becomes text nodes: nothing an account sends is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "colour") node.style.setProperty("background-color", value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** Make an HTML element: `h("p", {class: "x", onclick}, "text", child)`. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an SVG element the same way. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Put these children in place of whatever the node held. */
export function put(node, ...children) {
  node.replaceChildren();
  return fill(node, null, children);
}

/** A small stable number from a text, for drawings that differ but never change. */
export function seedOf(text) {
  let seed = 2166136261;
  for (const sign of String(text)) seed = Math.imul(seed ^ sign.codePointAt(0), 16777619) >>> 0;
  return seed;
}
