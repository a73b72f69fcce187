/** A recording with its wave form, played in place. */

import { h, icon } from "./dom.js";
import { duration, word } from "./words.js";
import WaveSurfer from "./libraries/wavesurfer.js";

const SPEEDS = [1, 1.25, 1.5, 2];
const nonce = document.querySelector('meta[name="style-nonce"]')?.getAttribute("content") ?? undefined;
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Fills the element with a player of the recording at the address. */
export function player(element, address, title) {
  const place = h("div", { class: "wave" });
  const time = h("span", { class: "muted" }, "0:00");
  const toggle = h("button", { type: "button", "aria-label": word("play") }, icon("play"));
  let speed = 0;
  const faster = h("button", { type: "button", class: "link", "aria-label": word("play.speed") }, "1×");
  element.append(h("p", { class: "muted" }, title), h("div", { class: "player-row" }, toggle, place, time, faster, h("a", { href: address, download: "", "aria-label": word("download") }, icon("download"))));
  const wave = WaveSurfer.create({ container: place, url: address, height: 40, barWidth: 2, barGap: 1, barRadius: 2, waveColor: color("--faint"), progressColor: color("--accent"), cursorColor: color("--text"), cspNonce: nonce });
  toggle.addEventListener("click", () => wave.playPause());
  faster.addEventListener("click", () => {
    speed = (speed + 1) % SPEEDS.length;
    wave.setPlaybackRate(SPEEDS[speed], true);
    faster.textContent = `${SPEEDS[speed]}×`;
  });
  const state = (playing) => {
    toggle.replaceChildren(icon(playing ? "pause" : "play"));
    toggle.setAttribute("aria-label", word(playing ? "pause" : "play"));
  };
  wave.on("play", () => state(true));
  wave.on("pause", () => state(false));
  wave.on("ready", (length) => (time.textContent = duration(length)));
  wave.on("timeupdate", (at) => (time.textContent = `${duration(at)} / ${duration(wave.getDuration())}`));
  wave.on("error", () => element.replaceChildren(h("p", { class: "muted" }, word("record.missing"))));
}
