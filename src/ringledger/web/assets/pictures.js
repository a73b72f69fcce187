/** The overview: pictures of the period and filter, each worked out by get.calls_summary; a click narrows the filter. */

import { call } from "./api.js";
import { barList, heatMap, overTime } from "./charts.js";
import { cell } from "./cells.js";
import { h, redraw, say, show } from "./dom.js";
import { callFields } from "./fields.js";
import { byItem, setCondition, setConditions, conditions } from "./filters.js";
import { daysIn, narrowTo, period } from "./period.js";
import { state, update } from "./state.js";
import { duration, label, number, percent, phone, roughly, word } from "./words.js";

const LISTED = 10;
/** Milliseconds in which a person may change the filter again. */
const REST = 400;
let controller = new AbortController();

const LOST = { field: "is_lost", operator: "=", value: true };

let asked = [];

/** The groups of one summary; all that is asked in the same turn of the page's loop goes to the server as one request. */
function summary(signal, params) {
  if (!asked.length) queueMicrotask(() => ask(asked.splice(0), signal));
  return new Promise((resolve, reject) => asked.push({ params, resolve, reject }));
}

async function ask(questions, signal) {
  try {
    const reply = await call("get.calls_summary", { ...period(), filter: state.filter ?? undefined, groupings: questions.map((one) => one.params) }, signal);
    questions.forEach((one, at) => one.resolve(reply.data[at].data));
  } catch (error) {
    questions.forEach((one) => one.reject(error));
  }
}

function card(title, draw, size = "") {
  const body = h("div", { class: "card-body" });
  const section = h("section", { class: `card ${size}`, "aria-label": title }, h("h2", {}, title), body);
  const begin = () => draw(body, title).catch((error) => error.name !== "AbortError" && show(body, h("p", { class: "empty bad" }, error.message)));
  return { section, begin };
}

/** Draws the cards in sight, and each of the others when it comes there. */
function drawInSight(cards) {
  const begins = new Map(cards.map((one) => [one.section, one.begin]));
  const near = cards.filter((one) => one.section.getBoundingClientRect().top < innerHeight);
  near.forEach((one) => begins.delete(one.section));
  const observer = new IntersectionObserver((entries) => {
    for (const { target } of entries.filter((one) => one.isIntersecting)) {
      observer.unobserve(target);
      begins.get(target)();
    }
  });
  begins.forEach((_, section) => observer.observe(section));
  return Promise.all(near.map((one) => one.begin()));
}

async function totals(signal, element) {
  const measures = ["calls_count", "lost_count", "lost_share", "called_back_count", "wait_duration_avg", "talk_duration_avg", "lost_call_processing_duration_median"];
  const [row] = await summary(signal, { measures });
  const tile = (name, value, note = "") => h("div", { class: "tile" }, h("dt", {}, name), h("dd", {}, value, note && h("small", {}, note)));
  const contacts = h("small");
  const time = (seconds) => (seconds === null ? "–" : duration(seconds));
  show(
    element,
    h("div", { class: "tile" }, h("dt", {}, word("calls")), h("dd", {}, number(row.calls_count), contacts)),
    tile(h("button", { type: "button", class: "link", onclick: () => setCondition(LOST) }, word("tile.lost")), number(row.lost_count), row.lost_share === null ? "" : percent(row.lost_share)),
    tile(word("tile.calledBack"), row.lost_count ? percent(row.called_back_count / row.lost_count) : "–", row.lost_call_processing_duration_median === null ? "" : word("tile.within", { time: duration(row.lost_call_processing_duration_median) })),
    tile(word("tile.wait"), time(row.wait_duration_avg)),
    tile(word("tile.talk"), time(row.talk_duration_avg)),
  );
  return contacts;
}

/** Counting different numbers takes the engine longest, so it comes when everything else is there and the filter rests. */
async function countContacts(signal, element) {
  await new Promise((resolve) => setTimeout(resolve, REST));
  signal.throwIfAborted();
  const [row] = await summary(signal, { measures: ["contacts_count"] });
  element.textContent = word("tile.contacts", { n: number(row.contacts_count) });
}

async function series(signal, body, title) {
  const { date_from, date_till } = period();
  const by = daysIn(period()) <= 3 ? "hour" : "day";
  const rows = await summary(signal, { dimensions: [by], measures: ["answered_count", "lost_count"] });
  const step = by === "hour" ? 3600 : 86_400;
  const [begin, end] = [date_from, date_till].map((text) => Math.floor(Date.parse(`${text.replace(" ", "T")}Z`) / 1000 / step) * step);
  overTime(body, title, rows.map((row) => ({ at: row[by], answered: row.answered_count, lost: row.lost_count })), { begin, end, step, choose: narrowTo });
}

