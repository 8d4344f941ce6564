// The view Explore: a map of hands that one drags and zooms into, and the hand that one finds on it.

import { cardOf, nameOf } from "./card.js";
import { choiceOfClasses } from "../../shell/classes.js";
import { find } from "../../shell/elements.js";
import { choice, hand, model, number, variety, whole } from "../../shell/fields.js";
import { fits } from "../../shell/hand.js";
import { initialiseMakers } from "../../drawing/makers.js";
import { mapOf } from "./maps.js";
import { text } from "../../shell/messages.js";
import { isInColour, versionOf } from "../../shell/models.js";
import { open, served } from "../../shell/page.js";
import { adjust, change, remark, state } from "../../shell/state.js";
import { Tiles } from "./tiles.js";

/** @import { Point } from "./card.js" */
/** @import { HandsMap } from "./map.js" */
/** @import { Context, Offer } from "../../shell/page.js" */
/** @import { State } from "../../shell/state.js" */
/** @import { Place } from "./tiles.js" */

const LABEL = { least: 0, most: 9_999 }; // the model knows how many classes there are
const PART = { least: 0, most: 1 };
const MIDDLE = 0.5;
const DOUBLINGS = { least: -3, most: 10 }; // a map and a window set narrower limits
const STEP = 0.5; // doublings of a key or a button
const WHEEL = 0.0025; // doublings for each pixel that a wheel turns
const LINE_PX = 20; // of wheels that count in lines
const CLICK_PX = 6; // that a pointer may move
const MOVE_MS = 200;
const QUIET_MS = 400; // after which a place is read out
const AROUND_PX = 240; // between seeds, so that mixes stand between them
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {import("../../shell/limits.js").Limits} limits
 * @param {import("../../shell/models.js").Models} models
 */
const fields = (limits, models) => ({
  digit: whole(LABEL, 3),
  x: number(PART, MIDDLE), // of the width of the map
  y: number(PART, MIDDLE),
  zoom: number(DOUBLINGS, 0), // 0: the map just fills its place
  hand: hand(limits.seed, ""),
  model: model(models.usual),
  truncation: variety(limits),
  by: { ...choice(["server", "browser"], "server"), isWritten: false },
});

/** @typedef {State<ReturnType<typeof fields>>} Now */

/**
 * Returns a function that shows a state and returns the request behind the chosen hand.
 *
 * @param {Context} context
 * @returns {(now: Now) => Offer | undefined}
 */
