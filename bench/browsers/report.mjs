// @ts-check
/** The Markdown of the browser bench. */
import { median, show } from "../report.mjs";
import { models } from "./models.mjs";

/** @typedef {import("./run.mjs").Session} Session */

/** @type {Record<string, Record<"cpu" | "gpu", string>>} */
const titles = {
  fovea: { cpu: "fovea (cpu)", gpu: "fovea (gpu)" },
  onnxruntime: { cpu: "ONNX Runtime Web 1.30 (wasm)", gpu: "ONNX Runtime Web 1.30 (webgpu)" },
  tfjs: { cpu: "TensorFlow.js 4.22 (wasm)", gpu: "TensorFlow.js 4.22 (webgpu)" },
};

/** @param {Session[]} sessions */
export function browserReport(sessions) {
  const kinds = new Map(sessions.map((each) => [headingOf(each), /** @type {Session[]} */ ([])]));
  for (const session of sessions) kinds.get(headingOf(session))?.push(session);
  return [
    "# Predictions in browsers\n",
    "Images per second of `predictOnBatch`, and of the peers' calls that do the same; all sides in one page, in alternating rounds, medians. The weights are those of one model, which fovea wrote as `.keras`, as ONNX and as a layers model of TensorFlow.js. The ONNX file takes images with channels last and begins with a transpose of the image. First prediction: from the first byte of a side's code to its first numbers, files from a server on the same machine; the sides begin one after the other. Gap: the largest difference to ONNX Runtime's outputs, as a part of the largest of them. Threads: what each side says that it has; TensorFlow.js 4.22 stays at one, whatever it is asked for (issue 8513 of its repository).\n",
    ...[...kinds].flatMap(([heading, own]) => [`## ${heading}\n`, table(own), ""]),
  ].join("\n");
}

/** @param {Session} session */
function headingOf({ browser, version, isolated, device, threads }) {
  const name = `${browser === "chromium" ? "Chromium" : "Firefox"} ${version}`;
  const where = device === "gpu" ? "WebGPU" : `CPU, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
  return `${name}, ${where}${isolated ? "" : ", page not isolated"}`;
}

/** @param {Session[]} sessions */
function table(sessions) {
  const lines = sessions.flatMap((session) => {
    const { model, device, sides, failures } = session;
    const batches = [...new Set(Object.values(sides).flatMap((side) => Object.keys(side.imagesPerSecond)))];
    return [
      ...Object.entries(sides).map(([name, side]) => {
        const cells = batches.map((batch) => {
          const [own, speed] = [sides.fovea, side].map((each) => Number(median(each?.imagesPerSecond[batch] ?? [])));
          const times =
            name === "fovea" || Number.isNaN(own) ? "" : ` (fovea ${(Number(own) / Number(speed)).toFixed(2)}x)`;
          return `${show(Number(speed))}${times}`;
        });
        const gap = side.gap === undefined ? "–" : side.gap.toExponential(1);
        return `| ${models[model]?.title} | ${titles[name]?.[device]} | ${cells.join(" | ")} | ${device === "gpu" ? "–" : side.threads} | ${side.firstSeconds.toFixed(2)} s | ${gap} |`;
      }),
      ...Object.entries(failures).map(
        ([name, why]) => `| ${models[model]?.title} | ${titles[name]?.[device]} | failed: ${why} |`,
      ),
    ];
  });
  const [first] = sessions;
  const batches = Object.keys(Object.values(first?.sides ?? {})[0]?.imagesPerSecond ?? {});
  const seen = new Set(
    sessions.map(
      ({ cpu, date, rounds, seconds, others, model }) =>
        `${models[model]?.title}: ${rounds} rounds of ${seconds} s, other processes took ${(100 * others).toFixed(0)} % of the machine at most, ${cpu}, ${date}`,
    ),
  );
  return [
    `| model | side | ${batches.map((batch) => `batch ${batch}`).join(" | ")} | threads | first prediction | gap |`,
    `|---|---|${batches.map(() => "---").join("|")}|---|---|---|`,
    ...lines,
    `\n${[...seen].join("; ")}.`,
  ].join("\n");
}
