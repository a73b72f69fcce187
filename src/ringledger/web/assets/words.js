/** Texts in the person's language, and how numbers, moments and durations are written. */

export const language = document.documentElement.lang === "ru" ? "ru" : "en";
let words = {};

/** Reads the texts of the language. */
export async function loadWords() {
  words = await (await fetch(new URL(`words/${language}.json`, import.meta.url))).json();
}

/** The text of that name with {names} filled in. */
export function word(name, values = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}

/** The text of that name for a number of things, which is {n} in it. */
export function counted(name, count) {
  return word(count === 1 && words[`${name}.one`] ? `${name}.one` : name, { n: number(count) });
}

/** The text of that name, or null. */
export const wordOrNull = (name) => words[name] ?? null;

const ABBREVIATIONS = new Set(["id", "utm", "url", "ua", "ym", "cpn"]);

/** The name of a field, an enum's code and so on, for people; `of` is the list that it belongs to, if it has a say. */
export function label(name, of = "") {
  const found = words[`field.${of}.${name}`] ?? words[`field.${name}`];
  if (found) return found;
  const [first, ...rest] = name.split("_").map((part) => (ABBREVIATIONS.has(part) ? part.toUpperCase() : part));
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(" ");
}

/** What a field or parameter means: as the API's description says it, in other languages as far as it is translated. */
export const meaning = (name, text, of = "") => (language === "en" ? text : (words[`help.${of}.${name}`] ?? words[`help.${name}`])) ?? "";

/** True or false of a field for people. */
export const flagLabel = (field, value) => word(field === "is_lost" ? (value ? "lost" : "answered") : value ? "yes" : "no");

/** The label of an enum's code. */
export const codeLabel = (code) => words[`code.${code}`] ?? label(code);

/** The person's own kind of the language, such as en-GB, for dates and numbers. */
const locale = navigator.languages.find((one) => one.startsWith(language)) ?? language;
const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const shortMoment = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const longMoment = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const days = new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
const daysAndMonths = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short" });
const weekdays = new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short" });

export const number = (value) => numbers.format(value);
export const percent = (value) => percents.format(value);

/** The account's local time as if it were UTC: the page never shifts what the API says. */
export const parseLocal = (text) => new Date(`${text.replace(" ", "T")}${text.length > 10 ? "" : "T00:00:00"}Z`);

export const moment = (text) => shortMoment.format(parseLocal(text));
export const fullMoment = (text) => longMoment.format(parseLocal(text));
export const day = (text) => days.format(parseLocal(text));
/** The day of a moment in milliseconds. */
export const dayAndMonth = (milliseconds) => daysAndMonths.format(new Date(milliseconds));
/** The name of a day of the week, 1 being Monday. */
export const weekday = (ordinal) => weekdays.format(new Date(Date.UTC(2024, 0, ordinal)));

/** Seconds as m:ss or h:mm:ss. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds in the largest unit that fits, for the edge of a bucket. */
export function roughly(seconds) {
  if (seconds < 60) return word("unit.seconds", { n: seconds });
  if (seconds < 3600) return word("unit.minutes", { n: number(seconds / 60) });
  return word("unit.hours", { n: number(seconds / 3600) });
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });

/** So many seconds ago, in the largest unit that fits. */
export function ago(seconds) {
  const [unit, size] = [["day", 86_400], ["hour", 3600], ["minute", 60]].find(([, one]) => seconds >= 2 * Number(one)) ?? ["second", 1];
  return relative.format(-Math.floor(seconds / Number(size)), /** @type {Intl.RelativeTimeFormatUnit} */ (unit));
}

/** A telephone number with its plus. */
export const phone = (digits) => (/^\d{7,}$/.test(digits) ? `+${digits}` : digits);
