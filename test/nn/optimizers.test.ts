import { beforeEach, describe, expect, test } from "vitest";
import { toSnakeCaseKeys } from "../../src/base/case.ts";
import { ArgumentError, StateError } from "../../src/base/errors.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { Constraint } from "../../src/nn/constraints/index.ts";
import * as barrel from "../../src/nn/optimizers/index.ts";
import { Adam, AdamW, LossScaleOptimizer, Muon, Optimizer, RMSprop, SGD } from "../../src/nn/optimizers/index.ts";
import { type OptimizerName, resolveOptimizer } from "../../src/nn/optimizers/resolve.ts";
import { clearSession } from "../../src/nn/process-state.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { CosineDecay, ExponentialDecay } from "../../src/nn/schedules/index.ts";
import { Trace } from "../../src/nn/trace.ts";
import { Variable } from "../../src/nn/variable.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { stepOptimizer } from "./run-optimizer.ts";

beforeEach(() => clearSession());

function weight(path: string, ...values: number[]): Variable {
  const variable = new Variable({
    name: "kernel",
    shape: [values.length],
    trainable: true,
    value: Float32Array.from(values),
  });
  variable.path = path;
  return variable;
}

const bad = <T>(options: unknown) => options as T;

/** One that wraps another is made of it, and not by its name alone. */
const classNames = [...classesOf({ barrel, base: Optimizer }).keys()].filter((name) => name !== "LossScaleOptimizer");

describe("names", () => {
  test.each(classNames)("%s, in any case", (className) => {
    for (const name of [className, className.toLowerCase(), className.toUpperCase()])
      expect(resolveOptimizer(name).className).toBe(className);
  });

  test("the types know the lower-case ones", () => {
    const name: OptimizerName = "rmsprop";
    expect(resolveOptimizer(name)).toBeInstanceOf(RMSprop);
    // @ts-expect-error it is spelt "adamw"
    const wrong: OptimizerName = "adam_w";
    expect(() => resolveOptimizer(wrong)).toThrow(/Did you mean "adamw"\?/);
  });

  test("an optimizer is itself, a config makes one", () => {
    const own = new Adam();
    expect(resolveOptimizer(own)).toBe(own);
    const made = resolveOptimizer(new RMSprop({ rho: 0.5, name: "mine" }).describe());
    expect(made).toBeInstanceOf(RMSprop);
    expect(made.getConfig()).toMatchObject({ rho: 0.5, name: "mine" });
  });

  test.each(["adamm", "constructor", undefined, 3])("%s is unknown", (name) => {
    expect(() => resolveOptimizer(name)).toThrow(ArgumentError);
    expect(() => resolveOptimizer(name)).toThrow(/^Unknown optimizer .*Known: .*adam, .*sgd\.$/);
  });
});

