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
  const peak = profile === undefined ? "" : `; ${computes} ${formatFixed(profile.peakGflops, 1)} GFLOP/s at most`;
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
  const step = formatFixed(profile.stepMs, 2);
  if (profile.timedOn === "gpu")
    return [
      `The table is of the GPU's own clock, one operation after the other: ${step} ms. In a real step they overlap.`,
      serves,
      "The peak is measured: multiply-adds in registers, no memory.",
    ];
  return [
    `The table is of one thread${result.exchange === undefined ? "" : " in each process"}, on which a step takes ${step} ms: the faster half of its steps.`,
    ...(result.exchange === undefined
      ? []
      : ["There all processes begin each step together; an exchange still waits for the last of them."]),
    serves,
    "GFLOP/s are of the arithmetic that is done: Winograd's 3x3 convolutions do less of it than their plain sums of products.",
    "The peak is measured: multiply-adds in registers, on one thread, no memory.",
  ];
}

function layerTable({ layers, peakGflops }: LayerProfile, mode: Benchmark["mode"]): string {
  const numbers: TableColumn[] = [
    { heading: "forward", unit: "ms", digits: 3 },
    ...(mode === "train" ? [{ heading: "backward", unit: "ms", digits: 3 }] : []),
    { heading: "share", align: "right" },
    { heading: "GFLOP/s", digits: 1 },
    { heading: "of peak", align: "right" },
  ];
  const rows = layers.map(({ layer, className, forwardMs, backwardMs, share, gflops, peakShare }) => [
    className === undefined ? layer : `${layer} (${className})`,
    forwardMs,
    ...(mode === "train" ? [backwardMs] : []),
    formatPercent(share),
    gflops,
    formatPercent(peakShare ?? Number.NaN),
  ]);
  const sum = (each: (row: (typeof layers)[number]) => number) => layers.reduce((total, row) => total + each(row), 0);
  const [forward, backward] = [sum((row) => row.forwardMs), sum((row) => row.backwardMs)];
  const gflops = sum((row) => (row.gflops ?? 0) * (row.forwardMs + row.backwardMs)) / (forward + backward);
  const total = [
    "total",
    forward,
    ...(mode === "train" ? [backward] : []),
    formatPercent(sum((row) => row.share)),
    gflops,
    formatPercent(gflops / peakGflops),
  ];
  return plainTable([{ heading: "layer" }, ...numbers], [...rows, total]);
}
