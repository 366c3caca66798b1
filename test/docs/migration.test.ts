/** The pages for people who come from Keras and TensorFlow.js are up to date, and what they name is there. */
import * as root from "fovea";
import * as applications from "fovea/applications";
import * as callbacks from "fovea/callbacks";
import * as constraints from "fovea/constraints";
import * as datasets from "fovea/datasets";
import * as initializers from "fovea/initializers";
import * as layers from "fovea/layers";
import * as losses from "fovea/losses";
import * as metrics from "fovea/metrics";
import * as ops from "fovea/ops";
import * as optimizers from "fovea/optimizers";
import * as regularizers from "fovea/regularizers";
import * as schedules from "fovea/schedules";
import * as utils from "fovea/utils";
import { expect, test } from "vitest";
import { coverage, exportsOf, hasKeras, holds } from "../../bench/migration/coverage.mjs";
import { patterns, renamed } from "../../bench/migration/keras.mjs";
import { kerasPage, tfjsPage } from "../../bench/migration/pages.mjs";
import { calls } from "../../bench/migration/tfjs.mjs";

const exports = exportsOf({
  "": root,
  applications,
  callbacks,
  constraints,
  datasets,
  initializers,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  regularizers,
  schedules,
  utils,
});

test("docs/from-keras.md and docs/from-tfjs.md are what the tables and exports make", async () => {
  await expect(kerasPage(exports)).toMatchFileSnapshot("../../docs/from-keras.md");
  await expect(tfjsPage()).toMatchFileSnapshot("../../docs/from-tfjs.md");
});

test("every export that a counterpart names is there", () => {
  const tables = Object.entries({ ...patterns, ...renamed, ...calls });
  const broken = tables.filter(([, each]) => each.lacks === undefined && !holds(each, exports));
  expect(broken.map(([name]) => name)).toEqual([]);
});

test("the share of examples is counted from the tables' own words", () => {
  const usage = `## 3. Symbols

| # | missing symbol | vision |
| --- | --- | --- |
| 1 | layers.Rescaling | 24 |
| 2 | layers.Nonesuch | 3 |

## 7. Files

| file | missing (network) | around | tf.* |
| --- | --- | --- | --- |
| a.py | Conv2DTranspose, apply(…, training=) outside classes | .save, utils.get_file | 0 |
| b.py | ops.nonesuch | models.load_model | 1 |

## 8. tfjs

| example | lacks for a port |
| --- | --- |
| iris | chain.toInt, pattern.callbacks as plain object {onEpochEnd, onBatchEnd} |
| mobilenet | tf.loadGraphModel |
`;
  const left = (rows: readonly { name: string; missing: readonly string[] }[]) =>
    rows.map(({ name, missing }) => [name, ...missing]);
  const { symbols, vision, tfjs } = coverage(usage, exports);
  expect(left(symbols)).toEqual([["layers.Rescaling"], ["layers.Nonesuch", "layers.Nonesuch"]]);
  expect(left(vision)).toEqual([["a.py"], ["b.py", "ops.nonesuch"]]);
  expect(left(tfjs)).toEqual([["iris"], ["mobilenet", "tf.loadGraphModel"]]);
  for (const symbol of ["activation:gelu", "random.uniform", "ops.expand_dims", "pattern.class extends Layer"])
    expect(hasKeras(symbol, exports)).toBe(true);
});
