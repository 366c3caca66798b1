/** `new C(c.getConfig())` makes an equal object, for every class of these barrels, with defaults and with other values. */
import { describe, expect, test } from "vitest";
import type { Configurable } from "../../src/nn/configurable.ts";
import * as constraints from "../../src/nn/constraints/index.ts";
import { resolveConstraint } from "../../src/nn/constraints/resolve.ts";
import * as initializers from "../../src/nn/initializers/index.ts";
import { resolveInitializer } from "../../src/nn/initializers/resolve.ts";
import * as optimizers from "../../src/nn/optimizers/index.ts";
import { resolveOptimizer } from "../../src/nn/optimizers/resolve.ts";
import { classesOf } from "../../src/nn/registry.ts";
import * as regularizers from "../../src/nn/regularizers/index.ts";
import { resolveRegularizer } from "../../src/nn/regularizers/resolve.ts";
import * as schedules from "../../src/nn/schedules/index.ts";
import { resolveSchedule } from "../../src/nn/schedules/resolve.ts";

/** Values of required options, and of options whose defaults do not fit together with these. */
const required: Readonly<Record<string, unknown>> = {
  initialLearningRate: 0.5,
  innerOptimizer: "sgd",
  decaySteps: 10,
  firstDecaySteps: 10,
  decayRate: 0.5,
  boundaries: [3],
  values: [0.1, 0.2],
};

/** Another value than the default. */
const others: Readonly<Record<string, unknown>> = {
  ...required,
  name: "other",
  seed: 3,
  axis: [0, 1],
  mode: "columns",
  learningRate: 0.25,
};

function otherOptions(config: Readonly<Record<string, unknown>>, accept: (given: object) => unknown): object {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const tried = [
      others[name],
      typeof value === "boolean" ? !value : undefined,
      1.5,
      3,
      0.5,
      -0.25,
      "fan_out",
      "uniform",
    ];
    for (const candidate of tried.filter((each) => each !== undefined && each !== value)) {
      try {
        accept({ ...given, [name]: candidate });
        given[name] = candidate;
        break;
      } catch {
        // The next candidate may be of the right type.
      }
    }
  }
  return given;
}

const kinds = [
  {
    kind: "initializers",
    classes: classesOf({ barrel: initializers, base: initializers.Initializer }),
    resolve: resolveInitializer,
  },
  {
    kind: "regularizers",
    classes: classesOf({ barrel: regularizers, base: regularizers.Regularizer }),
    resolve: resolveRegularizer,
  },
  {
    kind: "constraints",
    classes: classesOf({ barrel: constraints, base: constraints.Constraint }),
    resolve: resolveConstraint,
  },
  {
    kind: "schedules",
    classes: classesOf({ barrel: schedules, base: schedules.LearningRateSchedule }),
    resolve: resolveSchedule,
  },
  {
    kind: "optimizers",
    classes: classesOf({ barrel: optimizers, base: optimizers.Optimizer }),
    resolve: resolveOptimizer,
  },
];

describe.each(kinds)("$kind", ({ classes, resolve }) => {
  test.each([...classes])("%s", (_name, Made) => {
    const make = (given: object): Configurable => new Made(given as never);
    const known = Object.fromEntries(Object.entries(required).filter(([name]) => name in Made.options));
    const plain = make(known);
    const changed = make({ ...known, ...otherOptions(plain.getConfig(), (given) => make({ ...known, ...given })) });
    const kept = Object.entries(plain.getConfig()).filter(
      ([, value]) => typeof value === "number" || typeof value === "boolean",
    );
    for (const [name, value] of kept) if (!(name in known)) expect(changed.getConfig()[name], name).not.toEqual(value);
    for (const object of [plain, changed]) {
      const config = JSON.parse(JSON.stringify(object.getConfig())) as object;
      const again = make(config);
      expect(again.getConfig()).toEqual(object.getConfig());
      const found = resolve(JSON.parse(JSON.stringify(object.describe())));
      expect(found).toBeInstanceOf(Made);
      expect(found.getConfig()).toEqual(object.getConfig());
    }
  });
});
