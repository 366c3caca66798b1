/** `fovea convert`: a model, or its weights, in another file format. */
import { Option } from "commander";
import { ArgumentError } from "../../base/errors.ts";
import { formatBytes } from "../../base/format.ts";
import type { QuantizationMode, QuantizationReport } from "../../index.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { loadModel } from "../load-model.ts";
import { modelArgument } from "../options.ts";

/** Formats that hold weights alone. */
const weightsAlone = /\.(safetensors|weights\.(h5|json))$/;

interface ConvertOptions {
  readonly json?: true;
  readonly quantize?: QuantizationMode;
  readonly filters?: string;
}

/** What quantizing did, for people and for programs. */
function quantized({ mode, layers, left, bytes }: QuantizationReport) {
  const worst = layers
    .map(({ name, weights }) => ({ name, error: Math.max(...weights.map(({ largestError }) => largestError)) }))
    .reduce((a, b) => (b.error > a.error ? b : a));
  const size = `${formatBytes(bytes.before)} of weights → ${formatBytes(bytes.after)}`;
  const others = left.length === 0 ? "" : `, left as they are: ${left.join(", ")}`;
  return {
    text: `${mode}: ${size}, largest relative error ${worst.error.toPrecision(2)} in "${worst.name}"${others}`,
    event: { mode, bytes, left, layers },
  };
}

export const defineConvert: DefineCommand = (command) => {
  command
    .argument("<from>", `${modelArgument}: .keras, .h5, .onnx, model.json`)
    .argument(
      "<to>",
      "the file to write; its ending says the format: .keras, .h5 (Keras's old one), .onnx, .json (TensorFlow.js); weights alone: .weights.h5, .weights.json (several files), .safetensors",
    )
    .addOption(
      new Option("--quantize <mode>", "keep the weights smaller, and report the error that it makes").choices([
        "int8",
        "float16",
      ]),
    )
    .option("--filters <pattern>", "with --quantize: the layers whose names this regular expression finds; default all")
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea convert a.keras web/model.json\n  fovea convert web/model.json a.keras\n  fovea convert a.keras a.onnx\n  fovea convert a.onnx a.keras\n  fovea convert a.keras a.safetensors\n  fovea convert a.keras small.keras --quantize int8 --filters dense\n",
    );
  return async (host) => {
    const [from, to] = command.args as [string, string];
    const { json, quantize, filters } = command.opts<ConvertOptions>();
    if (filters !== undefined && quantize === undefined)
      throw new ArgumentError("--filters says which layers --quantize is about; give --quantize int8 or float16, too.");
    const model = await loadModel(from);
    const report = quantize && (await model.quantize(quantize, { filters }));
    const isWhole = !weightsAlone.test(to);
    await host.finishing(() => (isWhole ? model.save(to) : model.saveWeights(to)));
    const params = model.countParams();
    const event = { event: "converted", from, to, params, holds: isWhole ? "model" : "weights" };
    const small = report && quantized(report);
    const what = isWhole ? `model "${model.name}"` : `weights of model "${model.name}"`;
    const text = `${to}: ${what}, ${params} parameters${small === undefined ? "" : `, ${small.text}`}\n`;
    host.out(json ? jsonLine({ ...event, ...(small === undefined ? {} : { quantized: small.event }) }) : text);
    return 0;
  };
};