describe("options", () => {
  test.each<[() => unknown, RegExp]>([
    [() => new Adam(bad({ lr: 0.1 })), /^Adam: unknown option "lr"\./],
    [() => new Adam(bad({ beta_1: 0.1 })), /unknown option "beta_1"\. Did you mean "beta1"\?/],
    [() => new Adam(bad(0.1)), /^Adam takes its options as one object \{ … \}, got 0\.1\.$/],
    [
      () => new Adam({ learningRate: -1 }),
      /^Adam: learningRate is -1, expected a number of 0 or more, or a schedule\.$/,
    ],
    [() => new Adam({ gradientAccumulationSteps: 1 }), /gradientAccumulationSteps is 1, expected a whole number of 2/],
    [() => new Adam({ emaMomentum: 2 }), /emaMomentum is 2, expected a number from 0 to 1/],
    [() => new Adam({ lossScaleFactor: 0 }), /lossScaleFactor is 0, expected a number above 0, or null/],
    [() => new LossScaleOptimizer(bad({})), /^Unknown optimizer of LossScaleOptimizer undefined/],
    [
      () => new LossScaleOptimizer(bad({ innerOptimizer: "sgd", clipnorm: 1 })),
      /^LossScaleOptimizer: clipnorm is an option of the inner optimizer; set it there\.$/,
    ],
    [
      () => new LossScaleOptimizer({ innerOptimizer: new SGD({ lossScaleFactor: 2 }) }),
      /the inner optimizer scales losses itself, by lossScaleFactor 2/,
    ],
    [
      () => new Muon({ excludeLayers: ["("] }),
      /^Muon: excludeLayers is \["\("\], expected a list of regular expressions/,
    ],
    [() => new AdamW(bad({ weightDecay: null })), /^AdamW: weightDecay is null, expected a number of 0 or more/],
    [() => new AdamW(bad({ excludeFromWeightDecay: "bias" })), /excludeFromWeightDecay is "bias", expected a list/],
    [() => new SGD({ learningRate: Number.NaN }), /learningRate is NaN/],
    [() => new SGD(bad({ learningRate: "0.1" })), /learningRate is "0\.1"/],
    [() => new SGD({ learningRate: Number.POSITIVE_INFINITY }), /learningRate is Infinity/],
    [() => new SGD({ momentum: 1.1 }), /momentum is 1\.1, expected a number from 0 to 1/],
    [() => new SGD(bad({ nesterov: 1 })), /nesterov is 1, expected true or false/],
    [() => new Adam({ beta1: 1 }), /beta1 is 1, expected a number of 0 or more and below 1/],
    [() => new Adam({ epsilon: -1 }), /epsilon is -1/],
    [() => new Adam({ clipnorm: 0 }), /clipnorm is 0, expected a number above 0/],
    [() => new Adam({ clipnorm: 1, clipvalue: 1 }), /set only one of clipnorm, clipvalue/],
    [() => new SGD({ weightDecay: -0.1 }), /weightDecay is -0\.1/],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test("the learning rate is held in float32 and can be set", () => {
    const adam = new Adam();
    expect(adam.learningRate).toBe(0.0010000000474974513);
    adam.learningRate = 0.5;
    expect(adam.learningRate).toBe(0.5);
    expect(adam.variables[1]!.value).toEqual(Float32Array.of(0.5));
    expect(() => {
      adam.learningRate = -1;
    }).toThrow(/^Adam: learningRate is -1/);
    expect(adam.learningRate).toBe(0.5);
  });
});

describe("getConfig", () => {
  test("is Keras's, key by key", () => {
    // As Keras 3.15.1 wrote it to config.json.
    const expected = {
      name: "adam",
      learning_rate: 0.0010000000474974513,
      weight_decay: null,
      clipnorm: null,
      global_clipnorm: null,
      clipvalue: null,
      use_ema: false,
      ema_momentum: 0.99,
      ema_overwrite_frequency: null,
      loss_scale_factor: null,
      gradient_accumulation_steps: null,
      beta_1: 0.9,
      beta_2: 0.999,
      epsilon: 1e-7,
      amsgrad: false,
    };
    expect(JSON.stringify(toSnakeCaseKeys(new Adam().getConfig()))).toBe(JSON.stringify(expected));
  });

  test("holds what was given and set", () => {
    const sgd = new SGD({ momentum: 0.9, nesterov: true, clipvalue: 2, weightDecay: 0.1 });
    sgd.learningRate = 0.25;
    expect(sgd.getConfig()).toMatchObject({
      learningRate: 0.25,
      momentum: 0.9,
      nesterov: true,
      clipvalue: 2,
      weightDecay: 0.1,
    });
  });
});

describe("slots", () => {
  test("have Keras's paths and are made once", () => {
    const adam = new Adam();
    const kernel = weight("sequential/conv2d/kernel", 1, 2);
    expect(adam.built).toBe(false);
    adam.build([kernel]);
    const slots = adam.variables;
    adam.build([kernel]);
    expect(adam.variables).toEqual(slots);
    expect(adam.built).toBe(true);
    expect(slots.map(({ path, shape }) => [path, shape])).toEqual([
      ["adam/iteration", []],
      ["adam/learning_rate", []],
      ["adam/sequential_conv2d_kernel_momentum", [2]],
      ["adam/sequential_conv2d_kernel_velocity", [2]],
    ]);
  });

  test("an optimizer that was not built for a weight says so", () => {
    const adam = new Adam();
    const builder = new GraphBuilder();
    const trace = new Trace({ builder, training: true });
    const variable = weight("w", 1);
    const gradient = builder.input("g", { shape: [1], dtype: "float32", batched: false });
    const apply = (pairs: { variable: Variable; gradient: typeof gradient }[]) => trace.write(() => adam.apply(pairs));
    expect(() => apply([{ variable, gradient }])).toThrow(StateError);
    expect(() => apply([{ variable, gradient }])).toThrow(/was not built for the weight "w"/);
    expect(() => apply([])).toThrow(/no weight has a gradient, so there is nothing to train/);
    expect(() => adam.apply([{ variable, gradient }])).toThrow(/outside of a step/);
  });

  test("belong to the weight, not to its name: one optimizer trains two models", () => {
    const first = weight("kernel", 1);
    const second = weight("kernel", 1);
    const sgd = new SGD({ learningRate: 1, momentum: 0.5 });
    stepOptimizer(sgd, [first], [[1]]);
    stepOptimizer(sgd, [second], [[10]]);
    stepOptimizer(sgd, [first], [[0]]);
    expect([first.value[0], second.value[0]]).toEqual([-0.5, -9]);
    expect(sgd.variablesOf([second]).map(({ value }) => value[0])).toEqual([3, 1, -10]);
    expect(sgd.variables).toHaveLength(4);
  });
});

describe("schedules", () => {
  const learningRate = () => new ExponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 });

  test("set the rate of each step, and there is no variable for it", () => {
    const sgd = new SGD({ learningRate: learningRate() });
    const w = weight("w", 0);
    const rates = [1, 2, 3].map(() => {
      stepOptimizer(sgd, [w], [[-1]]);
      return w.value[0];
    });
    expect(rates).toEqual([1, 1.5, 1.75]);
    expect(sgd.learningRate).toBe(0.125);
    expect(sgd.variables.map(({ name }) => name)).toEqual(["iteration"]);
  });

  test("nobody else can set it then", () => {
    const sgd = new SGD({ learningRate: learningRate() });
    expect(() => {
      sgd.learningRate = 1;
    }).toThrow(StateError);
  });

  test("are written to the config and read from it", () => {
    const { learningRate: written } = new SGD({ learningRate: learningRate() }).getConfig();
    expect(written).toMatchObject({ className: "ExponentialDecay", config: { decayRate: 0.5 } });
    const again = new SGD({ ...new SGD({ learningRate: learningRate() }).getConfig(), name: "again" } as object);
    expect(again.getConfig().learningRate).toEqual(written);
  });

  test("a function from the count of steps is one", () => {
    const sgd = new SGD({ learningRate: (step) => mul(step, 0.5) });
    const w = weight("w", 0);
    for (let step = 0; step < 3; step++) stepOptimizer(sgd, [w], [[-1]]);
    expect(w.value[0]).toBe(1.5);
    expect(sgd.learningRate).toBe(1.5);
    expect(() => new SGD(sgd.getConfig() as object)).toThrow(/was a function.*which a config cannot hold/);
  });

  test("with accumulation they see every call", () => {
    const sgd = new SGD({ learningRate: learningRate(), gradientAccumulationSteps: 2 });
    const w = weight("w", 0);
    for (let call = 0; call < 4; call++) stepOptimizer(sgd, [w], [[-1]]);
    expect(w.value[0]).toBe(0.5 + 0.125);
    expect(sgd.iterations).toBe(2);
  });

  test("a warm-up may start at 0", () => {
    const warmUp = { initialLearningRate: 0, warmupTarget: 1, warmupSteps: 4, decaySteps: 10 };
    const adam = new AdamW({ learningRate: new CosineDecay(warmUp) });
    const w = weight("w", 3);
    stepOptimizer(adam, [w], [[1]]);
    expect(w.value[0]).toBe(3);
    expect(adam.learningRate).toBe(0.25);
  });
});

