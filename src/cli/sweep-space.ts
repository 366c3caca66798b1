/** The jobs of a sweep: every combination of the values that a file lists for options of a command. */
import { keyOf, RandomStream } from "../base/random.ts";
import { ArgumentError } from "../index.ts";

export type SweepValue = string | number | boolean;

/** Options and their values, as `fovea train --learning-rate 0.01 --no-shuffle` takes them. */
export type SweepJob = Readonly<Record<string, SweepValue>>;

const MOST_JOBS = 100_000;

const example = '{ "learning-rate": [0.1, 0.01], "seed": { "from": 1, "to": 3 } }';

/** The values of an option. */
function valuesOf(name: string, given: unknown): readonly SweepValue[] {
  const isValue = (each: unknown): each is SweepValue => ["string", "number", "boolean"].includes(typeof each);
  if (Array.isArray(given) && given.length > 0 && given.every(isValue)) return given;
  if (isValue(given)) return [given];
  const { from, to, step = 1 } = (given ?? {}) as Record<string, unknown>;
  if (typeof from === "number" && typeof to === "number" && typeof step === "number" && step > 0 && to >= from)
    return Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => from + i * step);
  throw new ArgumentError(
    `sweep: "${name}" is ${JSON.stringify(given)}, expected a list of values or { "from", "to", "step" }: ${example}.`,
  );
}

/**
 * The combinations, the last option changing the fastest.
 *
 * @param text a JSON object of options without their dashes
 * @param samples so many of the combinations, drawn by the seed. Default: all
 * @throws ArgumentError for a text that lists no values
 */
export function sweepJobs(text: string, samples?: number, seed = 1): readonly SweepJob[] {
  let space: unknown;
  try {
    space = JSON.parse(text);
  } catch (cause) {
    throw new ArgumentError(`sweep: the space is no JSON: ${(cause as Error).message}. Expected such as ${example}.`, {
      cause,
    });
  }
  if (typeof space !== "object" || space === null || Array.isArray(space) || Object.keys(space).length === 0)
    throw new ArgumentError(`sweep: the space is ${text.trim().slice(0, 80)}, expected such as ${example}.`);
  const axes = Object.entries(space).map(([name, given]) => ({ name, values: valuesOf(name, given) }));
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > MOST_JOBS && samples === undefined)
    throw new ArgumentError(
      `sweep: the space has ${count} combinations, more than ${MOST_JOBS}; draw some of them by --samples.`,
    );
  const jobOf = (number: number): SweepJob => {
    let left = number;
    const picked = axes.toReversed().map(({ name, values }): [string, SweepValue] => {
      const value = values[left % values.length]!;
      left = Math.floor(left / values.length);
      return [name, value];
    });
    return Object.fromEntries(picked.reverse());
  };
  if (samples === undefined || samples >= count) return Array.from({ length: count }, (_, i) => jobOf(i));
  const random = new RandomStream(keyOf(seed));
  const drawn = new Set<number>();
  while (drawn.size < samples) drawn.add(random.below(count));
  return [...drawn].sort((a, b) => a - b).map(jobOf);
}

/** The job's options as words of a command line; true and false stand for an option without a value and its negation. */
export function jobArguments(job: SweepJob): string[] {
  return Object.entries(job).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`];
    if (value === false) return [`--no-${name}`];
    return [`--${name}`, String(value)];
  });
}
