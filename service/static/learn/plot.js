// A plot of lines in pixels of the screen, so that its letters have the size of the text around it at any width.

import { make } from "../shell/elements.js";

const SVG = "http://www.w3.org/2000/svg";
const [LETTER, WIDE_LETTER] = [7, 13]; // pixels, the mean width of a Latin and of a Chinese one
const EDGE = { top: 30, right: 14, bottom: 40, left: 46 };

/** @typedef {[x: number, y: number]} Point */

/**
 * @typedef {object} Axes
 * @property {Point} x least and most
 * @property {Point} y
 * @property {number[]} xTicks
 * @property {number[]} yTicks
 * @property {string} xTitle
 * @property {string} yTitle
 * @property {(value: number) => string} [xText]
 * @property {(value: number) => string} [yText]
 */

export class Plot {
  /**
   * @param {number} height pixels
   * @param {(plot: Plot) => void} draw draws everything, with `axes` first
   */
  constructor(height, draw) {
    this.height = height;
    this.draw = draw;
    this.width = 0;
    this.svg = svg("svg", {});
    this.element = make("div", { className: "plot" }, [this.svg]);
    this.element.style.height = `${height}px`;
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.width || !contentRect.width) return;
      this.width = contentRect.width;
      this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
      this.render();
    }).observe(this.element);
  }

  /** Draws again, once the element has a width. */
  render() {
    if (!this.width) return;
    this.svg.replaceChildren();
    this.draw(this);
  }

  /** @param {string} name what screen readers say of the plot */
  set name(name) {
    this.svg.setAttribute("role", "img"); // not before: an image must have a name
    this.svg.setAttribute("aria-label", name);
  }

  /** @param {Axes} axes */
  axes({ x, y, xTicks, yTicks, xTitle, yTitle, xText = String, yText = String }) {
    this.xRange = x;
    this.yRange = y;
    const [left, right] = x.map((each) => this.across(each));
    const bottom = this.up(y[0]);
    for (const each of yTicks) {
      this.#path("tick", [
        [left, this.up(each)],
        [right, this.up(each)],
      ]);
      this.write(left - 8, this.up(each) + 4, yText(each), "axis", "end");
    }
    for (const each of xTicks) this.write(this.across(each), bottom + 18, xText(each), "axis", "middle");
    this.write((left + right) / 2, this.height - 4, xTitle, "axis", "middle");
    this.write(0, 12, yTitle, "axis");
    this.#path("base", [
      [left, bottom],
      [right, bottom],
    ]);
  }

  /** @param {number} x */
  across(x) {
    const [least, most] = this.xRange ?? [0, 1];
    return EDGE.left + ((x - least) / (most - least)) * (this.width - EDGE.left - EDGE.right);
  }

  /** @param {number} y */
  up(y) {
    const [least, most] = this.yRange ?? [0, 1];
    return this.height - EDGE.bottom - ((y - least) / (most - least)) * (this.height - EDGE.top - EDGE.bottom);
  }

  /**
   * Draws a line. Where it leaves the plot at the top or at the bottom, an arrow says that it goes on.
   *
   * @param {string} className
   * @param {Point[]} points values may be infinite
   */
  line(className, points) {
    const [low, high] = this.yRange ?? [0, 1];
    /** @type {Point[]} */
    let inside = [];
    const flush = () => {
      if (inside.length > 1) this.#path(className, inside);
      inside = [];
    };
    points.forEach(([x, y], i) => {
      const isInside = y >= low && y <= high;
      const before = points[i - 1];
      const wasInside = before && before[1] >= low && before[1] <= high;
      if (before && isInside !== wasInside) {
        const [from, to] = wasInside ? [before, [x, y]] : [[x, y], before];
        const edge = to[1] > high ? high : low;
        const part = Number.isFinite(to[1]) ? (edge - from[1]) / (to[1] - from[1]) : 1;
        const at = /** @type {Point} */ ([this.across(from[0] + part * (to[0] - from[0])), this.up(edge)]);
        inside.push(at);
        if (wasInside) flush();
        this.#arrow(className, at, edge === high ? -1 : 1);
      }
      if (isInside) inside.push([this.across(x), this.up(y)]);
    });
    flush();
  }

  /**
   * Fills the area between a line and the bottom of the plot.
   *
   * @param {string} className
   * @param {Point[]} points
   */
  area(className, points) {
    const base = this.up((this.yRange ?? [0])[0]);
    const placed = points.map(([x, y]) => /** @type {Point} */ ([this.across(x), this.up(y)]));
    const ends = /** @type {Point[]} */ ([
      [placed[placed.length - 1][0], base],
      [placed[0][0], base],
    ]);
    this.#path(`fill ${className}`, [...placed, ...ends]);
  }

  /**
   * Marks a point; one beyond the plot is marked at its edge by an arrow.
   *
   * @param {string} className
   * @param {Point} point
   */
  dot(className, [x, y]) {
    const [low, high] = this.yRange ?? [0, 1];
    if (y >= low && y <= high) {
      this.svg.append(svg("circle", { class: `dot ${className}`, cx: this.across(x), cy: this.up(y), r: 6 }));
    } else this.#arrow(className, [this.across(x), this.up(y > high ? high : low)], y > high ? -1 : 1, 2);
  }

  /**
   * Draws a straight line between two points of the plot.
   *
   * @param {string} className
   * @param {Point} from
   * @param {Point} to
   */
  rule(className, from, to) {
    this.#path(
      className,
      [from, to].map(([x, y]) => /** @type {Point} */ ([this.across(x), this.up(y)])),
    );
  }

  /**
   * Writes at a place in pixels, within the plot's width.
   *
   * @param {number} x
   * @param {number} y
   * @param {string} textContent
   * @param {string} [className]
   * @param {"start" | "middle" | "end"} [anchor]
   */
  write(x, y, textContent, className = "", anchor = "start") {
    const half = [...textContent].reduce((sum, each) => sum + (each > "\u2e7f" ? WIDE_LETTER : LETTER), 0) / 2;
    const within = anchor === "middle" ? Math.min(this.width - half, Math.max(half, x)) : x;
    const text = svg("text", { class: className, x: within, y, "text-anchor": anchor });
    text.textContent = textContent;
    this.svg.append(text);
  }

  /**
   * Calls a function with the x under the pointer while it is pressed.
   *
   * @param {(x: number) => void} onDrag
   */
  drag(onDrag) {
    this.element.classList.add("draggable");
    const at = (/** @type {PointerEvent} */ event) => {
      const [least, most] = this.xRange ?? [0, 1];
      const part = (event.offsetX - EDGE.left) / (this.width - EDGE.left - EDGE.right);
      onDrag(Math.min(most, Math.max(least, least + part * (most - least))));
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      at(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  /**
   * @param {string} className
   * @param {Point} at
   * @param {1 | -1} sign of the direction on the screen
   * @param {number} [size]
   */
  #arrow(className, [x, y], sign, size = 1) {
    const d = `M${x - 5 * size} ${y - 2 * sign}h${10 * size}l${-5 * size} ${9 * size * sign}Z`;
    this.svg.append(svg("path", { class: `dot arrow ${className}`, d }));
  }

  /**
   * @param {string} className
   * @param {Point[]} points in pixels
   */
  #path(className, points) {
    const d = `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
    this.svg.append(svg("path", { class: className, d }));
  }
}

/**
 * Returns a few round numbers from 0 to at least a value: ticks of an axis that cuts nothing off.
 *
 * @param {number} most positive
 */
export function ticksTo(most) {
  const unit = 10 ** Math.floor(Math.log10(most));
  const step = unit * ([0.25, 0.5, 1, 2].find((each) => (most / unit) * 0.25 <= each) ?? 2.5);
  const n = Math.ceil(most / step - 1e-9);
  return Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/**
 * Returns a legend of lines.
 *
 * @param {Record<string, string>} names by the class of the line
 */
export function legend(names) {
  const keys = Object.entries(names).map(([line, textContent]) => {
    return make("span", { className: `key ${line}`, textContent });
  });
  return make("p", { className: "legend" }, keys);
}

/**
 * @template {"svg" | "path" | "circle" | "text"} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElementTagNameMap[Tag]}
 */
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
