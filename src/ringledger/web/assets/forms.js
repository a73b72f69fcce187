/** A form for the parameters of any method, made from its description: nested objects and lists too. */

import { h, icon, select, show } from "./dom.js";
import { choicesFor } from "./pickers.js";
import { codeLabel, label, meaning, word } from "./words.js";

/**
 * @typedef {object} Parameter a parameter of a method, or a member of one
 * @property {string} name
 * @property {any} schema
 * @property {boolean} [required]
 * @property {string} [description]
 *
 * @typedef {object} Input how a parameter is typed in
 * @property {HTMLElement} element
 * @property {() => any} read undefined where nothing was given; raises SyntaxError for text that is no JSON
 * @property {boolean} [whole] whether the element names itself
 */

const HIDDEN = new Set(["access_token", "user_id", "id"]);
/** What is false where nothing is said. */
const FALSE_IF_ABSENT = new Set(["is_masked", "is_confined", "is_blocked"]);
/** What few touch. */
const RARE = /_allowed_|^operator$|^coach$/;
/** The list that the form is of. */
let of = "";
/** How many parameters are shown at once; what is neither required nor filled in comes behind them, folded away. */
const SHOWN = 10;

const filled = (value) => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

/** @returns {Parameter[]} */
const members = (schema) => Object.entries(schema.properties ?? {}).map(([name, one]) => ({ name, schema: one, required: schema.required?.includes(name), description: one.description }));

/** @returns {Input} */
function choiceInput(parameter, common, value) {
  const options = parameter.schema.enum.filter((one) => one !== null).map((one) => [one, codeLabel(one)]);
  const element = select(parameter.required ? options : [["", word("form.unsaid")], ...options], value ?? "", common);
  return { element, read: () => /** @type {HTMLSelectElement} */ (element).value || undefined };
}

/** @returns {Input} */
function flagInput(parameter, common, value) {
  if (typeof value === "boolean" || FALSE_IF_ABSENT.has(parameter.name)) {
    const element = /** @type {HTMLInputElement} */ (h("input", { ...common, required: false, type: "checkbox", checked: value ?? false }));
    return { element, read: () => element.checked };
  }
  const element = /** @type {HTMLSelectElement} */ (select([["", word("form.unsaid")], ["yes", word("yes")], ["no", word("no")]], "", common));
  return { element, read: () => ({ yes: true, no: false })[element.value] };
}

/** @returns {Input} */
function textInput(parameter, common, value) {
  const secret = parameter.name.includes("password");
  const moment = Boolean(parameter.schema.pattern);
  const { minLength, maxLength } = parameter.schema;
  const shown = moment && value ? value.replace(" ", "T") : (value ?? "");
  const kind = moment ? { type: "datetime-local", step: 1 } : { type: secret ? "password" : "text", autocomplete: secret ? "new-password" : "off" };
  const element = /** @type {HTMLInputElement} */ (h("input", { ...common, ...kind, minlength: minLength, maxlength: maxLength, value: shown }));
  const read = () => {
    if (moment && element.value) return `${element.value.replace("T", " ")}${element.value.length === 16 ? ":00" : ""}`;
    return element.value || (filled(value) && !minLength ? "" : undefined);
  };
  return { element, read };
}

/** @returns {Input} */
function numberInput(parameter, common, value) {
  const choices = choicesFor(parameter.name);
  if (choices) {
    const options = choices.map((one) => [String(one.id), one.label]);
    const element = /** @type {HTMLSelectElement} */ (select([["", word("form.unsaid")], ...options], String(value ?? ""), common));
    return { element, read: () => (element.value ? Number(element.value) : undefined) };
  }
  const { minimum, maximum, type } = parameter.schema;
  const element = /** @type {HTMLInputElement} */ (h("input", { ...common, type: "number", min: minimum, max: maximum, step: type === "integer" ? 1 : "any", value: value ?? "" }));
  return { element, read: () => (element.value === "" ? undefined : Number(element.value)) };
}

