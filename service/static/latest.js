// Knows how to keep up with a hand that moves faster than answers come. Does not know what is asked.

const PATIENCE_MS = 500;

/**
 * Returns a function that runs `work(wish, signal)` for the newest wish. One runs at a time; of the wishes that come
 * meanwhile only the last is kept, so what is shown follows the hand as fast as answers come, and never goes back to an
 * older one. Work that takes long while a newer wish waits is aborted. A wish like the last one is no wish.
 * `failed` hears what went wrong.
 */
export function latest(work, failed) {
  let running; // AbortController of the one in flight
  let waiting; // [wish] that comes next
  let last; // wish, as text

  const next = async () => {
    const [wish] = waiting;
    waiting = undefined;
    running = new AbortController();
    try {
      await work(wish, running.signal);
    } catch (error) {
      if (error.name !== "AbortError") {
        last = undefined;
        failed(error);
      }
    }
    running = undefined;
    if (waiting) next();
  };

  return (wish) => {
    if (JSON.stringify(wish) === last) return;
    last = JSON.stringify(wish);
    waiting = [wish];
    if (!running) return void next();
    const inFlight = running;
    setTimeout(() => waiting && inFlight === running && inFlight.abort(), PATIENCE_MS);
  };
}
