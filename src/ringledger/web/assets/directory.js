/**
 * A list of the API with forms for its create, update and delete methods. Which there are, and what may be searched and
 * sorted, is known from the API's description alone.
 */

import { call, methods, takes } from "./api.js";
import { cell, pairs } from "./cells.js";
import { dialog, h, icon, say, show } from "./dom.js";
import { fieldsOf } from "./fields.js";
import { formFor } from "./forms.js";
import { period, periodPicker } from "./period.js";
import { prepareChoices, valuesOf } from "./pickers.js";
import { codeLabel, counted, label, meaning, number, word, wordOrNull } from "./words.js";

const SIZE = 100;
const LONGEST = 300;
/** What is shown of a list, in this order, where it is not all of it. */
const COLUMNS = {
  api_requests: ["api_request_start_date_time", "api_request_method", "api_request_status", "api_request_error_mnemonic", "employee_login", "token_name", "api_request_ip", "api_request_execution_time", "api_request_rows", "api_request_method_weight"],
  employees: ["full_name", "phone_numbers", "extension", "groups", "status", "email", "call_recording", "schedule_name"],
  users: ["login", "name", "role", "is_blocked", "employees", "virtual_numbers", "sites", "is_masked"],
  access_tokens: ["name", "user_login", "creation_time", "expiration_time", "last_used_time", "is_blocked"],
  statuses: ["name", "mnemonic", "is_worktime", "is_select_allowed"],
};
/** The parameters of update methods that have a button of their own. */
const APART = ["password", "is_blocked"];

export const title = (object) => wordOrNull(`list.${object}`) ?? label(object);

/** What the method does, as the heading of its form. */
const heading = (method) => {
  const [verb, object] = method.split(".");
  return meaning(method, methods.get(method).summary) || `${title(object)}: ${word(`admin.${verb}`)}`;
};

const problemOf = (error) => (error.field ? `${error.message} (${label(error.field.split(".")[0])})` : error.message);

function showToken(result) {
  const token = (result.data ?? result).access_token;
  if (token) dialog(word("admin.token"), [h("p", {}, word("admin.tokenOnce")), h("pre", { class: "code", tabindex: "0" }, token)], { close: word("close") });
}

/** Calls the method, says that it is done, and goes on with `done`. */
async function perform(method, params, done) {
  try {
    const result = await call(method, params);
    say(word("admin.done"), "good");
    done();
    showToken(result);
  } catch (error) {
    say(problemOf(error), "bad");
  }
}

/** Asks before something that cannot be taken back. */
export function ask(heading_, text, act, { verb = word("admin.delete") } = {}) {
  const go = () => {
    box.close();
    act();
  };
  const buttons = [h("button", { type: "button", onclick: () => box.close() }, word("cancel")), h("button", { type: "button", class: "danger", onclick: go }, verb)];
  const box = dialog(heading_, [h("p", {}, text), h("div", { class: "actions" }, buttons)], { close: word("close") });
}

/** Opens a form for the method; `row` is what is there already. */
async function edit(method, row, done, choice = {}) {
  await prepareChoices(method);
  const form = formFor(methods.get(method), valuesOf(method, row), choice);
  const submit = async (event) => {
    event.preventDefault();
    try {
      const result = await call(method, { ...("id" in row ? { id: row.id } : {}), ...form.values() });
      box.close();
      say(word("admin.done"), "good");
      done();
      showToken(result);
    } catch (error) {
      if (error.name === "ApiError") form.fault(error.field ?? "", error.message);
      else form.fault("", error.message);
    }
  };
  const buttons = [h("button", { type: "button", onclick: () => box.close() }, word("cancel")), h("button", { class: "primary" }, word("admin.save"))];
  const box = dialog(heading(method), h("form", { onsubmit: submit }, form.element, h("div", { class: "actions" }, buttons)), { close: word("close") });
  /** @type {HTMLElement|null} */ (form.element.querySelector("input, select, textarea"))?.focus();
}

