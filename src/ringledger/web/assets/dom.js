/** Makes elements. Text is always text: nothing in the page reads markup. */

/**
 * An element with attributes, listeners (`onclick`), properties of its style (`style: {width}`) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes] false, null and undefined leave an attribute out
 * @param {...any} children nodes, texts, numbers or arrays of them; false, null and undefined are left out
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.entries(value).forEach(([key, one]) => element.style.setProperty(key, one));
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== false && child !== null && child !== undefined));
  return element;
}

/** A picture of the sprite, hidden from screen readers. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${new URL("icons.svg", import.meta.url).pathname}#${name}`);
  picture.append(use);
  return picture;
}

/** Puts the children into the element in place of what was there. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child || child === 0));
}

const CONTROLS = "a[href], button, input, select";
const nameOf = (one) => one.getAttribute("aria-label") ?? one.textContent;

/** Puts the children in place of what was there, and the focus on the one that is called as that which had it. */
export function redraw(element, ...children) {
  const focused = document.activeElement;
  const name = element.contains(focused) && focused !== element ? nameOf(focused) : null;
  show(element, ...children);
  if (name === null) return;
  const controls = [...element.querySelectorAll(CONTROLS)];
  (controls.find((one) => nameOf(one) === name) ?? controls[0] ?? element).focus({ preventScroll: true });
}

/** A select box of [value, label] pairs, or of [group, pairs] where the second is an array. */
export function select(options, chosen, attributes = {}) {
  const option = ([value, label]) => h("option", { value, selected: value === chosen }, label);
  return h(
    "select",
    attributes,
    options.map(([name, label]) =>
      Array.isArray(label) ? h("optgroup", { label: name }, label.map(option)) : option([name, label]),
    ),
  );
}

/**
 * A dialog that closes with Escape, its button, or a click beside it; gone once closed.
 * @returns {HTMLDialogElement} already open
 */
export function dialog(title, body, { kind = "", closing = () => {}, close = "×" } = {}) {
  const heading = h("h2", { id: `dialog-${Math.random().toString(36).slice(2)}` }, title);
  const box = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      { class: `dialog ${kind}`, "aria-labelledby": heading.id },
      h("header", {}, heading, h("button", { type: "button", class: "plain", onclick: () => box.close(), "aria-label": close }, icon("close"))),
      h("div", { class: "dialog-body" }, body),
    )
  );
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.addEventListener("close", () => {
    box.remove();
    closing();
  });
  document.body.append(box);
  box.showModal();
  return box;
}

let region = null;

/** Tells a short message, to screen readers too; one that is still shown is told again in place of itself. */
export function say(text, kind = "") {
  region ??= document.body.appendChild(h("div", { class: "toasts", role: "status", "aria-live": "polite" }));
  const toast = h("div", { class: `toast ${kind}` }, text);
  [...region.children].find((one) => one.isEqualNode(toast))?.remove();
  region.append(toast);
  setTimeout(() => toast.remove(), 6000);
}
