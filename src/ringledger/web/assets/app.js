/** Puts the page together: what is on top, and the view that the state asks for. */

import { call, discover, prefer } from "./api.js";
import { drawCalls } from "./calls.js";
import { h, icon, redraw, say, select, show } from "./dom.js";
import { filterBar } from "./filters.js";
import { periodPicker, setZone } from "./period.js";
import { address, state, update, watch } from "./state.js";
import { followStory } from "./story.js";
import { openViews } from "./views.js";
import { language, loadWords, word } from "./words.js";

/** Views by name: how each is drawn and left, and whether period and filter choose what it shows. */
const VIEWS = {
  calls: { icon: "list", filtered: true, draw: drawCalls },
  pictures: { icon: "chart", filtered: true, draw: async (element) => (await import("./pictures.js")).drawPictures(element) },
  live: { icon: "live", filtered: false, draw: async (element) => (await import("./live.js")).drawLive(element), leave: async () => (await import("./live.js")).leaveLive() },
  admin: { icon: "gear", filtered: false, draw: async (element) => (await import("./admin.js")).drawAdmin(element), leave: async () => (await import("./admin.js")).leaveAdmin() },
  explorer: { icon: "code", filtered: false, draw: async (element) => (await import("./explorer.js")).drawExplorer(element) },
};
/** What of the state the shown view depends on: a change of anything else leaves it as it is. */
const DRAWN_BY = ["view", "period", "from", "till", "filter", "columns", "sort", "page", "size", "customer", "item"];

const root = document.getElementById("app");
const bar = h("div", { class: "bar" });
const main = h("main", { id: "main", tabindex: "-1" });
const tabs = h("nav", { class: "tabs", "aria-label": word("nav") });
const who = h("div", { class: "who" });

const viewOf = (one) => VIEWS[one.view] ?? VIEWS.calls;

function drawTabs() {
  tabs.setAttribute("aria-label", word("nav"));
  const link = ([name, view]) => {
    const to = { ...state, view: name, page: 1, call: null, item: null };
    const go = (event) => {
      event.preventDefault();
      update({ view: name, page: 1, call: null, item: null });
    };
    return h("a", { href: address(to), "aria-current": viewOf(state) === view ? "page" : null, onclick: go }, icon(view.icon), h("span", {}, word(name === "calls" ? "calls" : `view.${name}`)));
  };
  redraw(tabs, Object.entries(VIEWS).map(link));
}

function drawBar() {
  bar.hidden = !viewOf(state).filtered;
  redraw(bar, h("div", { class: "bar-row" }, periodPicker(), h("button", { type: "button", onclick: openViews }, icon("star"), word("views"))), filterBar());
}

let drawing = 0;
let leave = () => {};

async function drawView() {
  const mine = ++drawing;
  main.setAttribute("aria-busy", "true");
  leave();
  leave = viewOf(state).leave ?? (() => {});
  try {
    await viewOf(state).draw(main);
  } catch (error) {
    if (error.name !== "AbortError") show(main, h("p", { class: "empty bad", role: "alert" }, error.field ? `${error.message} (${error.field})` : error.message));
  } finally {
    if (mine === drawing) main.removeAttribute("aria-busy");
  }
}

function themeButton() {
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const toggle = () => {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    prefer({ theme });
    drawView();
  };
  return h("button", { type: "button", class: "plain", "aria-label": word("theme"), title: word("theme"), onclick: toggle }, icon("theme"));
}

function languageButton() {
  const other = language === "ru" ? "en" : "ru";
  const change = async () => {
    await prefer({ language: other });
    location.reload();
  };
  return h("button", { type: "button", class: "plain language", lang: other, "aria-label": other === "ru" ? "RU, русский язык" : "EN, English", onclick: change }, other.toUpperCase());
}

function logout() {
  const csrf = document.querySelector('meta[name="csrf-token"]').getAttribute("content");
  return h("form", { method: "post", action: "/logout", onsubmit: () => sessionStorage.clear() }, h("input", { type: "hidden", name: "csrf", value: csrf }), h("button", { class: "plain", "aria-label": word("logout"), title: word("logout") }, icon("logout")));
}

const NO_PARTNER = "ringledger.no-partner";

/** The users of a partner's customers; null for anyone who is no partner, who is asked once only. */
async function customers() {
  if (sessionStorage.getItem(NO_PARTNER)) return null;
  try {
    return (await call("get.customer_users", { fields: ["id", "login", "name", "customer_id", "timezone"], limit: 10_000 })).data;
  } catch (error) {
    if (error.mnemonic !== "forbidden") throw error;
    sessionStorage.setItem(NO_PARTNER, "yes");
    return null;
  }
}

const ownUser = () => document.querySelector('meta[name="user-id"]').getAttribute("content");

/** A partner's switch between its own account and the users of its customers. */
function customerSwitch(own, users) {
  const named = (user) => [String(user.id), `${user.customer_id} · ${user.name || user.login}`];
  return select([[ownUser(), `${own.name} · ${word("customer.own")}`], ...users.map(named)], state.customer, { "aria-label": word("customer"), onchange: (event) => update({ customer: event.target.value, page: 1, call: null }) });
}

/** Shows who is there, and makes times those of the account whose calls are shown. */
function drawWho(own, users) {
  const zone = users?.find((user) => String(user.id) === state.customer)?.timezone ?? own.timezone;
  setZone(zone);
  const account = h("p", { class: "account" }, h("strong", {}, own.name), h("span", { class: "muted" }, zone));
  redraw(who, account, users && customerSwitch(own, users), languageButton(), themeButton(), logout());
}

async function start() {
  const [own, users] = await Promise.all([call("get.account"), customers(), loadWords(), discover()]);
  if (users && !state.customer) update({ customer: users.length ? String(users[0].id) : ownUser() }, { replace: true });
  drawTabs();
  drawWho(own.data[0], users);
  show(
    root,
    h("header", { class: "top" }, h("a", { class: "brand", href: "/" }, icon("logo"), "Ringledger"), tabs, who),
    bar,
    main,
  );
  drawBar();
  followStory();
  await drawView();
  document.documentElement.dataset.ready = "yes";
  watch((now, before) => {
    if (now.customer !== before.customer) drawWho(own.data[0], users);
    followStory();
    if (!DRAWN_BY.some((name) => now[name] !== before[name])) return;
    drawTabs();
    drawBar();
    drawView();
  });
  addEventListener("unhandledrejection", (event) => event.reason?.name === "AbortError" || say(event.reason?.message ?? "", "bad"));
}

start().catch((error) => show(root, h("p", { class: "empty bad", role: "alert" }, error.message)));
