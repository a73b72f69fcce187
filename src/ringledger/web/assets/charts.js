/** The kinds of pictures: bars over time, a heat map, a list of bars. Each can also be read as text. */

import uPlot from "./libraries/uplot.js";
import { h } from "./dom.js";
import { day, dayAndMonth, number, percent, weekday, word } from "./words.js";

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const instant = (text) => Date.parse(`${text.replace(" ", "T")}${text.length > 10 ? "" : "T00:00:00"}Z`) / 1000;

/** The rows as a table that only screen readers and the curious open. */
function asTable(title, heads, rows) {
  return h(
    "details",
    { class: "as-table" },
    h("summary", {}, word("chart.table")),
    h("table", {}, h("caption", { class: "sr-only" }, title), h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((one) => h("td", {}, one)))))),
  );
}

/**
 * Stacked bars over time: answered below, lost on top. `choose` is called with the day or hour that was clicked.
 * @param {{at: string, answered: number, lost: number}[]} rows one a day or an hour, gaps left out
 */
export function overTime(element, title, rows, { begin, end, step, choose }) {
  const byInstant = new Map(rows.map((row) => [instant(row.at), row]));
  const instants = [];
  for (let at = begin; at <= end; at += step) instants.push(at);
  const none = { answered: 0, lost: 0 };
  const answered = instants.map((at) => (byInstant.get(at) ?? none).answered);
  const all = instants.map((at, position) => answered[position] + (byInstant.get(at) ?? none).lost);
  const place = h("div", { class: "chart", role: "img", "aria-label": title });
  const name = (at) => new Date(at * 1000).toISOString().slice(0, step < 86_400 ? 19 : 10).replace("T", " ");
  const tip = h("div", { class: "chart-tip", hidden: true });
  const bars = (radius) => uPlot.paths.bars({ size: [0.8, 40], radius });
  const series = (label, fill, radius) => ({ label, fill: color(fill), width: 0, paths: bars(radius), points: { show: false } });
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const written = (at) => (step < 86_400 ? uPlot.fmtDate("{HH}:{mm}")(uPlot.tzDate(new Date(at * 1000), "Etc/UTC")) : dayAndMonth(at * 1000));
  element.append(place, tip);
  const plot = new uPlot(
    {
      width: Math.max(260, element.clientWidth),
      height: 220,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false, x: false }, points: { show: false } },
      scales: { x: { time: true, range: () => [begin - step / 2, end + step / 2] }, y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
      axes: [{ ...axis, size: 28, grid: { show: false }, incrs: (step < 86_400 ? [1, 2, 3, 6, 12, 24] : [1, 2, 7, 14]).map((one) => one * step), values: (_, splits) => splits.map(written) }, { ...axis, size: 44 }],
      series: [{}, series(word("lost"), "--lost", 0.15), series(word("answered"), "--accent", 0)],
      hooks: {
        setCursor: [
          (self) => {
            const at = self.cursor.idx;
            tip.hidden = at === null || at === undefined;
            if (tip.hidden) return;
            const when = name(instants[at]);
            tip.textContent = `${when.length > 10 ? when.slice(0, 16) : day(when)}: ${number(answered[at])} ${word("answered").toLowerCase()}, ${number(all[at] - answered[at])} ${word("lost").toLowerCase()}`;
          },
        ],
      },
    },
    [instants, all, answered],
    place,
  );
  plot.over.addEventListener("click", () => plot.cursor.idx !== null && plot.cursor.idx !== undefined && choose(name(instants[plot.cursor.idx])));
  new ResizeObserver(() => element.clientWidth && plot.setSize({ width: element.clientWidth, height: 220 })).observe(element);
  const link = (row) => h("button", { type: "button", class: "link", onclick: () => choose(row.at) }, row.at.slice(0, 16));
  element.append(asTable(title, [word("chart.time"), word("answered"), word("lost")], rows.map((row) => [link(row), number(row.answered), number(row.lost)])));
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -24, ArrowDown: 24 };

/** Moves within a grid of buttons of which one at a time is a stop of the tab key. */
function walk(event) {
  const grid = [...event.currentTarget.querySelectorAll("button")];
  const next = grid[grid.indexOf(event.target) + STEPS[event.key]];
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/**
 * A heat map of weekday and hour.
 * @param {{weekday: number, hour_of_day: number, calls_count: number, lost_count: number}[]} rows
 * @param {(weekday: number, hour: number) => void} choose called with the square that was clicked
 */
export function heatMap(element, title, rows, choose) {
  const found = new Map(rows.map((row) => [`${row.weekday} ${row.hour_of_day}`, row]));
  const most = Math.max(1, ...rows.map((row) => row.calls_count));
  const hours = [...Array(24).keys()];
  const square = (weekdayNumber, hour) => {
    const { calls_count: calls, lost_count: lost } = found.get(`${weekdayNumber} ${hour}`) ?? { calls_count: 0, lost_count: 0 };
    const text = word("chart.heat", { n: number(calls), lost: number(lost) });
    const name = `${weekday(weekdayNumber)} ${hour}:00 – ${text}`;
    const first = weekdayNumber === 1 && hour === 0;
    return h("td", { style: { "--heat": `${Math.round((100 * calls) / most)}%` } }, h("button", { type: "button", title: name, "aria-label": name, tabindex: first ? 0 : -1, onclick: () => choose(weekdayNumber, hour) }));
  };
  element.append(
    h(
      "div",
      { class: "heat-scroll" },
      h(
        "table",
        { class: "heat", onkeydown: walk },
        h("caption", { class: "sr-only" }, title),
        h("thead", {}, h("tr", {}, h("td"), hours.map((hour) => h("th", { scope: "col" }, hour % 3 === 0 ? String(hour) : h("span", { class: "sr-only" }, String(hour)))))),
        h("tbody", {}, [1, 2, 3, 4, 5, 6, 7].map((one) => h("tr", {}, h("th", { scope: "row" }, weekday(one)), hours.map((hour) => square(one, hour))))),
      ),
    ),
  );
}

/**
 * A bar for each row, longest first, with its lost part.
 * @param {{name: string, calls: number, lost?: number, choose?: () => void}[]} rows
 */
export function barList(element, rows) {
  const most = Math.max(1, ...rows.map((row) => row.calls));
  const share = (part) => `${(100 * part) / most}%`;
  const line = (/** @type {{name: string, calls: number, lost?: number, choose?: () => void}} */ { name, calls, lost = 0, choose }) =>
    h(
      "li",
      {},
      choose ? h("button", { type: "button", class: "bar-name link", onclick: choose, title: name }, name) : h("span", { class: "bar-name" }, name),
      h("span", { class: choose ? "track chosen-by-click" : "track", "aria-hidden": "true", onclick: choose }, h("span", { class: "answered", style: { width: share(calls - lost) } }), h("span", { class: "lost", style: { width: share(lost) } })),
      h("span", { class: "bar-number" }, number(calls), lost > 0 && h("span", { class: "muted" }, ` · ${percent(lost / calls)}`, h("span", { class: "unit" }, ` ${word("chart.lostShare")}`))),
    );
  element.append(rows.length ? h("ul", { class: "bars" }, rows.map(line)) : h("p", { class: "empty" }, word("chart.none")));
}
