// The pictures that a map is made of: asked for by tiles, nearest first, kept, and drawn coarse until they are there.

import { isAbort } from "../../shell/api.js";
import { sheet } from "../../drawing/makers.js";

/** @import { HandsMap } from "./map.js" */
/** @import { ImagesBody } from "../../drawing/inference.js" */
/** @import { Maker } from "../../drawing/makers.js" */

/**
 * What is shown of a map.
 *
 * @typedef {object} Scene
 * @property {HandsMap} map
 * @property {Partial<ImagesBody> & { model: string, version: string }} body what all requests share
 * @property {number | undefined} label
 * @property {Maker} by
 * @property {boolean} hasInk whether the maker draws smooth ink
 */

/**
 * Where it is seen from.
 *
 * @typedef {object} Place
 * @property {number} x columns from the left, in the middle of the picture
 * @property {number} y rows from the top
 * @property {number} cell pixels from one seed to the next
 * @property {number} width of the picture, in the same pixels
 * @property {number} height
 */

/** @typedef {{ level: number, isInk: boolean, column: number, row: number, columns: number, rows: number }} Tile */

const INK_FROM_PX = 48; // below, strokes in pixels are as smooth
const INK_HEIGHT = 96;
const TILE = 8; // hands to a side
const INK_TILE = 4;
const MOST_RUNNING = 3;
const MOST_KEPT_PX = 24_000_000; // of all pictures together: 96 MB

export class Tiles {
  /**
   * @param {number} mostImages in one request
   * @param {() => void} onChange when a picture has come
   * @param {import("../../shell/pictures.js").Say} say
   */
  constructor(mostImages, onChange, say) {
    this.most = Math.max(1, Math.floor(Math.sqrt(mostImages)));
    this.onChange = onChange;
    this.say = say;
    /** @type {Map<string, ImageBitmap>} */
    this.kept = new Map(); // the least recently drawn first
    this.keptPixels = 0;
    /** @type {Map<string, AbortController>} */
    this.running = new Map();
    this.isBroken = false; // after an error, until something else is wanted
    this.scene = "";
  }

  /**
   * Draws what there is, and asks for what is missing; returns whether nothing is.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Scene} scene
   * @param {Place} place
   */
  draw(context, scene, place) {
    const level = scene.map.levelAt(place.cell);
    const name = `${JSON.stringify([scene.body, scene.label, scene.by])} `;
    if (this.scene !== name) this.isBroken = false;
    this.scene = name;
    context.clearRect(0, 0, place.width, place.height);
    context.imageSmoothingQuality = "high";
    for (let coarse = level - 3; coarse <= level; coarse++)
      for (const isInk of [false, true])
        for (const tile of tilesAt(scene, place, coarse, isInk, this.most)) this.put(context, name, tile, place);
    const isInk = scene.hasInk && place.cell * 2 ** -level >= INK_FROM_PX;
    const missing = tilesAt(scene, place, level, isInk, this.most).filter((tile) => !this.kept.has(name + keyOf(tile)));
    this.ask(scene, name, missing);
    return !missing.length;
  }

  /** Asks again for what could not be had. */
  retry() {
    this.isBroken = false;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} name
   * @param {Tile} tile
   * @param {Place} place
   */
  put(context, name, tile, place) {
    const key = name + keyOf(tile);
    const picture = this.kept.get(key);
    if (!picture) return;
    this.kept.delete(key);
    this.kept.set(key, picture); // the latest
    const step = 2 ** -tile.level;
    const ratio = devicePixelRatio;
    // On whole pixels of the screen, so that no seam shows between tiles.
    const edge = (/** @type {number} */ at, /** @type {number} */ centre, /** @type {number} */ extent) =>
      Math.round(((at - 0.5) * step - centre) * place.cell * ratio + (extent * ratio) / 2) / ratio;
    const [left, right] = [0, tile.columns].map((n) => edge(tile.column + n, place.x, place.width));
    const [top, bottom] = [0, tile.rows].map((n) => edge(tile.row + n, place.y, place.height));
    context.drawImage(picture, left, top, right - left, bottom - top);
  }

