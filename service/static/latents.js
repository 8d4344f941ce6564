// Knows ways through the latents: between four of them, and around one. Does not know seeds or pictures.

const DECIMALS = 4; // finer than any pixel shows; shorter to send and to copy

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

/** Returns which of four corners is nearest. */
export const nearest = (across, down) => (across < 0.5 ? 0 : 1) + (down < 0.5 ? 0 : 2);

function stretched(latent, wanted, nStyle) {
  const factor = wanted / (length(latent, nStyle) || 1);
  return Array.from(latent, (each, i) => (i < nStyle ? each * factor : each));
}

const length = (latent, n) => Math.hypot(...latent.slice(0, n));
const rounded = (latent) => Array.from(latent, (each) => Number(each.toFixed(DECIMALS)));
