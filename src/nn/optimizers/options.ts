/** Options that every optimizer takes, and kinds of options that several have. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import {
  flag,
  type GivenOptions,
  integer,
  type Kind,
  kind,
  number,
  type OptionsOf,
  text,
  value,
} from "../option-kinds.ts";
import { checkNumber } from "../options.ts";
import { learningRate } from "../schedules/resolve.ts";

const texts = /* @__PURE__ */ value<readonly string[], readonly string[]>(
  (given, owner, name) => {
    if (!Array.isArray(given) || !given.every((each) => typeof each === "string" && each !== ""))
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(given)}, expected a list of parts of weights' names.`,
      );
    return given as readonly string[];
  },
  { default: [], write: () => undefined },
);

export const commonOptions = {
  /** Default: the class's name in snake_case, numbered. */
  name: /* @__PURE__ */ text({ default: null }),
  /** A number of 0 or more, a schedule, or a function from the count of steps to the rate. Default 0.001. */
  learningRate: /* @__PURE__ */ learningRate(0.001),
  /** Each step first takes weight · weightDecay · learningRate off every weight. Default null: none. */
  weightDecay: /* @__PURE__ */ number({ min: 0, default: null }),
  /** Scales each gradient down to this norm. One of the three clips at most. */
  clipnorm: /* @__PURE__ */ number({ min: 0, open: true, default: null }),
  /** Scales all gradients together down to this norm. */
  globalClipnorm: /* @__PURE__ */ number({ min: 0, open: true, default: null }),
  /** Cuts each value of the gradients at ± this. */
  clipvalue: /* @__PURE__ */ number({ min: 0, open: true, default: null }),
  /** Keeps a moving average of each weight, which takes the weight's place at the end of `fit`. Default false. */
  useEma: /* @__PURE__ */ flag({ default: false }),
  /** Share of the moving average that stays at each step. Default 0.99. */
  emaMomentum: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.99 }),
  /** The averages also take the weights' place every so many steps. Default null: at the end of `fit` only. */
  emaOverwriteFrequency: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** The loss is multiplied by it before it is differentiated, and the gradients are divided by it. Default null: not at all. */
  lossScaleFactor: /* @__PURE__ */ number({ min: 0, open: true, default: null }),
  /** Weights change every so many steps, by the mean of the gradients since the last change. Default null: every step. */
  gradientAccumulationSteps: /* @__PURE__ */ integer({ min: 2, default: null }),
  /** Weights whose name holds one of these texts are not decayed. Default none. As in Keras, no part of the config. */
  excludeFromWeightDecay: texts,
};

/** Options that every optimizer takes. */
export type OptimizerOptions = GivenOptions<typeof commonOptions>;
export type CommonOptions = OptionsOf<typeof commonOptions>;

/** The share of a moving average that stays: from 0 on, below 1. */
export function decay<D extends number>(fallback: D): Kind<number, D> {
  return kind<number, D>({ default: fallback }, (given, owner, name) => {
    checkNumber(owner, name, given, "a number of 0 or more and below 1", (share) => share >= 0 && share < 1);
    return given;
  });
}

/** A small number that keeps a division from one by 0. */
export function epsilon(): Kind<number, number> {
  return number<number>({ min: 0, default: 1e-7 });
}