  /**
   * Keeps a few requests running, for the tiles wanted most, and aborts those for tiles that are wanted no more.
   *
   * @param {Scene} scene
   * @param {string} name
   * @param {Tile[]} missing nearest to the middle first
   */
  ask(scene, name, missing) {
    const wanted = new Map(missing.map((tile) => [name + keyOf(tile), tile]));
    for (const [key, controller] of this.running)
      if (!wanted.has(key)) {
        controller.abort();
        this.running.delete(key);
      }
    if (this.isBroken) return;
    for (const [key, tile] of wanted) {
      if (this.running.size >= MOST_RUNNING) return;
      if (!this.running.has(key)) this.fetch(scene, key, tile);
    }
  }

  /**
   * @param {Scene} scene
   * @param {string} key
   * @param {Tile} tile
   */
  async fetch({ map, body, label, by }, key, tile) {
    const controller = new AbortController();
    this.running.set(key, controller);
    const step = 2 ** -tile.level;
    const hands = Array.from({ length: tile.columns * tile.rows }, (_, i) => {
      const [column, row] = [tile.column + (i % tile.columns), tile.row + Math.floor(i / tile.columns)];
      const { hand } = map.handAt(column * step, row * step);
      return tile.level > 0 ? map.tokenOf(hand) : hand;
    });
    const source = tile.level > 0 ? { hands } : { seeds: hands.map(Number) };
    const labels = label === undefined ? {} : { labels: hands.map(() => label) };
    const looks = tile.isInk ? { ink: true, height: INK_HEIGHT } : {};
    try {
      const picture = await sheet(
        { by, body: { ...body, ...source, ...labels } },
        tile.columns,
        looks,
        controller.signal,
      );
      if (controller.signal.aborted) picture.close();
      else this.keep(key, picture);
    } catch (error) {
      if (!isAbort(error)) {
        this.isBroken = true;
        this.say(error, this);
      }
    }
    if (this.running.get(key) === controller) this.running.delete(key);
    if (!controller.signal.aborted) this.onChange();
  }

  /**
   * @param {string} key
   * @param {ImageBitmap} picture
   */
  keep(key, picture) {
    this.say(undefined, this);
    this.kept.set(key, picture);
    this.keptPixels += picture.width * picture.height;
    for (const [oldest, old] of this.kept) {
      if (this.keptPixels <= MOST_KEPT_PX) return;
      this.keptPixels -= old.width * old.height;
      this.kept.delete(oldest);
      old.close();
    }
  }
}

/** @param {Tile} tile */
const keyOf = ({ level, isInk, column, row }) => `${level} ${isInk} ${column} ${row}`;

/**
 * Returns the tiles of a level that are in sight, the nearest to the middle first.
 *
 * @param {Scene} scene
 * @param {Place} place
 * @param {number} level
 * @param {boolean} isInk
 * @param {number} most hands to a side
 * @returns {Tile[]}
 */
function tilesAt({ map }, { x, y, cell, width, height }, level, isInk, most) {
  const step = 2 ** -level;
  const side = Math.min(most, isInk ? INK_TILE : TILE);
  const along = (/** @type {number} */ middle, /** @type {number} */ extent, /** @type {number} */ n) => {
    const last = Math.floor((n - 1) / step);
    const reach = extent / 2 / cell;
    const [from, to] = [middle - reach, middle + reach].map((at) => Math.round(at / step));
    const [first, end] = [Math.max(0, from), Math.min(last, to)].map((at) => Math.floor(at / side));
    return Array.from({ length: Math.max(0, end - first + 1) }, (_, i) => {
      const start = (first + i) * side;
      const n = Math.min(side, last + 1 - start);
      return { start, n, distance: Math.abs((start + (n - 1) / 2) * step - middle) };
    });
  };
  const rows = along(y, height, map.rows);
  const tiles = along(x, width, map.columns).flatMap((column) => rows.map((row) => ({ column, row })));
  const distance = (/** @type {(typeof tiles)[0]} */ { column, row }) => Math.hypot(column.distance, row.distance);
  return tiles
    .sort((one, other) => distance(one) - distance(other))
    .map(({ column, row }) => ({
      ...{ level, isInk, columns: column.n, rows: row.n },
      ...{ column: column.start, row: row.start },
    }));
}
