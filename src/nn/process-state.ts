/**
 * The state that Keras keeps per process, and nothing else: counters of automatic names and the seed. It lives here alone,
 * since Keras's own names (`conv2d`, `conv2d_1`, …) and `set_random_seed` are defined per process.
 */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { foldKey, type Key, keyOf } from "../base/random.ts";

interface ProcessState {
  readonly names: Map<string, number>;
  seed: Key | undefined;
  draws: number;
}

const state: ProcessState = { names: /* @__PURE__ */ new Map(), seed: undefined, draws: 0 };

/** Keras's snake case: "MaxPooling2D" → "max_pooling2d", "ReLU" → "re_lu". K: `utils/naming.py`, to_snake_case. */
export function snakeCaseName(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** `prefix`, then `prefix_1`, `prefix_2`, … */
export function uniqueName(prefix: string): string {
  const count = state.names.get(prefix) ?? 0;
  state.names.set(prefix, count + 1);
  return count === 0 ? prefix : `${prefix}_${count}`;
}

/**
 * Starts automatic names anew, as `keras.utils.clear_session` does.
 *
 * @example
 * ```ts
 * import { clearSession, Sequential } from "fovea";
 * clearSession();
 * new Sequential().name; // "sequential"
 * ```
 */
export function clearSession(): void {
  state.names.clear();
}

/**
 * Makes everything random repeat: weights, shuffles and dropout masks of the models that are made from now on.
 *
 * @param seed any whole number
 * @throws ArgumentError for anything else
 * @example
 * ```ts
 * import { setSeed } from "fovea";
 * setSeed(42);
 * ```
 */
export function setSeed(seed: number): void {
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`setSeed: got ${formatValue(seed)}, expected a whole number.`);
  state.seed = keyOf(seed);
  state.draws = 0;
}

/** A key that was not given out before: by the seed and a counter, or by chance while no seed is set. */
export function nextSeedKey(): Key {
  if (state.seed === undefined) {
    const [a, b] = crypto.getRandomValues(new Int32Array(2));
    state.seed = [a!, b!];
  }
  return foldKey(state.seed, state.draws++);
}

/** What a layer with an option `seed` draws by: its own seed, or with null the next key of the process. */
export function keyOfSeed(seed: number | null): Key {
  return seed === null ? nextSeedKey() : keyOf(seed);
}
