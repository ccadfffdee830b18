// The Official Account's own menu: up to three buttons, sub-menus popping up above them.
import { h, put } from "./dom.js";
import { icon } from "./icons.js";

/** The buttons of a platform menu, whichever way it is wrapped. */
export function menuButtons(menu) {
  const list = menu?.button ?? menu?.menu?.button ?? menu?.buttons ?? [];
  return Array.isArray(list) ? list.slice(0, 3) : [];
}

/** What pops up above a button; empty when the button itself does something. */
export const subButtons = (button) => button.sub_button?.list ?? button.sub_button ?? button.sub_buttons ?? [];

export class MenuBar {
  constructor({ onPick, onKeyboard }) {
    this.onPick = onPick;
    this.list = h("ul");
    this.element = h(
      "div",
      { class: "menubar", role: "group", "aria-label": "公众号菜单" },
      h(
        "button",
        { type: "button", class: "menubar__toggle", "aria-label": "切换到键盘", onclick: onKeyboard },
        icon("keyboard", 1.5),
      ),
      this.list,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close(true);
    });
    document.addEventListener("pointerdown", (event) => !this.element.contains(event.target) && this.close());
  }

  show(menu) {
    put(
      this.list,
      menuButtons(menu).map((button) => this.#item(button)),
    );
  }

  close(refocus = false) {
    const open = this.list.querySelector('[aria-expanded="true"]');
    if (!open) return;
    open.setAttribute("aria-expanded", "false");
    open.parentElement.querySelector(".submenu")?.remove();
    if (refocus) open.focus();
  }

  #item(button) {
    const under = subButtons(button);
    if (!under.length)
      return h(
        "li",
        null,
        h(
          "button",
          { type: "button", class: "menubar__btn", onclick: () => this.#pick(button) },
          h("span", null, button.name),
        ),
      );
    const opener = h(
      "button",
      { type: "button", class: "menubar__btn", "aria-haspopup": "true", "aria-expanded": "false" },
      icon("menu", 2.6),
      h("span", null, button.name),
    );
    opener.addEventListener("click", () => this.#toggle(opener, under));
    return h("li", null, opener);
  }

  #toggle(opener, under) {
    const wasOpen = opener.getAttribute("aria-expanded") === "true";
    this.close();
    if (wasOpen) return;
    opener.setAttribute("aria-expanded", "true");
    const items = under.map((button) =>
      h("button", { type: "button", onclick: () => this.#pick(button) }, button.name),
    );
    opener.after(h("div", { class: "submenu", role: "group", "aria-label": opener.textContent }, items));
    items[0].focus({ preventScroll: true });
  }

  #pick(button) {
    this.close();
    this.onPick(button);
  }
}
