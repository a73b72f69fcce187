/** Where calls come from, and how each source does; looked at again while it is shown. */

import { call } from "./api.js";
import { h, icon, show } from "./dom.js";
import { ago, codeLabel, counted, fullMoment, label, number, word, wordOrNull } from "./words.js";

const AGAIN = 30_000;
const KINDS = { active: "good", inactive: "", silent: "warn", failing: "bad", disconnected: "bad" };
const WORST = ["disconnected", "failing", "silent", "active", "inactive"];
let looking = 0;

/** Looks no more. */
export function leave() {
  clearTimeout(looking);
  looking = 0;
}

/** How long ago a source told something, in words. */
const when = (row) => (row.last_event_time ? h("time", { datetime: row.last_event_time.replace(" ", "T"), title: fullMoment(row.last_event_time) }, ago(row.silence_duration)) : word("intake.never"));

/** What is the matter, in a sentence; nothing where all is well. */
function trouble(row) {
  switch (row.status) {
    case "silent":
      return word("intake.silent", { ago: ago(row.silence_duration), n: number(row.usual_active_minutes) });
    case "failing":
      return word("intake.failing");
    case "disconnected":
      return word("intake.disconnected");
  }
  return null;
}

function connection(one) {
  return h(
    "li",
    {},
    h("span", { class: `badge ${one.is_connected ? "good" : "bad"}` }, word(one.is_connected ? "intake.connected" : "intake.lost")),
    h("span", {}, h("strong", {}, one.name), " ", h("span", { class: "muted" }, codeLabel(one.kind))),
    h("span", { class: "muted" }, word("intake.since", { time: fullMoment(one.since_time) })),
    one.error && h("span", { class: "bad" }, codeLabelOrText(one.error)),
  );
}

/** A code in words, and what is no code as it is. */
const codeLabelOrText = (text) => (/^[a-z_]+$/.test(text) ? codeLabel(text) : (wordOrNull(`intake.error.${text}`) ?? text));

function card(row) {
  const name = wordOrNull(`source.${row.source}`) ?? row.source;
  const counts = ["events_count", "waiting_count", "rejected_count"].map((count) => h("div", {}, h("dt", {}, label(count)), h("dd", { class: count === "rejected_count" && row[count] ? "bad" : null }, number(row[count]))));
  const problem = trouble(row);
  return h(
    "article",
    { class: `source ${KINDS[row.status]}`, "aria-label": name },
    h("header", {}, h("h2", {}, name), h("span", { class: `badge ${KINDS[row.status]}` }, codeLabel(row.status))),
    problem && h("p", { class: "trouble" }, icon("alert"), problem),
    h("dl", { class: "counts" }, h("div", {}, h("dt", {}, label("last_event_time")), h("dd", {}, when(row))), counts),
    row.connections.length > 0 && h("ul", { class: "connections" }, row.connections.map(connection)),
    row.last_error && h("p", { class: "last-error" }, h("span", { class: "muted" }, `${label("last_error")}, ${fullMoment(row.last_error_time)}: `), codeLabelOrText(row.last_error)),
  );
}

async function look(status, list) {
  const { data } = await call("get.intake_sources", { limit: 1000 });
  const rows = data.sort((one, other) => WORST.indexOf(one.status) - WORST.indexOf(other.status) || one.source.localeCompare(other.source));
  const troubled = rows.filter((row) => trouble(row)).length;
  const text = troubled ? counted("intake.troubled", troubled) : word(rows.length ? "intake.well" : "intake.none");
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("bad", troubled > 0);
  show(list, rows.length ? rows.map(card) : h("p", { class: "empty" }, word("intake.how")));
}

/** Draws the page into the place and keeps it up to date until leave(). */
export async function draw(place) {
  leave();
  const status = h("p", { class: "total", role: "status" });
  const list = h("div", { class: "sources" });
  show(place, h("div", { class: "table-head" }, status), list);
  const again = async () => {
    await look(status, list);
    if (place.isConnected) looking = setTimeout(() => again().catch(() => {}), AGAIN);
  };
  await again();
}
