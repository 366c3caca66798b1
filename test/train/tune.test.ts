/** Searches for hyper-parameters, over models that only pretend to train. */
import { type FileStore, type Model, memorySource, NumericError } from "fovea";
import { type SearchSpace, type Trial, type TuneOptions, tune } from "fovea/utils";
import { describe, expect, test } from "vitest";
import { foldKey, keyOf, RandomStream } from "../../src/base/random.ts";
import { expectedImprovement, GaussianProcess } from "../../src/train/tuning/gaussian-process.ts";
import { SpaceAxes } from "../../src/train/tuning/search-space.ts";
import golden from "../golden/tuning.json" with { type: "json" };

interface Fit {
  readonly values: Record<string, unknown>;
  readonly from: number;
  readonly to: number;
}

/** Models whose val_loss falls from epoch to epoch to what a function says. */
function pretenders(lossOf: (values: never) => number) {
  const fits: Fit[] = [];
  let [made, stopped] = [0, 0];
  const make = (values: object) =>
    ({
      runner: deviceOf(() => stopped++),
      metricDirection: (name: string) => (name === "val_loss" ? "min" : undefined),
      fit: async (_x: unknown, { epochs, initialEpoch }: { epochs: number; initialEpoch: number }) => {
        fits.push({ values: values as Fit["values"], from: initialEpoch, to: epochs });
        const loss = lossOf(values as never);
        if (Number.isNaN(loss)) throw new NumericError("loss is NaN");
        const val_loss = Array.from({ length: epochs - initialEpoch }, (_, i) => loss + 1 / (initialEpoch + i + 1));
        return { history: { val_loss, loss: val_loss } };
      },
    }) as unknown as Model;
  const counted = (values: object) => {
    made++;
    return make(values);
  };
  return { fits, make: counted, running: () => made - stopped };
}

/** What of a model's runner the search uses. */
const deviceOf = (stop: () => void) => ({ device: { dispose: async () => stop() } });

const x = [0];

function memoryStore() {
  const files = new Map<string, Uint8Array>();
  const store: FileStore = {
    open: async (name) => (files.has(name) ? memorySource(name, files.get(name)!) : undefined),
    write: async (name, pieces) =>
      void files.set(name, new Uint8Array(await new Blob([...pieces] as BlobPart[]).arrayBuffer())),
  };
  return { files, file: { store, name: "trials.json" } };
}

describe("a Gaussian process", () => {
  test.each(golden.cases)("of length $length and noise $noise is that of NumPy", (wanted) => {
    const process = new GaussianProcess(golden.points, golden.values, wanted.length, wanted.noise);
    expect(process.likelihood).toBeCloseTo(wanted.likelihood, 7);
    golden.places.forEach((place, i) => {
      const { mean, deviation } = process.predict(place);
      expect(mean).toBeCloseTo(wanted.mean[i]!, 7);
      expect(deviation).toBeCloseTo(wanted.deviation[i]!, 7);
      const gain = expectedImprovement(Math.min(...golden.values), mean, deviation);
      expect(gain).toBeCloseTo(wanted.gain[i]!, 6);
    });
  });

  test("is the one of the largest likelihood", () => {
    const process = GaussianProcess.fit(golden.points, golden.values);
    expect(process.likelihood).toBeCloseTo(Math.max(...golden.cases.map(({ likelihood }) => likelihood)), 7);
  });
});

