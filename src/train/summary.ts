/** `summary()`: gathers what Keras's table shows of a model. */
import { type SummaryRow, summaryText } from "../view/summary-table.ts";
import type { Model } from "./model.ts";
import { writeOutput } from "./output.ts";

export interface SummaryPrintOptions {
  /** Width of the table. Default: 88, or 108 with the column "Connected to". */
  readonly lineLength?: number;
  /** Adds the column "Trainable". Default false. */
  readonly showTrainable?: boolean;
  /** Receives the text. Default: the standard output, or the console. */
  readonly print?: (text: string) => void;
}

/** Prints the table and returns its text. */
export function printSummary(model: Model, options: SummaryPrintOptions): string {
  const { print = writeOutput, lineLength, showTrainable } = options;
  const connected = model.className !== "Sequential";
  const rows = model.layers.map((layer): SummaryRow => {
    const node = layer.inboundNodes[0];
    return {
      name: layer.name,
      className: layer.className,
      outputShape: node?.outputs[0]?.shape,
      params: layer.countParams(),
      unbuilt: !layer.built,
      ...(layer.weights.length === 0 ? {} : { trainable: layer.trainable }),
      ...(connected
        ? {
            connectedTo: (node?.inputs ?? []).map((tensor) => ({
              layer: tensor.layer.name,
              node: tensor.nodeIndex,
              tensor: tensor.tensorIndex,
            })),
          }
        : {}),
    };
  });
  const count = (trainable: boolean) =>
    model.layers
      .flatMap((layer) => (trainable ? layer.trainableWeights : layer.nonTrainableWeights))
      .reduce((sum, variable) => sum + variable.value.length, 0);
  const slots = model.optimizer?.built ? model.optimizer.variables : undefined;
  const optimizer = slots?.reduce((sum, variable) => sum + variable.value.length, 0);
  const totals = {
    trainable: count(true),
    nonTrainable: count(false),
    ...(optimizer === undefined ? {} : { optimizer }),
  };
  const text = summaryText(rows, totals, {
    modelName: model.name,
    ...(lineLength === undefined ? {} : { lineLength }),
    ...(showTrainable === undefined ? {} : { showTrainable }),
  });
  print(text);
  return text;
}
