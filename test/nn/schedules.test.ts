import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { ArgumentError } from "../../src/base/errors.ts";
import { classesOf } from "../../src/nn/registry.ts";
import * as barrel from "../../src/nn/schedules/index.ts";
import { ExponentialDecay, LearningRateSchedule, PiecewiseConstantDecay } from "../../src/nn/schedules/index.ts";
import { resolveSchedule } from "../../src/nn/schedules/resolve.ts";
import golden from "../golden/schedules.json" with { type: "json" };

const classes = classesOf({ barrel, base: LearningRateSchedule });
const make = (name: string, config: object): LearningRateSchedule => {
  const made = classes.get(name)!;
  return new made(toCamelCaseKeys(config) as never);
};

describe("Keras's numbers", () => {
  const cases = golden.cases.map((each) => ({ ...each, title: `${each.schedule} ${JSON.stringify(each.config)}` }));
  test.each(cases)("$title", ({ schedule, config, steps, values }) => {
    const made = make(schedule, config);
    steps.forEach((step, i) => {
      expect(Math.abs(made.valueAt(step) - values[i]!), `step ${step}`).toBeLessThan(1e-7);
    });
  });

  test.each([...classes.keys()])("%s has some", (name) => {
    expect(golden.cases.map(({ schedule }) => schedule)).toContain(name);
  });
});

test("names are Keras's own: it takes no config without one", () => {
  const named = golden.cases.map(({ schedule, config }) => [schedule, make(schedule, config).getConfig().name]);
  expect(Object.fromEntries(named)).toEqual({
    CosineDecay: "CosineDecay",
    CosineDecayRestarts: "SGDRDecay",
    ExponentialDecay: "ExponentialDecay",
    InverseTimeDecay: "InverseTimeDecay",
    PiecewiseConstantDecay: "PiecewiseConstant",
    PolynomialDecay: "PolynomialDecay",
  });
});

test("a boundary belongs to the rate before it", () => {
  const schedule = new PiecewiseConstantDecay({ boundaries: [2, 4], values: [3, 2, 1] });
  expect([0, 2, 3, 4, 5, 100].map((step) => schedule.valueAt(step))).toEqual([3, 3, 2, 2, 1, 1]);
});

test("periods start where they should, however long they are", () => {
  for (const [first, tMul] of [[7, 2] as const, [10, 1] as const, [3, 3] as const]) {
    const schedule = make("CosineDecayRestarts", { initial_learning_rate: 1, first_decay_steps: first, t_mul: tMul });
    let [start, length]: [number, number] = [0, first];
    for (let period = 0; period < 6; period++) {
      expect(schedule.valueAt(start), `${first}, ${tMul}, period ${period}`).toBeCloseTo(1, 9);
      if (start > 0) expect(schedule.valueAt(start - 1)).toBeLessThan(0.5);
      start += length;
      length *= tMul;
    }
  }
});

describe("options", () => {
  test.each<[() => unknown, RegExp]>([
    [() => make("ExponentialDecay", { decay_steps: 2, decay_rate: 0.5 }), /initialLearningRate is undefined/],
    [() => make("ExponentialDecay", { initial_learning_rate: 1, decay_steps: 0, decay_rate: 1 }), /decaySteps is 0/],
    [
      () => new PiecewiseConstantDecay({ boundaries: [1], values: [1] }),
      /1 boundaries and 1 values, expected one value more/,
    ],
    [
      () => new PiecewiseConstantDecay({ boundaries: [2, 1], values: [1, 2, 3] }),
      /boundaries is \[2,1\], expected ascending steps/,
    ],
    [() => resolveSchedule("ExponentialDecayy"), /Unknown learning-rate schedule .*Did you mean/],
    [() => resolveSchedule(ExponentialDecay), /pass an object: new ExponentialDecay\(\)/],
  ])("%#", (made, message) => {
    expect(made).toThrow(message);
    expect(made).toThrow(ArgumentError);
  });
});
