// The view Between: the way from hand to hand as a film, and the mix of all of them.

import { choiceOfClasses } from "../../shell/classes.js";
import { find } from "../../shell/elements.js";
import {
  choice,
  flag,
  hand,
  listOf,
  model,
  narrowed,
  number,
  text as textField,
  variety,
  whole,
} from "../../shell/fields.js";
import { Player } from "./film.js";
import { fits } from "../../shell/hand.js";
import { initialiseMakers } from "../../drawing/makers.js";
import { text } from "../../shell/messages.js";
import { isInColour, isOfDigits, versionOf, writes } from "../../shell/models.js";
import { open, randomSeed, served } from "../../shell/page.js";
import { latestOnly, saveAnswer } from "../../shell/pictures.js";
import { along, inside } from "./polygon.js";
import { change, remark, state } from "../../shell/state.js";
import { drawPolygon, drawTrack, fill } from "./track.js";
import { pictures, Way } from "./way.js";

/** @import { Limits } from "../../shell/limits.js" */
/** @import { Model, Models } from "../../shell/models.js" */
/** @import { Context, Offer } from "../../shell/page.js" */
/** @import { Point } from "./polygon.js" */
/** @import { State } from "../../shell/state.js" */
/** @import { Wish } from "./way.js" */

// In these hands every digit reads well, on the whole way and in the whole square: tests/e2e/test_page_between.py.
const USUAL = { hands: "40,436,211,64", digit: "5" };
const MOST_HANDS = 8;
const MOST_LABEL = 999;
const PAUSES = { least: 20, most: 200 }; // milliseconds; slower than that is no film
const STEPS = { least: 1, most: 32 }; // more, with eight hands, make files that are larger than the service allows
const INK = { ink: true, height: 224, color: "000000", background: "ffffff" };
const PIXELS = { scale: 8 };
const [STEP, FINE_STEP] = [0.05, 0.01]; // of the square, by an arrow key; with Shift
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {Limits} limits
 * @param {Models} models
 */
const fields = (limits, models) => {
  const many = { least: 1, most: MOST_HANDS };
  const several = narrowed(limits.keys, { least: 2, most: mostHands(limits) });
  const label = whole({ least: 0, most: MOST_LABEL }, 0);
  return {
    hands: listOf(hand(limits.seed, ""), several, USUAL.hands, text("between.wrong_hands", several)),
    digit: listOf(label, many, USUAL.digit, text("between.wrong_digits", many)),
    at: number({ least: 0, most: MOST_HANDS }, 0), // from the first hand on the way, 1 from hand to hand
    mix: textField(/^([01](\.\d+)?,[01](\.\d+)?)?$/, "", text("between.wrong_mix")), // where in the square; none: on the way
    loop: flag(true),
    steps: whole(narrowed(limits.steps, STEPS), 24),
    pause: whole(narrowed(limits.pause, PAUSES), 40),
    truncation: variety(limits),
    drawn: choice(["ink", "pixels"], "ink"),
    model: model(models.usual),
    by: { ...choice(["server", "browser"], "server"), isWritten: false },
    key: { ...whole({ least: 0, most: MOST_HANDS - 1 }, 0), isWritten: false }, // the hand in the field, by its position
    hand: { ...hand(limits.seed, ""), isWritten: false }, // the same, as it is in the field
  };
};

/** @param {Limits} limits */
const mostHands = (limits) => Math.min(MOST_HANDS, limits.images);

/** @typedef {State<ReturnType<typeof fields>>} Now */

/**
 * Returns a function that shows a state and returns the request behind the picture.
 *
 * @param {Context} context
 * @returns {(now: Now) => Offer | undefined}
 */
