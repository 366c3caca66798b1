import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { type Key, keyOf } from "../../src/base/random.ts";
import { tensor } from "../../src/base/tensor.ts";
import {
  Constant,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  Identity,
  type Initializer,
  LecunNormal,
  LecunUniform,
  Ones,
  Orthogonal,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
  Zeros,
} from "../../src/nn/initializers/index.ts";
import { resolveInitializer } from "../../src/nn/initializers/resolve.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { setSeed } from "../../src/nn/process-state.ts";
import { Sequential } from "../../src/train/sequential.ts";

const key: Key = keyOf(1);
/** fanIn 144, fanOut 288. */
const kernel = [3, 3, 16, 32];
const [fanIn, fanOut] = [144, 288];

function statistics(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, stddev: Math.sqrt(variance), largest: Math.max(...values), least: Math.min(...values) };
}

describe("distributions", () => {
  // The standard deviation of a normal cut at ±2σ is 0.8796 σ; Keras corrects for it in VarianceScaling alone.
  const cut = 0.8796256610342398;
  const normal = (stddev: number) => ({ stddev, limit: (2 * stddev) / cut });
  const uniform = (limit: number) => ({ stddev: limit / Math.sqrt(3), limit });
  const cases: [title: string, initializer: Initializer, expected: { stddev: number; limit: number }][] = [
    ["TruncatedNormal", new TruncatedNormal() as Initializer, { stddev: 0.05 * cut, limit: 0.1 }],
    ["RandomUniform", new RandomUniform() as Initializer, uniform(0.05)],
    ["GlorotUniform", new GlorotUniform() as Initializer, uniform(Math.sqrt(6 / (fanIn + fanOut)))],
    ["GlorotNormal", new GlorotNormal() as Initializer, normal(Math.sqrt(2 / (fanIn + fanOut)))],
    ["HeUniform", new HeUniform() as Initializer, uniform(Math.sqrt(6 / fanIn))],
    ["HeNormal", new HeNormal() as Initializer, normal(Math.sqrt(2 / fanIn))],
    ["LecunUniform", new LecunUniform() as Initializer, uniform(Math.sqrt(3 / fanIn))],
    ["LecunNormal", new LecunNormal() as Initializer, normal(Math.sqrt(1 / fanIn))],
    ["VarianceScaling", new VarianceScaling() as Initializer, normal(Math.sqrt(1 / fanIn))],
    [
      "VarianceScaling, fan_out, uniform",
      new VarianceScaling({ scale: 2, mode: "fan_out", distribution: "uniform" }) as Initializer,
      uniform(Math.sqrt(6 / fanOut)),
    ],
  ];

  test.each(cases)("%s has its deviation and its limits", (_title, initializer, { stddev, limit }) => {
    const { mean, stddev: measured, largest, least } = statistics(initializer.initialize(kernel, key));
    expect(Math.abs(mean)).toBeLessThan((5 * stddev) / Math.sqrt(4608));
    expect(Math.abs(measured / stddev - 1)).toBeLessThan(0.04);
    for (const extreme of [largest, -least]) {
      expect(extreme).toBeLessThanOrEqual(limit * (1 + 1e-6));
      expect(extreme).toBeGreaterThan(0.95 * limit);
    }
  });

  test("RandomNormal has its mean and deviation, and tails", () => {
    const values = new RandomNormal({ mean: 3, stddev: 0.5 }).initialize(kernel, key);
    const { mean, stddev, largest } = statistics(values);
    expect(mean).toBeCloseTo(3, 1);
    expect(Math.abs(stddev / 0.5 - 1)).toBeLessThan(0.04);
    expect(largest).toBeGreaterThan(3 + 2.5 * 0.5);
  });

  test("untruncated_normal has tails", () => {
    const values = new VarianceScaling({ distribution: "untruncated_normal" }).initialize(kernel, key);
    const { stddev, largest } = statistics(values);
    expect(Math.abs(stddev / Math.sqrt(1 / fanIn) - 1)).toBeLessThan(0.04);
    expect(largest).toBeGreaterThan(2.5 / Math.sqrt(fanIn));
  });

  test("fans of vectors, scalars and matrices", () => {
    const limits = [[], [50], [20, 30]].map((shape) => {
      const draws = Array.from({ length: 2000 }, (_, i) => new GlorotUniform().initialize(shape, keyOf(i))[0]!);
      return Math.max(...draws.map(Math.abs));
    });
    expect(limits[0]).toBeCloseTo(Math.sqrt(6 / 2), 1);
    expect(limits[1]).toBeCloseTo(Math.sqrt(6 / 100), 2);
    expect(limits[2]).toBeCloseTo(Math.sqrt(6 / 50), 2);
  });
});

