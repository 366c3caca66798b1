/** `fovea plot`: the log of a run, or the layers of a model, as a picture. */
import { InvalidArgumentError, Option } from "commander";
import { ArgumentError } from "../../index.ts";
import { plotModel } from "../../train/utils.ts";
import { confusionChart, lineChart, raceLanes, type Scene, toPng, toSvg } from "../../view/plot/index.ts";
import type { DefineCommand } from "../command.ts";
import type { CliHost } from "../host.ts";
import { isModelPath, loadModel } from "../load-model.ts";
import { positiveInteger } from "../options.ts";
import { checkOutputFile, writeOutputFile } from "../output-file.ts";
import { type RunLog, readRunLog } from "../run-log.ts";

interface PlotOptions {
  readonly output: string;
  readonly show?: string;
  readonly theme: "light" | "dark" | "print";
  readonly width?: number;
  readonly title?: string;
  readonly shapes: boolean;
  readonly names: boolean;
  readonly expandNested?: boolean;
  readonly activations?: boolean;
  readonly rankdir: "TB" | "BT" | "LR" | "RL";
}

export const definePlot: DefineCommand = (command) => {
  command
    .argument(
      "<run or model>",
      'what "fovea train --json" or "fovea race --json" wrote, a history as JSON, or a model (.keras, .h5, .onnx, model.json, a folder, a module)',
    )
    .addOption(
      new Option("-o, --output <file>", "the picture; its ending says the format: .svg, .png (needs the package sharp)")
        .argParser(pictureFile)
        .makeOptionMandatory(),
    )
    .option("--show <name>", "loss, accuracy or another name in the log; confusion; race (default: race or loss)")
    .addOption(new Option("--theme <name>", "colours").choices(["light", "dark", "print"]).default("light"))
    .option("--width <n>", "of the picture, in pixels", positiveInteger)
    .option("--title <text>", "above the picture")
    .option("--no-shapes", "of a model: leave out the shapes")
    .option("--no-names", "of a model: leave out the names of the layers")
    .option("--expand-nested", "of a model: show the layers of models inside")
    .option("--activations", "of a model: show the activations")
    .addOption(new Option("--rankdir <way>", "of a model").choices(["TB", "BT", "LR", "RL"]).default("TB"))
    .addHelpText(
      "after",
      "\nExamples:\n  fovea train --json > run.jsonl\n  fovea plot run.jsonl -o loss.svg\n  fovea plot run.jsonl --show accuracy --theme dark -o accuracy.png\n  fovea plot run.jsonl --show confusion -o confusion.svg\n  fovea plot model.keras -o model.svg\n",
    );
  return (host) => host.finishing(() => plot(command.args[0]!, command.opts<PlotOptions>(), host));
};

function pictureFile(path: string): string {
  if (!/\.(svg|png)$/i.test(path)) throw new InvalidArgumentError("Expected a file that ends with .svg or .png.");
  return path;
}

async function plot(path: string, options: PlotOptions, host: CliHost): Promise<number> {
  const { output } = options;
  await checkOutputFile("--output", output);
  const scene = isModelPath(path) ? await modelScene(path, options) : sceneOf(await readRunLog(path), options);
  await writeOutputFile(output, /\.png$/i.test(output) ? await toPng(scene) : toSvg(scene));
  host.out(`Written: ${output}\n`);
  return 0;
}

async function modelScene(
  path: string,
  { theme, title, shapes, names, expandNested = false, activations = false, rankdir }: PlotOptions,
): Promise<Scene> {
  const shown = { showShapes: shapes, showLayerNames: names, expandNested, showLayerActivations: activations, rankdir };
  return plotModel(await loadModel(path), { ...shown, theme, ...(title === undefined ? {} : { title }) });
}

function sceneOf(
  log: RunLog,
  { show = log.race === undefined ? "loss" : "race", theme, width, title }: PlotOptions,
): Scene {
  const shared = { theme, subtitle: log.about, ...(width === undefined ? {} : { width }) };
  if (show === "race" && log.race !== undefined)
    return raceLanes({
      title: title ?? "A race of devices",
      ...shared,
      ...(log.race as Parameters<typeof raceLanes>[0]),
    });
  if (show === "confusion" && log.confusion !== undefined)
    return confusionChart({
      title: title ?? "Confusion matrix",
      ...shared,
      ...(log.confusion as Parameters<typeof confusionChart>[0]),
    });
  const { history, epochs } = log;
  const series = [
    ["training", show],
    ["validation", `val_${show}`],
  ].flatMap(([name, key]) =>
    Object.hasOwn(history, key!) ? [{ name: name!, values: history[key!]!, x: epochs, points: true }] : [],
  );
  if (series.length === 0) {
    const known = Object.keys(history).filter((name) => !name.startsWith("val_"));
    const names = [
      ...known,
      ...(log.confusion === undefined ? [] : ["confusion"]),
      ...(log.race === undefined ? [] : ["race"]),
    ];
    throw new ArgumentError(`--show: the run has no "${show}". It has: ${names.join(", ")}.`);
  }
  const better = show === "loss" ? ", lower is better" : show.endsWith("accuracy") ? ", higher is better" : "";
  return lineChart({
    title: title ?? `${show[0]!.toUpperCase()}${show.slice(1)} by epoch`,
    ...shared,
    xLabel: "epoch",
    yLabel: `${show}${better}`,
    series,
  });
}
