/** The story of one call: its legs on a time line, who took part, tags, recordings, and where the caller came from. */

import { call, methods, withCustomer } from "./api.js";
import { cell, pairs } from "./cells.js";
import { dialog, h, icon, say, select, show } from "./dom.js";
import { callFields, grouped } from "./fields.js";
import { byItem } from "./filters.js";
import { period } from "./period.js";
import { state, update } from "./state.js";
import { codeLabel, duration, fullMoment, parseLocal, phone, word } from "./words.js";

const seconds = (text) => parseLocal(text).getTime() / 1000;

/** What is known of a leg's holds and transfers where the store has nothing of them. */
const NOTHING = { conversations: [], holds: [], transfers: [], parks: [] };

/** A leg as a bar: ringing until the answer, then connected, with talk, holds and transfers on it. */
function legBar(leg, who, times, begin, whole) {
  const share = (part) => `${Math.min(100, Math.max(0, (100 * part) / whole))}%`;
  const ring = leg.total_duration - leg.duration;
  const facts = [
    leg.duration ? word("leg.answered", { ring: duration(ring), talk: duration(leg.duration) }) : word("leg.unanswered", { ring: duration(leg.total_duration) }),
    times.holds.length > 0 && word("leg.held", { time: duration(times.holds.reduce((sum, one) => sum + seconds(one.finish_time) - seconds(one.start_time), 0)) }),
    times.transfers.length > 0 && word("leg.moved", { at: duration(seconds(times.transfers[0].event_time) - begin) }),
    times.parks.length > 0 && word("leg.parked", { at: duration(seconds(times.parks[0].event_time) - begin) }),
    leg.is_transfered && word("leg.transferred"),
    leg.finish_reason && codeLabel(leg.finish_reason),
  ].filter(Boolean);
  const span = (kind) => (one) => h("span", { class: kind, title: word(`leg.${kind}`), style: { left: share(seconds(one.start_time) - begin), width: share(seconds(one.finish_time) - seconds(one.start_time)) } });
  const mark = (kind) => (one) => h("span", { class: "mark", title: word(`leg.${kind}`), style: { left: share(seconds(one.event_time) - begin) } });
  return h(
    "li",
    { class: leg.is_operator ? "leg employee" : "leg contact" },
    h("div", { class: "leg-name" }, icon(leg.is_operator ? "headset" : "phone"), h("strong", {}, who), h("span", { class: "muted" }, facts.join(" · "))),
    h(
      "div",
      { class: "leg-track", "aria-hidden": "true" },
      h("span", { class: "ring", style: { left: share(seconds(leg.start_time) - begin), width: share(ring) } }),
      h("span", { class: "connected", style: { left: share(seconds(leg.start_time) - begin + ring), width: share(leg.duration) } }),
      times.conversations.map(span("talk")),
      times.holds.map(span("hold")),
      times.transfers.map(mark("transfer")),
      times.parks.map(mark("park")),
    ),
  );
}

async function timeline(row, within) {
  if (!methods.has("get.call_legs_report")) return null;
  const filter = { field: "call_session_id", operator: "=", value: row.id };
  const [legs, known] = (await Promise.all(["get.call_legs_report", "get.call_leg_times"].map((method) => call(method, { ...within, filter, limit: 200 })))).map((reply) => reply.data);
  if (!legs.length) return null;
  const times = new Map(known.map((one) => [one.id, one]));
  const kinds = ["ring", "connected", "talk", ...["hold", "transfer", "park"].filter((kind) => known.some((one) => one[`${kind}s`].length))];
  const names = new Map(row.employees.map((one) => [one.employee_id, one.employee_full_name]));
  // A leg tells who called; whom an outgoing call was for is told by the call.
  const who = (leg) => names.get(leg.employee_id) ?? (phone(leg.calling_phone_number ?? (leg.is_operator ? "" : row.contact_phone_number) ?? "") || word("leg.unknown"));
  const begin = Math.min(...legs.map((leg) => seconds(leg.start_time)));
  const whole = Math.max(1, row.total_duration ?? 0, ...legs.map((leg) => seconds(leg.start_time) - begin + (leg.total_duration ?? 0)));
  return h(
    "section",
    {},
    h("h3", {}, word("story.legs")),
    h("p", { class: "legend" }, kinds.map((kind) => h("span", {}, h("span", { class: `swatch ${kind}` }), word(`leg.${kind}`)))),
    h("ol", { class: "legs" }, legs.map((leg) => legBar(leg, who(leg), times.get(leg.id) ?? NOTHING, begin, whole))),
    h("p", { class: "scale", "aria-hidden": "true" }, h("span", {}, "0:00"), h("span", {}, duration(whole))),
  );
}

