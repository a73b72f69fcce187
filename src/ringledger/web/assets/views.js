/** Saved views: names for addresses, remembered in this browser. */

import { dialog, h, icon, show } from "./dom.js";
import { address, state } from "./state.js";
import { word } from "./words.js";

const STORE = "ringledger.views";

/** @returns {{name: string, address: string}[]} */
const saved = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const keep = (views) => localStorage.setItem(STORE, JSON.stringify(views));

/** Opens the dialog: the saved views, and a name for the present one. */
export function openViews() {
  const list = h("ul", { class: "plain-list" });
  const remove = (name) => () => {
    keep(saved().filter((one) => one.name !== name));
    draw();
  };
  const line = (one) => h("li", {}, h("a", { href: one.address }, one.name), h("button", { type: "button", class: "plain", "aria-label": word("filter.remove", { text: one.name }), onclick: remove(one.name) }, icon("trash")));
  const draw = () => show(list, saved().length ? saved().map(line) : h("li", { class: "muted" }, word("views.none")));
  const name = h("input", { required: true, maxlength: 80, placeholder: word("views.name"), "aria-label": word("views.name") });
  const add = (event) => {
    event.preventDefault();
    const view = { name: name.value.trim(), address: address({ ...state, call: null, page: 1 }) };
    keep([...saved().filter((one) => one.name !== view.name), view].sort((one, other) => one.name.localeCompare(other.name)));
    name.value = "";
    draw();
  };
  const share = async (event) => {
    await navigator.clipboard.writeText(location.href);
    event.target.textContent = word("views.copied");
  };
  draw();
  dialog(word("views"), [list, h("form", { class: "inline-form", onsubmit: add }, name, h("button", { class: "primary" }, word("views.save"))), h("p", {}, h("button", { type: "button", class: "link", onclick: share }, word("views.share")))], { close: word("close") });
}
