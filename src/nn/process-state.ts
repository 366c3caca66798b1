/**
 * The state that Keras keeps per process, and nothing else: counters of automatic names, the seed and the dtype policy. It lives
 * here alone, since Keras's own names (`conv2d`, `conv2d_1`, …), `set_random_seed` and `set_dtype_policy` are defined per process.
 */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { foldKey, type Key, keyOf } from "../base/random.ts";
import type { Group } from "../ir/group.ts";
import type { DTypePolicy } from "./dtype-policy.ts";

interface ProcessState {
  readonly names: Map<string, number>;
  seed: Key | undefined;
  draws: number;
  policy: DTypePolicy;
  distribution: ProcessDistribution | undefined;
}

/** How models that are compiled from now on divide their batches among processes. */
export interface ProcessDistribution {
  /** undefined: this process is alone. @internal */
  readonly group: Group | undefined;
  /** Whether all processes bring the same data, of which each takes its share. */
  readonly autoShardDataset: boolean;
  /** Whether batch normalization that is not `synchronized` takes the statistics of this process's rows alone. */
  readonly localStatistics: boolean;
  /** Whether gradients are exchanged while those of earlier layers are computed. */
  readonly overlap: boolean;
}

const state: ProcessState = {
  names: /* @__PURE__ */ new Map(),
  seed: undefined,
  draws: 0,
  policy: "float32",
  distribution: undefined,
};

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
  keepSeed(keyOf(seed));
}

/** A key that was not given out before: by the seed and a counter, or by chance while no seed is set. */
export function nextSeedKey(): Key {
  return foldKey(processSeed(), state.draws++);
}

/** What a layer with an option `seed` draws by: its own seed, or with null the next key of the process. */
export function keyOfSeed(seed: number | null): Key {
  return seed === null ? nextSeedKey() : keyOf(seed);
}

/** The dtype policy of the layers that are made from now on: what `setDtypePolicy` set, at first "float32". */
export function dtypePolicy(): DTypePolicy {
  return state.policy;
}

/** Keeps a policy that was checked. */
export function keepDtypePolicy(policy: DTypePolicy): void {
  state.policy = policy;
}

/** What `setDistribution` set. */
export function keptDistribution(): ProcessDistribution | undefined {
  return state.distribution;
}

/** Whether this process prints and writes files: of those that train together only the first one does. */
export function isFirstProcess(): boolean {
  return (state.distribution?.group?.rank ?? 0) === 0;
}

/** Keeps a distribution that was checked. */
export function keepDistribution(distribution: ProcessDistribution | undefined): void {
  state.distribution = distribution;
}

/** The seed of the process; drawn by chance where none was set. */
export function processSeed(): Key {
  state.seed ??= drawSeed();
  return state.seed;
}

/** Sets the seed to a key, as `setSeed` does to a number. */
export function keepSeed(key: Key): void {
  state.seed = key;
  state.draws = 0;
}

function drawSeed(): Key {
  const [a, b] = crypto.getRandomValues(new Int32Array(2));
  return [a!, b!];
}
