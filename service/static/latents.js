// Knows ways through the latents: between four of them, and around one. Does not know seeds or pictures.

const DECIMALS = 4; // finer than any pixel shows; shorter to send and to copy
const STRAIGHT = 1e-6; // sine of an angle below which a line is as good as a turn

/**
 * Returns the mix of four latents, upper left, upper right, lower left, lower right: arrays of one length.
 *
 * @param across 0 at the left to 1 at the right
 * @param down 0 at the top to 1 at the bottom
 * @param nStyle the components whose length is kept; a plain mean of styles is shorter than any that was trained on
 */
export function mixed(corners, across, down, nStyle) {
  const weights = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down];
  const mix = corners[0].map((_, i) => corners.reduce((sum, corner, c) => sum + weights[c] * corner[i], 0));
  const wanted = corners.reduce((sum, corner, c) => sum + weights[c] * length(corner, nStyle), 0);
  return rounded(stretched(mix, wanted, nStyle));
}

/** Returns the latent so many steps away along two directions, as long as the one it started from. */
export function moved(start, directions, steps, nStyle) {
  const there = Array.from(start, (each, i) =>
    i < nStyle ? each + steps[0] * directions[0][i] + steps[1] * directions[1][i] : each,
  );
  return rounded(stretched(there, length(start, nStyle), nStyle));
}

/**
 * Returns the latents from key to key, `steps` from each to the next, as the service makes them: styles turn, class
 * scores blend. With `loop` the way goes on to the first.
 *
 * Source: Shoemake, "Animating rotation with quaternion curves" (SIGGRAPH 1985).
 */
export function between(keys, steps, loop, nStyle) {
  const ends = loop ? [...keys.slice(1), keys[0]] : keys.slice(1);
  const parts = Array.from({ length: steps }, (_, step) => step / steps);
  const way = ends.flatMap((end, i) => parts.map((part) => turned(keys[i], end, part, nStyle)));
  return loop ? way : [...way, keys.at(-1)];
}

/** Returns for each latent of `between` which key it is nearest to; halfway, the one that it goes to. */
export function nearestKeys(nKeys, steps, loop) {
  const n = loop ? nKeys * steps : (nKeys - 1) * steps + 1;
  return Array.from({ length: n }, (_, i) => Math.floor(i / steps + 0.5) % nKeys);
}

/** Returns which of four corners is nearest. */
export const nearest = (across, down) => (across < 0.5 ? 0 : 1) + (down < 0.5 ? 0 : 2);

function turned(start, end, part, nStyle) {
  const lengths = length(start, nStyle) * length(end, nStyle);
  const product = start.slice(0, nStyle).reduce((sum, each, i) => sum + each * end[i], 0);
  const angle = Math.acos(Math.min(1, Math.max(-1, product / (lengths || 1))));
  const sine = Math.sin(angle);
  const isTurn = lengths > 0 && sine > STRAIGHT;
  const [from, to] = isTurn ? [Math.sin((1 - part) * angle) / sine, Math.sin(part * angle) / sine] : [1 - part, part];
  return Array.from(start, (each, i) => (i < nStyle ? from * each + to * end[i] : (1 - part) * each + part * end[i]));
}

function stretched(latent, wanted, nStyle) {
  const factor = wanted / (length(latent, nStyle) || 1);
  return Array.from(latent, (each, i) => (i < nStyle ? each * factor : each));
}

const length = (latent, n) => Math.hypot(...latent.slice(0, n));
const rounded = (latent) => Array.from(latent, (each) => Number(each.toFixed(DECIMALS)));