const nameOf = (row) => row.login ?? row.name ?? row.full_name ?? row.domain_name ?? row.virtual_phone_number ?? row.id;

function actions(object, row, done) {
  const update = `update.${object}`;
  const can = (verb) => methods.has(`${verb}.${object}`) && "id" in row && !row.is_system;
  const button = (name, picture, act) => h("button", { type: "button", class: "plain", title: word(name), "aria-label": `${word(name)}: ${nameOf(row)}`, onclick: act }, icon(picture));
  const remove = () => ask(word("admin.sure"), String(nameOf(row)), () => perform(`delete.${object}`, { id: row.id }, done));
  const block = () => perform(update, { id: row.id, is_blocked: !row.is_blocked }, done);
  return h(
    "td",
    { class: "row-actions" },
    can("update") && button("admin.edit", "edit", () => edit(update, row, done, { without: APART })),
    can("update") && takes(update, "password") && "is_blocked" in row && button("admin.password", "key", () => edit(update, row, done, { only: ["password"] })),
    can("update") && takes(update, "is_blocked") && button(row.is_blocked ? "admin.unblock" : "admin.block", row.is_blocked ? "unlock" : "lock", block),
    can("delete") && button("admin.delete", "trash", remove),
  );
}

/** A node or text for a value of a list. */
function listCell(field, value, row = {}) {
  if (field.name === "employees" && row.is_confined === false) return h("span", { class: "muted" }, word("admin.everything"));
  if (field.name.startsWith("api_request_") && value?.value_id) return codeLabel(value.value_id);
  if (field.name === "is_blocked") return value ? h("span", { class: "badge bad" }, word("yes")) : word("no");
  if (field.name === "api_request_execution_time" && value !== null) return word("explorer.took", { ms: number(value) });
  return cell(field, value);
}

