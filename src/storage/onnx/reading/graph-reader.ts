/** Walks the nodes of a graph: each becomes constants, or layers that are applied to what was made before. */
import { FormatError, FoveaError, nearestName } from "../../../base/errors.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { input } from "../../../nn/layers/input-layer.ts";
import { dataTypeName, dataTypes, type GraphMessage, type NodeMessage, type ValueInfoMessage } from "../messages.ts";
import { channelsFirst, channelsLast, plainOrder, type Sizes, sameOrder } from "../order.ts";
import { type Constant, constantOf, isFloatType, type ReadBeside } from "../tensors.ts";
import { type Flow, type GraphValue, isFlow, plain, rankOf } from "./flow.ts";
import { fold, foldNames } from "./fold.ts";
import { converters } from "./index.ts";
import { type GraphContext, NodeCall, titleOf } from "./node-call.ts";

/** Numbers that may be computed from constants, besides as many as the file holds. */
const FREE_NUMBERS = 1 << 24;

/** Names that layers around a node's own get by themselves. */
const automatic = /^(permute|reshape|flatten|zero_padding2d)(_\d+)?$/;

/** What may stand between an input and its transposition. */
const preparing: ReadonlySet<string> = new Set(["Add", "Cast", "Clip", "Div", "Identity", "Mul", "Pad", "Sub"]);

export class GraphReader implements GraphContext {
  readonly opset: number;
  readonly #graph: GraphMessage;
  readonly #values = new Map<string, GraphValue>();
  readonly #tensors = new Map<NodeMessage, Map<string, Constant>>();
  readonly #readers = new Map<string, NodeMessage[]>();
  /** Additions that a layer before them took over as its bias. */
  readonly #absorbed = new Set<NodeMessage>();
  readonly #names = new Set<string>();
  /** Whether images have their channels last at the ends of the graph. */
  #channelsLast: boolean;
  #budget = FREE_NUMBERS;

  /** @param channelsLast whether the file's images have their channels last, whatever its nodes do */
  constructor(graph: GraphMessage, opset: number, channelsLast: boolean) {
    this.#graph = graph;
    this.#channelsLast = channelsLast;
    this.opset = opset;
    for (const node of graph.node)
      for (const name of node.input) {
        const readers = this.#readers.get(name);
        if (readers === undefined) this.#readers.set(name, [node]);
        else readers.push(node);
      }
  }

  /** The model's inputs and outputs as symbolic tensors. */
  async read(beside: ReadBeside): Promise<{ readonly inputs: KerasTensor[]; readonly outputs: KerasTensor[] }> {
    await this.#readConstants(beside);
    const inputs = this.#graph.input
      .filter(({ name }) => !this.#values.has(name ?? ""))
      .map((info) => {
        const flow = this.#input(info);
        this.#set(info.name ?? "", flow);
        return flow.tensor;
      });
    for (const node of this.#graph.node) this.#readNode(node);
    const outputs = this.#graph.output.map((info) => this.#output(info));
    if (inputs.length === 0 || outputs.length === 0)
      throw new FormatError(
        `The graph has ${inputs.length} inputs and ${outputs.length} outputs, expected some of both.`,
      );
    return { inputs, outputs };
  }

  async #readConstants(beside: ReadBeside): Promise<void> {
    const { initializer, sparseInitializer, node: nodes } = this.#graph;
    if (sparseInitializer.length > 0) throw new FormatError("The graph holds sparse tensors, which are not read.");
    for (const tensor of initializer) {
      const constant = await constantOf(tensor, `tensor "${tensor.name ?? ""}"`, beside);
      this.#set(tensor.name ?? "", constant);
      this.#budget += constant.values.length;
    }
    for (const node of nodes)
      for (const { name = "", t } of node.attribute)
        if (t !== undefined) {
          const known = this.#tensors.get(node) ?? new Map<string, Constant>();
          known.set(name, await constantOf(t, `${titleOf(node)}: its attribute "${name}"`, beside));
          this.#tensors.set(node, known);
        }
  }

  #set(name: string, value: GraphValue): void {
    if (this.#values.has(name)) throw new FormatError(`The graph makes "${name}" twice.`);
    this.#values.set(name, value);
  }

  /** Images and sequences get their channels last, unless the graph itself begins by putting them first. */
  #input({ name = "", type }: ValueInfoMessage): Flow {
    const title = `input "${name}"`;
    const { elemType, shape } = type?.tensorType ?? {};
    if (shape === undefined || shape.dim.length === 0)
      throw new FormatError(`${title} states no shape; export with sizes of its axes, the batch first.`);
    const isWhole = elemType === dataTypes.int32 || elemType === dataTypes.int64;
    if (!isWhole && !isFloatType(elemType) && elemType !== dataTypes.uint8)
      throw new FormatError(
        `${title} takes ${dataTypeName(elemType)}, and fovea's models take floats and whole numbers.`,
      );
    const sizes = shape.dim.map(({ value }, axis) => (axis > 0 && value !== undefined && value > 0 ? value : null));
    const rank = sizes.length;
    if (rank === 4) this.#channelsLast ||= this.#isTurned(name, new Set());
    const hasChannels = !this.#channelsLast && (rank === 4 || (rank === 3 && this.#hasSequences));
    const order = hasChannels ? channelsLast(rank) : plainOrder(rank);
    const stored: Sizes = order.map((axis) => sizes[axis]!);
    const tensor = input({
      shape: stored.slice(1),
      dtype: isWhole ? "int32" : "float32",
      name: this.uniqueName(name.replaceAll("/", "_") || "input"),
    });
    return { tensor, order };
  }

