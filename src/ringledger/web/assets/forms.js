/** A form for the parameters of any method, made from its description. */

import { h, select } from "./dom.js";
import { codeLabel, label, word } from "./words.js";

const HIDDEN = new Set(["access_token", "user_id"]);

/** How a parameter is typed in: its element, and what it means. */
function input(parameter, value) {
  const { schema } = parameter;
  const common = { id: `parameter-${parameter.name}`, name: parameter.name, required: parameter.required };
  if (schema.enum) {
    const options = schema.enum.filter((one) => one !== null).map((one) => [one, codeLabel(one)]);
    const element = select(parameter.required ? options : [["", ""], ...options], value ?? "", common);
    return { element, read: () => element.value || undefined };
  }
  switch (schema.type) {
    case "boolean": {
      const element = h("input", { ...common, required: false, type: "checkbox", checked: value ?? false });
      return { element, read: () => (element.checked || value !== undefined ? element.checked : undefined) };
    }
    case "integer":
    case "number": {
      const element = h("input", { ...common, type: "number", step: "any", value: value ?? "" });
      return { element, read: () => (element.value === "" ? undefined : Number(element.value)) };
    }
    case "array":
    case "object": {
      const element = h("textarea", { ...common, rows: 3, spellcheck: "false", placeholder: schema.type === "array" ? "[]" : "{}", value: value === undefined || value === null ? "" : JSON.stringify(value) });
      return { element, read: () => (element.value.trim() ? JSON.parse(element.value) : undefined) };
    }
  }
  const secret = parameter.name.includes("password");
  const element = h("input", { ...common, type: secret ? "password" : "text", autocomplete: "off", value: value ?? "" });
  return { element, read: () => element.value || undefined };
}

/** @returns {{element: HTMLElement, values: () => Record<string, any>}} values raises SyntaxError for text that is no JSON */
export function formFor(method, values = {}) {
  const inputs = method.params.filter((one) => !HIDDEN.has(one.name)).map((parameter) => [parameter, input(parameter, values[parameter.name])]);
  const line = ([parameter, { element }]) =>
    h(
      "div",
      { class: "form-line" },
      h("label", { for: element.id }, label(parameter.name), parameter.required && h("span", { class: "muted" }, ` ${word("form.required")}`)),
      element,
      h("small", { class: "muted" }, parameter.description),
    );
  return {
    element: h("div", { class: "form" }, inputs.map(line)),
    values: () => Object.fromEntries(inputs.map(([parameter, { read }]) => [parameter.name, read()]).filter(([, value]) => value !== undefined)),
  };
}
