/**
 * Administration: every get method but the reports of calls is a list, and the create, update and delete methods of the
 * same object make and change its entries. Which there are is known from the API's description alone.
 */

import { call, methods, takes } from "./api.js";
import { cell } from "./cells.js";
import { dialog, h, icon, say, select, show } from "./dom.js";
import { fieldsOf } from "./fields.js";
import { formFor } from "./forms.js";
import { period, periodPicker } from "./period.js";
import { state, update } from "./state.js";
import { counted, label, word, wordOrNull } from "./words.js";

const SIZE = 100;
let page = 0;

const GIVEN = new Set(["access_token", "date_from", "date_till"]);
const SHOWN_ELSEWHERE = new Set(["calls_report", "calls_summary", "call_legs_report"]);
const PARTNERS = new Set(["customers", "customer_users"]);

/** Names of the objects that have a list, such as "tags". */
function lists() {
  const listed = ([name, method]) => name.startsWith("get.") && method.params.every((one) => !one.required || GIVEN.has(one.name)) && method.result.schema.properties?.data;
  const names = [...methods].filter(listed).map(([name]) => name.slice(4));
  return names.filter((name) => !SHOWN_ELSEWHERE.has(name) && (state.customer || !PARTNERS.has(name)));
}
const title = (object) => wordOrNull(`list.${object}`) ?? label(object);

async function perform(method, params, done) {
  try {
    const result = await call(method, params);
    say(word("admin.done"), "good");
    done();
    const token = (result.data ?? result).access_token;
    if (token) dialog(word("admin.token"), [h("p", {}, word("admin.tokenOnce")), h("pre", { class: "code" }, token)], { close: word("close") });
  } catch (error) {
    say(error.field ? `${error.message} (${error.field})` : error.message, "bad");
  }
}

/** Opens a form for the method; `values` are there already. */
function edit(method, values, done) {
  const form = formFor(methods.get(method), values);
  const submit = (event) => {
    event.preventDefault();
    perform(method, form.values(), () => {
      box.close();
      done();
    });
  };
  const body = h("form", { onsubmit: submit }, form.element, h("div", { class: "actions" }, h("button", { class: "primary" }, word("admin.save"))));
  const box = dialog(methods.get(method).summary, body, { close: word("close") });
}

function actions(object, row, done) {
  const can = (verb) => methods.has(`${verb}.${object}`) && "id" in row;
  const remove = () => confirm(word("admin.sure")) && perform(`delete.${object}`, { id: row.id }, done);
  return h(
    "td",
    { class: "row-actions" },
    can("update") && h("button", { type: "button", class: "plain", "aria-label": word("admin.edit"), onclick: () => edit(`update.${object}`, row, done) }, icon("edit")),
    can("delete") && h("button", { type: "button", class: "plain", "aria-label": word("admin.delete"), onclick: remove }, icon("trash")),
  );
}

/** A page of the list; the newest first where it is of a period. */
function listParams(method, fields) {
  const moment = fields.find((field) => field.type === "iso8601" && field.sortable);
  const latest = moment ? { sort: [{ field: moment.name, order: "desc" }] } : {};
  return { ...(takes(method, "limit") ? { limit: SIZE, offset: page * SIZE } : {}), ...(takes(method, "date_from") ? { ...period(), ...latest } : {}) };
}

async function drawList(place, object) {
  const fields = [...fieldsOf(`get.${object}`).values()];
  const again = () => drawList(place, object);
  let reply;
  try {
    reply = await call(`get.${object}`, listParams(`get.${object}`, fields));
  } catch (error) {
    show(place, h("p", { class: "empty bad" }, error.message));
    return;
  }
  const shown = fields.filter((field) => reply.data.some((row) => row[field.name] !== null && row[field.name] !== undefined && row[field.name]?.length !== 0));
  const total = reply.metadata?.total_items ?? reply.data.length;
  const go = (by) => () => {
    page += by;
    again();
  };
  show(
    place,
    h(
      "div",
      { class: "table-head" },
      h("p", { class: "total", role: "status" }, counted("admin.total", total)),
      takes(`get.${object}`, "date_from") && periodPicker(),
      methods.has(`create.${object}`) && h("button", { type: "button", class: "primary", onclick: () => edit(`create.${object}`, {}, again) }, icon("plus"), word("admin.create")),
    ),
    reply.data.length
      ? h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": title(object) }, h("table", { class: "calls" }, h("thead", {}, h("tr", {}, shown.map((field) => h("th", { scope: "col", title: field.meaning }, label(field.name))), h("td"))), h("tbody", {}, reply.data.map((row) => h("tr", {}, shown.map((field) => h("td", {}, cell(field, row[field.name]))), actions(object, row, again))))))
      : h("p", { class: "empty" }, word("admin.none")),
    total > SIZE && h("nav", { class: "pager", "aria-label": word("pages") }, h("button", { type: "button", disabled: page === 0, "aria-label": word("page.previous"), onclick: go(-1) }, icon("left")), h("span", {}, word("page.of", { page: page + 1, pages: Math.ceil(total / SIZE) })), h("button", { type: "button", disabled: (page + 1) * SIZE >= total, "aria-label": word("page.next"), onclick: go(1) }, icon("right"))),
  );
}

/** Draws the view into the element. */
export async function drawDirectory(element) {
  const all = lists();
  const chosen = all.includes(state.item) ? state.item : all[0];
  const place = h("div", { class: "panel" });
  page = 0;
  const choose = (object) => update({ item: object });
  const links = all.map((object) => h("button", { type: "button", class: "side-link", "aria-current": object === chosen ? "page" : null, onclick: () => choose(object) }, title(object)));
  const narrow = select(all.map((object) => [object, title(object)]), chosen, { class: "narrow-only", "aria-label": word("admin"), onchange: (event) => choose(event.target.value) });
  show(element, h("div", { class: "sided" }, h("nav", { class: "side", "aria-label": word("admin") }, links), narrow, place));
  await drawList(place, chosen);
}