describe("without chance", () => {
  test("Zeros, Ones, Constant", () => {
    expect(new Zeros().initialize([2])).toEqual(Float32Array.of(0, 0));
    expect(new Ones().initialize([2])).toEqual(Float32Array.of(1, 1));
    expect(new Constant({ value: 0.25 }).initialize([2])).toEqual(Float32Array.of(0.25, 0.25));
    expect(new Constant().initialize([])).toEqual(Float32Array.of(0));
  });

  test("Identity, square or not", () => {
    expect(new Identity({ gain: 2 }).initialize([2, 3])).toEqual(Float32Array.of(2, 0, 0, 0, 2, 0));
    expect(new Identity().initialize([3, 2])).toEqual(Float32Array.of(1, 0, 0, 1, 0, 0));
    expect(() => new Identity().initialize([2, 2, 2])).toThrow(
      /^Identity makes matrices only, got shape \(2, 2, 2\)\.$/,
    );
  });
});

describe("Orthogonal", () => {
  test.each([{ shape: [7, 7] }, { shape: [12, 5] }, { shape: [5, 12] }, { shape: [3, 3, 2, 4] }])(
    "$shape has orthonormal rows or columns",
    ({ shape }) => {
      const columns = shape.at(-1)!;
      const values = new Orthogonal({ gain: 3 }).initialize(shape, key);
      const rows = values.length / columns;
      const wide = rows < columns;
      const entry = (vector: number, i: number) => values[wide ? vector * columns + i : i * columns + vector]!;
      for (let a = 0; a < Math.min(rows, columns); a++)
        for (let b = 0; b < Math.min(rows, columns); b++) {
          let product = 0;
          for (let i = 0; i < Math.max(rows, columns); i++) product += entry(a, i) * entry(b, i);
          expect(product).toBeCloseTo(a === b ? 9 : 0, 5);
        }
    },
  );

  test("favours no sign", () => {
    const first = Array.from({ length: 400 }, (_, i) => new Orthogonal().initialize([2, 2], keyOf(i))[0]!);
    const positive = first.filter((value) => value > 0).length;
    expect(positive).toBeGreaterThan(150);
    expect(positive).toBeLessThan(250);
  });

  test("refuses vectors", () => {
    expect(() => new Orthogonal().initialize([4], key)).toThrow(ShapeError);
    expect(() => new Orthogonal().initialize([4], key)).toThrow(/needs a shape of 2 or more axes, got \(4,\)/);
  });
});

describe("seeds", () => {
  const random = [new RandomNormal(), new TruncatedNormal(), new RandomUniform(), new HeNormal(), new Orthogonal()];

  test.each(random.map((initializer) => [initializer.className, initializer as Initializer]))(
    "%s depends on the key",
    (_name, initializer) => {
      const draw = (seed: number) => initializer.initialize([4, 5], keyOf(seed));
      expect(draw(1)).toEqual(draw(1));
      expect(draw(1)).not.toEqual(draw(2));
    },
  );

  test("a seed of one's own gives the same values for every key", () => {
    const draw = (seed: number, from: number) => new HeNormal({ seed }).initialize([4, 5], keyOf(from));
    expect(draw(7, 1)).toEqual(draw(7, 2));
    expect(draw(7, 1)).not.toEqual(draw(8, 1));
  });
});

describe("names", () => {
  test.each([
    ["zeros", "Zeros"],
    ["zero", "Zeros"],
    ["one", "Ones"],
    ["normal", "RandomNormal"],
    ["uniform", "RandomUniform"],
    ["glorot_uniform", "GlorotUniform"],
    ["GlorotUniform", "GlorotUniform"],
    ["he_normal", "HeNormal"],
    ["lecun_uniform", "LecunUniform"],
    ["variance_scaling", "VarianceScaling"],
    ["truncated_normal", "TruncatedNormal"],
    ["IdentityInitializer", "Identity"],
    ["orthogonal", "Orthogonal"],
  ])("%s is %s", (name, className) => {
    expect(resolveInitializer(name).className).toBe(className);
  });

  test("a near miss is named", () => {
    expect(() => resolveInitializer("henormal_")).toThrow(/Did you mean "he_normal"\? Known: .*zeros, /);
    expect(() => resolveInitializer("toString")).toThrow(ArgumentError);
  });

  test("an initializer is itself", () => {
    const own = new HeNormal() as Initializer;
    expect(resolveInitializer(own)).toBe(own);
  });
});