/** Boxes to tick, one a choice. @returns {Input} */
function ticksInput(parameter, common, choices, value) {
  const chosen = new Set(value ?? []);
  const boxes = choices.map((one) => ({ one, box: /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", checked: chosen.has(one.id) })) }));
  const gone = [...chosen].filter((id) => !choices.some((one) => one.id === id));
  const element = h(
    "fieldset",
    { id: common.id, class: "ticks" },
    h("legend", {}, label(parameter.name)),
    boxes.length ? boxes.map(({ one, box }) => h("label", { class: "check" }, box, one.label)) : h("p", { class: "muted" }, word("admin.none")),
  );
  return { element, whole: true, read: () => [...gone, ...boxes.filter(({ box }) => box.checked).map(({ one }) => one.id)] };
}

/** One item a line. @returns {Input} */
function linesInput(parameter, common, value) {
  const isNumber = ["number", "integer"].includes(parameter.schema.items?.type);
  const element = /** @type {HTMLTextAreaElement} */ (h("textarea", { ...common, rows: Math.min(6, Math.max(2, (value ?? []).length + 1)), spellcheck: "false", placeholder: word("form.lines"), value: (value ?? []).join("\n") }));
  const items = () => element.value.split("\n").map((one) => one.trim()).filter(Boolean);
  return { element, read: () => items().map((one) => (isNumber && !Number.isNaN(Number(one)) ? Number(one) : one)) };
}

/** @returns {Input} */
function objectInput(parameter, common, value, required) {
  const inner = inputs(members(parameter.schema), value ?? {}, common.id, required);
  const element = h("fieldset", { id: common.id, class: "nested" }, h("legend", {}, label(parameter.name)), inner.map(line));
  const read = () => {
    const found = given(inner);
    return Object.keys(found).length ? found : undefined;
  };
  return { element, read, whole: true };
}

/** A list of objects that grows and shrinks. @returns {Input} */
function listInput(parameter, common, value) {
  const item = { name: parameter.name, schema: parameter.schema.items, required: true };
  let counter = 0;
  let items = [];
  const list = h("div", { class: "items" });
  const draw = () => show(list, items.map((one) => h("div", { class: "item" }, one.element, h("button", { type: "button", class: "plain", "aria-label": word("form.removeItem"), title: word("form.removeItem"), onclick: () => {
    items = items.filter((other) => other !== one);
    draw();
  } }, icon("trash")))));
  const add = (one) => {
    items.push(objectInput(item, { id: `${common.id}-${counter++}` }, one, true));
    draw();
  };
  (value ?? []).forEach(add);
  const element = h("fieldset", { id: common.id, class: "nested" }, h("legend", {}, label(parameter.name)), list, h("button", { type: "button", onclick: () => add({}) }, icon("plus"), word("form.addItem")));
  return { element, read: () => items.map((one) => one.read() ?? {}), whole: true };
}

/** @returns {Input} */
function jsonInput(parameter, common, value) {
  const given = typeof value === "string" ? JSON.parse(value) : value;
  const element = /** @type {HTMLTextAreaElement} */ (h("textarea", { ...common, rows: 4, spellcheck: "false", placeholder: "{}", value: given ? JSON.stringify(given, null, 2) : "" }));
  return { element, read: () => (element.value.trim() ? JSON.parse(element.value) : undefined) };
}

/** @param {Parameter} parameter @returns {Input} */
function inputFor(parameter, value, id, required) {
  const { schema } = parameter;
  const common = { id, name: parameter.name, required: required && parameter.required };
  if (schema.enum) return choiceInput(parameter, common, value);
  switch (schema.type) {
    case "boolean":
      return flagInput(parameter, common, value);
    case "integer":
    case "number":
      return numberInput(parameter, common, value);
    case "object":
      return schema.properties ? objectInput(parameter, common, value, parameter.required) : jsonInput(parameter, common, value);
    case "array": {
      if (schema.items?.properties) return listInput(parameter, common, value);
      const choices = schema.items?.enum?.map((one) => ({ id: one, label: codeLabel(one) })) ?? choicesFor(parameter.name);
      return choices ? ticksInput(parameter, common, choices, value) : linesInput(parameter, common, value);
    }
  }
  return textInput(parameter, common, value);
}

/** @param {Parameter[]} parameters */
function inputs(parameters, values, id, required = true) {
  return parameters.map((parameter) => {
    const input = inputFor(parameter, values[parameter.name], `${id}-${parameter.name}`, required);
    return { parameter, ...input, before: JSON.stringify(input.read()) };
  });
}

/** @param {Input & {parameter: Parameter}} input */
function line({ parameter, element, whole }) {
  const name = label(parameter.name, of);
  const said = meaning(parameter.name, parameter.description, of);
  const hint = said.toLowerCase() === name.toLowerCase() ? "" : said;
  const required = parameter.required && h("span", { class: "muted" }, ` ${word("form.required")}`);
  const help = hint && h("small", { class: "muted", id: `${element.id}-help` }, hint);
  if (help) element.setAttribute("aria-describedby", help.id);
  if (whole) return h("div", { class: "form-line" }, element, help);
  if (element.getAttribute("type") === "checkbox") return h("div", { class: "form-line" }, h("label", { class: "check" }, element, name), help);
  return h("div", { class: "form-line" }, h("label", { for: element.id }, name, required), element, help);
}

/** What was given: what is required, and what is not as it was. */
function given(all) {
  const read = all.map((one) => [one, one.read()]);
  const kept = ([one, value]) => value !== undefined && (one.parameter.required || JSON.stringify(value) !== one.before);
  return Object.fromEntries(read.filter(kept).map(([one, value]) => [one.parameter.name, value]));
}

/**
 * @param {any} method its description
 * @param {Record<string, any>} values what is there already
 * @param {{only?: string[], without?: string[]}} choice of the parameters
 * @returns {{element: HTMLElement, values: () => Record<string, any>, fault: (path: string, text: string) => void}} `fault`
 * shows what is wrong beside the parameter with that path
 */
export function formFor(method, values = {}, { only, without = [] } = {}) {
  of = method.name.split(".")[1];
  const chosen = method.params.filter((one) => !HIDDEN.has(one.name) && !without.includes(one.name) && (only?.includes(one.name) ?? true));
  const all = inputs(chosen, values, "parameter");
  const common = all.filter((one) => !RARE.test(one.parameter.name)).slice(0, SHOWN);
  const first = all.filter((one) => common.includes(one) || one.parameter.required || filled(values[one.parameter.name]));
  const rest = all.filter((one) => !first.includes(one));
  const more = rest.length > 0 && h("details", {}, h("summary", {}, word("form.more")), h("div", { class: "form" }, rest.map(line)));
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const element = h("div", { class: "form" }, problem, first.map(line), more);
  const fault = (path, text) => {
    const name = path.split(".")[0];
    const place = document.getElementById(`parameter-${path.replaceAll(".", "-")}`) ?? document.getElementById(`parameter-${name}`);
    problem.textContent = path ? `${label(name)}: ${text}` : text;
    problem.hidden = false;
    element.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
    place?.setAttribute("aria-invalid", "true");
    place?.closest("details")?.setAttribute("open", "");
    /** @type {HTMLElement|null} */ (place?.matches("fieldset") ? place.querySelector("input, select, textarea, button") : place)?.focus();
    problem.scrollIntoView({ block: "nearest" });
  };
  return { element, values: () => given(all), fault };
}
