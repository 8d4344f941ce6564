// The paper: a square to write on with mouse, finger or pen, or to put a photo on.

import { text } from "../../shell/messages.js";

/** @import { Grey } from "./preparation.js" */
/** @typedef {{ x: number, y: number, width: number }} Point of a stroke, in pixels of the paper */

const THICKNESS = 1 / 13; // of the side: in proportion, the pens that wrote MNIST
const TINY = 0.01; // pixels
const PHOTO_SIDE = 512; // pixels; more show no more of a digit

/**
 * Makes a canvas a paper.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} onChange called when a stroke has ended, and after each other change
 */
export function paper(canvas, onChange) {
  const context = contextOf(canvas);
  /** @type {Point[][]} */
  let strokes = [];
  /** @type {{ file: Blob, canvas: HTMLCanvasElement } | undefined} */
  let photo;
  /** @type {number | undefined} */
  let pointer; // that writes

  function redraw() {
    context.clearRect(0, 0, canvas.width, canvas.height);
    canvas.classList.toggle("photo", Boolean(photo));
    if (photo) {
      const { width, height } = photo.canvas;
      const scale = Math.min(canvas.width / width, canvas.height / height);
      const [left, top] = [(canvas.width - scale * width) / 2, (canvas.height - scale * height) / 2];
      context.drawImage(photo.canvas, left, top, scale * width, scale * height);
    }
    for (const stroke of strokes) stroke.forEach((_, i) => draw(context, stroke, i));
  }

  /** @param {PointerEvent} event */
  function add(event) {
    const stroke = strokes[strokes.length - 1];
    stroke.push(pointOf(event, canvas));
    draw(context, stroke, stroke.length - 1);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== undefined || event.button !== 0) return; // a second finger, or another button
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    if (photo) clear();
    strokes.push([]);
    add(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    (parts.length ? parts : [event]).forEach(add);
  });
  canvas.addEventListener("pointerup", ({ pointerId }) => {
    if (pointerId !== pointer) return;
    pointer = undefined;
    onChange();
  });
  canvas.addEventListener("pointercancel", ({ pointerId }) => {
    if (pointerId !== pointer) return;
    pointer = undefined;
    strokes.pop();
    redraw();
    onChange();
  });

  function clear() {
    strokes = [];
    photo = undefined;
    redraw();
  }

  return {
    isBlank: () => !photo && !strokes.length,

    undo() {
      if (!photo && !strokes.length) return;
      if (photo) photo = undefined;
      else strokes.pop();
      redraw();
      onChange();
    },

    clear() {
      clear();
      onChange();
    },

    /**
     * Writes a stroke, instead of all that was there.
     *
     * @param {number[]} places x, y, x, y and so on, in hundredths of the paper's side
     */
    write(places) {
      clear();
      const [x, y] = [0, 1].map((first) =>
        places.filter((_, i) => i % 2 === first).map((each) => (each * canvas.width) / 100),
      );
      strokes = [x.map((_, i) => ({ x: x[i], y: y[i], width: THICKNESS * canvas.width }))];
      redraw();
      onChange();
    },

    /**
     * Puts a photo on the paper, instead of all that was there.
     *
     * @param {Blob} file
     */
    async put(file) {
      const picture = await createImageBitmap(file).catch(() => {
        throw new Error(text("hand.no_picture"));
      });
      const scale = Math.min(1, PHOTO_SIDE / Math.max(picture.width, picture.height));
      const reduced = document.createElement("canvas");
      reduced.width = Math.max(1, Math.round(scale * picture.width));
      reduced.height = Math.max(1, Math.round(scale * picture.height));
      const smooth = contextOf(reduced);
      smooth.imageSmoothingQuality = "high";
      smooth.drawImage(picture, 0, 0, reduced.width, reduced.height);
      picture.close();
      strokes = [];
      photo = { file, canvas: reduced };
      redraw();
      onChange();
    },

    /** Returns what is on the paper. */
    grey: () => greyOf(photo?.canvas ?? canvas),

    /** Returns what is on the paper as a file; of a photo, that photo. */
    file: () => photo?.file ?? pngOf(canvas),
  };
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no canvas");
  context.lineCap = "round";
  context.lineJoin = "round";
  return context;
}

/**
 * @param {PointerEvent} event
 * @param {HTMLCanvasElement} canvas
 * @returns {Point}
 */
function pointOf({ clientX, clientY, pointerType, pressure }, canvas) {
  const { left, top, width } = canvas.getBoundingClientRect();
  const scale = canvas.width / width;
  const pressed = pointerType === "pen" && pressure ? 0.4 + 1.2 * pressure : 1; // others report no real pressure
  return { x: scale * (clientX - left), y: scale * (clientY - top), width: THICKNESS * canvas.width * pressed };
}

/**
 * Draws a stroke's part that a point completes: a curve from halfway before the last point to halfway behind it.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} stroke
 * @param {number} i index of the point
 */
function draw(context, stroke, i) {
  const [here, before = here, first = before] = [stroke[i], stroke[i - 1], stroke[i - 2]];
  context.beginPath();
  context.lineWidth = (here.width + before.width) / 2;
  context.moveTo((first.x + before.x) / 2, (first.y + before.y) / 2);
  context.quadraticCurveTo(before.x, before.y, (before.x + here.x) / 2, (before.y + here.y) / 2);
  context.lineTo(here.x + TINY, here.y); // up to the pen; a line without length would leave no dot
  context.stroke();
}

/**
 * Returns the PNG file of a canvas at once. `toBlob` waits until the browser is idle, for up to a second if it is not.
 *
 * @param {HTMLCanvasElement} canvas
 */
function pngOf(canvas) {
  const [, base64] = canvas.toDataURL().split(",");
  return new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], { type: "image/png" });
}

/**
 * Returns the grey levels of a canvas; what is transparent is white.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {Grey}
 */
function greyOf(canvas) {
  const { width, height } = canvas;
  const { data } = contextOf(canvas).getImageData(0, 0, width, height);
  const levels = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < levels.length; i++, at += 4) {
    const luma = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    levels[i] = 255.5 - (data[at + 3] * (255 - luma)) / 255; // rounded
  }
  return { levels, width, height };
}
