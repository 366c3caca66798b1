import { beforeEach, describe, expect, test } from "vitest";
import { toSnakeCaseKeys } from "../../src/base/case.ts";
import { ArgumentError, StateError } from "../../src/base/errors.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { Adam, type Optimizer, resolveOptimizer, SGD } from "../../src/nn/optimizers/index.ts";
import { clearSession } from "../../src/nn/process-state.ts";
import { Variable } from "../../src/nn/variable.ts";
import { stepOptimizer, TraceContext } from "./run-nn.ts";

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

describe("names", () => {
  test.each([
    ["adam", Adam],
    ["Adam", Adam],
    ["SGD", SGD],
    ["sgd", SGD],
  ])("%s", (name, made) => {
    expect(resolveOptimizer(name)).toBeInstanceOf(made);
  });

  test("an optimizer is itself", () => {
    const own = new Adam();
    expect(resolveOptimizer(own as Optimizer)).toBe(own);
  });

  test.each(["adamm", "rmsprop", "constructor", undefined, 3])("%s is unknown", (name) => {
    expect(() => resolveOptimizer(bad(name))).toThrow(ArgumentError);
    expect(() => resolveOptimizer(bad(name))).toThrow(/^Unknown optimizer .*Known: adam, sgd\.$/);
  });
});

describe("options", () => {
  test.each<[() => unknown, RegExp]>([
    [() => new Adam(bad({ lr: 0.1 })), /^Adam: unknown option "lr"\./],
    [() => new Adam(bad({ beta_1: 0.1 })), /unknown option "beta_1"\. Did you mean "beta1"\?/],
    [() => new Adam(bad(0.1)), /^Adam takes its options as one object \{ … \}, got 0\.1\.$/],
    [() => new Adam({ learningRate: 0 }), /^Adam: learningRate is 0, expected a finite number above 0\.$/],
    [() => new SGD({ learningRate: Number.NaN }), /learningRate is missing or NaN/],
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
    const context = new TraceContext(builder, true);
    const variable = weight("w", 1);
    const update = {
      read: (v: Variable) => context.read(v),
      update: () => {},
      guard: (fresh: Sym) => fresh,
    };
    const gradient = builder.input("g", { shape: [1], dtype: "float32", batched: false });
    expect(() => adam.emitUpdate(update, [{ variable, gradient }])).toThrow(StateError);
    expect(() => adam.emitUpdate(update, [{ variable, gradient }])).toThrow(/was not built for the weight "w"/);
    expect(() => adam.emitUpdate(update, [])).toThrow(/no weight has a gradient, so there is nothing to train/);
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
