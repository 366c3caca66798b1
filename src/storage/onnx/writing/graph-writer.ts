/** A graph of ONNX while it is written: values in the order of axes in which they are stored, nodes, tensors and names. */
import { InternalError } from "../../../base/errors.ts";
import { type Pad, type Shape, sizeOf } from "../../../base/shape.ts";
import type { Node, Sym } from "../../../ir/graph.ts";
import { BatchNormalization } from "../../../nn/layers/batch-normalization.ts";
import type { Layer } from "../../../nn/layers/layer.ts";
import type { StepVariable } from "../../../nn/trace.ts";
import { type AttributeDraft, attributeTypes, dataTypes, type NodeDraft, type TensorDraft } from "../messages.ts";
import {
  between,
  isPlain,
  movesNothing,
  type Order,
  permuted,
  plainOrder,
  type Scramble,
  sameOrder,
  toStored,
} from "../order.ts";
import { floatTensor, wholeTensor } from "../tensors.ts";
import { foldConstants, type TracedModel } from "./trace-model.ts";

/** A value of the file. */
export interface Stored {
  readonly name: string;
  /** Axis i of the file's value is axis order[i] of the model's. */
  readonly order: Order;
  /** Columns that stand for axes in another order. */
  readonly scramble?: Scramble | undefined;
}

/** Zeros around the rows and columns of images. */
export interface Padding {
  readonly source: Sym;
  readonly around: readonly [Pad, Pad];
}

