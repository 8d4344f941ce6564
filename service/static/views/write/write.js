// The view Write: a number in one hand, which one types, rolls and downloads.

import { ask, Unreachable } from "../../shell/api.js";
import { drawing, fileName, pathOf } from "../../drawing/svg.js";
import { find, make } from "../../shell/elements.js";
import { choice, hand, model, narrowed, numberOf, text as textField, variety, whole } from "../../shell/fields.js";
import { text } from "../../shell/messages.js";
import { isInColour, versionOf, writes } from "../../shell/models.js";
import { open, randomSeed, served } from "../../shell/page.js";
import { latestOnly, put, saveAnswer } from "../../shell/pictures.js";
import { change, remark, state } from "../../shell/state.js";

/** @import { Context, Offer } from "../../shell/page.js" */
/** @import { State } from "../../shell/state.js" */

const DIGITS = "0123456789";
const SIGNS = /^[0-9.,\-/:+%()]$/; // that are typed anywhere on the page; a space rolls
const TAKES_SIGNS = "input:not([type=radio], [type=range]), select, textarea, dialog";
const TAKES_SPACE = `${TAKES_SIGNS}, [type=radio], button, a, summary`;
const PIXELS_SCALE = 8;
const LEAST_HEIGHT = 28; // of a digit, in CSS pixels: the model's own
const USUAL = { number: "2026", hand: "23" }; // also in service/page/picture.py, whose picture is in the document

/**
 * @param {import("../../shell/limits.js").Limits} limits
 * @param {import("../../shell/models.js").Models} models
 */
const fields = (limits, models) => ({
  number: { ...numberOf(narrowed(limits.digits, { least: 1, most: limits.images }), USUAL.number), isInPath: true },
  hand: hand(limits.seed, USUAL.hand),
  model: model(models.usual),
  truncation: variety(limits),
  drawn: choice(["ink", "pixels"], "ink"),
  layout: choice(["natural", "grid"], "natural"),
  color: textField(/^([0-9a-f]{6})?$/, "", text("write.colours")),
  height: whole(limits.height, 224),
});

const inPixels = make("img", { alt: "" }); // one for all pictures in pixels, which releases the one before

/** @typedef {State<ReturnType<typeof fields>>} Now */
/** @typedef {ReturnType<typeof wishFor>} Wish */

/**
 * Returns a function that shows a state and returns the request behind the picture.
 *
 * @param {Context} context
 * @returns {(now: Now) => Offer}
 */
