// The service worker: what this browser keeps of the service, so that the page still writes without a network.
//
// What is immutable is taken from what is kept. All else comes from the service, and from what is kept only if the
// service cannot be reached. Requests with a key, and all that is not named here, pass by.

/**
 * @typedef {Event & { waitUntil: (work: Promise<unknown>) => void }} LifeEvent
 * @typedef {LifeEvent & { request: Request, respondWith: (answer: Promise<Response>) => void }} AskEvent
 */

const worker =
  /** @type {EventTarget & { registration: ServiceWorkerRegistration, clients: { claim: () => Promise<void> }, skipWaiting: () => Promise<void> }} */ (
    /** @type {unknown} */ (self)
  );
const RELEASE = "{{release}}"; // written by the service: a new release of the page is a new service worker
const VIEWS = "{{views}}".split(" ");
const { scope } = worker.registration;
const PAGES = `digitgan ${scope} page `; // caches of a release each, also in offline.js
const PAGE = PAGES + RELEASE;
const ANSWERS = `digitgan ${scope} answers`;
const FILES = `page/${RELEASE}/`;
const LIST = `${FILES}files.json`; // kept if all files are
const PLAIN = "?drawn="; // with any choice but number and hand, a document has no picture; also in offline.js
const MODELS = /^(openapi\.json|models(\/[^/]+){0,3})$/;
const OF_KEYS = ["x-api-key", "authorization"];

/**
 * @param {"install" | "activate" | "fetch"} name
 * @param {(event: AskEvent) => void} listener
 */
const on = (name, listener) => worker.addEventListener(name, (event) => listener(/** @type {AskEvent} */ (event)));

on("install", (event) => event.waitUntil(renew().then(() => worker.skipWaiting())));
on("activate", (event) => event.waitUntil(forget().then(() => worker.clients.claim())));
on("fetch", (event) => {
  const { request } = event;
  const isOpen = OF_KEYS.every((name) => !request.headers.has(name));
  if (request.method !== "GET" || !request.url.startsWith(scope) || !isOpen) return;
  const path = request.url.slice(scope.length).replace(/[?#].*/, "");
  const view = path.split("/")[0] || VIEWS[0];
  if (request.mode === "navigate") {
    if (VIEWS.includes(view)) event.respondWith(documentOf(event, view));
  } else if (path.startsWith("page/")) event.respondWith(fixedOrNew(event, PAGE));
  else if (MODELS.test(path)) event.respondWith(fixedOrNew(event, ANSWERS));
});

/**
 * @param {AskEvent} event
 * @param {string} cacheName
 */
async function fixedOrNew(event, cacheName) {
  const { request } = event;
  const cache = await caches.open(cacheName);
  const copy = await cache.match(request, { ignoreVary: true });
  if (copy && isFixed(copy)) return copy;
  try {
    const answer = await fetch(request);
    if (answer.status === 200 && request.url !== scope + LIST) event.waitUntil(cache.put(request, answer.clone()));
    return answer;
  } catch (error) {
    if (copy) return copy;
    throw error;
  }
}

/** @param {Response} answer */
const isFixed = (answer) => answer.headers.get("cache-control")?.includes("immutable");

/**
 * Returns the document of a view, or, without a network, that view without its first picture, which the page then draws.
 *
 * @param {AskEvent} event
 * @param {string} view
 */
async function documentOf(event, view) {
  const [cache, plain] = [await caches.open(PAGE), scope + view + PLAIN];
  try {
    const answer = await fetch(event.request);
    if (answer.status === 200 && !(await cache.match(plain))) event.waitUntil(cache.add(plain).catch(() => {}));
    return answer;
  } catch (error) {
    const copy = await cache.match(plain, { ignoreVary: true });
    if (!copy) throw error;
    const headers = new Headers(copy.headers);
    headers.delete("content-encoding"); // of what was sent; this is text
    headers.delete("content-length");
    return new Response((await copy.text()).replaceAll('="./', `="${scope}`), { headers }); // at an address of any depth
  }
}

/** Fetches from this release what is kept of others: the same files, or all if a person has kept all. */
async function renew() {
  const cache = await caches.open(PAGE);
  const kept = await Promise.all((await others()).map(async (name) => (await caches.open(name)).keys()));
  const paths = new Set(kept.flat().map(({ url }) => url.slice(scope.length).replace(/^page\/[^/]+\//, FILES)));
  const isWhole = paths.delete(LIST);
  if (isWhole) {
    const { files } = await (await fetch(scope + LIST)).json();
    for (const path of paths) if (path.startsWith(FILES) && !(path.slice(FILES.length) in files)) paths.delete(path);
    for (const name of Object.keys(files)) paths.add(FILES + name);
  }
  const results = await Promise.allSettled([...paths].map((path) => cache.add(scope + path)));
  if (isWhole && results.every(({ status }) => status === "fulfilled")) await cache.add(scope + LIST); // all are there
}

const others = async () => (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== PAGE);

const forget = async () => Promise.all((await others()).map((name) => caches.delete(name)));