/** Attributes of a node by name that are whole numbers, text or lists of whole numbers. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export class GraphWriter {
  readonly nodes: NodeDraft[] = [];
  readonly tensors: TensorDraft[] = [];
  readonly constants: ReadonlyMap<Sym, Float32Array>;
  readonly #model: TracedModel;
  readonly #values = new Map<Sym, Stored>();
  /** Values in further orders, by value and order. */
  readonly #turned = new Map<string, string>();
  readonly #tensorNames = new Map<string, string>();
  readonly #readers = new Map<Sym, Node[]>();
  readonly #makers: ReadonlyMap<Sym, Node>;
  readonly #paddings = new Map<Sym, Padding>();
  /** Nodes that are written as parts of others. */
  readonly #done = new Set<Node>();
  readonly #names = new Set<string>();
  readonly #norms: ReadonlyMap<StepVariable, BatchNormalization>;
  /** Names of values that are outputs. */
  readonly #finished = new Set<string>();
  #owner = "";

  constructor(model: TracedModel, layers: readonly Layer[]) {
    this.#model = model;
    this.constants = foldConstants(model);
    this.#makers = new Map(model.graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    for (const node of model.graph.nodes)
      for (const input of new Set(node.inputs)) this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
    const norms = new Map<StepVariable, BatchNormalization>();
    const collect = (layer: Layer): void => {
      if (layer instanceof BatchNormalization && layer.built) norms.set(layer.movingMean, layer);
      layer.sublayers.forEach(collect);
    };
    layers.forEach(collect);
    this.#norms = norms;
  }

  /** What is written next is of this node's layer. */
  begin(node: Node): void {
    this.#owner = node.origin?.owner ?? "";
  }

  /** A name that no other value or node of the file has. */
  freshName(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** Writes a node of one output, and gives the output's name. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    floats: Readonly<Record<string, number>> = {},
  ) {
    return this.emitSeveral(opType, inputs, attributes, 1, floats)[0]!;
  }

  emitSeveral(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputs: number,
    floats: Readonly<Record<string, number>> = {},
  ): readonly string[] {
    const base = this.#owner === "" ? opType : `${this.#owner}/${opType}`;
    const made = Array.from({ length: outputs }, () => this.freshName(base));
    const attribute: AttributeDraft[] = [
      ...Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      ...Object.entries(floats).map(([name, f]) => ({ name, f, type: attributeTypes.float })),
    ];
    this.nodes.push({ opType, name: made[0]!, input: [...inputs], output: [...made], attribute });
    return made;
  }

  /** A tensor of the file; equal names of the same numbers are one. */
  tensor(key: string, wanted: string, make: (name: string) => TensorDraft): string {
    const known = this.#tensorNames.get(key);
    if (known !== undefined) return known;
    const name = this.freshName(wanted);
    this.tensors.push(make(name));
    this.#tensorNames.set(key, name);
    return name;
  }

  /** Whole numbers: axes, shapes, starts. */
  whole(values: readonly number[], scalar = false): string {
    const shape = scalar ? [] : [values.length];
    return this.tensor(`int ${scalar} ${values}`, `ints_${values.join("_").slice(0, 40)}`, (name) =>
      wholeTensor(name, values, shape),
    );
  }

  /** One float. */
  scalar(value: number): string {
    return this.tensor(`float ${value}`, `float_${value}`, (name) => floatTensor(name, Float32Array.of(value), []));
  }

  /** The name of a constant for the file: its weight's path. */
  titleOf(sym: Sym): string {
    return this.#model.weights.get(sym)?.path ?? `${this.#owner === "" ? "constant" : `${this.#owner}/constant`}`;
  }

  /** Floats that follow from a constant, as a tensor of the file. @param how says in which way, for each only once */
  floats(sym: Sym, how: string, shape: Shape, make: () => Float32Array): string {
    return this.tensor(`${sym.id} ${how}`, this.titleOf(sym), (name) => floatTensor(name, make(), shape));
  }

  isConstant(sym: Sym): boolean {
    return this.constants.has(sym);
  }

  /** The numbers of a constant. */
  numbers(sym: Sym): Float32Array {
    const found = this.constants.get(sym);
    if (found === undefined) throw new InternalError(`Value %${sym.id} is no constant.`);
    return found;
  }

  /** A constant with its axes as they are stored in `order`; axes that it lacks in front have size 1. */
  constantIn(sym: Sym, order: Order): string {
    const { shape } = sym.spec;
    const full = [...new Array<number>(order.length - shape.length).fill(1), ...shape];
    return this.floats(sym, `in ${order}`, toStored(full, order), () => permuted(this.numbers(sym), full, order));
  }

  define(sym: Sym, stored: Stored): void {
    this.#values.set(sym, stored);
  }

  /** The value as it was first stored. */
  stored(sym: Sym): Stored {
    const known = this.#values.get(sym);
    if (known !== undefined) return known;
    if (!this.isConstant(sym)) throw new InternalError(`Value %${sym.id} is read before it is made.`);
    const order = plainOrder(sym.spec.shape.length);
    return { name: this.constantIn(sym, order), order };
  }

  /** The value's name in the file, with the axes in this order. */
  inOrder(sym: Sym, order: Order): string {
    if (this.isConstant(sym)) return this.constantIn(sym, order);
    const given = this.stored(sym);
    if (given.scramble === undefined && sameOrder(given.order, order)) return given.name;
    const key = `${sym.id} ${order}`;
    const known = this.#turned.get(key);
    if (known !== undefined) return known;
    const made = this.#turn(sym, given, order);
    this.#turned.set(key, made);
    return made;
  }

  #turn(sym: Sym, given: Stored, order: Order): string {
    let { name } = given;
    if (given.scramble !== undefined) {
      const { sizes, order: own } = given.scramble;
      const apart = this.emit("Reshape", [name, this.whole([0, ...toStored(sizes, own)])]);
      const perm = [0, ...between(own, plainOrder(own.length)).map((axis) => axis + 1)];
      const inRow = this.emit("Transpose", [apart], { perm });
      name = this.emit("Reshape", [inRow, this.whole([0, sizeOf(sizes)])]);
    }
    const perm = between(given.order, order);
    if (isPlain(perm)) return name;
    const shape = toStored(sym.spec.shape, given.order);
    // An input is always transposed: it tells a reader that the file's images have their channels last.
    const isInput = this.#model.inputs.some(({ value }) => value === sym);
    if (movesNothing(shape, perm) && sym.spec.batched && perm[0] === 0 && !isInput)
      return this.emit("Reshape", [name, this.whole([0, ...toStored(shape, perm).slice(1)])]);
    return this.emit("Transpose", [name], { perm });
  }

  plain(sym: Sym): string {
    return this.inOrder(sym, plainOrder(sym.spec.shape.length));
  }

  /** The only node that reads a value, which is no output; undefined where there are others. */
  onlyReader(sym: Sym): Node | undefined {
    const readers = this.#readers.get(sym) ?? [];
    return readers.length === 1 && !this.isOutput(sym) ? readers[0] : undefined;
  }

  readersOf(sym: Sym): readonly Node[] {
    return this.#readers.get(sym) ?? [];
  }

  isOutput(sym: Sym): boolean {
    return this.#model.outputs.some(({ value }) => value === sym);
  }

  /** Notes that a node is written as a part of another one. */
  finish(node: Node): void {
    this.#done.add(node);
  }

  isDone(node: Node): boolean {
    return this.#done.has(node);
  }

  /** The layer whose moving mean this is. */
  normOf(mean: Sym): BatchNormalization | undefined {
    let sym = mean;
    for (;;) {
      const variable = this.#model.weights.get(sym);
      if (variable !== undefined) return this.#norms.get(variable);
      const maker = this.#makers.get(sym);
      if (maker === undefined || !maker.op.view) return undefined;
      sym = maker.inputs[0]!;
    }
  }

  /** The node that makes a value. */
  makerOf(sym: Sym): Node | undefined {
    return this.#makers.get(sym);
  }

  /** Notes zeros around images that the convolutions that read them put there themselves. */
  notePadding(padded: Sym, padding: Padding): void {
    this.#paddings.set(padded, padding);
  }

  paddingOf(sym: Sym): Padding | undefined {
    return this.#paddings.get(sym);
  }

  /** One number per channel, which is no value of the graph. */
  vector(key: string, wanted: string, values: Float32Array): string {
    return this.tensor(key, wanted, (name) => floatTensor(name, values, [values.length]));
  }

  /** Gives an output its name; its axes are those of the model. */
  finishOutput(name: string, value: Sym): void {
    this.#owner = "";
    const made = this.plain(value);
    const maker = this.nodes.findIndex(({ output }) => output!.includes(made));
    if (maker < 0 || this.#finished.has(made)) {
      this.nodes.push({ opType: "Identity", name: this.freshName("Identity"), input: [made], output: [name] });
      return;
    }
    const renamed = (names: readonly string[] = []) => names.map((each) => (each === made ? name : each));
    for (const [i, node] of this.nodes.entries())
      if (i >= maker) this.nodes[i] = { ...node, input: renamed(node.input), output: renamed(node.output) };
    for (const [key, turned] of this.#turned) if (turned === made) this.#turned.set(key, name);
    const stored = this.#values.get(value);
    if (stored?.name === made) this.#values.set(value, { ...stored, name });
    this.#finished.add(name);
  }

  /** The number of rows of the batch as a list of one whole number. */
  batchSize(): string {
    const [first] = this.#model.inputs;
    return this.emit("Shape", [this.stored(first!.value).name], { start: 0, end: 1 });
  }

  /** Casts what is no float32. */
  real(sym: Sym, name: string): string {
    if (sym.spec.dtype === "float32" || this.isConstant(sym)) return name;
    return this.emit("Cast", [name], { to: dataTypes.float });
  }
}

function attributeOf(name: string, value: number | string | readonly number[]): AttributeDraft {
  if (typeof value === "number") return { name, i: value, type: attributeTypes.int };
  if (typeof value === "string") return { name, s: value, type: attributeTypes.string };
  return { name, ints: value, type: attributeTypes.ints };
}
