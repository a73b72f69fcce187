/** Which columns the table has: chosen from all of the report's fields in groups, remembered in this browser. */

import { dialog, h, icon, show } from "./dom.js";
import { callFields, grouped } from "./fields.js";
import { state, update } from "./state.js";
import { label, word } from "./words.js";

const STORE = "ringledger.columns";
const FIRST = ["start_time", "direction", "contact_phone_number", "is_lost", "virtual_phone_number", "employees", "wait_duration", "talk_duration", "campaign_name", "tags", "call_records"];

/** Names of the columns: the address's, those chosen last, or the first ones. */
export function columns() {
  const remembered = JSON.parse(localStorage.getItem(STORE) ?? "null");
  const names = (state.columns ?? remembered ?? FIRST).filter((name) => callFields().has(name));
  return names.length ? names : FIRST;
}

function set(names) {
  localStorage.setItem(STORE, JSON.stringify(names));
  update({ columns: names });
}

/** The dialog: chosen columns in their order on top, all fields in groups below. */
export function openColumns() {
  let chosen = [...columns()];
  const order = h("ol", { class: "order" });
  const move = (name, by) => {
    const at = chosen.indexOf(name);
    if (at + by < 0 || at + by >= chosen.length) return;
    chosen.splice(at, 1);
    chosen.splice(at + by, 0, name);
    draw();
    /** @type {HTMLElement|null} */ (order.querySelector(`[data-move="${name}${by}"]`))?.focus();
  };
  const arrow = (name, by) =>
    h("button", { type: "button", class: "plain", "data-move": `${name}${by}`, onclick: () => move(name, by), "aria-label": word(by < 0 ? "columns.before" : "columns.after", { name: label(name) }) }, icon(by < 0 ? "up" : "down"));
  const draw = () => show(order, chosen.map((name) => h("li", {}, h("span", {}, label(name)), arrow(name, -1), arrow(name, 1))));
  const tick = (name, on) => {
    chosen = on ? [...chosen, name] : chosen.filter((one) => one !== name);
    draw();
  };
  const box = (field) =>
    h("label", { class: "check", title: field.meaning }, h("input", { type: "checkbox", checked: chosen.includes(field.name), onchange: (event) => tick(field.name, event.target.checked) }), label(field.name));
  const find = h("input", {
    type: "search",
    placeholder: word("columns.find"),
    "aria-label": word("columns.find"),
    oninput: () => all.querySelectorAll("label").forEach((one) => (one.hidden = !one.textContent.toLowerCase().includes(find.value.toLowerCase()))),
  });
  const all = h("div", { class: "column-groups" }, grouped().map(([group, fields]) => h("fieldset", {}, h("legend", {}, group), fields.map(box))));
  draw();
  const done = (event) => {
    event.preventDefault();
    dialogBox.close();
    set(chosen);
  };
  const reset = () => {
    dialogBox.close();
    set(FIRST);
  };
  const actions = h("div", { class: "actions" }, h("button", { type: "button", onclick: reset }, word("columns.reset")), h("button", { class: "primary" }, word("columns.apply")));
  const form = h("form", { onsubmit: done, class: "columns" }, h("div", { class: "columns-body" }, h("div", {}, find, all), h("section", { "aria-label": word("columns.order") }, h("h3", {}, word("columns.order")), order)), actions);
  const dialogBox = dialog(word("columns"), form, { kind: "wide", close: word("close") });
}
