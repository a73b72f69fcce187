/** The dialog in which a whole filter tree is made: groups of groups, operators that the field takes, suggested values. */

import { methods } from "./api.js";
import { dialog, h, icon, select, show } from "./dom.js";
import { filterFields, grouped } from "./fields.js";
import { occurring } from "./filters.js";
import { state, update } from "./state.js";
import { codeLabel, flagLabel, label, weekday, word } from "./words.js";

const EMPTY = "= null";
const FILLED = "!= null";

/** A copy whose top is a group, as the dialog edits it. */
function editable(filter) {
  const copy = structuredClone(filter);
  if (!copy) return { condition: "and", filters: [{ field: "direction", operator: "=", value: "in" }] };
  return copy.filters ? copy : { condition: "and", filters: [copy] };
}

/** The operators for people: those of the field, and is empty and is not. */
function operatorsOf(field) {
  const plain = field.type === "array" ? field.operators.filter((one) => one === "jsquery") : field.operators;
  return [...plain.map((one) => [one, word(`operator.${one}`)]), [EMPTY, word("operator.empty")], [FILLED, word("operator.filled")]];
}

function chosenOperator(node) {
  if (node.value === null && node.operator === "=") return EMPTY;
  return node.value === null && node.operator === "!=" ? FILLED : node.operator;
}

/** The value that a condition starts with. */
function firstValue(field, operator) {
  if (operator === "in") return [];
  if (field.type === "boolean") return true;
  if (field.type === "enum") return field.values[0];
  if (field.name === "weekday") return 1;
  return field.type === "number" ? 0 : "";
}

function setOperator(node, field, chosen) {
  if (chosen === EMPTY || chosen === FILLED) {
    Object.assign(node, { operator: chosen.split(" ")[0], value: null });
    return;
  }
  const keeps = node.value !== null && Array.isArray(node.value) === (chosen === "in");
  Object.assign(node, { operator: chosen, value: keeps ? node.value : firstValue(field, chosen) });
}

const dimensions = () => new Set(methods.get("get.calls_summary")?.params.find((one) => one.name === "dimensions")?.schema.items?.enum ?? []);
let lists = 0;

/** A text box that suggests values of the field which occur. */
function suggesting(field, attributes) {
  const list = h("datalist", { id: `values-${++lists}` });
  const box = h("input", { ...attributes, list: list.id });
  const suggest = async () => {
    const last = box.value.split(",").at(-1).trim();
    const values = await occurring(field.name, field.type === "string" ? { like: last } : {});
    show(list, values.map((value) => h("option", { value })));
  };
  if (dimensions().has(field.name)) {
    let waiting;
    box.addEventListener("focus", suggest);
    box.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(suggest, 200);
    });
  }
  return h("span", { class: "suggesting" }, box, list);
}

function valueEditor(node, field) {
  const title = { "aria-label": word("filter.value") };
  if (node.value === null) return null;
  if (node.operator === "in") return listEditor(node, field, title);
  if (field.name === "weekday") {
    return select([1, 2, 3, 4, 5, 6, 7].map((one) => [String(one), weekday(one)]), String(node.value), { ...title, onchange: (event) => (node.value = Number(event.target.value)) });
  }
  if (field.type === "boolean") {
    return select(["true", "false"].map((one) => [one, flagLabel(field.name, one === "true")]), String(node.value), { ...title, onchange: (event) => (node.value = event.target.value === "true") });
  }
  if (field.type === "enum") {
    return select(field.values.map((one) => [one, codeLabel(one)]), node.value, { ...title, onchange: (event) => (node.value = event.target.value) });
  }
  if (field.type === "iso8601") {
    const set = (event) => (node.value = event.target.value.replace("T", " ").padEnd(19, ":00").slice(0, 19));
    return h("input", { ...title, type: "datetime-local", step: 1, value: String(node.value).replace(" ", "T"), onchange: set });
  }
  if (field.type === "number") {
    return h("input", { ...title, type: "number", step: "any", value: node.value, oninput: (event) => (node.value = Number(event.target.value)) });
  }
  return suggesting(field, { ...title, value: node.value, oninput: (event) => (node.value = event.target.value) });
}