function view({ models, say }) {
  const picture = find("#picture", HTMLElement);
  const keys = find("#keys", HTMLElement);
  const input = find("[name=number]", HTMLInputElement);
  const forInk = ["#layouts", "#colours", ".slider:has(#height)", "#save-svg", "#again"].map((each) =>
    find(each, HTMLElement),
  );
  const forNumbers = ["#layouts", "#again"].map((each) => find(each, HTMLElement));
  let isFirst = true; // the picture that the document came with
  let isWritten = true; // stroke by stroke, and not at once

  const show = latestOnly(async (/** @type {Wish} */ wish, signal) => {
    const shown = await picturedThere(wish.path, signal).catch((error) => picturedHere(error, wish));
    picture.replaceChildren(shown);
    present(wish);
  }, say);
  const showKeys = latestOnly(async (/** @type {Wish} */ wish, signal) => {
    const strip = await picturedThere(wish.path, signal).catch((error) => picturedHere(error, wish));
    keys.replaceChildren(...[...DIGITS].map((digit) => key(strip, digit)));
  }, say);

  /**
   * Returns a picture that this browser draws if the service could not be reached, and throws any other error again.
   *
   * @param {unknown} error
   * @param {Wish} wish
   */
  async function picturedHere(error, wish) {
    if (!(error instanceof Unreachable) || !writes(models.get(wish.model))) throw error;
    try {
      const { digitsHere, numberHere } = await import("./local.js");
      const shown = numberHere(await digitsHere(wish, models.get(wish.model)), wish);
      remark(text("shell.drawn_here"));
      return wish.drawn === "ink" ? drawing(shown) : make("img", { src: shown, alt: "" });
    } catch {
      throw error; // nothing is kept here
    }
  }

  picture.role = "img";
  find("#roll", HTMLElement).onclick = roll;
  find("#again", HTMLElement).onclick = () => {
    const [shown] = picture.children;
    if (shown?.querySelector("style")) return picture.replaceChildren(shown.cloneNode(true)); // which starts it anew
    isWritten = true; // what is shown was typed, and has never been written stroke by stroke
    change({});
  };
  for (const kind of /** @type {const} */ (["svg", "png"])) {
    find(`#save-${kind}`, HTMLElement).onclick = () => {
      const now = drawable(/** @type {Now} */ (state));
      const { path, file } = requestFor(now, kind, writes(models.get(now.model)));
      saveAnswer({ path: kind === "svg" ? coloured(path, now) : path, file }, say);
    };
  }
  picture.onclick = () => input.focus();
  document.addEventListener("keydown", type);

  /**
   * Names the picture on the paper. A long number is as wide as it must be to be read, and scrolls there.
   *
   * @param {{ number: string, hand: string }} of
   */
  function present({ number, hand }) {
    const [shown] = picture.children;
    shown.ariaHidden = "true"; // its own name would be a second one
    picture.ariaLabel = text("write.picture", { number, hand });
    if (!(shown instanceof SVGSVGElement)) return;
    const { width, height } = shown.viewBox.baseVal;
    shown.style.minWidth = `${(LEAST_HEIGHT * width) / height}px`;
    const isLong = picture.scrollWidth > picture.clientWidth;
    if (isLong) picture.tabIndex = 0;
    else picture.removeAttribute("tabindex");
  }

  /**
   * Returns what is drawn of a choice by its model.
   *
   * @param {Now} chosen
   * @returns {Now}
   */
  function drawable(chosen) {
    const model = models.get(chosen.model);
    return {
      ...chosen,
      drawn: isInColour(model) ? "pixels" : chosen.drawn,
      number: writes(model) ? chosen.number : text("write.image"),
    };
  }

  function roll() {
    isWritten = true;
    change({ hand: String(randomSeed()) });
  }

  /**
   * Lets a number be typed, and a hand be rolled, wherever the focus is, unless it is on something that takes keys.
   *
   * @param {KeyboardEvent} event
   */
  function type(event) {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || !(target instanceof Element)) return;
    const isHere = target === input;
    if (key === " " && (isHere ? !shiftKey : !target.closest(TAKES_SPACE))) {
      event.preventDefault();
      roll();
    } else if (SIGNS.test(key) && !target.closest(TAKES_SIGNS) && !input.disabled) {
      event.preventDefault();
      insert(key);
      input.focus();
    }
  }

  let isTyped = false; // whether the number is one's own; the usual one is replaced by the first digit
  input.addEventListener("input", () => (isTyped = true));
  input.addEventListener("focus", () => !isTyped && input.select());

  /** @param {string} sign */
  function insert(sign) {
    const [start, end] = isTyped ? [input.selectionStart ?? 0, input.selectionEnd ?? 0] : [0, input.value.length];
    input.setRangeText(sign, start, end, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /**
   * @param {Element} strip of all ten digits
   * @param {string} digit
   */
  function key(strip, digit) {
    const [, , , side] = (strip.getAttribute("viewBox") ?? "").split(" ").map(Number);
    const own = /** @type {SVGElement} */ (strip.cloneNode());
    own.setAttribute("viewBox", `${Number(digit) * side} 0 ${side} ${side}`);
    own.append(
      ...[...strip.querySelectorAll("path")].slice(Number(digit), Number(digit) + 1).map((each) => each.cloneNode()),
    );
    own.ariaHidden = "true";
    return make("button", { type: "button", ariaLabel: text("write.key", { digit }), onclick: () => insert(digit) }, [
      own,
    ]);
  }

  return (chosen) => {
    const served_ = served(models, "model");
    const [hasInk, hasDigits] = [!isInColour(served_), writes(served_)];
    const now = drawable(chosen);
    find("#drawn", HTMLElement).hidden = !hasInk;
    for (const each of forInk) each.hidden = now.drawn !== "ink";
    for (const each of forNumbers) each.hidden ||= !hasDigits;
    input.disabled = keys.hidden = !hasDigits;
    find("#lead", HTMLElement).textContent = text(hasDigits ? "write.lead" : "write.lead_images");
    const request = requestFor(now, now.drawn === "ink" ? "svg" : "png", hasDigits);
    const isThere = isFirst && picture.firstElementChild !== null;
    isFirst = false;
    const animate = isWritten && now.drawn === "ink" && hasDigits ? "&animate=true" : "";
    isWritten = false;
    if (isThere) present(now);
    else show(wishFor(now, request.path + animate));
    picture.style.color = now.color && now.drawn === "ink" ? `#${now.color}` : "";
    picture.classList.toggle("white", picture.style.color !== ""); // as in the PNG; on dark paper, it could not be read
    if (hasDigits) {
      const strip = /** @type {Now} */ ({ ...now, number: DIGITS, drawn: "ink", layout: "grid" });
      showKeys(wishFor(strip, requestFor(strip, "svg", true).path));
    }
    const path = coloured(request.path, now);
    return { ...request, path, embed: hasDigits ? embedOf(now, path) : undefined };
  };
}

/**
 * Returns a picture's path at the service, and all that a browser needs to draw it by itself.
 *
 * @param {Now} now
 * @param {string} path
 */
const wishFor = ({ number, hand, model, truncation, drawn, layout }, path) => ({
  path,
  number,
  hand,
  model,
  truncation,
  drawn,
  layout,
});

/**
 * Returns the path of a picture that leaves this page: its curves have their own colour, not that of what is around.
 *
 * @param {string} path
 * @param {Now} now
 */
const coloured = (path, { drawn, color }) => (drawn === "ink" && color ? `${path}&color=${color}` : path);

/**
 * Returns what another page may show: the picture, and in ink one that writes itself.
 *
 * @param {Now} now
 * @param {string} picture its path
 */
function embedOf({ number, hand, drawn }, picture) {
  const film = drawn === "ink" ? `${picture}&animate=true` : undefined;
  return { picture, film, name: text("write.picture", { number, hand }) };
}

/**
 * Returns a picture of the service.
 *
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function picturedThere(path, signal) {
  const answer = await ask({ path, accept: "*/*" }, signal);
  if (answer.headers.get("content-type")?.startsWith("image/svg")) return drawing(await answer.text());
  put(inPixels, await answer.blob(), "");
  return inPixels;
}

/**
 * Returns the request for a picture: curves, which have no size and take the colour of the page; or pixels.
 *
 * @param {Now} now
 * @param {"svg" | "png"} kind
 * @param {boolean} hasDigits false for a model that writes no numbers: then the seed decides what is drawn
 * @returns {Offer}
 */
function requestFor({ number, hand, model, truncation, drawn, layout, color, height }, kind, hasDigits = true) {
  const isInk = drawn === "ink";
  const query = new URLSearchParams(versionOf(model));
  if (truncation !== 1) query.set("truncation", String(truncation));
  if (isInk && hasDigits) query.set("layout", layout);
  if (kind === "png" && isInk) {
    for (const [name, value] of [
      ["ink", "true"],
      ["height", height],
      ["color", color || "000000"],
      ["background", "ffffff"],
    ])
      query.set(String(name), String(value));
  } else if (kind === "png") query.set("scale", String(PIXELS_SCALE));
  return {
    path: `${hasDigits ? pathOf(number, hand, kind) : `images/${hand}.${kind}`}?${query}`,
    file: `${hasDigits ? `${fileName(number)}-` : ""}${hand.slice(0, 16)}.${kind}`,
  };
}

open({ name: "write", fields, view });
