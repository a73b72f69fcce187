/** Saved views: names for addresses, kept by the server for each user, and shared where their owner wants it. */

import { call } from "./api.js";
import { dialog, h, icon, say, show } from "./dom.js";
import { address, state } from "./state.js";
import { word } from "./words.js";

/** The address of a view: whatever its query holds, it stays on this page. */
const hrefOf = (view) => `/?${new URLSearchParams(view.query)}`;

/** What is seen now, without the open call and the page of rows. */
const present = () => address({ ...state, call: null, page: 1 }).split("?")[1] ?? "";

/** Opens the dialog: the saved views, and a name for the present one. */
export function openViews() {
  const list = h("ul", { class: "plain-list" });
  let views = [];
  const change = async (method, params) => {
    try {
      await call(method, params);
    } catch (error) {
      say(error.message, "bad");
    }
    await draw();
  };
  const remove = (view) => h("button", { type: "button", class: "plain", "aria-label": word("filter.remove", { text: view.name }), onclick: () => change("delete.saved_views", { id: view.id }) }, icon("trash"));
  const share = (view) => h("label", { class: "inline" }, h("input", { type: "checkbox", checked: view.is_shared, "aria-label": word("views.shareNamed", { name: view.name }), onchange: (event) => change("update.saved_views", { id: view.id, is_shared: event.target.checked }) }), word("views.shared"));
  const line = (view) =>
    h("li", {}, h("a", { href: hrefOf(view) }, view.name), h("span", { class: "view-side" }, view.is_own ? [share(view), remove(view)] : h("span", { class: "muted" }, view.user_name ?? word("views.shared"))));
  const draw = async () => {
    views = (await call("get.saved_views", { limit: 10_000, sort: [{ field: "name" }] })).data;
    show(list, views.length ? views.map(line) : h("li", { class: "muted" }, word("views.none")));
  };
  const name = h("input", { required: true, maxlength: 80, placeholder: word("views.name"), "aria-label": word("views.name") });
  const add = (event) => {
    event.preventDefault();
    const view = { name: name.value.trim(), query: present() };
    const known = views.find((one) => one.is_own && one.name === view.name);
    if (!view.name) return;
    name.value = "";
    change(known ? "update.saved_views" : "create.saved_views", known ? { ...view, id: known.id } : view);
  };
  const copy = async (event) => {
    await navigator.clipboard.writeText(location.href);
    event.target.textContent = word("views.copied");
  };
  draw().catch((error) => show(list, h("li", { class: "bad" }, error.message)));
  dialog(word("views"), [list, h("form", { class: "inline-form", onsubmit: add }, name, h("button", { class: "primary" }, word("views.save"))), h("p", {}, h("button", { type: "button", class: "link", onclick: copy }, word("views.share")))], { close: word("close") });
}
