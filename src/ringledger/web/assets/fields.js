/** The fields of the reports as the API's description has them, in groups for people. */

import { methods } from "./api.js";
import { word } from "./words.js";

const GROUPS = {
  call: ["start_time", "finish_time", "weekday", "hour_of_day", "direction", "is_lost", "is_transfer", "finish_reason", "source", "communication_type", "communication_number", "communication_id", "id", "ext_id", "attributes", "properties"],
  numbers: ["contact_phone_number", "contact_full_name", "contact_id", "virtual_phone_number", "operator_phone_number", "cpn_country_name", "cpn_country_id", "cpn_region_name", "cpn_region_id"],
  durations: ["wait_duration", "total_wait_duration", "talk_duration", "clean_talk_duration", "total_duration", "postprocess_duration", "lost_call_processing_duration"],
  employees: ["employees", "last_talked_employee_full_name", "first_talked_employee_full_name", "last_answered_employee_full_name", "first_answered_employee_full_name", "last_answered_employee_rating", "last_talked_employee_id", "first_talked_employee_id", "last_answered_employee_id", "first_answered_employee_id"],
  handling: ["tags", "call_records", "wav_call_records", "voice_mail_records", "full_record_file_link", "scenario_name", "scenario_id", "scenario_operations", "sale_date", "sale_cost", "auto_call_campaign_name", "call_api_request_id", "call_api_external_id"],
  advertising: ["campaign_name", "campaign_id", "source_name", "source_id", "source_new", "channel", "channel_new", "channel_code", "site_domain_name", "site_id", "search_engine", "search_query", "referrer_domain", "referrer", "entrance_page", "communication_page_url", "visit_other_campaign"],
  utm: ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_referrer", "eq_utm_source", "eq_utm_medium", "eq_utm_campaign", "eq_utm_term", "eq_utm_content", "eq_utm_referrer", "eq_utm_expid", "openstat_ad", "openstat_campaign", "openstat_service", "openstat_source", "gclid", "yclid", "ymclid", "ef_id", "ua_client_id", "ym_client_id"],
  visitor: ["visitor_id", "person_id", "visitor_type", "visitor_session_id", "visits_count", "visitor_first_campaign_name", "visitor_first_campaign_id", "visitor_city", "visitor_region", "visitor_country", "visitor_device", "visitor_custom_properties", "segments"],
};

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type one of the protocol's type names
 * @property {string} meaning
 * @property {string[]} operators those that a filter may use on it
 * @property {boolean} sortable
 * @property {string[]} values of an enum
 */

/** @returns {Field} */
function described([name, schema]) {
  const values = (schema.enum ?? schema.items?.enum ?? []).filter((value) => value !== null);
  return { name, type: schema["x-type"], meaning: schema.description, operators: schema["x-filter"] ?? [], sortable: Boolean(schema["x-sort"]), values };
}

const known = new Map();

/** The fields of a get method by name. @returns {Map<string, Field>} */
export function fieldsOf(method) {
  if (!known.has(method)) {
    const row = methods.get(method)?.result.schema.properties?.data?.items?.properties ?? {};
    known.set(method, new Map(Object.entries(row).map((entry) => [entry[0], described(entry)])));
  }
  return known.get(method);
}

/** The fields of get.calls_report. */
export const callFields = () => fieldsOf("get.calls_report");

/** Those that a filter may name: them, and some that only filters know. */
export function filterFields() {
  const own = methods.get("get.calls_report").params.find((one) => one.name === "filter").schema["x-fields"] ?? {};
  return new Map([...callFields(), ...Object.entries(own).map((entry) => /** @type {[string, Field]} */ ([entry[0], described(entry)]))]);
}

/** [group's label, fields] pairs of those fields that pass; a field in no group is under the last one. */
export function grouped(passes = (/** @type {Field} */ _) => true, fields = callFields()) {
  const rest = new Set(fields.keys());
  const groups = Object.entries(GROUPS).map(([group, names]) => {
    names.forEach((name) => rest.delete(name));
    return [word(`group.${group}`), names.map((name) => fields.get(name)).filter((field) => field && passes(field))];
  });
  groups.push([word("group.other"), [...rest].map((name) => fields.get(name)).filter(passes)]);
  return groups.filter(([, found]) => found.length);
}

/** Whether the field is a duration in seconds. */
export const isDuration = (name) => /_duration(_(sum|avg|max|median|p90|p95|bucket))?$/.test(name);
