import { formatBytes, formatCount, formatFixed, formatPercent } from "../base/format.ts";
import { plainTable, type TableColumn } from "../view/plain-table.ts";
import type { Benchmark, LayerProfile } from "./bench.ts";
import { checkMade } from "./check-model.ts";

/**
 * A benchmark as text: the machine, images per second, a table of the layers and notes on it; ends with "\n".
 *
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { benchmark, benchmarkText } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 10, inputShape: [784] })]);
 * console.log(benchmarkText(await benchmark(model, { mode: "predict", seconds: 0.01 })));
 * ```
 */
export function benchmarkText(result: Benchmark): string {
  checkMade("benchmarkText", result, "benchmark", ["imagesPerSecond", "stepMs"]);
  const { mode, batchSize, device, deviceDescription, imagesPerSecond, stepMs, steps, profile, unprofiled } = result;
  const computes = `${profile?.timedOn === "gpu" ? "it" : "a thread"} computes`;
  const peak =
    profile === undefined
      ? ""
      : `; ${computes} ${formatFixed(profile.peakGflops, 1)} GFLOP/s and copies ${formatFixed(profile.peakGigabytesPerSecond, 1)} GB/s at most`;
  const what = mode === "train" ? "Training" : "Prediction";
  return (
    `Device: ${device} (${deviceDescription})${peak}\n` +
    `${what}, batch ${batchSize}: ${formatCount(imagesPerSecond)} images/s, ${formatFixed(stepMs, 2)} ms per step ` +
    `(mean of ${formatCount(steps)} steps on made-up data)\n${exchangeLine(result)}\n` +
    (profile === undefined
      ? `Layers were not timed: ${unprofiled}\n`
      : `${layerTable(profile, mode)}\n${benchmarkNotes(result).join("\n")}\n`)
  );
}

function exchangeLine({ exchange, stepMs }: Benchmark): string {
  if (exchange === undefined) return "";
  const { processes, count, bytes, stepMs: ms } = exchange;
  return (
    `${processes} processes: ${formatCount(count)} ${count === 1 ? "exchange" : "exchanges"} of ${formatBytes(bytes)} in all ` +
    `${count === 1 ? "takes" : "take"} ${formatFixed(ms, 2)} ms of a step (${formatPercent(ms / stepMs)}), waiting for each other included\n`
  );
}

/** Notes for comparing the layers' figures. */
export function benchmarkNotes(result: Benchmark): string[] {
  checkMade("benchmarkNotes", result, "benchmark", ["imagesPerSecond", "stepMs"]);
  const { profile } = result;
  if (profile === undefined) return [];
  const serves = "An operation that serves several layers counts for the first of them.";
  const peaks =
    "Both peaks are measured: multiply-adds in registers, and a copy that no cache holds. The bound of an operation is the slower of the two.";
  const caches =
    "GB/s count each value once in each operation; those that stay in a cache may exceed the bound of memory.";
  const step = formatFixed(profile.stepMs, 2);
  if (profile.timedOn === "gpu")
    return [
      `The table is of the GPU's own clock, one operation after the other: ${step} ms. In a real step they overlap.`,
      serves,
      peaks,
      caches,
    ];
  return [
    `The table is of one thread${result.exchange === undefined ? "" : " in each process"}, on which a step takes ${step} ms: the faster half of its steps.`,
    ...(result.exchange === undefined
      ? []
      : ["There all processes begin each step together; an exchange still waits for the last of them."]),
    serves,
    "GFLOP/s are of the arithmetic that is done: Winograd's 3x3 convolutions do less of it than their plain sums of products.",
    peaks,
    caches,
  ];
}

function layerTable({ layers }: LayerProfile, mode: Benchmark["mode"]): string {
  const numbers: TableColumn[] = [
    { heading: "forward", unit: "ms", digits: 3 },
    ...(mode === "train" ? [{ heading: "backward", unit: "ms", digits: 3 }] : []),
    { heading: "share", align: "right" },
    { heading: "GFLOP/s", digits: 1 },
    { heading: "GB/s", digits: 1 },
    { heading: "bound" },
    { heading: "of bound", align: "right" },
  ];
  const rows = layers.map(({ layer, className, forwardMs, backwardMs, share, ...rest }) => [
    className === undefined ? layer : `${layer} (${className})`,
    forwardMs,
    ...(mode === "train" ? [backwardMs] : []),
    formatPercent(share),
    rest.gflops,
    rest.gigabytesPerSecond,
    rest.bound,
    formatPercent(rest.boundShare ?? Number.NaN),
  ]);
  const sum = (each: (row: (typeof layers)[number]) => number) => layers.reduce((total, row) => total + each(row), 0);
  const [forward, backward] = [sum((row) => row.forwardMs), sum((row) => row.backwardMs)];
  const mean = (each: (row: (typeof layers)[number]) => number) =>
    sum((row) => each(row) * (row.forwardMs + row.backwardMs)) / (forward + backward);
  const total = [
    "total",
    forward,
    ...(mode === "train" ? [backward] : []),
    formatPercent(sum((row) => row.share)),
    mean((row) => row.gflops ?? 0),
    mean((row) => row.gigabytesPerSecond ?? 0),
    undefined,
    formatPercent(mean((row) => row.boundShare ?? 0)),
  ];
  return plainTable([{ heading: "layer" }, ...numbers], [...rows, total]);
}
