// The piece on a real run: the losses of `mlp`, and the same 25 latents on the way from noise to digits.

import { make } from "../shell/elements.js";
import { count, percent, text } from "../shell/messages.js";
import { button, figures, onVisibility, prefersStillness, Slider } from "./parts.js";
import { legend, Plot, ticksTo } from "./plot.js";

/** @import { Piece } from "./parts.js" */
/** @import { Point } from "./plot.js" */

/**
 * The history of the run, and the iterations of the sheets in mlp-run.png, from left to right.
 *
 * @typedef {object} Run
 * @property {number[]} sheets
 * @property {number} every iterations between two lines of the history; the first is after as many
 * @property {number[]} discriminator_loss
 * @property {number[]} generator_loss
 * @property {number[]} discriminator_accuracy
 */

const FRAME_MS = 80; // a run of 150 lines in twelve seconds
const TICKS = [0, 10_000, 20_000, 30_000];
const ALONG = { xTitle: text("learn.iterations"), xText: count };

/**
 * Returns the piece's parts, which fill when the run has arrived.
 *
 * @returns {Piece}
 */
export function timeline() {
  /** @type {Run | undefined} */
  let run;
  /** @type {number | undefined} */
  let timer;
  const say = (/** @type {number} */ at) =>
    at ? text("learn.timeline_after", { n: count(at * (run?.every ?? 0)) }) : text("learn.timeline_before");
  const moment = new Slider({ name: text("learn.timeline_moment"), min: 0, max: 150, step: 1, value: 0, say }, () => {
    pause();
    update();
  });

  const sheet = make("div", { className: "sheet" });
  const dated = make("p", { className: "dated" });
  const shown = figures({
    discriminator: text("learn.loss_of_d"),
    generator: text("learn.loss_of_g"),
    accuracy: text("learn.d_right"),
  });
  const line = (/** @type {number[]} */ values) =>
    values.map((value, i) => /** @type {Point} */ ([(i + 1) * (run?.every ?? 0), value]));
  /**
   * @param {Plot} plot
   * @param {number} top
   */
  function cursor(plot, top) {
    const x = moment.value * (run?.every ?? 0);
    plot.rule("cursor", [x, 0], [x, top]);
  }
  const losses = new Plot(206, (plot) => {
    if (!run) return;
    const yTicks = ticksTo(Math.max(...run.generator_loss, ...run.discriminator_loss));
    const top = yTicks[yTicks.length - 1];
    plot.axes({ x: [0, endOf(run)], y: [0, top], xTicks: TICKS, yTicks, ...ALONG, yTitle: text("learn.losses") });
    plot.line("second", line(run.discriminator_loss));
    plot.line("first", line(run.generator_loss));
    cursor(plot, top);
    plot.name = text("learn.timeline_losses_plot", { n: count(endOf(run)) });
  });
  const accuracy = new Plot(160, (plot) => {
    if (!run) return;
    const yTicks = [0, 0.5, 1];
    plot.axes({
      x: [0, endOf(run)],
      y: [0, 1],
      xTicks: TICKS,
      yTicks,
      yText: percent,
      ...ALONG,
      yTitle: text("learn.d_right"),
    });
    plot.line("second", line(run.discriminator_accuracy));
    cursor(plot, 1);
    plot.name = text("learn.timeline_accuracy_plot", { n: count(endOf(run)) });
  });

  function update() {
    if (!run) return;
    const at = moment.value;
    const iteration = at * run.every;
    const last = run.sheets.findLastIndex((each) => each <= iteration);
    sheet.style.backgroundPosition = `${(100 * last) / (run.sheets.length - 1)}% 0`;
    sheet.role = "img"; // not before: an image must have a name
    sheet.ariaLabel = text("learn.timeline_sheet", { n: count(run.sheets[last]) });
    dated.textContent = run.sheets[last]
      ? text("learn.timeline_sheet_of", { n: count(run.sheets[last]) })
      : text("learn.timeline_sheet_before");
    shown.set({
      discriminator: at ? run.discriminator_loss[at - 1].toFixed(3) : "–",
      generator: at ? run.generator_loss[at - 1].toFixed(3) : "–",
      accuracy: at ? percent(run.discriminator_accuracy[at - 1], 1) : "–",
    });
    losses.render();
    accuracy.render();
  }

  function pause() {
    clearInterval(timer);
    timer = undefined;
    play.textContent = text("shell.play");
  }

  const play = button(text("shell.play"), () => {
    if (timer !== undefined) return pause();
    if (!run) return;
    if (moment.value === run.generator_loss.length) moment.value = 0;
    if (prefersStillness()) return jump(1);
    play.textContent = text("shell.pause");
    timer = setInterval(() => {
      moment.value++;
      update();
      if (moment.value === run?.generator_loss.length) pause();
    }, FRAME_MS);
  });
  play.classList.add("main");

  /** @param {1 | -1} by sheets */
  function jump(by) {
    if (!run) return;
    pause();
    const stops = run.sheets.map((each) => each / (run?.every ?? 1));
    const next = by > 0 ? stops.find((each) => each > moment.value) : stops.findLast((each) => each < moment.value);
    if (next !== undefined) moment.value = next;
    update();
  }

  onVisibility(sheet, (isVisible) => !isVisible && pause());
  fetch(new URL("mlp-run.json", import.meta.url))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`HTTP ${answer.status}`))))
    .then((/** @type {Run} */ read) => {
      run = read;
      sheet.style.backgroundImage = `url("${new URL("mlp-run.png", import.meta.url)}")`;
      sheet.style.backgroundSize = `${100 * read.sheets.length}% 100%`;
      moment.input.max = String(read.generator_loss.length);
      moment.value = 0;
      update();
    })
    .catch((error) => (dated.textContent = text("learn.timeline_missing", { reason: error.message })));
  return {
    title: text("learn.timeline_title"),
    caption: text("learn.timeline_caption"),
    picture: [
      make("div", { className: "game" }, [
        make("div", {}, [sheet, dated]),
        make("div", { className: "courses" }, [
          shown.element,
          losses.element,
          accuracy.element,
          legend({ second: text("learn.d"), first: text("learn.g") }),
        ]),
      ]),
    ],
    controls: [
      moment.element,
      play,
      button(text("learn.timeline_previous"), () => jump(-1)),
      button(text("learn.timeline_next"), () => jump(1)),
    ],
  };
}

/** @param {Run} run */
const endOf = ({ every, generator_loss: losses }) => every * losses.length;