function view({ models, limits, say }) {
  const now = /** @type {Now} */ (state);
  const picture = find("#picture", HTMLElement);
  const square = find("#square", HTMLElement);
  const dot = find("#dot", HTMLElement);
  const track = find("#track > div", HTMLElement);
  const time = find("#time", HTMLInputElement);
  const play = find("#play", HTMLButtonElement);
  const [rolling, removing, adding] = ["#roll", "#remove", "#add"].map((each) => find(each, HTMLButtonElement));
  const link = find("#write", HTMLAnchorElement);
  const listOfClasses = find("#list-of-classes", HTMLElement);
  /** @type {Way | undefined} */
  let way; // none while its hands do not fit the model
  /** @type {Element[]} */
  let frames = [];
  /** @type {Element | undefined} */
  let mixture; // the picture of the mix
  let hands = ""; // as they were last shown
  // One round shows what the view is about, unless an address or the reader chose something, or minds motion.
  let isOpening = !location.search && !STILL.matches;

  const player = new Player({
    length: () => way?.length ?? 1,
    pause: () => now.pause,
    loop: () => now.loop,
    show: render,
    end: pause,
  });
  const showFrames = latestOnly(async (/** @type {Wish} */ wish, signal) => {
    frames = await pictures(wish, signal);
    if (!way || frames.length !== way.length) return; // others were chosen meanwhile
    drawTrack(track, way, frames, (key) => change(toHand(key)));
    drawPolygon(square, way, frames);
    render();
    if (isOpening && !document.hidden) player.play({ once: true });
    isOpening = false;
  }, say);
  const showMix = latestOnly(async (/** @type {Wish} */ wish, signal) => {
    const [made] = await pictures(wish, signal);
    if (now.mix) mixture = made; // else the way was chosen meanwhile
    render();
  }, say);
  const showMixes = latestOnly(async (/** @type {Wish} */ wish, signal) => {
    const made = await pictures(wish, signal);
    if (way && made.length === way.points.length) fill(square, "mix", way.points, made);
  }, say);
  const showClass = choiceOfClasses("#classes", (label) => change({ digit: String(label) }), 1);
  const showOwnClass = choiceOfClasses(
    "#own-class",
    (label) => way?.labels && change({ ...toHand(now.key), digit: way.labels.with(now.key, label).join() }),
  );

  initialiseMakers(models);
  play.onclick = () => (player.isPlaying ? pause() : start());
  time.oninput = () => go(Number(time.value));
  rolling.onclick = () => {
    const rolled = String(randomSeed());
    change({ ...toHand(now.key), hands: now.hands.split(",").with(now.key, rolled).join(), hand: rolled });
  };
  removing.onclick = () => {
    const left = now.hands.split(",").toSpliced(now.key, 1);
    const key = Math.min(now.key, left.length - 1);
    change({ ...toHand(key), ...labelsWith(now.key, 1), hands: left.join(), hand: left[key] });
    if (removing.disabled) adding.focus();
  };
  adding.onclick = () => {
    const key = now.key + 1;
    const rolled = String(randomSeed());
    const more = now.hands.split(",").toSpliced(key, 0, rolled);
    change({ ...toHand(key), ...labelsWith(key, 0, way?.labels?.[now.key] ?? 0), hands: more.join(), hand: rolled });
    if (adding.disabled) removing.focus();
  };
  /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-kind]")).forEach((button) => {
    button.onclick = () => download(button.dataset.kind ?? "");
  });
  document.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey } = event;
    if (key !== " " || altKey || ctrlKey || metaKey || !(target instanceof Element)) return;
    if (target.closest("input, select, button, a, summary, dialog, pre")) return;
    event.preventDefault();
    play.click();
  });
  square.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return; // another button, or a second finger
    square.setPointerCapture(event.pointerId);
    follow(event);
  });
  square.addEventListener("pointermove", (event) => square.hasPointerCapture(event.pointerId) && follow(event));
  square.addEventListener("mousedown", (event) => {
    event.preventDefault(); // else the focus would leave the dot, which arrow keys move on
    dot.focus({ preventScroll: true });
  });
  dot.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || !way) return;
    event.preventDefault();
    const [x, y] = place(way);
    const step = event.shiftKey ? FINE_STEP : STEP;
    mixAt([x + step * arrow[0], y + step * arrow[1]]);
  });

  /** Lets nothing play by itself any more. */
  function halt() {
    isOpening = false;
    if (player.isPlaying) player.stop();
  }

  function start() {
    if (now.mix) change({ mix: "" });
    player.play();
  }

  function pause() {
    player.stop();
    go(player.frame);
  }

  /** @param {number} frame that is shown from now on */
  function go(frame) {
    halt();
    change({ at: Number((frame / (way?.steps ?? 1)).toFixed(4)), mix: "" });
  }

  /**
   * Returns what to change so that a hand is shown and in the field.
   *
   * @param {number} key its position
   */
  function toHand(key) {
    halt();
    return { key, hand: now.hands.split(",")[key], at: key, mix: "" };
  }

  /**
   * Returns what to change so that each hand keeps its class when one is removed or added.
   *
   * @param {number} key
   * @param {number} nRemoved
   * @param {number[]} added
   */
  function labelsWith(key, nRemoved, ...added) {
    const isOne = !now.digit.includes(",");
    return isOne || !way?.labels ? {} : { digit: way.labels.toSpliced(key, nRemoved, ...added).join() };
  }

  /** @param {PointerEvent} event */
  function follow({ clientX, clientY }) {
    const { left, top, width, height } = find("svg", SVGElement, square).getBoundingClientRect();
    mixAt([(clientX - left) / width, (clientY - top) / height]);
  }

  /** @param {Point} point anywhere; the dot stays in the polygon */
  function mixAt(point) {
    halt();
    if (way)
      change({
        mix: inside(way.corners, point)
          .map((each) => Number(each.toFixed(3)))
          .join(),
      });
  }

  /**
   * Returns where the dot is.
   *
   * @param {Way} way
   */
  function place({ corners, steps }) {
    if (!now.mix) return along(corners, player.frame / steps);
    const [x, y] = now.mix.split(",").map(Number);
    return inside(corners, [x, y]);
  }

  /** Shows the frame, or the mix, and where it is. */
  function render() {
    if (!way) return;
    const { length } = way;
    const { frame } = player;
    const shown = now.mix ? mixture : frames.length === length && frames[frame];
    if (shown && picture.firstElementChild !== shown) picture.replaceChildren(shown);
    picture.ariaLabel = text(now.mix ? "between.mix" : "between.picture", { n: frame + 1, of: length });
    find("span", HTMLElement, play).textContent = text(player.isPlaying ? "shell.pause" : "shell.play");
    const [now_, whole] = [frame, length].map((n) => ((n * now.pause) / 1000).toFixed(1));
    time.ariaValueText = text("between.clock", { at: now_, of: whole });
    find("#clock", HTMLElement).textContent = now.mix ? text("between.mix") : time.ariaValueText;
    time.max = String(length - 1);
    time.value = String(frame);
    const point = place(way);
    const [across, down] = point.map((each) => Math.round(100 * each));
    dot.style.setProperty("--x", String(point[0]));
    dot.style.setProperty("--y", String(point[1]));
    dot.ariaValueNow = String(across);
    dot.ariaValueText = text("between.mix_at", { across, down });
    track.querySelectorAll("button").forEach((each, i) => (each.ariaPressed = String(i === now.key)));
    link.href = models.toWrite({ ...now, hand: now.mix ? way.handOf(point) : way.handAt(frame) });
  }

  /** Lets the field of one hand and the list of all follow each other. */
  function settle() {
    const all = now.hands.split(",");
    if (now.hands === hands && now.hand !== all[now.key]) {
      now.hands = all.with(now.key, now.hand).join();
      Object.assign(now, toHand(now.key));
    }
    hands = now.hands;
    now.key = Math.min(now.key, hands.split(",").length - 1);
    now.hand = hands.split(",")[now.key];
    find("#which", HTMLElement).textContent = text("between.hand", { n: now.key + 1 });
    removing.disabled = all.length <= 2;
    adding.disabled = all.length >= mostHands(limits);
  }

  /**
   * Returns the way of the state; nothing, and a remark why, if a hand does not fit the model.
   *
   * @param {Model} model
   */
  function wayOf(model) {
    const all = now.hands.split(",");
    const other = all.find((each) => !fits(each, model));
    if (other) remark(text("shell.other_model", { hand: other, model: now.model }));
    const steps = Math.max(1, Math.min(now.steps, Math.floor(limits.images / all.length)));
    return other ? undefined : new Way(all, now.digit.split(",").map(Number), steps, now.loop, model);
  }

  const options = () => ({ ...versionOf(now.model), truncation: now.truncation });
  const isInk = () => now.drawn === "ink" && !isInColour(models.get(now.model));
  const looks = () => (isInk() ? INK : PIXELS);

  /**
   * Returns the request for the whole film as a file.
   *
   * @param {Way} way
   * @param {string} kind
   * @returns {Offer}
   */
  function filmOf(way, kind) {
    const body = { ...way.request(), ...options(), ...looks(), frame_ms: now.pause };
    return { path: "interpolate", body, accept: `image/${kind}`, file: `between.${kind.replace("apng", "png")}` };
  }

  /** @param {string} kind */
  function download(kind) {
    if (way) saveAnswer(filmOf(way, kind), say);
  }

  return () => {
    settle();
    const model = served(models, "model");
    const before = way;
    way = wayOf(model);
    find("#drawn", HTMLElement).hidden = isInColour(model);
    link.hidden = !writes(model) || !way;
    const labels = way?.labels ?? [];
    showClass(model, new Set(labels).size === 1 ? labels[0] : -1); // the class of all hands
    showOwnClass(model, labels[now.key]);
    listOfClasses.hidden = !model.n_classes;
    const what = text(isOfDigits(model) ? "between.digits" : "between.classes");
    find("span", HTMLElement, listOfClasses).textContent = what;
    if (!way) return undefined;
    if (!player.isPlaying) player.position = Math.min(Math.round(now.at * way.steps), way.length - 1);
    else if (before) player.position *= way.length / before.length;
    const isInkHere = isInk() && now.by === "server"; // a browser draws pixels, which are then smoothed
    picture.classList.toggle("smooth", isInk() && !isInkHere);
    const look = { by: now.by, isInk: isInkHere, isInColour: isInColour(model) };
    showFrames({ ...look, path: "interpolate", body: { ...way.request(), ...options() }, n: way.length });
    const nMixes = way.points.length;
    if (!nMixes || nMixes > limits.images) fill(square, "mix", [], []);
    else showMixes({ ...look, path: "generate", body: { ...way.requestAt(way.points), ...options() }, n: nMixes });
    if (!now.mix) mixture = undefined;
    const body = now.mix && { ...way.requestAt([place(way)]), ...options() };
    if (body) showMix({ ...look, path: "generate", body, n: 1 });
    render();
    if (!body) return filmOf(way, "apng");
    return { path: "generate", body: { ...body, ...looks() }, accept: "image/png", file: "between.png" };
  };
}

open({ name: "between", fields, view });
