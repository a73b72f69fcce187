/** Calls under way, told by the server as they change; durations count up here. */

import { cell } from "./cells.js";
import { h, show } from "./dom.js";
import { callFields } from "./fields.js";
import { now } from "./period.js";
import { state, update } from "./state.js";
import { counted, duration, label, parseLocal, word } from "./words.js";

const SHOWN = ["start_time", "direction", "contact_phone_number", "virtual_phone_number", "employees", "campaign_name"];
let source = null;
let ticking = 0;

/** Ends the stream. */
export function leaveLive() {
  source?.close();
  source = null;
  clearInterval(ticking);
}

function tick(element) {
  const at = now().getTime();
  element.querySelectorAll("[data-since]").forEach((one) => (one.textContent = duration(Math.max(0, (at - Number(one.getAttribute("data-since"))) / 1000))));
}

function line(row) {
  const open = () => update({ call: String(row.id) });
  const first = (name, at) => (at ? cell(callFields().get(name), row[name]) : h("button", { type: "button", class: "open", onclick: open, "aria-haspopup": "dialog" }, cell(callFields().get(name), row[name])));
  const talks = row.employees.some((one) => one.is_talked);
  return h(
    "tr",
    {},
    SHOWN.map((name, at) => h("td", {}, first(name, at))),
    h("td", {}, h("span", { class: `badge ${talks ? "good" : "warn"}` }, word(talks ? "live.talking" : "live.waiting"))),
    h("td", { class: "numeric", "data-since": parseLocal(row.start_time).getTime() }),
  );
}

/** Draws the view into the element and keeps it up to date until leaveLive(). */
export function drawLive(element) {
  leaveLive();
  const place = h("div", {});
  const status = h("p", { class: "total", role: "status" }, word("live.connecting"));
  show(element, h("div", { class: "table-head" }, status), place);
  source = new EventSource(state.customer ? `/page/ongoing?user_id=${state.customer}` : "/page/ongoing");
  source.addEventListener("calls", (event) => {
    const rows = JSON.parse(event.data);
    status.textContent = counted("live.count", rows.length);
    const heads = [...SHOWN.map((name) => label(name)), word("live.state"), label("total_duration")];
    show(
      place,
      rows.length
        ? h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": word("live") }, h("table", { class: "calls" }, h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))), h("tbody", {}, rows.map(line))))
        : h("p", { class: "empty" }, word("live.none")),
    );
    tick(element);
  });
  source.addEventListener("fault", (event) => {
    status.textContent = JSON.parse(event.data).message;
    leaveLive();
  });
  source.addEventListener("error", () => (status.textContent = word("live.connecting")));
  ticking = setInterval(() => tick(element), 1000);
}
