/** How a value of a field is shown. */

import { h, icon } from "./dom.js";
import { isDuration } from "./fields.js";
import { codeLabel, duration, flagLabel, fullMoment, label, moment, number, phone } from "./words.js";

/** What an object is known by that has no name. */
const NAMING = ["phone_number", "extension_phone_number", "value"];

/** What stands for an item of an array: itself, or its name where it is an object. */
function itemLabel(item) {
  if (typeof item !== "object" || item === null) return typeof item === "string" ? item : String(item);
  const name = Object.keys(item).find((key) => key.endsWith("name") && item[key]) ?? NAMING.find((key) => item[key]);
  return name ? item[name] : JSON.stringify(item);
}

/** Whether the field's values are aligned to the right. */
export const isNumeric = (field) => field.type === "number" && !field.name.endsWith("_id") && field.name !== "id";

function arrayCell(name, value) {
  if (!value.length) return "";
  if (name.endsWith("call_records") || name === "voice_mail_records") return h("span", { class: "badge" }, icon("play"), number(value.length));
  if (name === "tags") return value.map((one) => h("span", { class: "tag" }, one.tag_name ?? itemLabel(one)));
  if (name === "visitor_custom_properties") return value.map((one) => `${one.property_name}: ${one.property_value}`).join(", ");
  return value.map(itemLabel).join(", ");
}

/** A node or text for the value. @param {import("./fields.js").Field} field */
export function cell(field, value) {
  if (value === null || value === undefined) return "";
  switch (field.name) {
    case "direction":
      return h("span", { class: `direction ${value}` }, icon(value === "in" ? "in" : "out"), codeLabel(value));
    case "is_lost":
      return h("span", { class: value ? "outcome lost" : "outcome answered" }, flagLabel("is_lost", value));
  }
  switch (field.type) {
    case "array":
      return arrayCell(field.name, value);
    case "boolean":
      return flagLabel(field.name, value);
    case "enum":
      return codeLabel(value);
    case "iso8601":
      return h("time", { datetime: value.replace(" ", "T"), title: fullMoment(value) }, moment(value));
    case "object":
      return Object.keys(value).length ? itemLabel(value) : "";
    case "number":
      if (isDuration(field.name)) return duration(value);
      return field.name.endsWith("id") ? String(value) : number(value);
  }
  return field.name.endsWith("phone_number") ? phone(value) : value;
}

/** Pairs of label and value of an object, for a definition list. */
export function pairs(fields, row) {
  return fields
    .map((field) => [field, row[field.name]])
    .filter(([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && !value.length))
    .map(([field, value]) => h("div", {}, h("dt", {}, label(field.name)), h("dd", {}, cell(field, value))));
}
