/** `fovea inspect`: what a file of a model or of weights holds, and what wrote it. */
import { formatBytes, formatCount, wrapText } from "../../base/format.ts";
import { FoveaError, type Model, loadModel as openModel } from "../../index.ts";
import {
  type InspectedArray,
  type InspectedCompile,
  type InspectedFile,
  inspectFile,
} from "../../storage/inspect-file.ts";
import { plainTable } from "../../view/plain-table.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import type { CliHost } from "../host.ts";
import { layerRows } from "../layer-rows.ts";
import { requireModelFile } from "../load-model.ts";

export const defineInspect: DefineCommand = (command) => {
  command
    .argument(
      "<file>",
      "a model or weights: .keras, .h5, .weights.h5, .weights.json, .safetensors, .onnx, model.json, a folder",
    )
    .option("--arrays", "also a table of the arrays that a model's file holds")
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText("after", "\nExamples:\n  fovea inspect a.keras\n  fovea inspect a.safetensors --json\n");
  return async (host) => {
    const [path] = command.args as [string];
    const { arrays, json } = command.opts<{ arrays?: true; json?: true }>();
    requireModelFile(path);
    const file = await inspectFile(path);
    const { model, why } = await modelOf(path, file);
    if (json) host.out(jsonLine({ event: "file", path, ...file, ...modelFields(model, why) }));
    else {
      report(host, path, file);
      host.out("\n");
      if (model !== undefined) model.summary({ print: (text) => host.out(text), ...widthFor(host) });
      else if (why !== undefined) host.out(`${layersOf(file)}The model cannot be made here: ${why}\n`);
      const isAlone = model === undefined && why === undefined;
      if (isAlone || arrays) host.out(`${isAlone ? "" : "\n"}${arraysTable(file.arrays)}`);
    }
    return 0;
  };
};

/** The model, uncompiled; or why fovea cannot make it. Neither for weights alone. */
async function modelOf(path: string, { config, operators }: InspectedFile): Promise<{ model?: Model; why?: string }> {
  if (config === undefined && operators === undefined) return {};
  try {
    return { model: (await openModel(path, { compile: false })) as unknown as Model };
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    return { why: error.message };
  }
}

/** Keras's own width, or the terminal's where that is less. */
const widthFor = ({ progress: { columns } }: CliHost) => (columns < 88 ? { lineLength: columns } : {});

const modelFields = (model: Model | undefined, why: string | undefined) =>
  model === undefined
    ? { model: null, ...(why === undefined ? {} : { unreadable: why }) }
    : {
        model: { name: model.name, className: model.className, params: model.countParams(), layers: layerRows(model) },
      };

function report(host: CliHost, path: string, file: InspectedFile): void {
  const { format, bytes, writer, saved, compile, operators, arrays, notes } = file;
  const { columns } = host.progress;
  const say = (line: string) => host.out(`${wrapText(line, columns - 2).join("\n  ")}\n`);
  host.out(`${path}: ${format}, ${formatBytes(bytes)}\n`);
  if (writer !== undefined) say(`Written by ${writer}${saved === undefined ? "" : `, ${saved}`}`);
  for (const [name, value] of Object.entries(notes)) say(`${name[0]!.toUpperCase()}${name.slice(1)}: ${value}`);
  if (operators !== undefined) {
    const counts = Object.entries(operators).sort(([, a], [, b]) => b - a);
    say(`Nodes: ${counts.map(([name, count]) => `${count} ${name}`).join(", ")}`);
  }
  if (file.config !== undefined) say(compile === undefined ? "Not compiled" : `Compiled: ${compileText(compile)}`);
  const [weights, states] = [arrays.filter((each) => !each.isOptimizer), arrays.filter((each) => each.isOptimizer)];
  say(`Weights: ${countsText(weights)}`);
  if (states.length > 0) say(`State of the training: ${countsText(states)}`);
}

function countsText(arrays: readonly InspectedArray[]): string {
  const sum = (count: (array: InspectedArray) => number) => arrays.reduce((total, each) => total + count(each), 0);
  const numbers = sum(({ shape }) => shape.reduce((size, axis) => size * axis, 1));
  const types = [...new Set(arrays.map(({ dtype }) => dtype))].join(", ");
  const list = `${formatCount(arrays.length)} array${arrays.length === 1 ? "" : "s"}`;
  return `${list}, ${formatCount(numbers)} numbers (${types || "none"}), ${formatBytes(sum(({ bytes }) => bytes))}`;
}

function compileText({ optimizer, loss, metrics }: InspectedCompile): string {
  const rate = (optimizer as { config?: { learning_rate?: unknown } }).config?.learning_rate;
  const parts = [
    `optimizer ${nameOf(optimizer)}${typeof rate === "number" ? ` (learning rate ${Number(rate.toPrecision(6))})` : ""}`,
    ...(loss === null ? [] : [`loss ${nameOf(loss)}`]),
    ...(metrics === null ? [] : [`metrics ${nameOf(metrics)}`]),
  ];
  return parts.join(", ");
}

/** A name, or that of a class or function in a config; lists and records by their entries. */
function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.map(nameOf).join(", ");
  if (!("class_name" in value))
    return Object.entries(value)
      .map(([name, each]) => `${name}: ${nameOf(each)}`)
      .join(", ");
  const { class_name: className, config } = value as { class_name: unknown; config?: { name?: unknown } | string };
  if (className === "function") return typeof config === "string" ? config : String(config?.name);
  return String(className);
}

/** The layers that a config names, for a model that cannot be made. In files of Keras 1 and 2 the config of a Sequential is the list. */
function layersOf({ config }: InspectedFile): string {
  const inside = config?.config;
  const list: unknown = Array.isArray(inside) ? inside : (inside as { layers?: unknown } | undefined)?.layers;
  const rows = (Array.isArray(list) ? list : []).map((layer: { class_name?: unknown; config?: { name?: unknown } }) => [
    String(layer?.config?.name ?? ""),
    String(layer?.class_name ?? ""),
  ]);
  return rows.length === 0 ? "" : `${plainTable([{ heading: "layer" }, { heading: "class" }], rows)}\n`;
}

function arraysTable(arrays: readonly InspectedArray[]): string {
  const sorted = [...arrays].sort((a, b) => byPath(a.name.split("/"), b.name.split("/")));
  const rows = sorted.map(({ name, shape, dtype, bytes }) => [
    name,
    shape.join("x") || "scalar",
    dtype,
    formatBytes(bytes),
  ]);
  const columns = [
    { heading: "array" },
    { heading: "shape" },
    { heading: "dtype" },
    { heading: "bytes", align: "right" },
  ] as const;
  return plainTable(columns, rows);
}

const names = /* @__PURE__ */ new Intl.Collator("en", { numeric: true });

/** Step by step, numbers by their size: "vars/2" before "vars/10", "dense/…" before "dense_1/…". */
function byPath(a: readonly string[], b: readonly string[]): number {
  const steps = a.map((step, i) => names.compare(step, b[i] ?? ""));
  return steps.find((order) => order !== 0) ?? a.length - b.length;
}
