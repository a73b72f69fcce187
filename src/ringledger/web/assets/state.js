/** What is looked at, kept in the address, so that a view can be sent to someone. */

const NAMES = ["view", "period", "from", "till", "filter", "columns", "sort", "page", "size", "call", "customer", "item"];
const DEFAULTS = { view: "calls", period: "7d", page: 1, size: 100, sort: "start_time:desc" };
const listeners = new Set();

/**
 * @typedef {object} State
 * @property {string} view
 * @property {string} period a preset's name, or "own" with `from` and `till`
 * @property {string|null} from
 * @property {string|null} till
 * @property {object|null} filter a filter of the Data API
 * @property {string[]|null} columns null stands for those that were chosen last
 * @property {string} sort field:order
 * @property {number} page from 1
 * @property {number} size
 * @property {string|null} call id of the open call
 * @property {string|null} customer the user_id in whose name a partner asks
 * @property {string|null} item what a view has open, such as a method
 */

/** @returns {State} */
function read() {
  const given = new URLSearchParams(location.search);
  const state = /** @type {any} */ ({ ...Object.fromEntries(NAMES.map((name) => [name, null])), ...DEFAULTS });
  for (const name of NAMES) if (given.has(name)) state[name] = given.get(name);
  state.page = Math.max(1, Number(state.page) || 1);
  state.size = Number(state.size) || DEFAULTS.size;
  state.columns = state.columns ? state.columns.split(",") : null;
  try {
    state.filter = state.filter ? JSON.parse(state.filter) : null;
  } catch {
    state.filter = null;
  }
  return state;
}

/** The address of a state, without what is as it is anyway. */
export function address(state) {
  const given = new URLSearchParams();
  for (const name of NAMES) {
    const value = state[name];
    if (value === null || value === undefined || value === "" || value === DEFAULTS[name]) continue;
    given.set(name, name === "filter" ? JSON.stringify(value) : name === "columns" ? value.join(",") : value);
  }
  const text = given.toString();
  return text ? `/?${text}` : "/";
}

/** @type {State} */
export let state = read();

/** Changes the state and the address, and tells everyone who looks. */
export function update(changes, { replace = false } = {}) {
  const before = state;
  state = { ...state, ...changes };
  const next = address(state);
  if (next !== location.pathname + location.search) {
    history[replace ? "replaceState" : "pushState"](null, "", next);
  }
  listeners.forEach((listener) => listener(state, before));
}

/** Calls the listener with the new and the old state after each change. */
export function watch(listener) {
  listeners.add(listener);
}

addEventListener("popstate", () => {
  const before = state;
  state = read();
  listeners.forEach((listener) => listener(state, before));
});
