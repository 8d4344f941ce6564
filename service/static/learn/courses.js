// The course of a live game: its figures now, and its losses and the discriminator's accuracy so far.

import { make } from "../shell/elements.js";
import { count, percent, text } from "../shell/messages.js";
import { N_MODES } from "./game.js";
import { figures } from "./parts.js";
import { legend, Plot, ticksTo } from "./plot.js";

/** @import { Snapshot } from "./game.js" */
/** @import { Point } from "./plot.js" */

/** @typedef {Pick<Snapshot, "iteration" | "accuracy" | "discriminatorLoss" | "generatorLoss">} Moment of a course */

const MAX_MOMENTS = 600; // points of a curve; of more, every second goes
const LEAST_ITERATIONS = 100; // of the axis
const NONE = "–"; // a figure before the first iteration

export class Courses {
  constructor() {
    /** @type {Moment[]} */
    this.moments = [];
    this.figures = figures({
      iteration: text("learn.live_iteration"),
      modes: text("learn.live_clusters"),
      accuracy: text("learn.d_right"),
      discriminator: text("learn.loss_of_d"),
      generator: text("learn.loss_of_g"),
    });
    this.plots = [new Plot(186, (plot) => this.#drawLosses(plot)), new Plot(160, (plot) => this.#drawAccuracy(plot))];
    this.element = make("div", { className: "courses" }, [
      this.figures.element,
      ...this.plots.map(({ element }) => element),
      legend({ second: text("learn.d"), first: text("learn.g") }),
    ]);
  }

  /** Forgets what has been; losses of another kind have no place on the same axis. */
  forget() {
    this.moments = [];
  }

  /** @param {Snapshot} snapshot */
  show({ iteration, accuracy, discriminatorLoss, generatorLoss, modes }) {
    // Not the whole snapshot: its points and its field would become megabytes.
    this.moments.push({ iteration, accuracy, discriminatorLoss, generatorLoss });
    const last = this.moments.length - 1;
    if (last >= MAX_MOMENTS) this.moments = this.moments.filter((_, i) => i % 2 === 0 || i === last);
    this.figures.set({
      iteration: count(iteration),
      modes: text("learn.live_modes", { modes, all: N_MODES }),
      accuracy: iteration ? percent(accuracy) : NONE,
      discriminator: iteration ? discriminatorLoss.toFixed(3) : NONE,
      generator: iteration ? generatorLoss.toFixed(3) : NONE,
    });
    for (const plot of this.plots) plot.render();
  }

  /** @param {Plot} plot */
  #drawLosses(plot) {
    const values = this.moments.flatMap((each) => [each.generatorLoss, each.discriminatorLoss]).filter(Number.isFinite);
    const yTicks = ticksTo(Math.max(0.5, ...values));
    const least = Math.min(0, ...values);
    plot.axes({ ...this.#along(), y: [least, yTicks[yTicks.length - 1]], yTicks, yTitle: text("learn.losses") });
    plot.line("second", this.#line("discriminatorLoss"));
    plot.line("first", this.#line("generatorLoss"));
    const now = this.#now();
    plot.name = now ? text("learn.live_losses_plot", { iteration: count(now.iteration) }) : text("learn.live_losses");
  }

  /** @param {Plot} plot */
  #drawAccuracy(plot) {
    plot.axes({ ...this.#along(), y: [0, 1], yTicks: [0, 0.5, 1], yText: percent, yTitle: text("learn.d_right") });
    plot.line("second", this.#line("accuracy"));
    const now = this.#now();
    plot.name = text("learn.live_accuracy_plot", { share: now?.iteration ? percent(now.accuracy) : NONE });
  }

  #now() {
    return this.moments.at(-1);
  }

  /** Returns the axis of iterations. */
  #along() {
    const ends = Math.max(LEAST_ITERATIONS, this.#now()?.iteration ?? 0);
    return { x: /** @type {Point} */ ([0, ends]), xTicks: [0, ends], xText: count, xTitle: text("learn.iterations") };
  }

  /** @param {"accuracy" | "generatorLoss" | "discriminatorLoss"} name */
  #line(name) {
    const known = this.moments.filter((each) => Number.isFinite(each[name]));
    return known.map((each) => /** @type {Point} */ ([each.iteration, each[name]]));
  }
}
