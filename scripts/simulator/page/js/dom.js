// Building elements. Text always becomes text nodes: nothing an account sends is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

const absent = (value) => value === undefined || value === null || value === false;

const SETTERS = {
  dataset: (node, values) => Object.assign(node.dataset, values),
  colour: (node, colour) => node.style.setProperty("background-color", colour),
  value: (node, value) => (node.value = value),
};

function set(node, name, value) {
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (SETTERS[name]) SETTERS[name](node, value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) if (!absent(value)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => !absent(child)));
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
