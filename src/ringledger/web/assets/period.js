/** The period that is looked at: presets that move with the time, or an own one, in the account's time zone. */

import { h, select } from "./dom.js";
import { state, update } from "./state.js";
import { word } from "./words.js";

const PRESETS = ["today", "yesterday", "7d", "30d", "90d", "own"];
const DAY = 86_400_000;
let zone = "UTC";

/** Sets the account's time zone. */
export function setZone(name) {
  zone = name;
}

const text = (date) => date.toISOString().slice(0, 19).replace("T", " ");

/** The account's local time now, as if it were UTC. */
export function now() {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(new Date());
  return new Date(`${parts.replace(" ", "T")}Z`);
}

/** Three calendar months later, the month's last day where the day does not exist: the longest period there may be. */
function threeMonthsAfter(date) {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 4, 0)).getUTCDate();
  const later = new Date(date);
  later.setUTCDate(1);
  later.setUTCMonth(date.getUTCMonth() + 3);
  later.setUTCDate(Math.min(date.getUTCDate(), last));
  return later;
}

/** The parameters date_from and date_till of the period. */
export function period(of = state) {
  const today = new Date(Math.floor(now().getTime() / DAY) * DAY);
  const end = new Date(today.getTime() + DAY - 1000);
  switch (of.period) {
    case "own":
      return { date_from: of.from ?? text(today), date_till: of.till ?? text(end) };
    case "today":
      return { date_from: text(today), date_till: text(end) };
    case "yesterday":
      return { date_from: text(new Date(today.getTime() - DAY)), date_till: text(new Date(today.getTime() - 1000)) };
    default: {
      let begin = new Date(today.getTime() - ((parseInt(of.period, 10) || 7) - 1) * DAY);
      while (threeMonthsAfter(begin) < end) begin = new Date(begin.getTime() + DAY);
      return { date_from: text(begin), date_till: text(end) };
    }
  }
}

/** How many days the period has, begun ones too. */
export function daysIn({ date_from, date_till }) {
  return Math.ceil((Date.parse(`${date_till.replace(" ", "T")}Z`) - Date.parse(`${date_from.replace(" ", "T")}Z`)) / DAY);
}

/** Looks at one day or one hour that begins so. */
export function narrowTo(begin) {
  const hour = begin.length > 10;
  const from = hour ? begin : `${begin} 00:00:00`;
  const till = new Date(Date.parse(`${from.replace(" ", "T")}Z`) + (hour ? 3_600_000 : DAY) - 1000);
  update({ period: "own", from, till: text(till), page: 1 });
}

/** The choice of the period. */
export function periodPicker() {
  const shown = period();
  const moment = (name, value, title) =>
    h("input", {
      type: "datetime-local",
      step: "1",
      value: value.replace(" ", "T"),
      "aria-label": title,
      onchange: (event) => {
        const chosen = event.target.value.replace("T", " ");
        if (chosen) update({ ...{ from: shown.date_from, till: shown.date_till }, [name]: chosen.length === 16 ? `${chosen}:00` : chosen, page: 1 });
      },
    });
  const own = (name) => (name === "own" ? { from: shown.date_from, till: shown.date_till } : { from: null, till: null });
  return h(
    "div",
    { class: "period", role: "group", "aria-label": word("period") },
    select(PRESETS.map((name) => [name, word(`period.${name}`)]), state.period, {
      "aria-label": word("period"),
      onchange: (event) => update({ period: event.target.value, page: 1, ...own(event.target.value) }),
    }),
    state.period === "own" && [moment("from", shown.date_from, word("period.from")), h("span", { "aria-hidden": "true" }, "–"), moment("till", shown.date_till, word("period.till"))],
  );
}
