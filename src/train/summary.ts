/** `summary()`: gathers what Keras's table shows of a model. */

import type { Variable } from "../nn/variable.ts";
import { type SummaryRow, type SummaryTotals, summaryText } from "../view/summary-table.ts";
import type { AnyModel } from "./model.ts";
import { writeOutput } from "./output.ts";

export interface SummaryPrintOptions {
  /** Width of the table. Default: 88, or 108 with the column "Connected to". */
  readonly lineLength?: number;
  /** Adds the column "Trainable". Default false. */
  readonly showTrainable?: boolean;
  /** Shows the layers of models inside. Default false. */
  readonly expandNested?: boolean;
  /** Receives the text. Default: the standard output, or the console. */
  readonly print?: (text: string) => void;
}

/** Prints the table and returns its text. */
export function printSummary(model: AnyModel, options: SummaryPrintOptions): string {
  const { print = writeOutput, lineLength, showTrainable, expandNested = false } = options;
  const rows = summaryRows(model, expandNested);
  const totals = summaryTotals(model);
  const text = summaryText(rows, totals, {
    modelName: model.name,
    ...(lineLength === undefined ? {} : { lineLength }),
    ...(showTrainable === undefined ? {} : { showTrainable }),
  });
  print(text);
  return text;
}

/** A row for each layer of a model. */
export const summaryRows = (model: AnyModel, expandNested = false): SummaryRow[] =>
  rowsOfModel(model, model.className !== "Sequential", expandNested, 0);

/** Numbers of weights. */
export function summaryTotals(model: AnyModel): SummaryTotals {
  const count = (variables: readonly Variable[]) => variables.reduce((sum, variable) => sum + variable.size, 0);
  const optimizer = model.optimizer?.built ? count(model.optimizer.variables) : undefined;
  return {
    trainable: count(model.trainableWeights),
    nonTrainable: count(model.nonTrainableWeights),
    ...(optimizer === undefined ? {} : { optimizer }),
  };
}

/** A row for each layer; the layers of a model inside follow it, one level deeper. */
function rowsOfModel(model: AnyModel, connected: boolean, expand: boolean, depth: number): SummaryRow[] {
  return model.layers.flatMap((layer): SummaryRow[] => {
    const node = layer.inboundNodes[0];
    const shapes = node?.outputs.map(({ shape }) => shape);
    const row: SummaryRow = {
      name: layer.name,
      className: layer.className,
      outputShape: shapes?.length === 1 ? shapes[0] : shapes,
      params: layer.built ? layer.countParams() : 0,
      unbuilt: !layer.built,
      depth,
      ...(layer.weights.length === 0 ? {} : { trainable: layer.trainable }),
      ...(connected
        ? {
            connectedTo: (depth > 0 ? [] : (node?.inputs ?? [])).map((tensor) => ({
              layer: tensor.layer.name,
              node: tensor.nodeIndex,
              tensor: tensor.tensorIndex,
            })),
          }
        : {}),
    };
    const inside = expand && isModel(layer) ? rowsOfModel(layer, connected, expand, depth + 1) : [];
    return [row, ...inside];
  });
}

const isModel = (layer: object): layer is AnyModel => "layers" in layer;
