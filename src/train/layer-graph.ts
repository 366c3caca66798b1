/** The layers between a model's inputs and outputs: the order in which they run, and the order in which Keras lists them. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import { flatten, mapNested, type Nested } from "../base/structure.ts";
import type { Sym } from "../ir/graph.ts";
import type { CallOptions } from "../nn/call-context.ts";
import { type BatchShape, isKerasTensor, isSym, type KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer, LayerNode } from "../nn/layers/layer.ts";
import { mapOptions } from "../nn/layers/layer-node.ts";

/** One call of a layer; a layer that is shared has several. */
export interface LayerCall {
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly node: LayerNode;
}

/** The keys of a record, or the names of the layers that made the tensors. */
export function namesOf(structure: Nested<KerasTensor>): string[] {
  if (isKerasTensor(structure)) return [structure.name];
  if (Array.isArray(structure)) {
    const names = (structure as Nested<KerasTensor>[]).flatMap(namesOf);
    return names.map((name, i) => {
      const before = names.slice(0, i).filter((other) => other === name).length;
      return before === 0 ? name : `${name}_${before}`;
    });
  }
  return Object.entries(structure).flatMap(([name, each]) =>
    isKerasTensor(each) ? [name] : namesOf(each as Nested<KerasTensor>).map((inside) => `${name}/${inside}`),
  );
}

export class LayerGraph {
  /** As the model was given them: one, a list or a record. */
  readonly inputStructure: Nested<KerasTensor>;
  readonly outputStructure: Nested<KerasTensor>;
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
  /** In the order in which they run: every call after the calls that it needs, an image depth-first. */
  readonly calls: readonly LayerCall[];
  /** Each layer once, InputLayers included, in Keras's order: by depth from the outputs, then by discovery. */
  readonly layers: readonly Layer[];
  /** The same, and the operations between them. */
  readonly nodes: readonly Layer[];

  constructor(inputs: Nested<KerasTensor>, outputs: Nested<KerasTensor>) {
    this.inputStructure = inputs;
    this.outputStructure = outputs;
    this.inputs = flatten(inputs, isKerasTensor);
    this.outputs = flatten(outputs, isKerasTensor);
    this.calls = collectCalls(this.inputs, this.outputs);
    this.nodes = orderLayers(this.calls, this.outputs);
    this.layers = this.nodes.filter((layer) => !("isOperation" in layer));
    const names = new Set<string>();
    for (const { name } of this.layers) {
      if (names.has(name))
        throw new ArgumentError(`Two layers of one model are named "${name}"; give one of them another \`name\`.`);
      names.add(name);
    }
  }

  /** Throws unless the graph, which was made for the shapes of its inputs, can take these. */
  checkInputShapes(title: string, shapes: readonly BatchShape[]): void {
    this.inputs.forEach(({ shape, name }, i) => {
      const given = shapes[i];
      const fits =
        given?.length === shape.length &&
        given.every((axis, at) => (shape[at] ?? axis ?? 0) === (axis ?? shape[at] ?? 0));
      if (!fits)
        throw new ShapeError(
          `${title} was built for inputs ${formatShape(shape)} ("${name}") and cannot take ${given === undefined ? "none" : formatShape(given)}; make a second model.`,
        );
    });
  }

  /** Writes the layers' ops. `observe` sees every layer's results, in order. */
  forward(
    inputs: readonly Sym[],
    context: CallOptions,
    observe?: (layer: Layer, outputs: readonly Sym[]) => void,
  ): Nested<Sym> {
    const values = new Map<KerasTensor, Sym>(this.inputs.map((input, i) => [input, inputs[i]!]));
    for (const { layer, node } of this.calls) {
      if (node.outputs.every((output) => values.has(output))) continue;
      const args = mapNested<KerasTensor, Sym>(node.args, isKerasTensor, (tensor) => values.get(tensor)!);
      const options = mapOptions(node.options, (tensor) => values.get(tensor)!);
      const made = flatten(layer.call(args, { ...options, training: options.training ?? context.training }), isSym);
      node.outputs.forEach((output, i) => {
        values.set(output, made[i]!);
      });
      observe?.(layer, made);
    }
    return mapNested<KerasTensor, Sym>(this.outputStructure, isKerasTensor, (output) => values.get(output)!);
  }
}

const nodeOf = ({ layer, nodeIndex }: KerasTensor): LayerNode => layer.inboundNodes[nodeIndex]!;

/** Walks from the outputs back to the inputs; every call stands after the calls that it needs. */
function collectCalls(inputs: readonly KerasTensor[], outputs: readonly KerasTensor[]): LayerCall[] {
  const known = new Set(inputs);
  const calls: LayerCall[] = [];
  const done = new Set<LayerNode>();
  const read = new Set<KerasTensor>(outputs);
  const visit = (tensor: KerasTensor): void => {
    const { layer, nodeIndex } = tensor;
    const node = nodeOf(tensor);
    if (done.has(node)) return;
    const isEntry = node.inputs.length === 0;
    if (known.has(tensor) && !isEntry) return;
    done.add(node);
    if (!known.has(tensor)) {
      if (isEntry)
        throw new ArgumentError(`The model's outputs need the input "${layer.name}", which is not among its inputs.`);
      for (const input of node.inputs) {
        read.add(input);
        visit(input);
      }
    }
    calls.push({ layer, nodeIndex, node });
  };
  outputs.forEach(visit);
  for (const input of inputs)
    if (!read.has(input))
      throw new ArgumentError(`The model's outputs do not depend on its input "${input.layer.name}".`);
  return calls;
}

/** K: `models/functional.py` (map_graph): layers by decreasing distance from the outputs; equal ones as they were found. */
function orderLayers(calls: readonly LayerCall[], outputs: readonly KerasTensor[]): Layer[] {
  const known = new Map(calls.map((call) => [call.node, call]));
  const found = new Map<Layer, number>();
  const seen = new Set<LayerNode>();
  const discover = (node: LayerNode): void => {
    const call = known.get(node);
    if (call === undefined || seen.has(node)) return;
    seen.add(node);
    if (!found.has(call.layer)) found.set(call.layer, found.size);
    for (const input of node.inputs) discover(nodeOf(input));
  };
  for (const output of outputs) discover(nodeOf(output));
  const nodeDepths = new Map<LayerNode, number>();
  const depths = new Map<Layer, number>();
  for (const { layer, node } of [...calls].reverse()) {
    const depth = Math.max(nodeDepths.get(node) ?? 0, depths.get(layer) ?? 0);
    nodeDepths.set(node, depth);
    depths.set(layer, depth);
    for (const input of node.inputs) {
      const parent = nodeOf(input);
      nodeDepths.set(parent, Math.max(depth + 1, nodeDepths.get(parent) ?? 0));
    }
  }
  return [...found.keys()].sort((a, b) => depths.get(b)! - depths.get(a)! || found.get(a)! - found.get(b)!);
}

/** Throws unless it is made of symbolic tensors. */
export function checkSymbols(what: string, given: unknown): Nested<KerasTensor> {
  const list = flatten<unknown>(
    given as Nested<unknown>,
    (each): each is unknown => isKerasTensor(each) || typeof each !== "object",
  );
  if (list.length === 0 || !list.every(isKerasTensor))
    throw new ArgumentError(
      `Model: ${what} must be what input({ shape }) or a layer's apply returned, or a list or record of these.`,
    );
  return given as Nested<KerasTensor>;
}
