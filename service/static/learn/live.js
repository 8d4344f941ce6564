// The piece that plays: a generator and a discriminator of points in the plane, trained by a worker while one watches.

import { make } from "../shell/elements.js";
import { count, percent, text } from "../shell/messages.js";
import { Board } from "./board.js";
import { Courses } from "./courses.js";
import { N_MODES, USUAL } from "./game.js";
import { button, onVisibility, prefersStillness } from "./parts.js";
import { legend } from "./plot.js";
import { rulesControls } from "./rules.js";

/** @import { Rules, Snapshot } from "./game.js" */
/** @import { Piece } from "./parts.js" */
/** @import { News, Order } from "./player.js" */

const STILL_STEPS = 100; // iterations at once, where less motion is asked for
const [LOWEST, HIGHEST] = [0.45, 0.6]; // accuracy at equilibrium
const FEW = 2; // clusters: of so few, the generator has collapsed

/** @returns {Piece} */
export function live() {
  const board = new Board();
  const courses = new Courses();
  const said = make("p", { className: "said-here", role: "status" });
  const game = new Played(board.element, show, () => (said.textContent = text("learn.live_broken")));
  let hasBalanced = false; // since the start; said once

  /**
   * @param {News} news
   * @param {News} [before] of the same game
   */
  function show(news, before) {
    if (!before) {
      courses.forget(); // what the old game still sent goes with it
      hasBalanced = false;
    }
    courses.show(news);
    board.show(news);
    run.textContent = runText(news.isRunning);
    const reaches = news.isRunning && !hasBalanced && isBalanced(news);
    hasBalanced ||= reaches;
    const hasPaused = before?.isRunning && !news.isRunning;
    if (reaches || hasPaused || (!news.isRunning && !news.iteration)) said.textContent = summary(news);
  }

  const run = button(text("learn.live_run"), () => game.toggle());
  run.classList.add("main");
  const controls = rulesControls({
    change(some) {
      if (some.loss) courses.forget();
      game.change(some);
    },
    restart: (some, isOfOtherKind) => game.restart(some, isOfOtherKind),
    refuse: (fault) => (said.textContent = fault),
  });
  game.restart({}, false);
  return {
    title: text("learn.live_title"),
    caption: text("learn.live_caption"),
    picture: [
      make("div", { className: "game" }, [
        make("div", {}, [board.element, legend({ real: text("learn.live_real"), made: text("learn.live_made") })]),
        courses.element,
      ]),
      make("div", { className: "controls buttons" }, [
        run,
        button(text("learn.live_step"), () => game.order({ steps: 1 })),
        button(text("learn.again"), () => game.restart({}, false)),
        said,
      ]),
    ],
    controls,
  };
}

/** A game that a worker plays while its board is in sight. */
class Played {
  /** @type {Rules} */
  #rules = { ...USUAL };
  /** @type {News | undefined} */
  #latest;
  #isAway = false; // out of sight, where the game waits

  /**
   * @param {Element} board
   * @param {(news: News, before?: News) => void} onNews
   * @param {() => void} onFailure
   */
  constructor(board, onNews, onFailure) {
    this.worker = new Worker(new URL("player.js", import.meta.url), { type: "module" });
    this.worker.onerror = onFailure;
    this.worker.onmessage = (/** @type {MessageEvent<News>} */ { data }) => {
      const isNew = data.iteration < (this.#latest?.iteration ?? 0);
      const before = isNew ? undefined : this.#latest;
      this.#latest = data;
      onNews(data, before);
    };
    onVisibility(board, (isVisible) => this.#follow(isVisible));
  }

  /** @param {Order} order */
  order(order) {
    this.worker.postMessage(order);
  }

  toggle() {
    this.#isAway = false;
    if (this.#latest?.isRunning) this.order({ run: false });
    else this.order(prefersStillness() ? { steps: STILL_STEPS } : { run: true });
  }

  /** @param {Partial<Rules>} some */
  change(some) {
    this.#rules = { ...this.#rules, ...some };
    this.order({ rules: this.#rules });
  }

  /**
   * @param {Partial<Rules>} some
   * @param {boolean} goesOn whether a game that runs is followed by one that runs
   */
  restart(some, goesOn) {
    this.#rules = { ...this.#rules, ...some };
    this.order({ start: this.#rules });
    if (goesOn && this.#latest?.isRunning && !prefersStillness()) this.order({ run: true });
  }

  /** @param {boolean} isVisible */
  #follow(isVisible) {
    if (isVisible) {
      if (this.#isAway && !prefersStillness()) this.order({ run: true });
      this.#isAway = false;
    } else if (this.#latest?.isRunning) {
      this.#isAway = true;
      this.order({ run: false });
    }
  }
}

/** @param {boolean} isRunning */
function runText(isRunning) {
  if (isRunning) return text("shell.pause");
  return prefersStillness() ? text("learn.live_run_some", { n: STILL_STEPS }) : text("learn.live_run");
}

/**
 * Returns where a game is, in a sentence.
 *
 * @param {Snapshot} snapshot
 */
function summary(snapshot) {
  const { iteration, modes, accuracy } = snapshot;
  if (!iteration) return "";
  const found = { iteration: count(iteration), modes, all: N_MODES };
  if (isBalanced(snapshot)) return text("learn.live_balanced", { ...found, share: percent(accuracy) });
  return modes <= FEW ? text("learn.live_collapsed", found) : text("learn.live_found", found);
}

/** @param {Snapshot} snapshot */
const isBalanced = ({ modes, accuracy }) => modes === N_MODES && accuracy >= LOWEST && accuracy <= HIGHEST;
