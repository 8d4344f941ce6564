// Reads what is on the paper, by this browser or by the service, and says where the drawing goes and what is read.

import { isAbort } from "../../shell/api.js";
import { find } from "../../shell/elements.js";
import { bitmap } from "../../drawing/inference.js";
import { text } from "../../shell/messages.js";
import { classesOf } from "../../shell/models.js";
import { latestOnly } from "../../shell/pictures.js";
import { prepared, SIDE } from "./preparation.js";
import { check, prepareReading, readHere, readThere } from "./reading.js";
import { change, state } from "../../shell/state.js";

/** @import { Models } from "../../shell/models.js" */
/** @import { paper } from "./paper.js" */
/** @import { Reading } from "./reading.js" */
/** @typedef {{ nth: number, reader: string, name: string }} Wish which paper is read, by whom, and by which model */

export class Reader {
  /**
   * @param {Models} models
   * @param {ReturnType<typeof paper>} sheet
   * @param {string} obstruction why this browser cannot read; nothing if it can
   * @param {import("../../shell/pictures.js").Say} say
   */
  constructor(models, sheet, obstruction, say) {
    this.models = models;
    this.sheet = sheet;
    this.obstruction = obstruction;
    this.say = say;
    this.said = find("#read", HTMLElement);
    this.where = find("#where", HTMLElement);
    this.preparedPicture = find("#prepared", HTMLImageElement);
    this.reconstruction = find("#reconstruction", HTMLImageElement);
    this.nChanges = 0; // of the paper
    this.tried = ""; // what is read, or was last read, as text; other answers are stale
    /** @type {Reading & { isHere: boolean } | undefined} */
    this.reading = undefined; // the last one, and whether this browser made it, which then makes all its pictures
    this.read = latestOnly((/** @type {Wish} */ wish, signal) => this.#read(wish, signal), say);
    find("[name=reader][value=browser]", HTMLInputElement).disabled = obstruction !== "";
  }

  /** Gets ready to read, while the user still writes. */
  begin() {
    if (state.reader === "browser") this.#prepare().catch(this.say);
  }

  /** Reads the paper, which has changed. */
  changed() {
    this.nChanges++;
    this.tried = "";
    if (this.sheet.isBlank()) this.#forget();
    else this.look();
  }

  /** Reads the paper if there is something on it that was not tried before by this reader and this model. */
  look() {
    this.#sayWhere();
    if (this.sheet.isBlank()) return;
    const wish = { nth: this.nChanges, reader: state.reader, name: state.model };
    const text = JSON.stringify(wish);
    if (text === this.tried) return;
    this.tried = text;
    this.read(wish);
  }

  /**
   * Returns whether a hand is that of the last reading, and who made it.
   *
   * @param {string} hand
   */
  made(hand) {
    const isRead = hand !== "" && this.reading?.hand === hand;
    if (!isRead && (hand || !this.said.textContent)) this.said.textContent = text("hand.hint");
    return { isRead, isHere: isRead && Boolean(this.reading?.isHere) };
  }

  #sayWhere() {
    this.where.textContent = state.reader === "browser" ? text("hand.stays") : this.obstruction || text("hand.sent");
  }

  /** Waits until this browser can read, and returns the thresholds of the model. */
  async #prepare() {
    try {
      return await prepareReading(state.model, this.models.get(state.model));
    } catch (error) {
      throw new Error(text("hand.cannot_read", { reason: error instanceof Error ? error.message : String(error) }));
    }
  }

  /**
   * @param {Wish} wish
   * @param {AbortSignal} signal
   */
  async #read(wish, signal) {
    const { reader, name } = wish;
    const isHere = reader === "browser";
    const isStale = () => JSON.stringify(wish) !== this.tried;
    const found = await (isHere ? this.#readHere(name) : this.#readThere(name, signal)).catch((error) => {
      if (!isStale()) this.#forget(error);
    });
    if (!found || isStale()) return;
    this.reading = { ...found, isHere };
    const named = classesOf(this.models.get(name))[found.label];
    this.said.textContent = text("hand.read", { name: named, certainty: Math.floor(100 * found.confidence) });
    Object.assign(this.reconstruction, { src: found.src, alt: text("hand.reconstruction_picture", { name: named }) });
    change({ hand: found.hand, towards: 0 });
  }

  /** @param {string} name */
  async #readHere(name) {
    const thresholds = await this.#prepare();
    const picture = this.#showPrepared();
    const found = await readHere(picture, name, this.models.get(name));
    check(found, thresholds, classesOf(this.models.get(name))[found.label]);
    return found;
  }

  /**
   * @param {string} name
   * @param {AbortSignal} signal
   */
  async #readThere(name, signal) {
    const asked = readThere(this.sheet.file(), name, signal);
    asked.catch(() => {}); // awaited after the picture
    try {
      this.#showPrepared();
    } catch {
      this.preparedPicture.removeAttribute("src"); // this browser sees less of a large photo than the service
    }
    return await asked;
  }

  #showPrepared() {
    const picture = prepared(this.sheet.grey());
    this.preparedPicture.src = bitmap(picture, SIDE, SIDE);
    return picture;
  }

  /** @param {unknown} [error] that says why there is no hand */
  #forget(error) {
    this.reading = undefined;
    const isRefused = error instanceof Error && !isAbort(error);
    this.said.textContent = isRefused ? text("hand.not_read", { reason: error.message }) : text("hand.hint");
    change({ hand: "", towards: 0 });
  }
}
