/** The addresses from which the account may be used; who would lock oneself out is warned first. */

import { call } from "./api.js";
import { ask } from "./directory.js";
import { h, icon, say, show } from "./dom.js";
import { word } from "./words.js";

const looked = async (addresses) => (await call("get.whitelist", { limit: 10_000, ...(addresses ? { addresses } : {}) })).data;

/** Replaces the list, asking first where the person's own address would not be admitted. */
async function replace(addresses, done, failed) {
  const set = async () => {
    try {
      await call("update.whitelist", { addresses });
      say(word("admin.done"), "good");
      await done();
    } catch (error) {
      failed(error);
    }
  };
  try {
    const rows = await looked(addresses);
    if (rows.some((row) => row.admits_caller)) await set();
    else ask(word("whitelist.lockout"), word("whitelist.lockoutText"), set, { verb: word("whitelist.anyway") });
  } catch (error) {
    failed(error);
  }
}

function line(row, remove) {
  return h(
    "li",
    {},
    h("code", {}, row.address),
    row.address === "0.0.0.0/0" && h("span", { class: "badge warn" }, word("whitelist.everyone")),
    row.admits_caller && h("span", { class: "badge good" }, word("whitelist.you")),
    !row.is_default && h("button", { type: "button", class: "plain", title: word("admin.delete"), "aria-label": `${word("admin.delete")}: ${row.address}`, onclick: () => remove(row.address) }, icon("trash")),
  );
}

/** Draws the page into the place. */
export async function draw(place) {
  const rows = await looked();
  const own = rows.filter((row) => !row.is_default).map((row) => row.address);
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const input = /** @type {HTMLInputElement} */ (h("input", { id: "whitelist-address", required: true, maxlength: 60, placeholder: "192.0.2.0/24", autocomplete: "off", "aria-describedby": "whitelist-help" }));
  const again = async () => {
    await draw(place);
    /** @type {HTMLElement|null} */ (place.querySelector("#whitelist-address"))?.focus();
  };
  const failed = (error) => {
    problem.textContent = error.mnemonic === "invalid_parameter_value" ? word("whitelist.noAddress", { text: error.data.value }) : error.message;
    problem.hidden = false;
    input.setAttribute("aria-invalid", "true");
  };
  const add = (event) => {
    event.preventDefault();
    replace([...own, input.value], again, failed);
  };
  const remove = (address) => replace(own.filter((one) => one !== address), again, failed);
  show(
    place,
    h("div", { class: "table-head" }, h("p", { class: "total" }, word("list.whitelist"))),
    h("p", { class: "muted", id: "whitelist-help" }, word(own.length ? "whitelist.what" : "whitelist.default")),
    h("ul", { class: "plain-list addresses" }, rows.map((row) => line(row, remove))),
    problem,
    h("form", { class: "inline-form", onsubmit: add }, h("label", { for: "whitelist-address", class: "sr-only" }, word("whitelist.address")), input, h("button", { class: "primary" }, icon("plus"), word("whitelist.add"))),
  );
}