test("values are drawn of choices, ranges, steps and powers", () => {
  const space = {
    activation: ["relu", "tanh"],
    units: { min: 8, max: 32, step: 8 },
    depth: { min: 1, max: 3, whole: true },
    rate: { min: 0.1, max: 0.5 },
    learningRate: { min: 1e-4, max: 1e-1, scale: "log" },
    width: { min: 1, max: 100, whole: true, scale: "log" },
  } as const;
  const axes = new SpaceAxes("tune", space);
  const drawn = Array.from({ length: 2000 }, (_, i) => axes.draw(new RandomStream(foldKey(keyOf(3), i))));
  const column = (name: keyof typeof space) => drawn.map((values) => values[name] as number);
  const share = (values: readonly unknown[], wanted: (value: never) => boolean) =>
    values.filter(wanted as (value: unknown) => boolean).length / values.length;
  expect(share(column("activation"), (value) => value === "tanh")).toBeCloseTo(0.5, 1);
  expect([...new Set(column("units"))].sort((a, b) => a - b)).toEqual([8, 16, 24, 32]);
  for (const depth of [1, 2, 3]) expect(share(column("depth"), (value) => value === depth)).toBeCloseTo(1 / 3, 1);
  expect(Math.min(...column("rate"))).toBeCloseTo(0.1, 2);
  expect(Math.max(...column("rate"))).toBeCloseTo(0.5, 2);
  expect(share(column("learningRate"), (value) => value < 1e-3)).toBeCloseTo(1 / 3, 1);
  expect(share(column("width"), (value) => value <= 10)).toBeGreaterThan(0.4);
  expect(column("width").every((value) => Number.isInteger(value) && value >= 1 && value <= 100)).toBe(true);
  // Two choices are as far apart as the two ends of a range.
  const apart = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((value, i) => value - b[i]!));
  const [first] = drawn;
  const other = first!.activation === "relu" ? "tanh" : "relu";
  expect(apart(axes.place(first!), axes.place({ ...first, activation: other }))).toBeCloseTo(1, 12);
  const ends = [1e-4, 1e-1].map((learningRate) => axes.place({ ...first, learningRate }));
  expect(apart(ends[0]!, ends[1]!)).toBeCloseTo(1, 12);
});

const square = { x: { min: -2, max: 3 }, y: { min: -2, max: 3 } } as const;
const bowl = ({ x, y }: { x: number; y: number }) => (x - 1) ** 2 + (y + 0.5) ** 2;

test("the Bayesian search comes nearer to the best place than chance does", async () => {
  const scores = async (method: "bayesian" | "random", seed: number) => {
    const { best, trials } = await tune(pretenders(bowl).make, square, { x, method, trials: 20, epochs: 1, seed });
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(best.score).toBe(Math.min(...trials.map(({ score }) => score!)));
    return best.score! - 1;
  };
  for (const seed of [1, 2, 3]) {
    const [bayesian, random] = [await scores("bayesian", seed), await scores("random", seed)];
    expect(bayesian).toBeLessThan(0.05);
    expect(bayesian).toBeLessThan(random);
  }
});

test("Hyperband trains as many trials for as many epochs as the paper's table says", async () => {
  const { fits, make, running } = pretenders(({ x }: { x: number }) => x);
  const { best, trials } = await tune(make, { x: { min: 0, max: 1 } }, { x, method: "hyperband", epochs: 81 });
  expect(running()).toBe(0);
  // Li et al. 2018, table 1 by algorithm 1: trials and epochs of each round of the five brackets.
  const table = [
    [
      [81, 1],
      [27, 3],
      [9, 9],
      [3, 27],
      [1, 81],
    ],
    [
      [34, 3],
      [11, 9],
      [3, 27],
      [1, 81],
    ],
    [
      [15, 9],
      [5, 27],
      [1, 81],
    ],
    [
      [8, 27],
      [2, 81],
    ],
    [[5, 81]],
  ].flat();
  let at = 0;
  for (const [count, epochs] of table) {
    const round = fits.slice(at, at + count!);
    expect(round.map(({ to }) => to)).toEqual(new Array(count).fill(epochs));
    at += count!;
  }
  expect(fits.length).toBe(at);
  expect(trials.length).toBe(81 + 34 + 15 + 8 + 5);
  // The best of the first bracket went all the way, from where it was.
  const first = trials.slice(0, 81);
  const winner = first.find(({ epochs }) => epochs === 81)!;
  expect(winner.values.x).toBe(Math.min(...first.map(({ values }) => values.x)));
  expect(fits.filter(({ values }) => values.x === winner.values.x).map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 3],
    [3, 9],
    [9, 27],
    [27, 81],
  ]);
  expect(best.score).toBeCloseTo(best.values.x + 1 / best.epochs, 12);
});