describe("functions", () => {
  test("give the values of a weight", () => {
    const ramp = resolveInitializer((shape: readonly number[]) => [...Array(shape[0]! * shape[1]!).keys()]);
    expect(ramp.initialize([2, 3], key)).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    expect(resolveInitializer(() => Float64Array.of(0.5)).initialize([1, 1], key)).toEqual(Float32Array.of(0.5));
  });

  test("must give as many numbers as the shape has", () => {
    const few = resolveInitializer(function few() {
      return [1, 2];
    });
    expect(() => few.initialize([3], key)).toThrow(
      /^The initializer function "few" gave 2 values for shape \(3,\), expected 3 numbers in row-major order\.$/,
    );
    for (const wrong of [() => undefined, () => ["1", "2", "3"]])
      expect(() => resolveInitializer(wrong).initialize([3], key)).toThrow(ArgumentError);
  });

  test("are not told from their names", () => {
    const described = resolveInitializer(function mine() {
      return [0];
    }).describe();
    expect(described).toMatchObject({ className: "function", config: { name: "mine" } });
    expect(() => resolveInitializer(described)).toThrow(
      /^The initializer was a function named "mine", which a config cannot hold; give the function itself\.$/,
    );
  });

  test("a class is no function", () => {
    expect(() => resolveInitializer(HeNormal)).toThrow(/pass an object: new HeNormal\(\)/);
  });
});

describe("configs", () => {
  const axes = { inputAxes: null, outputAxes: null };
  test.each([
    [new Constant({ value: 2 }) as Initializer, { value: 2 }],
    [new RandomNormal({ seed: 3 }) as Initializer, { mean: 0, stddev: 0.05, seed: 3 }],
    [new GlorotUniform() as Initializer, { seed: null, ...axes }],
    [
      new VarianceScaling() as Initializer,
      { scale: 1, mode: "fan_in", distribution: "truncated_normal", seed: null, ...axes },
    ],
  ])("%#", (initializer, config) => {
    expect(initializer.describe()).toEqual({
      module: "keras.initializers",
      className: initializer.className,
      config,
      registeredName: null,
    });
  });

  /** Options that TypeScript refuses. */
  const bad = <T>(options: unknown) => options as T;
  test.each<[() => unknown, RegExp]>([
    [
      () => new RandomNormal(bad({ std: 1 })),
      /^RandomNormal: unknown option "std"\. .*It takes: mean, stddev, seed\.$/,
    ],
    [() => new Zeros(bad({ value: 1 })), /^Zeros: unknown option "value"\. It takes none\.$/],
    [() => new HeNormal({ seed: 1.5 }), /^HeNormal: seed is 1\.5, expected a whole number, or null\.$/],
    [() => new Constant({ value: Number.POSITIVE_INFINITY }), /value is Infinity, expected a finite number/],
    [() => new VarianceScaling({ scale: 0 }), /scale is 0, expected a number above 0/],
    [
      () => new VarianceScaling(bad({ mode: "fan_on" })),
      /Unknown mode of VarianceScaling "fan_on"\. Did you mean "fan_in"\?/,
    ],
    [() => new VarianceScaling(bad({ distribution: "gamma" })), /Unknown distribution of VarianceScaling "gamma"/],
  ])("%#: refused", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });
});

test("a model's first call draws its weights at once, while its code is loaded", async () => {
  let draws = 0;
  class Counted extends VarianceScaling {
    override initialize(shape: readonly number[], key: Key) {
      draws++;
      return super.initialize(shape, key);
    }
  }
  const model = new Sequential([new Dense({ units: 2, kernelInitializer: new Counted(), inputShape: [3] })]);
  model.compile({ device: "reference" });
  expect(draws).toBe(0);
  const answer = model.predict(tensor([[1, 2, 3]]), { verbose: 0 });
  expect(draws).toBe(1);
  await answer;
  expect(draws).toBe(1);
});

test("weights are drawn when they are first read, and not at all where others are set", () => {
  let draws = 0;
  class Counted extends VarianceScaling {
    override initialize(shape: readonly number[], key: Key) {
      draws++;
      return super.initialize(shape, key);
    }
  }
  const make = () => {
    setSeed(4);
    const layer = new Dense({ units: 2, kernelInitializer: new Counted() });
    layer.build([null, 3]);
    return layer;
  };
  const layer = make();
  expect([layer.countParams(), draws]).toEqual([8, 0]);
  const [kernel] = layer.getWeights();
  expect([kernel!.data, draws]).toEqual([layer.kernel.value, 1]);
  const other = make();
  other.setWeights(layer.getWeights());
  expect(other.getWeights()[0]!.data).toEqual(kernel!.data);
  expect(draws).toBe(1);
  // The order of reading does not matter: a weight's draws depend on its key alone.
  const late = make();
  void late.weights.at(-1)!.value;
  expect(late.getWeights()[0]!.data).toEqual(kernel!.data);
  // An initializer that refuses shapes says so at once.
  const refusing = new Dense({ units: 2, kernelInitializer: () => [1] });
  expect(() => refusing.build([null, 3])).toThrow("gave 1 values");
});
