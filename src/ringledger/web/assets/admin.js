/** Administration: every list of the API in groups, and pages of their own for what is more than a list. */

import { call, methods } from "./api.js";
import { drawList, title } from "./directory.js";
import { h, select, show } from "./dom.js";
import { state, update } from "./state.js";
import { word } from "./words.js";

const GROUPS = {
  intake: ["intake_sources", "uploaded_calls"],
  access: ["users", "access_tokens", "whitelist", "api_requests", "account", "customers", "customer_users"],
  office: ["employees", "group_employees", "statuses", "schedules", "virtual_numbers", "scenarios", "media_files"],
  marketing: ["tags", "tag_rules", "sites", "campaigns", "segments"],
  contacts: ["contacts", "group_contacts", "contact_organizations"],
};
/** Pages of their own: modules with `draw(place)`, and `leave()` where something goes on meanwhile. */
const OWN = { intake_sources: () => import("./intake.js"), whitelist: () => import("./whitelist.js") };
const GIVEN = new Set(["access_token", "date_from", "date_till"]);
const SHOWN_ELSEWHERE = new Set(["calls_report", "calls_summary", "call_legs_report", "call_leg_times", "saved_views"]);
const OF_PARTNERS = new Set(["customers", "customer_users"]);

let leave = () => {};

/** Whether the person manages the account: asked once for each customer. */
const manages = new Map();
async function isAdministrator() {
  const known = manages.get(state.customer);
  if (known !== undefined) return known;
  let found = true;
  try {
    await call("get.whitelist", { limit: 1 });
  } catch (error) {
    if (error.mnemonic !== "forbidden") throw error;
    found = false;
  }
  manages.set(state.customer, found);
  return found;
}

/** [group's label, names of its lists] pairs of what the person may see. */
function groups(administrates) {
  const isList = ([name, method]) => name.startsWith("get.") && method.params.every((one) => !one.required || GIVEN.has(one.name)) && method.result.schema.properties?.data;
  const isSeen = ([name, method]) => isList([name, method]) && (administrates || !method["x-administrators"]);
  const names = [...methods].filter(isSeen).map(([name]) => name.slice(4));
  const listed = new Set(names.filter((name) => !SHOWN_ELSEWHERE.has(name) && (state.customer || !OF_PARTNERS.has(name))));
  const found = Object.entries(GROUPS).map(([group, all]) => [word(`admin.${group}`), all.filter((name) => listed.delete(name))]);
  return [...found, [word("group.other"), [...listed]]].filter(([, all]) => all.length);
}

/** Ends what the shown page does meanwhile. */
export function leaveAdmin() {
  leave();
  leave = () => {};
}

/** Draws the view into the element. */
export async function drawAdmin(element) {
  leaveAdmin();
  const grouped = groups(await isAdministrator());
  const all = grouped.flatMap(([, names]) => names);
  const chosen = all.includes(state.item) ? state.item : all[0];
  const place = h("section", { class: "panel", "aria-label": title(chosen) });
  const choose = (object) => update({ item: object });
  const link = (object) => h("button", { type: "button", class: "side-link", "aria-current": object === chosen ? "page" : null, onclick: () => choose(object) }, title(object));
  const side = grouped.map(([group, names]) => [h("h2", { class: "side-head" }, group), names.map(link)]);
  const options = grouped.map(([group, names]) => [group, names.map((object) => [object, title(object)])]);
  const narrow = select(options, chosen, { class: "narrow-only", "aria-label": word("admin"), onchange: (event) => choose(event.target.value) });
  const had = element.querySelector(".side-link:focus, .narrow-only:focus");
  show(element, h("div", { class: "sided" }, h("nav", { class: "side", "aria-label": word("admin") }, side), narrow, place));
  if (had) /** @type {HTMLElement|null} */ (element.querySelector(had.matches("select") ? ".narrow-only" : ".side-link[aria-current]"))?.focus();
  if (!OWN[chosen]) return drawList(place, chosen);
  const page = await OWN[chosen]();
  leave = page.leave ?? (() => {});
  return page.draw(place);
}
