/** `fovea convert`: a model, or its weights, in another file format. */
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { loadModel } from "../load-model.ts";
import { modelArgument } from "../options.ts";

/** Formats that hold weights alone. */
const weightsAlone = /\.(safetensors|weights\.(h5|json))$/;

export const defineConvert: DefineCommand = (command) => {
  command
    .argument("<from>", `${modelArgument}: .keras, .h5, .onnx, model.json`)
    .argument(
      "<to>",
      "the file to write; its ending says the format: .keras, .h5 (Keras's old one), .onnx, .json (TensorFlow.js); weights alone: .weights.h5, .weights.json (several files), .safetensors",
    )
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea convert a.keras web/model.json\n  fovea convert web/model.json a.keras\n  fovea convert a.keras a.onnx\n  fovea convert a.onnx a.keras\n  fovea convert a.keras a.safetensors\n",
    );
  return async (host) => {
    const [from, to] = command.args as [string, string];
    const model = await loadModel(from);
    const isWhole = !weightsAlone.test(to);
    await host.finishing(() => (isWhole ? model.save(to) : model.saveWeights(to)));
    const params = model.countParams();
    const event = { event: "converted", from, to, params, holds: isWhole ? "model" : "weights" };
    const what = isWhole ? `model "${model.name}"` : `weights of model "${model.name}"`;
    host.out(command.opts<{ json?: true }>().json ? jsonLine(event) : `${to}: ${what}, ${params} parameters\n`);
    return 0;
  };
};
