/** Saves the calls that are looked at as a file, which the server streams. */

import { HEADERS, withCustomer } from "./api.js";
import { reportParams } from "./calls.js";
import { columns } from "./columns.js";
import { dialog, h, say } from "./dom.js";
import { number, word } from "./words.js";

const FORMATS = ["csv", "xlsx", "parquet"];

/** Reads the reply piece by piece. @param {(bytes: number) => void} tell */
async function read(reply, tell) {
  const pieces = [];
  let bytes = 0;
  const reader = reply.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces, { type: reply.headers.get("content-type") });
    pieces.push(value);
    bytes += value.length;
    tell(bytes);
  }
}

function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.getAttribute("href")), 60_000);
}

async function run(format, signal, tell) {
  const params = withCustomer("get.calls_report", { ...reportParams(), fields: columns() });
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "get.calls_report", params });
  const reply = await fetch(`/page/export/${format}`, { method: "POST", headers: HEADERS, body, signal });
  if (!reply.ok || reply.headers.get("content-type")?.startsWith("application/json")) {
    throw new Error((await reply.json().catch(() => null))?.error?.message ?? `HTTP ${reply.status}`);
  }
  save(await read(reply, tell), `calls.${format}`);
}

/** Opens the dialog; `total` calls are to be saved. */
export function openExport(total) {
  const abort = new AbortController();
  const progress = h("progress", { "aria-label": word("export.progress") });
  const status = h("p", { role: "status" });
  const waiting = h("div", { hidden: true }, progress, status);
  const start = async (format) => {
    waiting.hidden = false;
    status.textContent = word("export.begins");
    buttons.forEach((button) => (button.disabled = true));
    try {
      await run(format, abort.signal, (bytes) => (status.textContent = word("export.bytes", { n: number(bytes / 1e6) })));
      say(word("export.done"), "good");
      box.close();
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = error.message;
      waiting.firstChild.remove();
    }
  };
  const buttons = FORMATS.map((format) => h("button", { type: "button", class: "primary", onclick: () => start(format) }, format.toUpperCase()));
  const body = [h("p", {}, word("export.what", { n: number(total), columns: number(columns().length) })), h("div", { class: "actions start" }, buttons), waiting];
  const box = dialog(word("export"), body, { close: word("close"), closing: () => abort.abort() });
}