function details(object, fields, row) {
  const long = (field) => typeof row[field.name] === "string" && row[field.name].startsWith("{");
  const texts = fields.filter(long).map((field) => [h("h3", {}, label(field.name)), h("pre", { class: "code", tabindex: "0" }, pretty(row[field.name]))]);
  const rest = fields.filter((field) => !long(field));
  dialog(`${title(object)}: ${nameOf(row) ?? row.api_request_method ?? ""}`, h("div", { class: "story" }, h("dl", {}, pairs(rest, row)), texts), { close: word("close"), kind: "wide" });
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A filter that finds the text anywhere in the list's texts, without regard to case. */
function searchFilter(fields, text) {
  const letter = (one) => (one.toLowerCase() === one.toUpperCase() ? one.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&") : `[${one.toUpperCase()}${one.toLowerCase()}]`);
  const value = [...text].map(letter).join("");
  return { condition: "or", filters: searched(fields).map((field) => ({ field: field.name, operator: "regexp", value })) };
}
const searched = (fields) => fields.filter((field) => field.type === "string" && field.operators.includes("regexp"));

/** A page of the list; the newest first where it is of a period. */
function listParams(method, fields, list) {
  const moment = fields.find((field) => field.type === "iso8601" && field.sortable);
  const sort = list.sort ?? (takes(method, "date_from") && moment ? { field: moment.name, order: "desc" } : null);
  return {
    ...(takes(method, "limit") ? { limit: SIZE, offset: list.page * SIZE } : {}),
    ...(takes(method, "date_from") ? period() : {}),
    ...(sort ? { sort: [sort] } : {}),
    ...(list.text ? { filter: searchFilter(fields, list.text) } : {}),
  };
}

function columnsOf(object, fields, rows) {
  if (COLUMNS[object]) return COLUMNS[object].map((name) => fields.find((field) => field.name === name)).filter(Boolean);
  const isEmpty = (value) => value === null || value === undefined || value.length === 0;
  return fields.filter((field) => rows.some((row) => !isEmpty(row[field.name])));
}

function head(object, field, list, again) {
  const sorted = list.sort?.field === field.name ? list.sort.order : null;
  const sort = () => {
    list.sort = { field: field.name, order: sorted === "asc" ? "desc" : "asc" };
    list.page = 0;
    list.focus = field.name;
    again();
  };
  const name = label(field.name, object);
  const content = field.sortable ? h("button", { type: "button", class: "sort", "data-field": field.name, onclick: sort }, name, icon(sorted ? (sorted === "asc" ? "up" : "down") : "sort")) : name;
  return h("th", { scope: "col", title: meaning(field.name, field.meaning, object) || null, "aria-sort": sorted ? (sorted === "asc" ? "ascending" : "descending") : null }, content);
}

function table(object, fields, rows, list, again) {
  const shown = columnsOf(object, fields, rows);
  const short = (value) => (typeof value === "string" && value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  const first = (field, row) => h("button", { type: "button", class: "open", "aria-haspopup": "dialog", onclick: () => details(object, fields, row) }, listCell(field, row[field.name]) || "–");
  const line = (row) => h("tr", { class: row.is_blocked || row.api_request_status?.value_id === "error" ? "refused" : null }, shown.map((field, at) => h("td", {}, at ? listCell(field, short(row[field.name]), row) : first(field, row))), actions(object, row, again));
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": title(object) }, h("table", { class: "calls" }, h("thead", {}, h("tr", {}, shown.map((field) => head(object, field, list, again)), h("td", { class: "row-actions" }))), h("tbody", {}, rows.map(line))));
}

function pager(total, list, again) {
  const go = (by) => () => {
    list.page += by;
    again();
  };
  const pages = Math.ceil(total / SIZE);
  return h("nav", { class: "pager", "aria-label": word("pages") }, h("button", { type: "button", disabled: list.page === 0, "aria-label": word("page.previous"), onclick: go(-1) }, icon("left")), h("span", {}, word("page.of", { page: list.page + 1, pages })), h("button", { type: "button", disabled: list.page + 1 >= pages, "aria-label": word("page.next"), onclick: go(1) }, icon("right")));
}

/** Draws the list of an object into the place. */
export async function drawList(place, object) {
  const method = `get.${object}`;
  const fields = [...fieldsOf(method).values()];
  const list = { page: 0, sort: null, text: "", focus: null };
  const status = h("p", { class: "total", role: "status" });
  const body = h("div", {});
  let asked = 0;
  const again = async () => {
    const mine = ++asked;
    try {
      const reply = await call(method, listParams(method, fields, list));
      if (mine !== asked) return;
      const total = reply.metadata?.total_items ?? reply.data.length;
      status.textContent = counted("admin.total", total);
      show(body, reply.data.length ? table(object, fields, reply.data, list, again) : h("p", { class: "empty" }, word(list.text ? "admin.notFound" : "admin.none")), total > SIZE && pager(total, list, again));
      if (list.focus) /** @type {HTMLElement|null} */ (body.querySelector(`[data-field="${list.focus}"]`))?.focus();
      list.focus = null;
    } catch (error) {
      if (mine === asked) show(body, h("p", { class: "empty bad", role: "alert" }, error.mnemonic === "forbidden" ? word("admin.forbidden") : problemOf(error)));
    }
  };
  let typing = 0;
  const search = (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      list.text = event.target.value.trim();
      list.page = 0;
      again();
    }, 250);
  };
  const create = `create.${object}`;
  const tools = [
    status,
    searched(fields).length > 0 && takes(method, "filter") && h("input", { type: "search", class: "search", placeholder: word("admin.search"), "aria-label": word("admin.search"), oninput: search }),
    takes(method, "date_from") && periodPicker(),
    methods.has(create) && h("button", { type: "button", class: "primary", onclick: () => edit(create, {}, again) }, icon("plus"), word("admin.create")),
  ];
  show(place, h("div", { class: "table-head" }, tools), body);
  await again();
}
