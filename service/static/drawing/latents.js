// Ways through the space of latents: between several of them, and from one to the next.

const DECIMALS = 4; // finer than any pixel shows; shorter to send and to copy
const STRAIGHT = 1e-6; // sine of the angle below which a straight line is as good as a turn

/**
 * Returns the mix of latents.
 *
 * @param {number[][]} keys
 * @param {number[]} weights one for each key; together 1
 * @param {number} nStyle components whose length is kept: a plain mean of styles is shorter than those of the training
 */
export function mixed(keys, weights, nStyle) {
  const mix = keys[0].map((_, i) => keys.reduce((sum, key, k) => sum + weights[k] * key[i], 0));
  const wanted = keys.reduce((sum, key, k) => sum + weights[k] * length(key, nStyle), 0);
  return rounded(stretched(mix, wanted, nStyle));
}

/**
 * Returns the latents from key to key, as the service makes them: styles turn, class scores blend.
 * Source: Shoemake, "Animating rotation with quaternion curves" (SIGGRAPH 1985).
 *
 * @param {number[][]} keys
 * @param {number} steps from each key to the next
 * @param {boolean} loop whether the way goes on from the last key to the first
 * @param {number} nStyle
 * @returns {number[][]}
 */
export function between(keys, steps, loop, nStyle) {
  const ends = loop ? [...keys.slice(1), keys[0]] : keys.slice(1);
  const parts = Array.from({ length: steps }, (_, step) => step / steps);
  const way = ends.flatMap((end, i) => parts.map((part) => turned(keys[i], end, part, nStyle)));
  return loop ? way : [...way, ...keys.slice(-1)];
}

/**
 * Returns the index of the nearest key for each latent of `between`; halfway, the next key's.
 *
 * @param {number} nKeys
 * @param {number} steps
 * @param {boolean} loop
 */
export function nearestKeys(nKeys, steps, loop) {
  const n = loop ? nKeys * steps : (nKeys - 1) * steps + 1;
  return Array.from({ length: n }, (_, i) => Math.floor(i / steps + 0.5) % nKeys);
}

/**
 * Returns the latent at some part of the way from one to another.
 *
 * @param {number[]} start
 * @param {number[]} end
 * @param {number} part 0 at the start to 1 at the end
 * @param {number} nStyle
 */
export function turned(start, end, part, nStyle) {
  const lengths = length(start, nStyle) * length(end, nStyle);
  const product = start.slice(0, nStyle).reduce((sum, each, i) => sum + each * end[i], 0);
  const angle = Math.acos(Math.min(1, Math.max(-1, product / (lengths || 1))));
  const sine = Math.sin(angle);
  const isTurn = lengths > 0 && sine > STRAIGHT;
  const [from, to] = isTurn ? [Math.sin((1 - part) * angle) / sine, Math.sin(part * angle) / sine] : [1 - part, part];
  return Array.from(start, (each, i) => (i < nStyle ? from * each + to * end[i] : (1 - part) * each + part * end[i]));
}

/**
 * @param {number[]} latent
 * @param {number} wanted length of the style
 * @param {number} nStyle
 */
function stretched(latent, wanted, nStyle) {
  const factor = wanted / (length(latent, nStyle) || 1);
  return Array.from(latent, (each, i) => (i < nStyle ? each * factor : each));
}

/**
 * @param {number[]} latent
 * @param {number} n components
 */
const length = (latent, n) => Math.hypot(...latent.slice(0, n));
/** @param {number[]} latent */
const rounded = (latent) => Array.from(latent, (each) => Number(each.toFixed(DECIMALS)));
