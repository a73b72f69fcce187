/** The filter of the state as conditions for people: quick filters, chips, and what clicks on pictures add. */

import { call } from "./api.js";
import { h, icon, select } from "./dom.js";
import { callFields, isDuration } from "./fields.js";
import { openFilterBuilder } from "./filter-builder.js";
import { period } from "./period.js";
import { state, update } from "./state.js";
import { codeLabel, duration, flagLabel, label, weekday, word } from "./words.js";

/** The conditions that must all hold: the parts of an "and", or the whole of anything else. */
export function conditions(filter = state.filter) {
  if (!filter || !Object.keys(filter).length) return [];
  if (filter.filters && filter.condition !== "or") return filter.filters ?? [];
  return [filter];
}

/** Sets the filter to conditions that must all hold. */
export function setConditions(parts, changes = {}) {
  const filter = parts.length === 0 ? null : parts.length === 1 ? parts[0] : { condition: "and", filters: parts };
  update({ filter, page: 1, ...changes });
}

/** Puts the conditions in place of those on their fields; one with the value undefined takes them off. */
export function setCondition(...parts) {
  const others = conditions().filter((one) => !parts.some((part) => part.field === one.field));
  setConditions([...others, ...parts.filter((one) => one.value !== undefined)]);
}

/** The condition on the field that stands alone at the top, if there is one. */
const conditionOn = (field) => conditions().find((one) => one.field === field);

/** A filter in words. */
export function inWords(node) {
  if (node.filters) {
    const joiner = ` ${word(`filter.${node.condition ?? "and"}`)} `;
    return node.filters.map((one) => (one.filters ? `(${inWords(one)})` : inWords(one))).join(joiner);
  }
  if (node.value === null || node.value === undefined) {
    return `${label(node.field)} ${word(node.operator === "=" ? "operator.empty" : "operator.filled")}`;
  }
  const item = node.operator === "jsquery" && /^#\((\w+) = (.+)\)$/.exec(node.value);
  if (item) return `${label(item[1])} = ${item[2].replace(/^"|"$/g, "")}`;
  return `${label(node.field)} ${word(`operator.${node.operator}`)} ${valueInWords(node)}`;
}

function valueInWords({ field, value }) {
  if (Array.isArray(value)) return value.map((one) => valueInWords({ field, value: one })).join(", ");
  if (field === "weekday") return weekday(value);
  if (field === "hour_of_day") return `${value}:00`;
  if (typeof value === "boolean") return flagLabel(field, value);
  if (isDuration(field) && typeof value === "number") return duration(value);
  return callFields().get(field)?.type === "enum" ? codeLabel(value) : String(value);
}

function toggle(text, condition) {
  const chosen = conditionOn(condition.field)?.value === condition.value && condition.value !== undefined;
  return h(
    "button",
    {
      type: "button",
      class: "toggle",
      "aria-pressed": String(chosen),
      onclick: () => setCondition(chosen ? { ...condition, value: undefined } : condition),
    },
    text,
  );
}

function chip(condition, at) {
  const text = inWords(condition);
  const without = () => setConditions(conditions().filter((_, position) => position !== at));
  return h(
    "li",
    { class: "chip" },
    h("span", {}, text),
    h("button", { type: "button", class: "plain", "aria-label": word("filter.remove", { text }), onclick: without }, icon("close")),
  );
}

/** Values of a dimension that occur in the period, most frequent first; the filter is left out. */
export async function occurring(dimension, { like = "", limit = 50 } = {}) {
  const filter = like ? { field: dimension, operator: "like", value: `%${like.replace(/[\\%_]/g, "\\$&")}%` } : undefined;
  const params = { ...period(), dimensions: [dimension], measures: ["calls_count"], sort: [{ field: "calls_count", order: "desc" }], limit, filter };
  return (await call("get.calls_summary", params)).data.map((row) => row[dimension]).filter((value) => value !== null);
}

/** A select box whose options are read when it is first used. */
function choice(title, dimension, condition, chosen) {
  const box = select([["", title], ...(chosen ? [[chosen, chosen]] : [])], chosen ?? "", {
    "aria-label": title,
    class: chosen ? "chosen" : "",
    onchange: (event) => setCondition(condition(event.target.value || undefined)),
  });
  const fill = async () => {
    const values = await occurring(dimension, { limit: 300 });
    const missing = values.filter((value) => value !== chosen);
    box.append(...missing.sort((one, other) => one.localeCompare(other)).map((value) => h("option", { value }, value)));
  };
  box.addEventListener("focus", fill, { once: true });
  return box;
}

const quoted = (text) => JSON.stringify(text);
const item = (array, member) => (name) => ({ field: array, operator: "jsquery", value: name && `#(${member} = ${quoted(name)})` });

/** The name that a filter on an array's items is about. */
function itemChosen(array, member) {
  const found = new RegExp(`^#\\(${member} = (".*")\\)$`).exec(conditionOn(array)?.value ?? "");
  try {
    return found && JSON.parse(found[1]);
  } catch {
    return null;
  }
}

/** Filters by an item of an array, such as an employee. */
export const byItem = (array, member, name) => setCondition(item(array, member)(name));

function numberBox() {
  const found = conditionOn("contact_phone_number")?.value;
  return h("input", {
    type: "search",
    inputmode: "tel",
    placeholder: word("quick.number"),
    "aria-label": word("quick.number"),
    value: typeof found === "string" ? found.replaceAll("%", "") : "",
    onchange: (event) => {
      const digits = event.target.value.replace(/\D/g, "");
      setCondition({ field: "contact_phone_number", operator: "like", value: digits ? `%${digits}%` : undefined });
    },
  });
}

/** The quick filters, the button of the whole filter, and a chip for each condition. */
export function filterBar() {
  const parts = conditions();
  return [
    h(
      "div",
      { class: "quick", role: "group", "aria-label": word("filter") },
      h(
        "div",
        { class: "segments" },
        toggle(word("quick.incoming"), { field: "direction", operator: "=", value: "in" }),
        toggle(word("quick.outgoing"), { field: "direction", operator: "=", value: "out" }),
      ),
      h(
        "div",
        { class: "segments" },
        toggle(word("quick.lost"), { field: "is_lost", operator: "=", value: true }),
        toggle(word("quick.answered"), { field: "is_lost", operator: "=", value: false }),
      ),
      choice(word("quick.employee"), "employee_full_name", item("employees", "employee_full_name"), itemChosen("employees", "employee_full_name")),
      choice(word("quick.tag"), "tag_name", item("tags", "tag_name"), itemChosen("tags", "tag_name")),
      numberBox(),
      h("button", { type: "button", onclick: () => openFilterBuilder() }, icon("filter"), word("filter.build")),
    ),
    parts.length > 0 &&
      h(
        "ul",
        { class: "chips", "aria-label": word("filter.active") },
        parts.map(chip),
        h("li", {}, h("button", { type: "button", class: "link", onclick: () => update({ filter: null, page: 1 }) }, word("filter.clear"))),
      ),
  ];
}
