/** What hyper-parameters may be, and how they are drawn and compared. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import type { RandomStream } from "../../base/random.ts";

/** A hyper-parameter that is one of a list. */
export type Choice = number | string | boolean | null;

/** A hyper-parameter that is a number of a range, both ends included. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Only min, min + step, min + 2 step, … Default: all numbers. */
  readonly step?: number;
  /** Only whole numbers. Default false. */
  readonly whole?: boolean;
  /** "log": each power of ten is as likely as the next one; min is above 0. Default "linear". */
  readonly scale?: "linear" | "log";
}

/** Hyper-parameters by name: a list of choices, or a range of numbers. */
export type SearchSpace = Readonly<Record<string, readonly Choice[] | NumberRange>>;

/** A value of each hyper-parameter. */
export type SpaceValues<S extends SearchSpace> = {
  readonly [N in keyof S]: S[N] extends readonly (infer C)[] ? C : number;
};

/** Values of a space whose names are not known. */
export type AnyValues = Readonly<Record<string, Choice>>;

interface Axis {
  /** The value at u, 0 ≤ u < 1. */
  at(u: number): Choice;
  /** A value as coordinates between 0 and 1, for distances. */
  place(value: Choice): readonly number[];
}

const rangeKeys = ["min", "max", "step", "whole", "scale"] as const satisfies readonly (keyof NumberRange)[];

function choiceAxis(choices: readonly Choice[]): Axis {
  return {
    at: (u) => choices[Math.floor(u * choices.length)]!,
    // Any two choices are 1 apart.
    place: (value) => choices.map((each) => (each === value ? Math.SQRT1_2 : 0)),
  };
}

function rangeAxis({ min, max, step, whole = false, scale = "linear" }: NumberRange): Axis {
  const [to, from] = scale === "log" ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x];
  const [low, high] = [to(min), to(max)];
  const place = (value: Choice) => [high > low ? (to(value as number) - low) / (high - low) : 0];
  if (step !== undefined) {
    const count = Math.floor((max - min) / step + 1e-9) + 1;
    return { at: (u) => min + Math.floor(u * count) * step, place };
  }
  if (!whole) return { at: (u) => from(low + u * (high - low)), place };
  // Each whole number has the range around it that rounding gives it.
  const [first, last] = [to(min - 0.5 * Number(min > 0.5 || scale === "linear")), to(max + 0.5)];
  return { at: (u) => Math.min(Math.max(Math.round(from(first + u * (last - first))), min), max), place };
}

function checkRange(owner: string, name: string, range: NumberRange): void {
  checkKeys(`${owner}: ${name}`, range, rangeKeys);
  const { min, max, step, whole = false, scale = "linear" } = range;
  const refuse = (what: string, value: unknown, expected: string): never => {
    throw new ArgumentError(`${owner}: ${what} of "${name}" is ${formatValue(value)}, expected ${expected}.`);
  };
  const isNumber = (value: unknown) => (whole ? Number.isSafeInteger(value) : Number.isFinite(value));
  const number = whole ? "a whole number" : "a finite number";
  if (!isNumber(min)) refuse("min", min, number);
  if (!isNumber(max) || max < min) refuse("max", max, `${number}, ${min} or more`);
  if (scale !== "linear" && scale !== "log") refuse("scale", scale, '"linear" or "log"');
  if (scale === "log" && min <= 0) refuse("min", min, "a number above 0, because its scale is logarithmic");
  if (step === undefined) return;
  if (scale === "log") refuse("step", step, "none, because its scale is logarithmic; give a list of the numbers");
  if (!isNumber(step) || step <= 0) refuse("step", step, `${number} above 0`);
}

/** Draws values of a space, and places them side by side. */
export class SpaceAxes {
  readonly #axes: readonly (readonly [name: string, axis: Axis])[];

  /** @param owner whose space it is, as messages name it. @throws ArgumentError for what is no list and no range */
  constructor(owner: string, space: SearchSpace) {
    if (typeof space !== "object" || space === null || Array.isArray(space) || Object.keys(space).length === 0)
      throw new ArgumentError(
        `${owner}: the space is ${formatValue(space)}, expected an object with a list of choices or a range { min, max } for each hyper-parameter.`,
      );
    this.#axes = Object.entries(space).map(([name, given]): [string, Axis] => {
      if (Array.isArray(given)) {
        if (given.length === 0)
          throw new ArgumentError(`${owner}: the list of "${name}" is empty, expected one choice or more.`);
        return [name, choiceAxis(given)];
      }
      checkRange(owner, name, given as NumberRange);
      return [name, rangeAxis(given as NumberRange)];
    });
  }

  draw(random: RandomStream): AnyValues {
    return this.#collect(this.#axes.map(() => random.uniform()));
  }

  /** Values near to others: each is drawn anew with the chance `share`. */
  drawNear(values: AnyValues, share: number, random: RandomStream): AnyValues {
    const drawn = this.draw(random);
    return Object.fromEntries(
      this.#axes.map(([name]) => [name, random.uniform() < share ? drawn[name]! : values[name]!]),
    );
  }

  #collect(places: readonly number[]): AnyValues {
    return Object.fromEntries(this.#axes.map(([name, axis], i) => [name, axis.at(places[i]!)]));
  }

  /** Values as a point; the distance of two points tells how much they differ. */
  place(values: AnyValues): readonly number[] {
    return this.#axes.flatMap(([name, axis]) => axis.place(values[name]!));
  }

  get size(): number {
    return this.#axes.length;
  }
}
