// The service's limits, read from its OpenAPI description: the page repeats none of them, and follows the settings.

/** @typedef {{ least: number, most: number }} Range */

/**
 * @typedef {object} Limits
 * @property {Range} seed
 * @property {Range} truncation
 * @property {Range} scale side of the square that each pixel becomes
 * @property {Range} height of a digit in ink, in pixels
 * @property {Range} gap pixels between the digits of a number
 * @property {Range} digits length of a number, with its signs
 * @property {Range} keys seeds of a film
 * @property {Range} steps frames from one key to the next
 * @property {Range} pause milliseconds per frame
 * @property {Range} count images of a data set
 * @property {number} images most images in one answer that is not streamed
 */

/**
 * The part of JSON Schema that the page reads.
 *
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {Schema[]} [allOf]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema} [items]
 * @property {Record<string, Schema>} [properties]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {string} [pattern]
 */

/** @typedef {{ $ref?: string, content: Record<string, { schema: Schema }> }} Body */
/** @typedef {{ paths: Record<string, { post?: { requestBody?: Body } }> }} Description */
/** @typedef {"minimum" | "maximum" | "minItems" | "maxItems" | "minLength" | "maxLength"} Keyword */

const REPETITION = /\{(\d+),(\d+)\}\$$/; // at the end of a pattern such as ^[0-9]{1,64}$

/**
 * Returns the limits that an OpenAPI description states.
 *
 * @param {Description} description
 * @returns {Limits}
 */
export function limitsOf(description) {
  /** @type {(path: string, field: string, least: Keyword, most: Keyword) => Range} */
  const limit = (path, field, least, most) => {
    const schemas = fieldOf(description, path, field);
    /** @type {(keyword: Keyword) => number[]} */
    const stated = (keyword) => schemas.flatMap((schema) => schema[keyword] ?? []);
    const range = { least: Math.max(...stated(least)), most: Math.min(...stated(most)) };
    if (isFinite(range.least) && isFinite(range.most)) return range;
    throw new Error(`the service's description states no limits of ${field} in ${path}`);
  };
  /** @type {(path: string, field: string) => Range} */
  const value = (path, field) => limit(path, field, "minimum", "maximum");

  return {
    seed: value("/dataset", "seed"),
    truncation: value("/generate", "truncation"),
    scale: value("/generate", "scale"),
    height: value("/generate", "height"),
    gap: value("/generate", "gap"),
    digits: limit("/generate", "digits", "minLength", "maxLength"),
    keys: limit("/interpolate", "seeds", "minItems", "maxItems"),
    steps: value("/interpolate", "steps"),
    pause: value("/interpolate", "frame_ms"),
    count: value("/dataset", "count"),
    images: Math.min(...fieldOf(description, "/latents", "seeds").flatMap(({ maxItems }) => maxItems ?? [])),
  };
}

/**
 * Returns all schemas that hold for a field in the body of a POST request.
 *
 * @param {Description} description
 * @param {string} path
 * @param {string} field
 */
function fieldOf(description, path, field) {
  const requestBody = description.paths[path]?.post?.requestBody;
  if (!requestBody) throw new Error(`the service's description has no POST ${path}`);
  const body = requestBody.$ref ? /** @type {Body} */ (target(description, requestBody.$ref)) : requestBody;
  const schemas = partsOf(description, body.content["application/json"].schema);
  return schemas.flatMap(({ properties }) => (properties?.[field] ? partsOf(description, properties[field]) : []));
}

/**
 * Returns a schema, all that it refers to or combines, and the items of lists.
 *
 * @param {Description} description
 * @param {Schema} schema
 * @returns {Schema[]}
 */
function partsOf(description, schema) {
  const { $ref, allOf = [], anyOf = [], oneOf = [], items } = schema;
  const others = [...allOf, ...anyOf, ...oneOf];
  if (items) others.push(items);
  if ($ref) others.push(/** @type {Schema} */ (target(description, $ref)));
  return [withLengths(schema), ...others.flatMap((each) => partsOf(description, each))];
}

/**
 * Returns a schema with the lengths that its pattern allows.
 *
 * @param {Schema} schema
 * @returns {Schema}
 */
function withLengths(schema) {
  const [, minLength, maxLength] = REPETITION.exec(schema.pattern ?? "") ?? [];
  return maxLength ? { minLength: Number(minLength), maxLength: Number(maxLength), ...schema } : schema;
}

/**
 * Returns what a reference such as `#/components/schemas/Seed` leads to.
 *
 * @param {object} document
 * @param {string} reference
 */
function target(document, reference) {
  const names = reference.split("/").slice(1);
  /** @type {unknown} */
  let found = document;
  for (const name of names) {
    found = /** @type {Record<string, unknown>} */ (found)[name.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return found;
}
