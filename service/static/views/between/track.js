// The hands of a way on a track, with what is between them, and around the polygon whose corners they are.

import { find, make } from "../../shell/elements.js";
import { text } from "../../shell/messages.js";

/** @import { Point } from "./polygon.js" */
/** @import { Way } from "./way.js" */

const N_PICTURES = 16; // on the track, the hands among them

/**
 * Draws a track.
 *
 * @param {HTMLElement} track
 * @param {Way} way
 * @param {Element[]} frames
 * @param {(key: number) => void} choose called when a hand is chosen
 */
export function drawTrack(track, { hands, steps, length, nParts }, frames, choose) {
  const keys = find("[role=group]", HTMLElement, track);
  const focused = [...keys.querySelectorAll("button")].findIndex((each) => each === document.activeElement);
  const buttons = hands.map((hand, i) => {
    const name = text("between.key", { n: i + 1, hand });
    const made = make("button", { type: "button", ariaLabel: name, title: name, onclick: () => choose(i) });
    return at(i, made);
  });
  const parts = Math.max(1, Math.min(steps, Math.round(N_PICTURES / nParts))); // from hand to hand
  const stops = Array.from({ length: nParts * parts + 1 }, (_, i) => i / parts).filter((stop) => !buttons[stop]);
  const between = stops.map((stop) => {
    const className = Number.isInteger(2 * stop) ? "half" : ""; // as far as possible from hands
    return at(stop, make("span", { ariaHidden: "true", className }));
  });
  keys.replaceChildren(...between, ...buttons);
  buttons[focused]?.focus();
  track.style.setProperty("--stops", String(nParts + 1));
  track.style.setProperty("--share", String((length - 1) / (nParts * steps)));

  /**
   * @template {HTMLElement} E
   * @param {number} stop from the first hand to the end, 1 from hand to hand
   * @param {E} place
   */
  function at(stop, place) {
    place.append(frames[Math.round(stop * steps) % length].cloneNode(true));
    place.style.setProperty("--at", String(stop / nParts));
    return place;
  }
}

/**
 * Draws a polygon with a hand at each of its corners.
 *
 * @param {HTMLElement} square
 * @param {Way} way
 * @param {Element[]} frames
 */
export function drawPolygon(square, { corners, steps, loop }, frames) {
  const points = corners.map((corner) => corner.map((each) => 100 * each).join());
  const way = loop && corners.length > 2 ? [...points, points[0]] : points;
  find("polygon", SVGElement, square).setAttribute("points", points.join(" "));
  find("polyline", SVGElement, square).setAttribute("points", way.join(" "));
  fill(
    square,
    "corner",
    corners,
    corners.map((_, i) => frames[i * steps]),
  );
}

/**
 * Puts pictures at points of a polygon, in place of those of the same kind.
 *
 * @param {HTMLElement} square
 * @param {"corner" | "mix"} kind
 * @param {Point[]} points
 * @param {Element[]} made
 */
export function fill(square, kind, points, made) {
  square.querySelectorAll(`.${kind}`).forEach((each) => each.remove());
  const around = points.map(([x, y], i) => {
    const place = make("span", { ariaHidden: "true", className: kind }, [made[i].cloneNode(true)]);
    place.style.setProperty("--x", String(x));
    place.style.setProperty("--y", String(y));
    return place;
  });
  find("svg", SVGElement, square).after(...around);
}
