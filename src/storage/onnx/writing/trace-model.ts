/** What a model computes in use, as a graph of ops, with the numbers of its weights. */
import { ArgumentError, StateError } from "../../../base/errors.ts";
import { formatShape, sizeOf } from "../../../base/shape.ts";
import { flatten, isNoContainer, pack } from "../../../base/structure.ts";
import { simplify } from "../../../compile/simplify.ts";
import { widen } from "../../../compile/widen.ts";
import { type Graph, GraphBuilder, rewriteGraph, type Sym } from "../../../ir/graph.ts";
import type { OpCall } from "../../../ir/op.ts";
import { isSym } from "../../../nn/keras-tensor.ts";
import { type StepVariable, Trace } from "../../../nn/trace.ts";
import { ops } from "../../../ops/index.ts";
import type { AnyModel } from "../../../train/model.ts";
import { needsProducts } from "./resizing.ts";

/** Rows that the graph is written for; in the file the batch has any size. */
const ROWS = 2;

export interface TracedModel {
  readonly graph: Graph;
  readonly inputs: readonly { readonly name: string; readonly value: Sym }[];
  readonly outputs: readonly { readonly name: string; readonly value: Sym }[];
  /** The weight that a value is, or the part of one that is kept in a compact form: numbers that are made of parts are constants. */
  readonly weights: ReadonlyMap<Sym, StepVariable>;
}

/** @throws StateError for a model that is not built; ArgumentError for inputs of unknown size */
export function traceModel(model: AnyModel): TracedModel {
  if (!model.isFunctional)
    throw new StateError(
      `save: model "${model.name}" has no graph of layers, which an ONNX file is made of; build it, or make it of inputs and outputs.`,
    );
  const variables = new Map<string, StepVariable>();
  const names = new Map<StepVariable, string>();
  const nameOf = (variable: StepVariable) => {
    const name = names.get(variable) ?? `w${names.size}`;
    names.set(variable, name);
    variables.set(name, variable);
    return name;
  };
  const builder = new GraphBuilder();
  const inputs = model.inputs.map(({ shape, dtype }, i) => {
    const row = shape.slice(1);
    if (row.includes(null))
      throw new ArgumentError(
        `save: input "${model.inputNames[i]}" of model "${model.name}" is ${formatShape(shape)}, and an ONNX file needs the sizes of its rows; give them in the model's inputs.`,
      );
    const value = builder.input(model.inputNames[i]!, { shape: [ROWS, ...(row as number[])], dtype, batched: true });
    return { name: model.inputNames[i]!, value };
  });
  const trace = new Trace({ builder, training: false, root: model.name, nameOf });
  trace.write(() => {
    const values = inputs.map(({ value }) => value);
    const given = pack<unknown, Sym>(model.inputStructure, isNoContainer, values);
    flatten<Sym>(model.call(given, { training: false }), isSym).forEach((output, i) => {
      builder.output(`${i}`, output);
    });
  });
  const graph = simplify(
    rewriteGraph(widen(builder.finish()), (node, given, into) =>
      needsProducts(node) ? node.op.decompose!(given, node.attrs) : into.emit(node.op, given, node.attrs),
    ),
  );
  return {
    graph,
    inputs: inputs.map(({ name }) => ({ name, value: graph.inputs.get(name)! })),
    outputs: model.outputNames.map((name, i) => ({ name, value: graph.outputs.get(`${i}`)! })),
    weights: new Map(graph.variables.map(({ name, sym }) => [sym, variables.get(name)!])),
  };
}

/** Numbers that follow from weights alone: they are computed here, and stand in the file. */
export function foldConstants({ graph, weights }: TracedModel): Map<Sym, Float32Array> {
  const known = new Map<Sym, Float32Array>();
  for (const [sym, { value }] of weights)
    known.set(sym, value instanceof Float32Array ? value : Float32Array.from(value));
  for (const { op, attrs, inputs, outputs } of graph.nodes) {
    if (!inputs.every((input) => known.has(input)) || op.name === ops.randomUniform.name) continue;
    // Values of the batch have as many rows as it has.
    if (outputs.some(({ spec }) => spec.batched)) continue;
    const results = outputs.map(({ spec }) => new Float64Array(sizeOf(spec.shape)));
    const call: OpCall = {
      attrs,
      inputs: inputs.map(({ spec }) => spec),
      outputs: outputs.map(({ spec }) => spec),
      firstRow: 0,
    };
    op.reference(
      inputs.map((input) => Float64Array.from(known.get(input)!)),
      results,
      call,
    );
    outputs.forEach((output, i) => {
      known.set(output, Float32Array.from(results[i]!));
    });
  }
  return known;
}
