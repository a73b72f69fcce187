/** The API explorer: choose a method, fill in its parameters, see the request in three languages and the reply. */

import { ask, methods, withCustomer } from "./api.js";
import { h, icon, say, select, show } from "./dom.js";
import { period } from "./period.js";
import { state, update } from "./state.js";
import { number, word } from "./words.js";

const TOKEN = "TOKEN";
const SHOWN = 100_000;

/** Parameters to begin with: those that are required, of the period that is looked at. */
function example(method) {
  const begin = { ...period(), limit: 3 };
  const named = (one) => one.name in begin || one.required;
  const value = (one) => begin[one.name] ?? one.schema.enum?.[0] ?? { array: [], object: {}, number: 1, integer: 1, boolean: true }[one.schema.type] ?? "";
  return Object.fromEntries(method.params.filter((one) => one.name !== "access_token" && named(one)).map((one) => [one.name, value(one)]));
}

const address = () => `${location.origin}/v2.0`;
const request = (method, params) => ({ jsonrpc: "2.0", id: 1, method, params: { ...(methods.get(method).params.some((one) => one.name === "access_token") ? { access_token: TOKEN } : {}), ...params } });

/** JSON as Python writes it. */
function python(value, indent = "") {
  const deeper = `${indent}    `;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return value.length ? `[${value.map((one) => python(one, deeper)).join(", ")}]` : "[]";
  if (typeof value === "object") return `{\n${Object.entries(value).map(([key, one]) => `${deeper}${JSON.stringify(key)}: ${python(one, deeper)},`).join("\n")}\n${indent}}`;
  return JSON.stringify(value);
}

const WRITTEN = {
  curl: (body) => `curl -s ${address()} -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
  Python: (body) => `import requests\n\nreply = requests.post("${address()}", json=${python(body)}).json()\nprint(reply.get("result") or reply["error"])`,
  JavaScript: (body) => `const reply = await fetch("${address()}", {\n  method: "POST",\n  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),\n});\nconsole.log(await reply.json());`,
};

function parameterTable(method) {
  const line = (one) => h("tr", {}, h("td", {}, h("code", {}, one.name), one.required && h("span", { class: "muted" }, ` ${word("form.required")}`)), h("td", {}, [one.schema.type].flat().join(", ")), h("td", { lang: "en" }, one.description));
  return h("details", {}, h("summary", {}, word("explorer.parameters")), h("table", { class: "small" }, h("tbody", {}, method.params.map(line))));
}

/** Draws the view into the element. */
export function drawExplorer(element) {
  const names = [...methods.keys()].filter((name) => !["login.user", "logout.user"].includes(name));
  const name = names.includes(state.item) ? state.item : "get.calls_report";
  const method = methods.get(name);
  const params = h("textarea", { id: "explorer-params", rows: 10, spellcheck: "false", value: JSON.stringify(example(method), null, 2) });
  const problem = h("p", { class: "bad", role: "alert" });
  const code = h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": word("explorer.request") });
  const reply = h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": word("explorer.reply") });
  const status = h("p", { class: "muted", role: "status" });
  let language = "curl";

  const read = () => {
    try {
      problem.textContent = "";
      return JSON.parse(params.value || "{}");
    } catch (error) {
      problem.textContent = error.message;
      return null;
    }
  };
  const write = () => {
    const found = read();
    if (found) code.textContent = WRITTEN[language](request(name, found));
  };
  const run = async () => {
    const found = read();
    if (!found) return;
    const started = performance.now();
    const answer = await ask(name, withCustomer(name, found));
    const text = JSON.stringify(answer, null, 2);
    status.textContent = word("explorer.took", { ms: number(Math.round(performance.now() - started)) });
    reply.textContent = text.length > SHOWN ? `${text.slice(0, SHOWN)}\n…` : text;
  };
  const copy = async () => {
    await navigator.clipboard.writeText(code.textContent);
    say(word("explorer.copied"));
  };
  const tab = (one) => h("button", { type: "button", class: "toggle", "aria-pressed": String(one === language), onclick: (event) => {
    language = one;
    event.target.parentElement.querySelectorAll(".toggle").forEach((button) => button.setAttribute("aria-pressed", String(button === event.target)));
    write();
  } }, one);
  params.addEventListener("input", write);
  write();
  show(
    element,
    h(
      "div",
      { class: "explorer" },
      h(
        "section",
        { class: "panel" },
        h("div", { class: "form-line" }, h("label", { for: "explorer-method" }, word("explorer.method")), select(names.map((one) => [one, one]), name, { id: "explorer-method", onchange: (event) => update({ item: event.target.value }) }), h("small", { class: "muted", lang: "en" }, method.summary)),
        parameterTable(method),
        h("div", { class: "form-line" }, h("label", { for: "explorer-params" }, word("explorer.params")), params),
        problem,
        h("div", { class: "actions start" }, h("button", { type: "button", class: "primary", onclick: run }, icon("play"), word("explorer.try"))),
      ),
      h("section", { class: "panel" }, h("div", { class: "actions start" }, h("div", { class: "segments" }, Object.keys(WRITTEN).map(tab)), h("button", { type: "button", onclick: copy }, word("explorer.copy"))), code, status, reply),
    ),
  );
}
