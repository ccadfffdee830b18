// "按住 说话": as long as the button is held, a voice message grows.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const LONGEST_S = 60;

/** The hold-to-talk button; `send(seconds)` gets at least one whole second. */
export function holdToTalk(screen, send) {
  const button = h("button", { type: "button", class: "bar__hold" }, "按住 说话");
  const sign = h("div", { class: "recording", role: "status" }, icon("mic"), "松开发送");
  let since = null;
  const begin = () => {
    if (since !== null) return;
    since = performance.now();
    button.dataset.held = "true";
    button.textContent = "松开 发送";
    screen.append(sign);
  };
  const end = (cancelled) => {
    if (since === null) return;
    const seconds = Math.min(LONGEST_S, Math.max(1, Math.round((performance.now() - since) / 1000)));
    since = null;
    delete button.dataset.held;
    button.textContent = "按住 说话";
    sign.remove();
    if (!cancelled) send(seconds);
  };
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    begin();
  });
  button.addEventListener("pointerup", () => end(false));
  button.addEventListener("pointercancel", () => end(true));
  button.addEventListener("keydown", (event) => {
    if (["Enter", " "].includes(event.key)) {
      event.preventDefault();
      begin();
    }
  });
  button.addEventListener("keyup", (event) => ["Enter", " "].includes(event.key) && end(false));
  button.addEventListener("blur", () => end(true));
  return button;
}
