// Sheets that rise inside one phone. The rest of the phone is inert meanwhile; Escape closes.
import { h } from "./dom.js";

/** Open a layer in a screen. Answers a function that closes it. */
function layer(screen, element, first) {
  const before = document.activeElement;
  const beneath = [...screen.children];
  for (const child of beneath) child.inert = true;
  const close = () => {
    if (!element.isConnected) return;
    element.remove();
    for (const child of beneath) child.inert = false;
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  screen.append(element);
  (first ?? element.querySelector("input, button:not(.sheet__cancel)") ?? element).focus({ preventScroll: true });
  return close;
}

/** Open a sheet with a title and a body; `build(close)` answers the body. */
export function openSheet(screen, { title, detail, build }) {
  let close = () => undefined;
  const body = build(() => close());
  const head = title && h("div", { class: "sheet__title" }, h("strong", null, title), detail);
  const sheet = h(
    "div",
    { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title || "操作", tabindex: "-1" },
    head,
    h("div", { class: "sheet__body" }, body),
    h("div", { class: "sheet__acts sheet__cancel" }, h("button", { type: "button", onclick: () => close() }, "取消")),
  );
  const mask = h("div", { class: "sheet-layer__mask", onclick: () => close() });
  close = layer(
    screen,
    h("div", { class: "sheet-layer" }, mask, sheet),
    sheet.querySelector("input, .sheet__body button"),
  );
  return close;
}

/** A list of actions: [{label, detail, bad, act}]. */
export function openActions(screen, { title, detail, actions }) {
  return openSheet(screen, {
    title,
    detail,
    build: (close) =>
      h(
        "ul",
        { class: "sheet__acts" },
        actions.filter(Boolean).map(({ label, detail: under, bad, act }) =>
          h(
            "li",
            null,
            h(
              "button",
              {
                type: "button",
                class: bad ? "sheet__bad" : "",
                onclick: () => {
                  close();
                  act();
                },
              },
              label,
              under && h("small", null, under),
            ),
          ),
        ),
      ),
  });
}

/** A small form: fields [{name, label, value, type, …}]; `submit(values)` runs when confirmed. */
export function openForm(screen, { title, detail, fields, go = "确定", submit, extra }) {
  return openSheet(screen, {
    title,
    detail,
    build: (close) => {
      const inputs = fields.map(({ label, ...rest }) =>
        h("label", null, label, h("input", { autocomplete: "off", ...rest })),
      );
      const send = (event) => {
        event.preventDefault();
        const values = Object.fromEntries(new FormData(event.currentTarget));
        close();
        submit(values);
      };
      return h(
        "form",
        { class: "sheet__form", onsubmit: send },
        extra?.(close),
        inputs,
        h("button", { class: "sheet__go" }, go),
      );
    },
  });
}

/** Look at one picture on the whole screen. */
export function openViewer(screen, picture) {
  let close = () => undefined;
  const button = h(
    "button",
    { type: "button", class: "viewer", "aria-label": "关闭图片", onclick: () => close() },
    picture,
    h("p", null, "轻点返回"),
  );
  close = layer(screen, button, button);
}
