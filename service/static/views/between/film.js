// A film of frames: which of them is shown while it plays, from one repaint of the page to the next.

/**
 * What a film may ask while it plays; any of it may change meanwhile.
 *
 * @typedef {object} Film
 * @property {() => number} length in frames
 * @property {() => number} pause milliseconds per frame
 * @property {() => boolean} loop whether it goes on from the last frame to the first, forever
 * @property {() => void} show shows the frame, and whether it plays; called after each change of either
 * @property {() => void} end called when it has come to its end; it must stop the player
 */

export class Player {
  /** @param {Film} film */
  constructor(film) {
    this.film = film;
    /** In frames; its whole part is the frame that is shown. */
    this.position = 0;
    /** @type {number | undefined} */
    this.request = undefined;
    this.isOnce = false;
    /** @type {number | undefined} */
    this.last = undefined; // time of the last repaint, in milliseconds
  }

  get isPlaying() {
    return this.request !== undefined;
  }

  /** The frame that is shown, from 0. */
  get frame() {
    return Math.min(Math.floor(this.position), this.film.length() - 1);
  }

  /**
   * Plays on from where it is, or from the start if it is at the end.
   *
   * @param {{ once?: boolean }} [options] once: round to the first frame, and no further
   */
  play({ once = false } = {}) {
    if (this.frame === this.film.length() - 1 && !this.film.loop()) this.position = 0;
    this.isOnce = once;
    this.last = undefined;
    this.request = requestAnimationFrame((now) => this.tick(now));
    this.film.show();
  }

  /** Stops at the frame that is shown. */
  stop() {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    this.request = undefined;
    this.position = this.frame;
    this.film.show();
  }

  /** @param {number} now in milliseconds */
  tick(now) {
    const before = this.frame;
    this.position += (now - (this.last ?? now)) / this.film.pause();
    this.last = now;
    const length = this.film.length();
    if (this.position >= length) {
      const goesOn = this.film.loop() && !this.isOnce;
      this.position = goesOn ? this.position % length : this.film.loop() ? 0 : length - 1;
      if (!goesOn) return this.film.end();
    }
    this.request = requestAnimationFrame((next) => this.tick(next));
    if (this.frame !== before) this.film.show();
  }
}