describe("averages", () => {
  test("of a weight that never had a gradient are the weight", () => {
    const [a, b] = [weight("a", 1), weight("b", 7)];
    const sgd = new SGD({ useEma: true });
    sgd.build([a, b]);
    stepOptimizer(sgd, [a], [[1]]);
    sgd.finalize([a, b]);
    expect(b.value[0]).toBe(7);
  });

  test("without useEma finalize changes nothing", () => {
    const w = weight("w", 1);
    const sgd = new SGD({ learningRate: 1 });
    stepOptimizer(sgd, [w], [[0.5]]);
    sgd.finalize([w]);
    expect(w.value[0]).toBe(0.5);
  });
});

describe("constraints", () => {
  test("come after the update and the average", () => {
    const constraint = new (class extends Constraint {
      override call(x: Parameters<Constraint["call"]>[0]) {
        return mul(x, 0.5);
      }
    })();
    const w = new Variable({ name: "w", shape: [1], trainable: true, value: Float32Array.of(8), constraint });
    const sgd = new SGD({ learningRate: 1, useEma: true });
    stepOptimizer(sgd, [w], [[2]]);
    expect(w.value[0]).toBe(3);
    expect(sgd.variables.find(({ name }) => name === "average")!.value[0]).toBe(6);
  });
});

