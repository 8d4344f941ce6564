// A hand as text: the token of a style, the same as digitgan/contract/hand.py's, to the character.

const PREFIX = "h";
const STEPS = 32; // per unit
const MOST = 127; // steps; the code of -128 stays unused, so that the range is symmetric

/**
 * Returns the token of a style: each component in a signed byte, written in base64url.
 *
 * @param {ArrayLike<number>} style
 */
export function tokenOf(style) {
  const bytes = Uint8Array.from(style, (each) => Math.min(MOST, Math.max(-MOST, toEven(each * STEPS))));
  const text = btoa(String.fromCharCode(...bytes));
  return PREFIX + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Returns the style of a token, or nothing if the token is not exactly as `tokenOf` writes it.
 *
 * @param {string} token
 * @returns {number[] | undefined}
 */
export function styleOf(token) {
  if (!/^h[\w-]+$/.test(token) || token.length % 4 === 2) return undefined;
  const text = token.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Int8Array.from(atob(text), (each) => each.charCodeAt(0));
  const style = Array.from(bytes, (each) => each / STEPS);
  return tokenOf(style) === token ? style : undefined; // other last bits would give the same bytes
}

/**
 * Returns whether a hand may be of a model: a seed of any, a token only of one with classes and styles of its size.
 *
 * @param {string} hand
 * @param {{ latent_size: number, n_classes: number }} model
 */
export function fits(hand, { latent_size: size, n_classes: nClasses }) {
  const style = styleOf(hand);
  return !style || (nClasses > 0 && style.length === size - nClasses);
}

/**
 * Returns the nearest whole number; of two, the even one.
 *
 * @param {number} number
 */
export function toEven(number) {
  const rounded = Math.round(number);
  return rounded % 2 && rounded - number === 0.5 ? rounded - 1 : rounded;
}
