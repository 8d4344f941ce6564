// The picture of a live game: real and generated points over what the discriminator takes for either.

import { make } from "../shell/elements.js";
import { count, text } from "../shell/messages.js";
import { GRID, HALF, N_MODES, realPoints } from "./game.js";
import { normal, uniform } from "./random.js";

/** @import { Snapshot } from "./game.js" */

const SIDE = 480; // pixels of the canvas, before the screen's density
const N_REAL = 400;

export class Board {
  constructor() {
    this.element = make("canvas", { width: SIDE * devicePixelRatio, height: SIDE * devicePixelRatio });
    this.element.setAttribute("role", "img");
    this.element.ariaLabel = text("learn.live_before");
    /** @type {Snapshot | undefined} */
    this.shown = undefined;
    for (const scheme of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(scheme).addEventListener("change", () => this.shown && draw(this.element, this.shown));
    }
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    this.shown = snapshot;
    draw(this.element, snapshot);
  }
}

const REAL = (() => {
  const random = uniform(0);
  return realPoints(N_REAL, random, normal(random));
})();

const small = document.createElement("canvas"); // one pixel for each cell of the field
Object.assign(small, { width: GRID, height: GRID });

/**
 * Draws what the discriminator takes for real and for generated, stronger where it is surer.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} field
 * @param {string} real colour
 * @param {string} made
 */
function drawField(context, field, real, made) {
  const cells = small.getContext("2d");
  if (!cells) return;
  cells.clearRect(0, 0, GRID, GRID);
  field.forEach((share, i) => {
    cells.fillStyle = share > 0.5 ? real : made;
    cells.globalAlpha = Math.abs(share - 0.5);
    cells.fillRect(i % GRID, GRID - 1 - Math.floor(i / GRID), 1, 1);
  });
  context.drawImage(small, 0, 0, context.canvas.width, context.canvas.height);
}

/**
 * Draws field and points.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Snapshot} snapshot
 */
function draw(canvas, { field, points, modes, iteration }) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const colours = getComputedStyle(canvas);
  const [ground, real, made] = ["--ground", "--real", "--made"].map((name) => colours.getPropertyValue(name));
  const scale = canvas.width / (2 * HALF);
  const place = (/** @type {ArrayLike<number>} */ xy, /** @type {number} */ i) =>
    /** @type {const} */ ([(xy[2 * i] + HALF) * scale, canvas.height - (xy[2 * i + 1] + HALF) * scale]);
  context.globalAlpha = 1;
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawField(context, field, real, made);
  const dot = canvas.width / 160;
  context.globalAlpha = 0.8;
  context.strokeStyle = real;
  context.lineWidth = dot / 2.2;
  for (let i = 0; i < N_REAL; i++) {
    const [x, y] = place(REAL, i);
    context.beginPath();
    context.arc(x, y, dot, 0, 2 * Math.PI);
    context.stroke();
  }
  context.fillStyle = made;
  context.globalAlpha = 0.9;
  let nOutside = 0;
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = place(points, i);
    // A point beyond the picture stays at its edge, so that none disappears.
    if (x < 0 || y < 0 || x > canvas.width || y > canvas.height) nOutside++;
    const inside = (/** @type {number} */ at) => Math.min(canvas.width - dot, Math.max(dot, at));
    context.beginPath();
    context.arc(inside(x), inside(y), dot, 0, 2 * Math.PI);
    context.fill();
  }
  const seen = { iteration: count(iteration), n: points.length / 2, modes, all: N_MODES, outside: nOutside };
  canvas.ariaLabel = text(nOutside ? "learn.live_picture_outside" : "learn.live_picture", seen);
}
