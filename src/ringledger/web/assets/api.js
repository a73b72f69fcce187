/** Asks the Data API in the name of the person who is logged in. */

import { state } from "./state.js";
import { wordOrNull } from "./words.js";

const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
const SESSION_OVER = new Set(["access_token_invalid", "access_token_expired", "access_token_blocked", "account_inactive"]);
let counter = 0;

/** What every request of the page carries beside its cookie. */
export const HEADERS = { "Content-Type": "application/json", "X-CSRF-Token": csrf };

/** An error of the Data API. */
export class ApiError extends Error {
  constructor(error) {
    super(wordOrNull(`error.${error.data?.mnemonic}`) ?? error.message);
    this.name = "ApiError";
    this.code = error.code;
    this.mnemonic = error.data?.mnemonic ?? "";
    this.field = error.data?.field ?? null;
    this.data = error.data ?? {};
  }
}

/** @type {Map<string, any>} methods of the API's description by name */
export const methods = new Map();

/** Reads the API's description; which fields and methods there are is known from it alone. */
export async function discover() {
  for (const method of (await call("rpc.discover")).methods) methods.set(method.name, method);
}

/** Whether the method is there and takes the parameter. */
export function takes(method, name) {
  return Boolean(methods.get(method)?.params.some((one) => one.name === name));
}

/** The parameters with the customer's user whom a partner has chosen. */
export function withCustomer(method, params) {
  return state.customer && takes(method, "user_id") ? { user_id: Number(state.customer), ...params } : params;
}

/** The whole reply to a request, errors included. */
export async function ask(method, params, signal = undefined) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: ++counter, method, params });
  const reply = await fetch("/page/v2.0", { method: "POST", headers: HEADERS, body, signal });
  if (!reply.ok) throw new ApiError({ code: reply.status, message: `HTTP ${reply.status}`, data: {} });
  return reply.json();
}

/**
 * The result of a method. Raises ApiError; a session that is over leads to the login page and back.
 * @returns {Promise<any>}
 */
export async function call(method, params = {}, signal = undefined) {
  const reply = await ask(method, withCustomer(method, params), signal);
  if (!reply.error) return reply.result;
  if (SESSION_OVER.has(reply.error.data?.mnemonic)) {
    sessionStorage.clear();
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new ApiError(reply.error);
}

/** Remembers a choice of the person, such as the theme, in a cookie that only the server reads. */
export async function prefer(choice) {
  await fetch("/page/preferences", { method: "POST", headers: HEADERS, body: JSON.stringify(choice) });
}
