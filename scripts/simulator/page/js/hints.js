// What to try first, taken from the account's own menu, so that it fits whatever industry is loaded.
import { h } from "./dom.js";
import { menuButtons, subButtons } from "./menubar.js";

const ASK = "ask:";
const MOST = 4;
const STAFF = ["帮助", "待办"];

const words = ({ key = "", name }) => (key.startsWith(ASK) ? key.slice(ASK.length) : name);

/** The first thing under each button of the menu, then more of what the first one holds: sentences to say. */
export function suggestions(menu) {
  const groups = menuButtons(menu).map((button) => {
    const under = subButtons(button);
    return under.length ? under : [button];
  });
  const firsts = groups.map(([first]) => first);
  const more = groups.flatMap((group) => group.slice(1));
  return [...new Set([...firsts, ...more].filter(({ key }) => key).map(words))].slice(0, MOST);
}

/** The card that stands in a chat in which its owner has not written yet. */
export function hints(person, menu, say) {
  const customer = person.kind === "customer";
  const list = customer ? suggestions(menu) : STAFF;
  if (!person.following || list.length === 0) return null;
  return h(
    "section",
    { class: "hints", "aria-label": "可以试试" },
    h(
      "p",
      null,
      customer ? "点一句试试，或在下面直接写：" : "客户投诉、找经理或问住了小助手，卡片会到这里。也可以试试：",
    ),
    list.map((sentence) => h("button", { type: "button", class: "hint", onclick: () => say(sentence) }, sentence)),
  );
}
