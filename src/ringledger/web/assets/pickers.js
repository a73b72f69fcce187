/** What ids stand for: lists of the account to choose from, and where a row has what a parameter takes. */

import { call, methods } from "./api.js";

/** The list that a parameter's ids are of; by object where the name alone does not tell. */
const LISTS = {
  employee_ids: "employees",
  coach_id: "employees",
  personal_manager_id: "employees",
  site_ids: "sites",
  operator_sites: "sites",
  site_id: "sites",
  schedule_id: "schedules",
  default_scenario_id: "scenarios",
  organization_id: "contact_organizations",
  tag_id: "tags",
  phone_number_id: "virtual_numbers",
  redirection_phone_number_id: "virtual_numbers",
  members: { group_employees: "employees", group_contacts: "contacts" },
  groups: { employees: "group_employees", contacts: "group_contacts" },
};
const NAMES = ["full_name", "name", "domain_name", "virtual_phone_number"];
/** Longer lists are not chosen from: their ids are typed in. */
const MOST = 1000;

/** Where a row has what the parameter takes, if not under its name. */
const ELSEWHERE = {
  employee_ids: (row) => row.employees,
  site_ids: (row) => row.sites,
  default_scenario_id: (row) => row.default_scenario?.scenario_id,
  track_subdomains_enabled: (row) => row.track_subdomains,
};

/** @type {Map<string, {id: number, label: string}[]>} by parameter */
let choices = new Map();

/** The choices for a parameter of the form that was prepared last; undefined where there are none. */
export const choicesFor = (name) => choices.get(name);

function* named(schemas) {
  for (const [name, schema] of schemas) {
    yield name;
    yield* named(Object.entries(schema.properties ?? schema.items?.properties ?? {}));
  }
}

async function fetched(list) {
  const method = `get.${list}`;
  if (!methods.has(method)) return undefined;
  try {
    const { data, metadata } = await call(method, { limit: MOST });
    if (metadata.total_items > MOST) return undefined;
    const option = (row) => ({ id: row.id, label: String(NAMES.map((name) => row[name]).find(Boolean) ?? row.id) });
    return data.map(option).sort((one, other) => one.label.localeCompare(other.label));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return undefined;
  }
}

/** Reads the lists that a form for the method lets one choose from. */
export async function prepareChoices(method) {
  const object = method.split(".")[1];
  const names = new Set(named(methods.get(method).params.map((one) => [one.name, one.schema])));
  const wanted = [...names].map((name) => [name, typeof LISTS[name] === "object" ? LISTS[name][object] : LISTS[name]]).filter(([, list]) => list);
  const lists = new Map();
  await Promise.all([...new Set(wanted.map(([, list]) => list))].map(async (list) => lists.set(list, await fetched(list))));
  choices = new Map(wanted.filter(([, list]) => lists.get(list)).map(([name, list]) => [name, lists.get(list)]));
}

/** The part of a value that the schema knows; ids where a row has entries. */
function fitting(schema, value) {
  if (value === null || value === undefined) return undefined;
  if (schema.properties && typeof value === "object") {
    const known = Object.entries(schema.properties).map(([name, one]) => [name, fitting(one, value[name])]);
    return Object.fromEntries(known.filter(([, one]) => one !== undefined));
  }
  if (schema.type === "array" && Array.isArray(value)) {
    const idOf = (item) => (typeof item === "object" && !schema.items?.properties ? item[Object.keys(item).find((key) => key.endsWith("_id"))] : item);
    return value.map((item) => fitting(schema.items ?? {}, idOf(item)));
  }
  return value;
}

/** What a row says of the method's parameters. */
export function valuesOf(method, row) {
  const found = methods.get(method).params.map((one) => [one.name, fitting(one.schema, (ELSEWHERE[one.name] ?? ((of) => of[one.name]))(row))]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}