test.each(["random", "bayesian", "hyperband"] as const)("a %s search that was ended goes on", async (method) => {
  const options = { x, method, trials: 9, epochs: 9, seed: 5 } satisfies TuneOptions;
  const whole = pretenders(bowl);
  const wanted = await tune(whole.make, square, options);
  const { file, files } = memoryStore();
  const first = pretenders(bowl);
  let told = 0;
  const stop = () => {
    if (++told === 4) throw new Error("the power is out");
  };
  await expect(tune(first.make, square, { ...options, file, onTrial: stop })).rejects.toThrow("the power is out");
  expect(first.fits.length).toBe(4);
  expect(first.running()).toBe(0);
  const second = pretenders(bowl);
  const seen: Trial[] = [];
  const found = await tune(second.make, square, { ...options, file, onTrial: (trial) => seen.push(trial) });
  expect(found).toEqual(wanted);
  expect(second.fits.length).toBe(whole.fits.length - 4);
  expect(seen.length).toBe(whole.fits.length);
  // A third call has nothing to train.
  const third = pretenders(bowl);
  expect(await tune(third.make, square, { ...options, file })).toEqual(wanted);
  expect(third.fits).toEqual([]);
  await expect(tune(third.make, square, { ...options, file, seed: 6 })).rejects.toThrow(
    "tune: trials.json holds a search with seed 5, not 6. Give another file, or remove this one.",
  );
  files.set("trials.json", new TextEncoder().encode('{"search":{},"trials":[{"number":1}]}'));
  await expect(tune(third.make, square, { ...options, file })).rejects.toThrow("entry 0 of trials lacks its number");
});

test("trials that fail are no reason to stop; all of them are", async () => {
  const half = pretenders(({ x, y }: { x: number; y: number }) => (x < 0 ? Number.NaN : bowl({ x, y })));
  const { best, trials } = await tune(half.make, square, { x, trials: 12, epochs: 1 });
  const failed = trials.filter(({ error }) => error !== undefined);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.every(({ values, score, error }) => values.x < 0 && score === undefined && /NaN/.test(error!))).toBe(
    true,
  );
  expect(best.values.x).toBeGreaterThanOrEqual(0);
  const none = pretenders(() => Number.NaN);
  await expect(tune(none.make, square, { x, trials: 2, epochs: 1 })).rejects.toThrow("tune: all 2 trials failed");
});

test("large scores are good where direction says so, and options of fit may depend on the values", async () => {
  const sizes: unknown[] = [];
  const make = () =>
    ({
      runner: deviceOf(() => {}),
      metricDirection: () => undefined,
      fit: async (_x: unknown, _y: unknown, { batchSize }: { batchSize: number }) => {
        sizes.push(batchSize);
        return { history: { gain: [batchSize - 1, batchSize] } };
      },
    }) as unknown as Model;
  const space = { batchSize: [8, 16, 32] } as const;
  const options: TuneOptions<{ batchSize: 8 | 16 | 32 }> = {
    x,
    y: x,
    objective: "gain",
    direction: "max",
    trials: 6,
    fit: ({ batchSize }) => ({ batchSize }),
  };
  const { best, trials } = await tune(make, space, options);
  expect(sizes).toEqual(trials.map(({ values }) => values.batchSize));
  expect(best.score).toBe(Math.max(...trials.map(({ values }) => values.batchSize)));
  const { direction: _, ...undirected } = options;
  await expect(tune(make, space, undirected)).rejects.toThrow('"gain" should be small or large is not known');
  await expect(tune(make, space, { ...options, objective: "profit" })).rejects.toThrow(
    'tune: objective "profit" is not in the logs: gain. Set objective to one of them.',
  );
});

test.each([
  [{}, "the space is {}"],
  [{ units: [] }, 'the list of "units" is empty'],
  [{ units: { min: 3, max: 2 } }, 'max of "units" is 2, expected a finite number, 3 or more'],
  [{ units: { min: 0, max: 2, scale: "log" } }, 'min of "units" is 0, expected a number above 0'],
  [{ units: { min: 1, max: 2, scale: "log", step: 1 } }, "give a list of the numbers"],
  [{ units: { min: 0.5, max: 2, whole: true } }, 'min of "units" is 0.5, expected a whole number'],
  [{ units: { min: 1, max: 2, steps: 1 } }, 'unknown option "steps". Did you mean "step"?'],
])("the space %j is refused", async (space, message) => {
  const given = tune(pretenders(() => 0).make, space as SearchSpace, { x });
  await expect(given).rejects.toThrow(message);
});