function view({ models, limits, say }) {
  const ground = find("#ground", HTMLElement);
  const canvas = find("canvas", HTMLCanvasElement, ground);
  const [chosenRing, middleRing] = [find("#chosen", HTMLElement), find("#middle", HTMLElement)];
  const where = find("#where", HTMLElement);
  const now = /** @type {Now} */ (state);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const tiles = new Tiles(limits.images, () => draw(), say);
  /** @type {HandsMap | undefined} */
  let map; // of the model
  let mapped = ""; // the model's name
  let isDrawn = false; // in the next frame
  let [width, height] = [0, 0];
  /** @type {{ hand: string, place: Point | undefined }} */
  let chosen = { hand: "", place: undefined };

  initialiseMakers(models);
  const resize = () => {
    const isFirst = !width;
    [width, height] = [ground.clientWidth, ground.clientHeight];
    [canvas.width, canvas.height] = [width * devicePixelRatio, height * devicePixelRatio].map(Math.round);
    if (isFirst) chosen = { hand: "", place: undefined }; // whose place could not be found until now
    if (map && (isFirst || allowed(now.zoom) !== now.zoom)) goTo(middle(), adjust);
    paint(); // at once, since a canvas of another size is empty
  };
  new ResizeObserver(resize).observe(ground);
  followRatio();
  const card = cardOf(models, say);

  /** Draws anew on a screen of another ratio of pixels. */
  function followRatio() {
    const ratio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const follow = () => {
      resize();
      followRatio();
    };
    ratio.addEventListener("change", follow, { once: true });
  }

  /** @returns {Place | undefined} */
  function place() {
    if (!map || !width || !height) return undefined;
    return { ...middle(), cell: cellAt(map, now.zoom), width, height };
  }

  /** Returns the place in the middle of the picture, in columns and rows. */
  const middle = () => ({ x: now.x * ((map?.columns ?? 1) - 1), y: now.y * ((map?.rows ?? 1) - 1) });

  /**
   * @param {HandsMap} on
   * @param {number} zoom
   */
  const cellAt = (on, zoom) => Math.max(width / on.columns, height / on.rows) * 2 ** zoom;

  /** @param {number} zoom returns the nearest that the map and the window allow */
  function allowed(zoom) {
    if (!map || !width || !height) return zoom; // the page has not been laid out yet
    const filled = cellAt(map, 0);
    const least = Math.log2(Math.min(width / map.columns, height / map.rows) / filled);
    return Math.min(Math.log2(map.mostCell / filled), Math.max(least, zoom));
  }

  /**
   * @param {{ x: number, y: number, zoom?: number }} wanted in columns and rows
   * @param {typeof change} to changes the state
   */
  function goTo({ x, y, zoom = now.zoom }, to = change) {
    if (!map) return;
    const part = (/** @type {number} */ at, /** @type {number} */ n) =>
      Number(Math.min(1, Math.max(0, at / (n - 1))).toFixed(5));
    to({ x: part(x, map.columns), y: part(y, map.rows), zoom: Number(allowed(zoom).toFixed(3)) });
  }

  let moving = 0; // the number of the movement, so that a newer one ends it
  /** @param {{ x?: number, y?: number, zoom?: number }} wanted */
  function glideTo(wanted) {
    const from = place();
    if (!from) return;
    const [start, own] = [performance.now(), ++moving];
    const began = { x: from.x, y: from.y, zoom: now.zoom };
    const end = { ...began, ...wanted, zoom: allowed(wanted.zoom ?? now.zoom) };
    const step = (/** @type {number} */ time) => {
      if (own !== moving) return;
      const part = isStill.matches ? 1 : Math.min(1, Math.max(0, time - start) / MOVE_MS);
      const eased = 1 - (1 - part) ** 3;
      const between = (/** @type {"x" | "y" | "zoom"} */ name) => began[name] + (end[name] - began[name]) * eased;
      goTo({ x: between("x"), y: between("y"), zoom: between("zoom") });
      if (part < 1) requestAnimationFrame(step);
    };
    step(start + (isStill.matches ? MOVE_MS : 0));
  }

  /**
   * Zooms so that what is at a point of the picture stays there.
   *
   * @param {number} by doublings
   * @param {{ left: number, top: number }} [around] pixels from the middle
   */
  function zoomed(by, { left, top } = { left: 0, top: 0 }) {
    const here = place();
    if (!here || !map) return {};
    const zoom = allowed(now.zoom + by);
    const gain = 1 / here.cell - 1 / cellAt(map, zoom);
    return { x: here.x + left * gain, y: here.y + top * gain, zoom };
  }

  /** Returns the place of the hand nearest to a point of the picture, in pixels from the middle. */
  function nearest(left = 0, top = 0) {
    const here = place();
    if (!here || !map) return undefined;
    const step = 2 ** -map.levelAt(here.cell);
    const along = (/** @type {number} */ at, /** @type {number} */ n) =>
      Math.min(Math.floor((n - 1) / step), Math.max(0, Math.round(at / step))) * step;
    return { x: along(here.x + left / here.cell, map.columns), y: along(here.y + top / here.cell, map.rows), step };
  }

  /** @param {Point | undefined} point */
  function choose(point) {
    if (!point || !map) return;
    const { hand } = map.handAt(point.x, point.y);
    chosen = { hand, place: point };
    change({ hand });
    card.show();
  }

  function draw() {
    if (isDrawn) return;
    isDrawn = true;
    requestAnimationFrame(() => {
      isDrawn = false;
      paint();
    });
  }

  function paint() {
    const here = place();
    if (!here || !map) return;
    const model = models.get(now.model);
    const hasInk = now.by === "server" && !isInColour(model);
    const label = model.n_classes ? now.digit : undefined;
    const body = { ...versionOf(now.model), truncation: now.truncation };
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const isWhole = tiles.draw(context, { map, body, label, by: now.by, hasInk }, here);
    ground.ariaBusy = String(!isWhole);
    ring(chosenRing, chosen.hand ? chosen.place : undefined, here);
    ring(middleRing, nearest(), here);
  }

  /**
   * @param {HTMLElement} element
   * @param {Point | undefined} point
   * @param {Place} here
   */
  function ring(element, point, here) {
    element.hidden = !point || !map;
    if (!point || !map) return;
    const side = here.cell * 2 ** -map.levelAt(here.cell);
    const [left, top] = [(point.x - here.x) * here.cell + width / 2, (point.y - here.y) * here.cell + height / 2];
    element.style.width = element.style.height = `${side}px`;
    element.style.transform = `translate(${left - side / 2}px, ${top - side / 2}px)`;
  }

  /** @type {number | undefined} */
  let reading; // timer
  function readOut() {
    clearTimeout(reading);
    reading = setTimeout(() => {
      const point = nearest();
      if (point && map) where.textContent = nameOf(map, point);
    }, QUIET_MS);
  }

  // Pointers: one drags, two pinch, and a click chooses.
  /** @type {Map<number, { left: number, top: number }>} */
  const pointers = new Map();
  let travelled = 0; // pixels, since the first pointer came down
  /** @param {MouseEvent} event */
  const fromMiddle = ({ clientX, clientY }) => {
    const box = ground.getBoundingClientRect();
    return { left: clientX - box.left - width / 2, top: clientY - box.top - height / 2 };
  };
  const middleOf = () => {
    const all = [...pointers.values()];
    const mean = (/** @type {"left" | "top"} */ side) => all.reduce((sum, each) => sum + each[side], 0) / all.length;
    const [one, other = one] = all;
    return { left: mean("left"), top: mean("top"), apart: Math.hypot(one.left - other.left, one.top - other.top) };
  };
  ground.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) travelled = 0;
    else travelled = Infinity; // a pinch is no click
    moving++;
    ground.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, fromMiddle(event));
  });
  ground.addEventListener("pointermove", (event) => {
    const here = place();
    if (!pointers.has(event.pointerId) || !here) return;
    const before = middleOf();
    pointers.set(event.pointerId, fromMiddle(event));
    const after = middleOf();
    travelled += Math.hypot(after.left - before.left, after.top - before.top);
    if (travelled <= CLICK_PX) return;
    ground.classList.add("dragged");
    const by = before.apart && after.apart ? Math.log2(after.apart / before.apart) : 0;
    const next = { x: here.x, y: here.y, ...zoomed(by, after) };
    const cell = here.cell * 2 ** by;
    goTo({ ...next, x: next.x - (after.left - before.left) / cell, y: next.y - (after.top - before.top) / cell });
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
    ground.addEventListener(end, (event) => {
      if (!pointers.delete(event.pointerId) || pointers.size) return;
      ground.classList.remove("dragged");
      const { left, top } = fromMiddle(event);
      if (end === "pointerup" && travelled <= CLICK_PX) choose(nearest(left, top));
      else readOut();
    });
  ground.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      moving++;
      const pixels = event.deltaY * (event.deltaMode ? LINE_PX : 1) * (event.ctrlKey ? 4 : 1); // a trackpad's pinch
      const { x = 0, y = 0, zoom } = zoomed(-pixels * WHEEL, fromMiddle(event));
      goTo({ x, y, zoom });
      readOut();
    },
    { passive: false },
  );
  ground.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = ARROWS[event.key];
    const point = nearest();
    if (by && point) glideTo({ x: point.x + by[0] * point.step, y: point.y + by[1] * point.step });
    else if (event.key === "+" || event.key === "=") glideTo(zoomed(STEP));
    else if (event.key === "-") glideTo(zoomed(-STEP));
    else if (event.key === "Home") showWhole();
    else if (event.key === "Enter" || event.key === " ") {
      choose(point);
      card.focus();
    } else return;
    event.preventDefault();
    readOut();
  });
  ground.addEventListener("focus", readOut);
  find("#nearer", HTMLElement).onclick = () => glideTo(zoomed(STEP));
  find("#farther", HTMLElement).onclick = () => glideTo(zoomed(-STEP));
  find("#whole", HTMLElement).onclick = showWhole;
  card.around.onclick = () => {
    if (map && chosen.place) glideTo({ ...chosen.place, zoom: Math.log2(AROUND_PX / cellAt(map, 0)) });
  };

  function showWhole() {
    if (map) glideTo({ x: (map.columns - 1) / 2, y: (map.rows - 1) / 2, zoom: DOUBLINGS.least });
  }

  /** @param {string} hand that an address names; returns its place, if it is on the map and, for a mix, in sight */
  function locate(hand) {
    const seeds = map?.placeOf(hand);
    if (seeds || !map) return seeds;
    const point = nearest();
    const here = place();
    if (!point || !here) return undefined;
    const [across, down] = [width / here.cell / 2, height / here.cell / 2];
    for (let y = Math.max(0, point.y - down); y <= Math.min(map.rows - 1, point.y + down); y += point.step) {
      for (let x = Math.max(0, point.x - across); x <= Math.min(map.columns - 1, point.x + across); x += point.step) {
        const [column, row] = [x, y].map((each) => Math.round(each / point.step) * point.step);
        if (column <= map.columns - 1 && row <= map.rows - 1 && map.handAt(column, row).hand === hand)
          return { x: column, y: row };
      }
    }
    return undefined;
  }

  const showClass = choiceOfClasses("#classes", (digit) => change({ digit }));
  const follow = () => {
    if (map && chosen.hand !== now.hand) chosen = { hand: now.hand, place: now.hand ? locate(now.hand) : undefined };
    return card.update(now, chosen, map);
  };

  return () => {
    const model = served(models, "model");
    const name = now.model;
    if (model.n_classes) now.digit = Math.min(now.digit, model.n_classes - 1);
    canvas.classList.toggle("colour", isInColour(model));
    showClass(model, now.digit);
    if (mapped !== name) {
      mapped = name;
      map = undefined;
      chosen = { hand: "", place: undefined };
      mapOf(model, versionOf(name).version).then(
        (found) => {
          if (mapped !== name) return;
          map = found;
          find("#unarranged", HTMLElement).hidden = found.isArranged;
          const isMiddle = now.x === MIDDLE && now.y === MIDDLE; // as in a link that names only a hand
          goTo((isMiddle && found.placeOf(now.hand)) || middle(), adjust);
        },
        (error) => {
          if (mapped === name) mapped = ""; // so that it is asked for again
          say(error);
        },
      );
    }
    if (map && !fits(now.hand, model)) {
      remark(text("shell.other_model", { hand: now.hand, model: name }));
      now.hand = "";
    }
    tiles.retry();
    draw();
    return follow();
  };
}

open({ name: "explore", fields, view });
