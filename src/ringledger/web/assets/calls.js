/** The table of calls: a page of rows of which only those in sight are drawn, sorting, paging. */

import { call } from "./api.js";
import { cell, isNumeric } from "./cells.js";
import { columns, openColumns } from "./columns.js";
import { h, icon, redraw, select, show } from "./dom.js";
import { openExport } from "./exports.js";
import { callFields } from "./fields.js";
import { period } from "./period.js";
import { state, update } from "./state.js";
import { counted, label, number, word } from "./words.js";

const ROW = 41;
const BEYOND = 12;
const SIZES = [50, 100, 500, 1000, 10_000];
const LARGEST_OFFSET = 100_000;
/** Fields that the page itself needs beside the columns. */
const NEEDED = ["id", "start_time", "is_lost"];

/** The parameters of get.calls_report for what is looked at, without paging. */
export function reportParams() {
  const [field, order] = state.sort.split(":");
  return { ...period(), filter: state.filter ?? undefined, sort: [{ field, order }] };
}

let controller = new AbortController();

function heading(field) {
  const [sorted, order] = state.sort.split(":");
  const direction = sorted === field.name ? (order === "asc" ? "ascending" : "descending") : null;
  const title = label(field.name);
  const sort = () => update({ sort: `${field.name}:${direction === "descending" ? "asc" : "desc"}`, page: 1 });
  return h(
    "th",
    { scope: "col", class: isNumeric(field) ? "numeric" : "", "aria-sort": direction },
    field.sortable
      ? h("button", { type: "button", class: "sort", title: field.meaning, onclick: sort }, title, icon(direction === "ascending" ? "up" : direction ? "down" : "sort"))
      : h("span", { title: field.meaning }, title),
  );
}

/** Draws the rows in sight of the scroller, and space in place of the others. */
class Rows {
  constructor(rows, fields, offset) {
    this.rows = rows;
    this.fields = fields;
    this.offset = offset;
    this.first = -1;
    this.above = h("tbody", { "aria-hidden": "true" }, h("tr", {}, h("td", { colspan: fields.length })));
    this.body = h("tbody");
    this.below = h("tbody", { "aria-hidden": "true" }, h("tr", {}, h("td", { colspan: fields.length })));
  }

  draw(scroller) {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - BEYOND);
    if (first === this.first) return;
    this.first = first;
    const last = Math.min(this.rows.length, first + Math.ceil((scroller.clientHeight || 800) / ROW) + 2 * BEYOND);
    const height = (part, count) => part.firstChild.firstChild.style.setProperty("height", `${count * ROW}px`);
    height(this.above, first);
    height(this.below, this.rows.length - last);
    this.above.hidden = first === 0;
    this.below.hidden = last === this.rows.length;
    const focused = document.activeElement?.closest("tr")?.getAttribute("aria-rowindex");
    show(this.body, this.rows.slice(first, last).map((row, at) => this.row(row, first + at)));
    if (focused) /** @type {HTMLElement} */ (this.body.querySelector(`[aria-rowindex="${focused}"] button`))?.focus({ preventScroll: true });
  }

  row(row, at) {
    const open = () => update({ call: String(row.id) });
    const line = h("tr", { "aria-rowindex": this.offset + at + 2, class: row.is_lost ? "is-lost" : "" });
    line.append(
      ...this.fields.map((field, position) => {
        const content = cell(field, row[field.name]);
        const inner = position === 0 ? h("button", { type: "button", class: "open", onclick: open, "aria-haspopup": "dialog" }, content || "–") : content;
        return h("td", { class: isNumeric(field) ? "numeric" : "" }, inner);
      }),
    );
    line.addEventListener("click", (event) => !(/** @type {HTMLElement} */ (event.target).closest("button")) && open());
    return line;
  }
}

function pager(total) {
  const pages = Math.max(1, Math.ceil(Math.min(total, LARGEST_OFFSET + state.size) / state.size));
  const go = (page) => () => update({ page });
  const button = (page, name, enabled) => h("button", { type: "button", disabled: !enabled, "aria-label": word(name), onclick: go(page) }, icon(name === "page.next" ? "right" : "left"));
  return h(
    "nav",
    { class: "pager", "aria-label": word("pages") },
    button(state.page - 1, "page.previous", state.page > 1),
    h("span", {}, word("page.of", { page: number(state.page), pages: number(pages) })),
    button(state.page + 1, "page.next", state.page < pages),
    h("label", {}, h("span", {}, word("page.size")), select(SIZES.map((size) => [String(size), number(size)]), String(state.size), { onchange: (event) => update({ size: Number(event.target.value), page: 1 }) })),
  );
}

/** Draws the view into the element. */
export async function drawCalls(element) {
  controller.abort();
  controller = new AbortController();
  const fields = columns().map((name) => callFields().get(name));
  const offset = Math.min((state.page - 1) * state.size, LARGEST_OFFSET);
  const params = { ...reportParams(), fields: [...new Set([...columns(), ...NEEDED])], limit: state.size, offset };
  const reply = await call("get.calls_report", params, controller.signal);
  const total = reply.metadata.total_items;
  const rows = new Rows(reply.data, fields, offset);
  const table = h(
    "table",
    { class: "calls", "aria-rowcount": total + 1 },
    h("caption", { class: "sr-only" }, word("calls")),
    h("thead", {}, h("tr", { "aria-rowindex": 1 }, fields.map(heading))),
    rows.above,
    rows.body,
    rows.below,
  );
  const scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": word("calls"), onscroll: () => rows.draw(scroller) }, table);
  const head = h(
    "div",
    { class: "table-head" },
    h("p", { class: "total", role: "status" }, counted("calls.total", total)),
    h("button", { type: "button", onclick: openColumns }, icon("columns"), word("columns")),
    h("button", { type: "button", onclick: () => openExport(total) }, icon("download"), word("export")),
  );
  redraw(element, head, total ? scroller : h("p", { class: "empty" }, word("calls.none")), total > 0 && pager(total));
  rows.draw(scroller);
}
