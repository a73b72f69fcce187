/** Saves the calls that are looked at as a file, which the server streams. */

import { HEADERS, withCustomer } from "./api.js";
import { reportParams } from "./calls.js";
import { columns } from "./columns.js";
import { dialog, h, say } from "./dom.js";
import { number, percent, word } from "./words.js";

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

/** Asks every half second how many rows the server has written of the export, until the signal ends it. */
async function follow(id, signal, tell) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (signal.aborted) return;
    const reply = await fetch(`/page/export/progress/${id}`, { signal });
    const { rows } = await reply.json();
    if (typeof rows === "number") tell(rows);
  }
}

async function run(format, signal, told) {
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const params = withCustomer("get.calls_report", { ...reportParams(), fields: columns() });
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "get.calls_report", params });
  const over = new AbortController();
  follow(id, AbortSignal.any([signal, over.signal]), told.rows).catch(() => {});
  try {
    const reply = await fetch(`/page/export/${format}?id=${id}`, { method: "POST", headers: HEADERS, body, signal });
    if (!reply.ok || reply.headers.get("content-type")?.startsWith("application/json")) {
      throw new Error((await reply.json().catch(() => null))?.error?.message ?? `HTTP ${reply.status}`);
    }
    save(await read(reply, told.bytes), `calls.${format}`);
  } finally {
    over.abort();
  }
}

/** Opens the dialog; `total` calls are to be saved. */
export function openExport(total) {
  const abort = new AbortController();
  const progress = h("progress", { "aria-label": word("export.progress"), max: Math.max(1, total) });
  const status = h("p", { role: "status" });
  const cancel = h("button", { type: "button", onclick: () => box.close() }, word("export.cancel"));
  const waiting = h("div", { hidden: true }, progress, h("div", { class: "export-foot" }, status, cancel));
  const start = async (format) => {
    let [rows, bytes] = [0, 0];
    const tell = () => {
      if (rows) progress.setAttribute("value", String(rows));
      const parts = [rows && word("export.rows", { n: number(rows), total: number(total), share: percent(Math.floor((100 * rows) / total) / 100) }), bytes && word("export.bytes", { n: number(Math.round(bytes / 1e5) / 10) })];
      status.textContent = parts.filter(Boolean).join(" · ") || word("export.begins");
    };
    waiting.hidden = false;
    tell();
    buttons.forEach((button) => (button.disabled = true));
    try {
      await run(format, abort.signal, {
        rows: (count) => {
          rows = Math.max(rows, Math.min(count, total));
          tell();
        },
        bytes: (count) => {
          bytes = count;
          tell();
        },
      });
      say(word("export.done"), "good");
      box.close();
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = error.message;
      progress.remove();
      cancel.remove();
    }
  };
  const buttons = FORMATS.map((format) => h("button", { type: "button", class: "primary", onclick: () => start(format) }, format.toUpperCase()));
  const body = [h("p", {}, word("export.what", { n: number(total), columns: number(columns().length) })), h("div", { class: "actions start" }, buttons), waiting];
  const box = dialog(word("export"), body, { close: word("close"), closing: () => abort.abort() });
}