async function heat(signal, body, title) {
  const equal = (field, value) => ({ field, operator: "=", value });
  const choose = (weekday, hour) => setCondition(equal("weekday", weekday), equal("hour_of_day", hour));
  heatMap(body, title, await summary(signal, { dimensions: ["weekday", "hour_of_day"], measures: ["calls_count", "lost_count"] }), choose);
}

/** How a duration is spread: a bar for each bucket; a click keeps the bucket. */
const spread = (field) => async (signal, body) => {
  const bucket = `${field}_bucket`;
  const rows = (await summary(signal, { dimensions: [bucket], measures: ["calls_count", "lost_count"] })).filter((row) => row[bucket] !== null);
  const edges = rows.map((row) => row[bucket]);
  const between = (at) => {
    const others = conditions().filter((one) => one.field !== field);
    const ends = at + 1 < edges.length ? [{ field, operator: "<", value: edges[at + 1] }] : [];
    setConditions([...others, { field, operator: ">=", value: edges[at] }, ...ends]);
  };
  barList(body, rows.map((row, at) => ({ name: at + 1 < edges.length ? `${roughly(edges[at])} – ${roughly(edges[at + 1])}` : word("chart.over", { time: roughly(edges[at]) }), calls: row.calls_count, lost: row.lost_count, choose: () => between(at) })));
};

/** The most frequent values of a dimension. */
const top = (dimension, choose, name = (value) => value) => async (signal, body) => {
  const rows = await summary(signal, { dimensions: [dimension], measures: ["calls_count", "lost_count"], sort: [{ field: "calls_count", order: "desc" }], limit: LISTED });
  barList(body, rows.map((row) => ({ name: row[dimension] === null ? word("chart.without") : String(name(row[dimension])), calls: row.calls_count, lost: row.lost_count, choose: () => choose(row[dimension]) })));
};

const equals = (field) => (value) => setCondition({ field, operator: "=", value });
const employee = (name) => (name === null ? setCondition({ field: "employees", operator: "=", value: null }) : byItem("employees", "employee_full_name", name));

async function lostCalls(signal, body) {
  const shown = ["start_time", "contact_phone_number", "wait_duration", "lost_call_processing_duration"];
  const filter = { condition: "and", filters: [...conditions(), LOST] };
  const reply = await call("get.calls_report", { ...period(), filter, fields: ["id", ...shown], sort: [{ field: "start_time", order: "desc" }], limit: LISTED }, signal);
  const cells = (row) =>
    shown.map((name, at) => {
      const content = name === "lost_call_processing_duration" && row[name] === null ? word("lost.waiting") : cell(callFields().get(name), row[name]);
      return h("td", {}, at ? content : h("button", { type: "button", class: "link", onclick: () => update({ call: String(row.id) }) }, content));
    });
  if (!reply.data.length) {
    show(body, h("p", { class: "empty" }, word("chart.none")));
    return;
  }
  const all = () => {
    update({ view: "calls" }, { replace: true });
    setCondition(LOST);
  };
  show(
    body,
    h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": word("lost.list") }, h("table", { class: "small" }, h("thead", {}, h("tr", {}, shown.map((name) => h("th", { scope: "col" }, label(name))))), h("tbody", {}, reply.data.map((row) => h("tr", {}, cells(row)))))),
    h("button", { type: "button", class: "link", onclick: all }, word("lost.all", { n: number(reply.metadata.total_items) })),
  );
}

/** Draws the view into the element. */
export async function drawPictures(element) {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const tiles = h("dl", { class: "tiles" });
  const titled = (name, draw, size) => card(word(`picture.${name}`), (body, title) => draw(signal, body, title), size);
  const first = totals(signal, tiles);
  const cards = [
    titled("time", series, "wide"),
    titled("heat", heat),
    titled("employees", top("employee_full_name", employee)),
    titled("campaigns", top("campaign_name", equals("campaign_name"))),
    titled("numbers", top("virtual_phone_number", equals("virtual_phone_number"), phone)),
    titled("wait", spread("wait_duration")),
    titled("talk", spread("talk_duration")),
    titled("sources", top("utm_source", equals("utm_source"))),
    titled("lost", lostCalls, "full"),
  ];
  redraw(element, tiles, h("div", { class: "cards" }, cards.map((one) => one.section)));
  const [contacts] = await Promise.all([first, drawInSight(cards)]);
  countContacts(signal, contacts).catch((error) => error.name !== "AbortError" && say(error.message, "bad"));
}
