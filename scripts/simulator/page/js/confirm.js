// One question in the middle of the page, before something that cannot be taken back.
import { h } from "./dom.js";

/** Ask; answers whether it was agreed to. Escape and 取消 mean no. */
export function confirmed({ title, words, go }) {
  return new Promise((resolve) => {
    const close = (answer) => () => dialog.close(answer);
    const dialog = h(
      "dialog",
      { class: "confirm", "aria-label": title },
      h("h2", null, title),
      words.map((sentence) => h("p", null, sentence)),
      h(
        "div",
        { class: "confirm__acts" },
        h("button", { type: "button", class: "btn", onclick: close("") }, "取消"),
        h("button", { type: "button", class: "btn btn--main", onclick: close("yes") }, go),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