function people(row) {
  if (!row.employees.length) return null;
  const line = (one) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "link", onclick: () => { update({ call: null }); byItem("employees", "employee_full_name", one.employee_full_name); } }, one.employee_full_name ?? one.employee_id),
      h("span", { class: `badge ${one.is_talked ? "good" : ""}` }, word(one.is_talked ? "employee.talked" : one.is_answered ? "employee.answered" : "employee.rung")),
    );
  return h("section", {}, h("h3", {}, word("group.employees")), h("ul", { class: "plain-list" }, row.employees.map(line)));
}

/** Tags with the means to set one and take one off, where the API has the methods. */
function tags(row, redraw) {
  const may = methods.has("set.tag_communications") && methods.has("get.tags");
  if (!may && !row.tags.length) return null;
  const change = (method, tag_id) => async () => {
    try {
      await call(method, { communication_id: row.communication_id, communication_type: "call", tag_id });
      redraw();
    } catch (error) {
      say(error.message, "bad");
    }
  };
  const shown = (one) =>
    h("span", { class: "tag" }, one.tag_name ?? "", methods.has("unset.tag_communications") && h("button", { type: "button", class: "plain", "aria-label": word("tag.remove", { name: one.tag_name }), onclick: change("unset.tag_communications", one.tag_id) }, icon("close")));
  const section = h("section", {}, h("h3", {}, word("field.tags")), h("p", {}, row.tags.map(shown)));
  if (may) {
    const add = select([["", word("tag.add")]], "", { "aria-label": word("tag.add"), onchange: (event) => event.target.value && change("set.tag_communications", Number(event.target.value))() });
    add.addEventListener("focus", async () => {
      const set = new Set(row.tags.map((one) => one.tag_id));
      const all = (await call("get.tags", { limit: 1000 })).data.filter((one) => !set.has(one.id));
      add.append(...all.map((one) => h("option", { value: one.id }, one.name)));
    }, { once: true });
    section.append(add);
  }
  return section;
}

function recordings(row) {
  const records = [...row.call_records.map((id) => ["talk", id]), ...row.voice_mail_records.map((id) => ["voice_mail", id])];
  if (!records.length) return null;
  const players = records.map(([kind, id]) => {
    const place = h("div", { class: "player" });
    const address = `/page/system/media/${kind}/${row.communication_id}/${encodeURIComponent(id)}/`;
    const customer = withCustomer("get.calls_report", {}).user_id;
    import("./player.js").then(({ player }) => player(place, customer ? `${address}?user_id=${customer}` : address, word(`record.${kind}`)));
    return place;
  });
  return h("section", {}, h("h3", {}, word("field.call_records")), players);
}

function facts(row) {
  const skipped = new Set(["employees", "tags", "call_records", "voice_mail_records", "wav_call_records"]);
  return grouped((field) => !skipped.has(field.name)).map(([group, fields]) => {
    const found = pairs(fields, row);
    return found.length > 0 && h("section", {}, h("h3", {}, group), h("dl", {}, found));
  });
}

function summary(row) {
  const direction = callFields().get("direction");
  return h(
    "div",
    { class: "story-head" },
    h("p", { class: "big" }, phone(row.contact_phone_number ?? ""), row.contact_full_name && h("span", { class: "muted" }, ` ${row.contact_full_name}`)),
    h("p", {}, cell(direction, row.direction), " · ", cell(callFields().get("is_lost"), row.is_lost), " · ", fullMoment(row.start_time)),
    h("p", { class: "muted" }, word("story.times", { wait: duration(row.wait_duration ?? 0), talk: duration(row.talk_duration ?? 0), total: duration(row.total_duration ?? 0) })),
  );
}

async function fill(body, id) {
  const within = period();
  const filter = { field: "id", operator: "=", value: Number(id) };
  const [row] = (await call("get.calls_report", { ...within, filter, fields: [...callFields().keys()], include_ongoing_calls: true })).data;
  if (!row) {
    show(body, h("p", { class: "empty" }, word("story.gone")));
    return;
  }
  const redraw = () => fill(body, id);
  show(body, summary(row), people(row), tags(row, redraw), recordings(row), facts(row));
  const line = await timeline(row, within);
  if (line) body.firstChild.after(line);
}

let open = null;

/** Opens or closes the story as the state says. */
export function followStory() {
  if (open?.call === state.call) return;
  const before = open;
  open = null;
  before?.box.close();
  if (!state.call) return;
  const body = h("div", { class: "story" }, h("p", { class: "empty" }, word("loading")));
  const id = state.call;
  const closing = () => open?.call === id && update({ call: null });
  open = { call: id, box: dialog(word("story"), body, { kind: "sheet", close: word("close"), closing }) };
  fill(body, id).catch((error) => show(body, h("p", { class: "empty bad" }, error.message)));
}
