/** The layers between a model's inputs and outputs, in the order in which they run. */
import { ArgumentError } from "../base/errors.ts";
import type { Sym } from "../ir/graph.ts";
import type { CallContext } from "../nn/call-context.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer, LayerNode } from "../nn/layers/layer.ts";

/** One call of a layer; a layer that is shared has several. */
export interface LayerCall {
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
}

export class LayerGraph {
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
  readonly calls: readonly LayerCall[];
  /** Each layer once, InputLayers included, in the order of the first call. */
  readonly layers: readonly Layer[];

  constructor(inputs: readonly KerasTensor[], outputs: readonly KerasTensor[]) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.calls = collectCalls(inputs, outputs);
    this.layers = [...new Set(this.calls.map(({ layer }) => layer))];
    const names = new Set<string>();
    for (const { name } of this.layers) {
      if (names.has(name))
        throw new ArgumentError(`Two layers of one model are named "${name}"; give one of them another \`name\`.`);
      names.add(name);
    }
  }

  /** Writes the layers' ops. `observe` sees every layer's result, in order. */
  forward(inputs: readonly Sym[], context: CallContext, observe?: (layer: Layer, output: Sym) => void): Sym[] {
    const values = new Map<KerasTensor, Sym>(this.inputs.map((input, i) => [input, inputs[i]!]));
    for (const call of this.calls) {
      if (values.has(call.outputs[0]!)) continue;
      const syms = call.inputs.map((input) => values.get(input)!);
      const origin = { owner: call.layer.name, backward: false };
      const output = syms[0]!.builder.within(origin, () => call.layer.call(syms, context));
      values.set(call.outputs[0]!, output);
      observe?.(call.layer, output);
    }
    return this.outputs.map((output) => values.get(output)!);
  }
}

/** Walks from the outputs back to the inputs; every call stands after the calls that it needs. */
function collectCalls(inputs: readonly KerasTensor[], outputs: readonly KerasTensor[]): LayerCall[] {
  const known = new Set(inputs);
  const calls: LayerCall[] = [];
  const done = new Set<LayerNode>();
  const visit = (tensor: KerasTensor): void => {
    const { layer, nodeIndex } = tensor;
    const node = layer.inboundNodes[nodeIndex]!;
    if (done.has(node)) return;
    done.add(node);
    if (!known.has(tensor)) {
      if (node.inputs.length === 0)
        throw new ArgumentError(`The model's outputs need the input "${layer.name}", which is not among its inputs.`);
      node.inputs.forEach(visit);
    }
    calls.push({ layer, nodeIndex, inputs: node.inputs, outputs: node.outputs });
  };
  outputs.forEach(visit);
  for (const input of inputs) {
    if (!calls.some(({ outputs: made }) => made.includes(input)))
      throw new ArgumentError(`The model's outputs do not depend on its input "${input.layer.name}".`);
  }
  return calls;
}
