/** Every optimizer with each of its options switched on. Data only. */
import type { Shape } from "../../src/base/shape.ts";
import type * as barrel from "../../src/nn/optimizers/index.ts";
import type { Optimizer } from "../../src/nn/optimizers/index.ts";

type Barrel = typeof barrel;

export type OptimizerName = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Optimizer ? Name : never;
}[keyof Barrel];

export interface OptimizerCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  /** Shapes of the weights. */
  readonly weights: readonly Shape[];
  /** Names of the variables in Keras's order; w0, w1 … are the weights. */
  readonly variables: readonly string[];
}

const weights = [[3, 5], [7]];
const counters = ["iteration", "learning_rate"];
const momenta = [...counters, "w0_momentum", "w1_momentum"];
const moments = [...counters, "w0_momentum", "w0_velocity", "w1_momentum", "w1_velocity"];

/** Names of slots in groups, each group weight by weight. */
const slots = (...groups: readonly (readonly string[])[]) => [
  ...counters,
  ...groups.flatMap((group) => weights.flatMap((_, i) => group.map((name) => `w${i}_${name}`))),
];

export const optimizerCases = {
  SGD: [
    { name: "plain", options: {}, weights, variables: counters },
    { name: "momentum", options: { learningRate: 0.1, momentum: 0.9 }, weights, variables: momenta },
    { name: "nesterov", options: { learningRate: 0.1, momentum: 0.9, nesterov: true }, weights, variables: momenta },
    { name: "nesterov without momentum", options: { nesterov: true }, weights, variables: counters },
    { name: "clipvalue", options: { clipvalue: 0.5 }, weights, variables: counters },
    { name: "weight decay", options: { weightDecay: 0.1 }, weights, variables: counters },
  ],
  Adam: [
    { name: "plain", options: {}, weights, variables: moments },
    {
      name: "amsgrad",
      options: { learningRate: 0.01, amsgrad: true },
      weights,
      variables: [...moments, "w0_velocity_hat", "w1_velocity_hat"],
    },
    { name: "no first moment", options: { beta1: 0 }, weights, variables: moments },
    { name: "clipnorm", options: { clipnorm: 0.5 }, weights, variables: moments },
    { name: "globalClipnorm", options: { globalClipnorm: 0.5 }, weights, variables: moments },
    { name: "weight decay", options: { weightDecay: 0.004 }, weights, variables: moments },
  ],
  AdamW: [
    { name: "plain", options: {}, weights, variables: moments },
    {
      name: "some weights not decayed",
      options: { weightDecay: 0.5, excludeFromWeightDecay: ["w1"] },
      weights,
      variables: moments,
    },
  ],
  RMSprop: [
    { name: "plain", options: {}, weights, variables: slots(["velocity"]) },
    {
      name: "momentum and centered",
      options: { momentum: 0.5, centered: true },
      weights,
      variables: slots(["velocity"], ["momentum"], ["average_gradient"]),
    },
    {
      name: "gradient accumulation",
      options: { gradientAccumulationSteps: 2 },
      weights,
      variables: slots(["gradient_accumulator"], ["velocity"]),
    },
    { name: "averages", options: { useEma: true }, weights, variables: slots(["average"], ["velocity"]) },
  ],
  Adagrad: [{ name: "plain", options: {}, weights, variables: slots(["accumulator"]) }],
  Adadelta: [{ name: "plain", options: {}, weights, variables: slots(["accumulated_grad", "accumulated_delta_var"]) }],
  Adamax: [{ name: "plain", options: {}, weights, variables: slots(["momentum", "norm"]) }],
  Nadam: [{ name: "plain", options: {}, weights, variables: [...moments, "u_product"] }],
  LossScaleOptimizer: [
    {
      name: "a scale that doubles",
      options: {
        innerOptimizer: {
          module: "keras.optimizers",
          className: "SGD",
          config: { learningRate: 0.5, momentum: 0.5, name: "inner" },
          registeredName: null,
        },
        initialScale: 4,
        dynamicGrowthSteps: 2,
      },
      weights,
      variables: [...counters, "step_counter", "dynamic_scale", ...momenta.map((name) => `inner/${name}`)],
    },
  ],
  Muon: [
    {
      name: "a matrix and a vector",
      options: { learningRate: 0.05 },
      weights,
      variables: [...counters, "w0_momentum", "w1_momentum", "w1_velocity"],
    },
  ],
  Adafactor: [
    { name: "plain", options: { learningRate: 0.05 }, weights, variables: slots(["row", "column", "velocity"]) },
  ],
  ScheduleFreeAdamW: [{ name: "warm-up", options: { warmupSteps: 2 }, weights, variables: moments }],
  Lamb: [{ name: "plain", options: {}, weights, variables: moments }],
  Lion: [{ name: "plain", options: {}, weights, variables: slots(["momentum"]) }],
  Ftrl: [
    { name: "plain", options: {}, weights, variables: slots(["accumulator", "linear"]) },
    {
      name: "all strengths",
      options: { learningRatePower: -0.3, l1RegularizationStrength: 0.01, l2RegularizationStrength: 0.1, beta: 0.1 },
      weights,
      variables: slots(["accumulator", "linear"]),
    },
  ],
} satisfies { readonly [N in OptimizerName]: readonly OptimizerCase<ConstructorParameters<Barrel[N]>[0]>[] };
