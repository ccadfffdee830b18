// Short passing words in the middle of the page.
import { ApiError } from "./api.js";
import { h } from "./dom.js";

/** Show a short sentence for a while. */
export function toast(words, ms = 3200) {
  const note = h("div", { class: "toast" }, words);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), ms);
}

/** Do something with the platform; when it fails, say so and answer null. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message);
    return null;
  }
}
