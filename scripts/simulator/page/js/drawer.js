// Drawers at the page's right side. One is open at a time; Escape and its cross close it.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const drawers = new Set();

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") for (const drawer of drawers) drawer.close();
});

export class Drawer {
  #opener = null;

  /** `build(body)` fills the drawer each time it opens. */
  constructor(id, title, build, tools = []) {
    this.build = build;
    this.body = h("div", { class: "drawer__body", tabindex: "-1" });
    this.element = h(
      "aside",
      { class: "drawer", id, "aria-label": title, hidden: true },
      h(
        "div",
        { class: "drawer__head" },
        h("h2", null, title),
        tools,
        h(
          "button",
          { type: "button", class: "icon-btn", "aria-label": `关闭${title}`, onclick: () => this.close() },
          icon("close"),
        ),
      ),
      this.body,
    );
    document.getElementById("drawers").append(this.element);
    drawers.add(this);
  }

  /** A button that opens and closes this drawer. */
  button(name, label, extra = "") {
    const button = h(
      "button",
      {
        type: "button",
        class: `btn ${extra}`,
        "aria-expanded": "false",
        "aria-controls": this.element.id,
        onclick: () => this.toggle(button),
      },
      icon(name),
      h("span", { class: "btn__label" }, label),
    );
    button.setAttribute("aria-label", label);
    return button;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle(opener) {
    if (this.isOpen) this.close();
    else this.open(opener);
  }

  open(opener) {
    for (const other of drawers) other.close(false);
    this.#opener = opener;
    opener?.setAttribute("aria-expanded", "true");
    this.element.hidden = false;
    document.body.dataset.drawer = this.element.id;
    this.build(this.body);
    this.body.focus({ preventScroll: true });
  }

  close(refocus = true) {
    if (!this.isOpen) return;
    this.element.hidden = true;
    delete document.body.dataset.drawer;
    this.#opener?.setAttribute("aria-expanded", "false");
    if (refocus) this.#opener?.focus();
  }
}

/** A titled part of a drawer. */
export const block = (title, words, ...children) =>
  h("section", { class: "block" }, h("h3", null, title), words && h("p", null, words), children);

/** A labelled input or select. */
export function field(label, control, wide = false) {
  return h("label", { class: `field${wide ? " form__wide" : ""}` }, label, control);
}

/** A select of [value, label] pairs. */
export const select = (name, options, chosen) =>
  h(
    "select",
    { name },
    options.map(([value, label]) => h("option", { value, selected: String(value) === String(chosen) }, label)),
  );
