/** Losses and metrics on every device: real Keras's numbers, and the case tables against their float64 meaning. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import type { CaseInput } from "../cases/op-case.ts";
import { classDevices } from "../devices/device-list.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { TOLERANCE } from "./check-golden-layer.ts";
import { lossChecks, lossOnDevice, metricChecks, metricOnDevice } from "./check-golden-rows.ts";
import { allLossCases, allMetricCases, makeLoss, makeMetric } from "./make-rows.ts";
import { type RowFeeds, runLoss, runMetric } from "./run-rows.ts";

const drawn = (input: CaseInput, seed: number) => ({
  shape: input.shape,
  data: Float32Array.from(drawInput(input, new RandomStream(keyOf(seed)))),
});

/** The first rows of some feeds. */
function firstRows(feeds: RowFeeds, rows: number): RowFeeds {
  const part = ({ shape, data }: RowFeeds["yTrue"]) => ({
    shape: [rows, ...shape.slice(1)],
    data: Array.from(data).slice(0, rows * sizeOf(shape.slice(1))),
  });
  const { yTrue, yPred, weights } = feeds;
  return { yTrue: part(yTrue), yPred: part(yPred), weights: weights && part(weights) };
}

describe.each(classDevices)("$name", ({ start, choose }) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  const close = (actual: ArrayLike<number> | undefined, expected: ArrayLike<number>, what: string) =>
    expect(relativeError(actual ?? [], expected), what).toBeLessThan(TOLERANCE);

  test.each(choose([...lossChecks, ...metricChecks]))("Keras: $title", ({ run }) => run(device));

  test.each(choose(allLossCases))("$title", async ({ of, options, yTrue, yPred, weights }) => {
    const feeds = { yTrue: drawn(yTrue, 1), yPred: drawn(yPred, 2), weights: weights && drawn(weights, 3) };
    const rowCounts = [...new Set([yPred.shape[0]!, 1])];
    const runs = await lossOnDevice(device, makeLoss(of, options), feeds, rowCounts);
    for (const [i, rows] of rowCounts.entries()) {
      const expected = runLoss(makeLoss(of, options), firstRows(feeds, rows));
      const outputs = runs[i]!;
      close(outputs.value, expected.value, `value of ${rows} rows`);
      const size = expected.gradient!.length;
      close(outputs.gradient!.subarray(0, size), expected.gradient!, `gradient of ${rows} rows`);
    }
  });

  test.each(choose(allMetricCases))("$title", async ({ of, options, yTrue, yPred, weights, result }) => {
    const feeds = { yTrue: drawn(yTrue, 1), yPred: drawn(yPred, 2), weights: weights && drawn(weights, 3) };
    const [whole, first] = await metricOnDevice(device, makeMetric(of, options), [feeds], [yPred.shape[0]!, 1]);
    close(whole![0], [result].flat(), "result");
    const [expected] = runMetric(makeMetric(of, options), [firstRows(feeds, 1)]);
    close(first![0], expected!, "result of 1 row");
  });
});
