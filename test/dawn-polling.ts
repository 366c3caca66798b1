/**
 * Lets waiting for the GPU cost nothing. Dawn's binding for Node asks in every turn of the event loop whether the GPU has
 * finished (`setImmediate`), which keeps a core busy while SwiftShader needs it to compile; here it asks once a millisecond.
 */
const atOnce = globalThis.setImmediate;
// Tests that set the clock replace the global one.
const later = globalThis.setTimeout;

/** Functions of native code have no text of their own. The resolve of a promise has none either, and may wait as well. */
const isOfDawn = (callback: unknown): boolean =>
  typeof callback === "function" && Function.prototype.toString.call(callback).includes("[native code]");

globalThis.setImmediate = Object.assign(
  (callback: (...given: unknown[]) => void, ...given: unknown[]) =>
    isOfDawn(callback) ? (later(callback, 1) as unknown as NodeJS.Immediate) : atOnce(callback, ...given),
  { __promisify__: atOnce.__promisify__ },
) as typeof setImmediate;
