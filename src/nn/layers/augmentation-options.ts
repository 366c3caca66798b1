/** Options that augmentation layers share. */
import { refuseOption } from "../../base/options.ts";
import { fillModes, interpolations } from "../../ops/sample-images.ts";
import { choice, type Kind, kind, number, sizes, value } from "../option-kinds.ts";
import { dataFormat } from "./arguments.ts";
import { type BoundingBoxFormat, boundingBoxFormats } from "./bounding-boxes.ts";

/** The lowest and the highest number of a draw. */
export type Range = readonly [low: number, high: number];

interface FactorRules<D> {
  readonly default?: D;
  readonly bounds: Range;
  /** What a single number begins at: its negative (kept within the bounds, or not) or 0. Default "bounded". */
  readonly from?: "bounded" | "negative" | "zero";
  /** Whether both ends of a pair must be within the bounds, or the pair only has to reach into them, as for most of Keras's layers. */
  readonly strict?: boolean;
  /** The lower bound itself is out of range. */
  readonly open?: boolean;
}

const isPair = (given: unknown): given is Range =>
  Array.isArray(given) && given.length === 2 && given.every((each) => Number.isFinite(each));

/** A range [low, high] of a random number, or one number from which the range follows. */
export function factor<D extends number | Range | null | undefined = undefined>(
  rules: FactorRules<D>,
): Kind<Range, D, number | Range> {
  const { bounds, from = "bounded", strict = false, open = false } = rules;
  const [lowest, highest] = bounds;
  const inside = (x: number) => (open ? x > lowest : x >= lowest) && x <= highest;
  const read = (given: unknown, owner: string, name: string): Range => {
    if (typeof given === "number" && inside(given)) {
      const size = Math.abs(given);
      if (from === "zero") return [0, size];
      return [from === "negative" ? -size : Math.max(-size, lowest), size];
    }
    if (isPair(given)) {
      const [low, high] = given[0] <= given[1] ? given : [given[1], given[0]];
      // A number f is written as [−f, f] in Keras's configs, also where no pair may begin below 0.
      const isOfNumber = from === "negative" && low === -high && inside(high);
      if (isOfNumber || (strict ? inside(low) && inside(high) : low <= highest && high >= lowest)) return [low, high];
    }
    refuseOption(
      owner,
      name,
      given,
      open
        ? `a number above ${lowest} and up to ${highest}, or a pair of them`
        : `a number from ${lowest} to ${highest}, or a pair of them`,
    );
  };
  // Keras itself cannot read those pairs back.
  const write = ([low, high]: Range) => (from === "negative" && low === -high ? high : [low, high]);
  return kind<Range, D, number | Range>(rules, read, write);
}

export const valueRangeOption = () => ({
  /** The lowest and the highest value of a pixel. Default [0, 255]. */
  valueRange: value<Range, Range>(
    (given, owner, name) => {
      if (!isPair(given) || given[0] === given[1])
        refuseOption(owner, name, given, "a list of two different numbers [lowest, highest]");
      return given[0] < given[1] ? given : [given[1], given[0]];
    },
    { default: [0, 255] },
  ),
});

const boxFormat = /* @__PURE__ */ choice(boundingBoxFormats, { default: null, anyCase: true });

export const boundingBoxOption = () => ({
  /** What the four numbers of a record's boxes are ("xyxy", "xywh", "rel_xyxy", …). Default null: records have no boxes. */
  boundingBoxFormat: {
    ...boxFormat,
    // Keras's configs have the key only where it is set.
    write: (format: BoundingBoxFormat | null) => format ?? undefined,
  },
});

export const layoutOption = () => ({
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
  ...boundingBoxOption(),
});

/** Two odd numbers, or one for both; 3 if none is given. */
export const kernelSize = () => {
  const inner = sizes(2, { default: 3 });
  return kind<Range, 3, number | Range>({ default: 3 }, (given, owner, name) => {
    const pair = inner.read(given, owner, name);
    return pair.every((size) => size % 2 === 1)
      ? pair
      : refuseOption(owner, name, given, "an odd number, or two of them");
  });
};

/** A number, or three of them; null if none is given. */
export const colorOption = () =>
  value<number | readonly number[], null>(
    (given, owner, name) => {
      const isColor = Array.isArray(given) && given.length === 3 && given.every((each) => Number.isFinite(each));
      return Number.isFinite(given) || isColor
        ? (given as number | readonly number[])
        : refuseOption(owner, name, given, "a number, a list of three numbers, or null");
    },
    { default: null },
  );

export const samplingOptions = () => ({
  /** What lies outside of an image: "reflect" (the default), "wrap", "constant" or "nearest". */
  fillMode: choice(fillModes, { default: "reflect" }),
  /** "bilinear" (the default) or "nearest". */
  interpolation: choice(interpolations, { default: "bilinear" }),
  /** The value outside of an image where fillMode is "constant". Default 0. */
  fillValue: number({ default: 0 }),
});