describe("steps", () => {
  test("Adam's first step moves each weight by the learning rate, whatever the gradient's size", () => {
    const w = weight("w", 1, 1, 1);
    stepOptimizer(new Adam({ learningRate: 0.1 }), [w], [[1e-3, 5, -40]]);
    expect(w.value[0]).toBeCloseTo(0.9, 3);
    expect(w.value[1]).toBeCloseTo(0.9, 4);
    expect(w.value[2]).toBeCloseTo(1.1, 4);
  });

  test("weight decay comes before the update", () => {
    const w = weight("w", 10);
    stepOptimizer(new SGD({ learningRate: 0.1, weightDecay: 0.5 }), [w], [[2]]);
    expect(w.value[0]).toBeCloseTo(10 - 10 * 0.5 * 0.1 - 0.1 * 2, 6);
  });

  test("clips by value, by norm and by the norm of all", () => {
    const slopes = [[3, -4], [12]];
    const moves = (optimizer: Optimizer) => {
      const weights = [weight("a", 0, 0), weight("b", 0)];
      stepOptimizer(optimizer, weights, slopes);
      return weights.flatMap(({ value }) => [...value]);
    };
    const close = (actual: number[], expected: number[]) =>
      expected.forEach((value, i) => {
        expect(actual[i]).toBeCloseTo(-value, 6);
      });
    close(moves(new SGD({ learningRate: 1, clipvalue: 3.5 })), [3, -3.5, 3.5]);
    // Norms 5 and 12, of both together 13.
    close(moves(new SGD({ learningRate: 1, clipnorm: 6 })), [3, -4, 6]);
    close(moves(new SGD({ learningRate: 1, globalClipnorm: 6.5 })), [1.5, -2, 6]);
    close(moves(new SGD({ learningRate: 1, globalClipnorm: 100 })), [3, -4, 12]);
  });

  test("a gradient of 0 does not divide by its norm", () => {
    const w = weight("w", 1, 2);
    stepOptimizer(new SGD({ learningRate: 1, globalClipnorm: 1 }), [w], [[0, 0]]);
    expect([...w.value]).toEqual([1, 2]);
  });

  test.each([
    new SGD({ momentum: 0.9, nesterov: true }) as Optimizer,
    new Adam({ amsgrad: true, weightDecay: 0.1 }) as Optimizer,
    new Adam({ useEma: true, gradientAccumulationSteps: 2 }) as Optimizer,
    new barrel.Nadam() as Optimizer,
  ])("$className: everything that is written passes through the guard", (optimizer) => {
    const weights = [weight("a", 1, 2), weight("b", 3)];
    stepOptimizer(optimizer, weights, [[1, -1], [2]]);
    const state = [...weights, ...optimizer.variables];
    const before = state.map(({ value }) => [...value]);
    stepOptimizer(optimizer, weights, [[Number.NaN, 1], [1]], (_fresh, old) => old);
    expect(state.map(({ value }) => [...value])).toEqual(before);
    expect(optimizer.iteration.value[0]).toBe(1);
  });
});