  /** Whether all that reads a value puts its last axis behind the batch, or takes each entry by itself and is read so. */
  #isTurned(name: string, seen: Set<string>): boolean {
    const readers = this.#readers.get(name) ?? [];
    seen.add(name);
    return (
      readers.length > 0 &&
      readers.every(({ opType = "", attribute, output: [made = ""] }) => {
        if (opType === "Transpose")
          return sameOrder(attribute.find((each) => each.name === "perm")?.ints ?? [], channelsFirst(4));
        return preparing.has(opType) && seen.size < 100 && (seen.has(made) || this.#isTurned(made, seen));
      })
    );
  }

  /** Whether there are convolutions over one axis. */
  get #hasSequences(): boolean {
    return this.#graph.node.some(({ opType, input: [, kernel = ""] }) => {
      const value = this.#values.get(kernel);
      return opType === "Conv" && value !== undefined && !isFlow(value) && value.shape.length === 3;
    });
  }

  #readNode(node: NodeMessage): void {
    const title = titleOf(node);
    try {
      const inputs = node.input.map((name) => this.#inputOf(node, name));
      const call = new NodeCall(node, this, inputs);
      const made = this.#convert(call);
      node.output.forEach((name, i) => {
        const value = made[i];
        if (name === "") return;
        if (value === undefined) call.fail(`its output ${i} is not read`);
        else this.#set(name, value);
      });
    } catch (cause) {
      if (!(cause instanceof FoveaError) || cause.message.startsWith(title)) throw cause;
      throw new FormatError(`${title}: ${cause.message}`, { cause });
    }
  }

  #inputOf(node: NodeMessage, name: string): GraphValue | undefined {
    if (name === "") return undefined;
    const value = this.#values.get(name);
    if (value === undefined)
      throw new FormatError(`${titleOf(node)} reads "${name}", which no input, tensor or node before it makes.`);
    return value;
  }

  #convert(call: NodeCall): readonly GraphValue[] {
    const { node, inputs } = call;
    const type = node.opType ?? "";
    if ((node.domain ?? "") !== "" && node.domain !== "ai.onnx") return this.#unknown(call);
    if (this.#absorbed.has(node)) return inputs.filter((value) => value !== undefined && isFlow(value)) as Flow[];
    if (type === "Constant") return [constantNode(call)];
    const isConstant = (value: GraphValue | undefined): value is Constant | undefined =>
      value === undefined || !isFlow(value);
    const folded = inputs.every(isConstant) ? fold(call, inputs) : undefined;
    if (folded !== undefined) return [folded];
    if (!Object.hasOwn(converters, type)) return this.#unknown(call);
    return converters[type]!(call);
  }

  #unknown(call: NodeCall): never {
    const { opType = "", domain = "" } = call.node;
    const known = [...new Set([...Object.keys(converters), ...foldNames, "Constant"])].sort();
    const near = nearestName(opType, known);
    const where = domain === "" || domain === "ai.onnx" ? "" : ` of "${domain}"`;
    const hint = near === undefined || near === opType ? "" : ` Did the file mean "${near}"?`;
    return call.fail(`the operator "${opType}"${where} is not known.${hint} Known: ${known.join(", ")}`);
  }

  /** Images keep their channels last; everything else is as the graph has it. */
  #output({ name = "" }: ValueInfoMessage): KerasTensor {
    const value = this.#values.get(name);
    if (value === undefined) throw new FormatError(`The graph has no node that makes its output "${name}".`);
    if (!isFlow(value)) throw new FormatError(`The output "${name}" is a constant, which no model predicts.`);
    const rank = rankOf(value);
    const isImage = !this.#channelsLast && (rank === 4 || (rank === 3 && this.#hasSequences));
    const { tensor, order } = isImage && sameOrder(value.order, channelsLast(rank)) ? value : plain(value);
    if (order[0] !== 0) throw new FormatError(`The batch is not the first axis of the output "${name}".`);
    return tensor;
  }

  uniqueName(wanted: string): string {
    const base = automatic.test(wanted) || wanted === "" ? `onnx_${wanted}` : wanted;
    let name = base;
    for (let i = 1; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }

  tensorOf(node: NodeMessage, name: string): Constant | undefined {
    return this.#tensors.get(node)?.get(name);
  }

  spend(count: number): void {
    this.#budget -= count;
    if (!(this.#budget >= 0))
      throw new FormatError(
        `The constants of the graph compute more than ${FREE_NUMBERS} numbers, which no image model needs.`,
      );
  }

  takeBias({ output: [made = ""], opType, input: [, kernel = ""] }: NodeMessage, units: number) {
    const readers = this.#readers.get(made) ?? [];
    const [reader] = readers;
    const isOutput = this.#graph.output.some(({ name }) => name === made);
    if (reader?.opType !== "Add" || readers.length !== 1 || isOutput || reader.input.length !== 2) return undefined;
    const bias = this.#values.get(reader.input[reader.input[0] === made ? 1 : 0]!);
    const matrix = this.#values.get(kernel);
    if (bias === undefined || isFlow(bias) || matrix === undefined || isFlow(matrix)) return undefined;
    // Behind the channels of images there are spatial axes.
    const behind = opType === "MatMul" ? 0 : matrix.shape.length - 2;
    const at = bias.shape.length - 1 - behind;
    const isRow = bias.shape[at] === units && bias.values.length === units && bias.shape.length <= matrix.shape.length;
    if (!isRow) return undefined;
    this.#absorbed.add(reader);
    return Float32Array.from(bias.values);
  }
}

/** The numbers of a `Constant` node, in any of its attributes. */
function constantNode(call: NodeCall): Constant {
  const tensor = call.tensor("value");
  if (tensor !== undefined) return tensor;
  for (const name of ["value_float", "value_floats", "value_int", "value_ints"]) {
    if (!call.hasAttribute(name)) continue;
    const isWhole = name.startsWith("value_int");
    const isList = name.endsWith("s");
    const one = isWhole ? call.int(name, 0) : call.float(name, 0);
    const list = isList ? ((isWhole ? call.ints(name, []) : call.floats(name)) ?? []) : [one];
    const values = isWhole ? Float64Array.from(list) : Float32Array.from(list);
    return { shape: isList ? [list.length] : [], values, whole: isWhole };
  }
  return call.fail("it holds none of value, value_float, value_floats, value_int and value_ints, others are not read");
}