function listEditor(node, field, title) {
  if (field.type === "enum") {
    const set = (event) => (node.value = [...event.target.selectedOptions].map((one) => one.value));
    const options = field.values.map((one) => h("option", { value: one, selected: node.value.includes(one) }, codeLabel(one)));
    return h("select", { ...title, multiple: true, size: 4, onchange: set }, options);
  }
  const typed = (text) => (field.type === "number" ? Number(text) : text);
  const set = (event) => (node.value = event.target.value.split(",").map((one) => one.trim()).filter(Boolean).map(typed));
  return suggesting(field, { ...title, placeholder: word("filter.list"), value: node.value.join(", "), oninput: set });
}

function removeButton(parent, node, redraw) {
  const remove = () => {
    parent.filters.splice(parent.filters.indexOf(node), 1);
    redraw();
  };
  return h("button", { type: "button", class: "plain", onclick: remove, "aria-label": word("filter.remove", { text: "" }) }, icon("close"));
}

function conditionRow(parent, node, redraw) {
  const field = filterFields().get(node.field) ?? filterFields().get("direction");
  const choices = grouped((one) => one.operators.length > 0, filterFields()).map(([group, fields]) => [group, fields.map((one) => [one.name, label(one.name)])]);
  const setField = (event) => {
    const next = filterFields().get(event.target.value);
    const operator = operatorsOf(next)[0][0];
    Object.assign(node, { field: next.name, value: null });
    setOperator(node, next, operator);
    redraw();
  };
  const operator = (event) => {
    setOperator(node, field, event.target.value);
    redraw();
  };
  return h(
    "div",
    { class: "condition" },
    select(choices, node.field, { "aria-label": word("filter.field"), onchange: setField }),
    select(operatorsOf(field), chosenOperator(node), { "aria-label": word("filter.operator"), onchange: operator }),
    valueEditor(node, field),
    removeButton(parent, node, redraw),
  );
}

function group(parent, node, redraw) {
  const add = (part) => () => {
    node.filters.push(part());
    redraw();
  };
  const condition = () => ({ field: "is_lost", operator: "=", value: true });
  return h(
    "fieldset",
    { class: "group" },
    h("legend", { class: "sr-only" }, word("filter.group")),
    h(
      "div",
      { class: "group-head" },
      select([["and", word("filter.all")], ["or", word("filter.any")]], node.condition ?? "and", {
        "aria-label": word("filter.group"),
        onchange: (event) => (node.condition = event.target.value),
      }),
      parent && removeButton(parent, node, redraw),
    ),
    node.filters.map((one) => (one.filters ? group(node, one, redraw) : conditionRow(node, one, redraw))),
    h(
      "div",
      { class: "group-foot" },
      h("button", { type: "button", class: "link", onclick: add(condition) }, icon("plus"), word("filter.add")),
      h("button", { type: "button", class: "link", onclick: add(() => ({ condition: "or", filters: [condition()] })) }, icon("plus"), word("filter.addGroup")),
    ),
  );
}

/** What is left of a tree without groups that hold nothing; null where nothing is left. */
function pruned(node) {
  if (!node.filters) return node;
  const filters = node.filters.map(pruned).filter(Boolean);
  return filters.length ? { ...node, filters } : null;
}

/** Opens the dialog on the present filter. */
export function openFilterBuilder() {
  const tree = editable(state.filter);
  const body = h("div", { class: "builder" });
  const redraw = () => show(body, group(null, tree, redraw));
  redraw();
  const apply = (event) => {
    event.preventDefault();
    box.close();
    update({ filter: pruned(tree), page: 1 });
  };
  const form = h("form", { onsubmit: apply }, body, h("div", { class: "actions" }, h("button", { class: "primary" }, word("filter.apply"))));
  const box = dialog(word("filter.build"), form, { kind: "wide", close: word("close") });
}
