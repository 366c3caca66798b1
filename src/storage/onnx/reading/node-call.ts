/** A node of a graph while it is read: its inputs and attributes, checked, and errors that name it. */
import { FormatError } from "../../../base/errors.ts";
import { formatShape } from "../../../base/shape.ts";
import { dataTypeName, type NodeMessage } from "../messages.ts";
import type { Constant } from "../tensors.ts";
import { type Flow, type GraphValue, isFlow, rankOf, shapeOf } from "./flow.ts";

/** What converters are told of the graph around a node. */
export interface GraphContext {
  /** Version of ONNX's own set of operators. */
  readonly opset: number;
  /** Gives each name once. */
  uniqueName(wanted: string): string;
  /** The constant that the only reader of a node's output adds to it, as a bias; that addition is then done. */
  takeBias(node: NodeMessage, units: number): Float32Array | undefined;
  /** Says that a tensor of an attribute is read. */
  tensorOf(node: NodeMessage, name: string): Constant | undefined;
  /** Counts numbers that are computed while the file is read. @throws FormatError when there are too many */
  spend(count: number): void;
}

type Attribute = NodeMessage["attribute"][number];

export class NodeCall {
  readonly node: NodeMessage;
  readonly graph: GraphContext;
  readonly inputs: readonly (GraphValue | undefined)[];
  readonly #attributes: ReadonlyMap<string, Attribute>;

  constructor(node: NodeMessage, graph: GraphContext, inputs: readonly (GraphValue | undefined)[]) {
    this.node = node;
    this.graph = graph;
    this.inputs = inputs;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name ?? "", attribute]));
  }

  get title(): string {
    return titleOf(this.node);
  }

  get opset(): number {
    return this.graph.opset;
  }

  /** @throws FormatError always */
  fail(sentence: string): never {
    throw new FormatError(`${this.title}: ${sentence}.`);
  }

  /** Fails unless the condition holds. */
  require(condition: boolean, sentence: string): void {
    if (!condition) this.fail(sentence);
  }

  /** A name for the layer of this node: by its weights ("conv1" of "conv1.weight"), else its own. */
  layerName(weight?: number): string {
    const name = weight === undefined ? undefined : this.node.input[weight];
    const byWeight = name === undefined ? undefined : /^([^:]+)\.weight$/.exec(name)?.[1];
    const own = this.node.name === undefined || this.node.name === "" ? this.node.opType! : this.node.name;
    return this.graph.uniqueName((byWeight ?? own).replaceAll("/", "_").replace(/^_+|_+$/g, ""));
  }

  has(input: number): boolean {
    return this.inputs[input] !== undefined;
  }

  #input(input: number): GraphValue {
    return this.inputs[input] ?? this.fail(`its input ${input} is missing`);
  }

  /** An input that the model computes; of `ranks`, where they are given. */
  flow(input: number, ranks?: readonly number[]): Flow {
    const value = this.#input(input);
    if (!isFlow(value)) this.fail(`its input ${input} is a constant, which is read only where the model computes it`);
    if (ranks !== undefined && !ranks.includes(rankOf(value)))
      this.fail(
        `its input ${input} has the shape ${formatShape(shapeOf(value))}, read with ${ranks.join(" or ")} axes only`,
      );
    return value;
  }

  /** An input that must be a constant. */
  constant(input: number, noun: string): Constant {
    const value = this.#input(input);
    if (isFlow(value)) this.fail(`its ${noun} (input ${input}) depends on the model's inputs, read only as a constant`);
    return value;
  }

  optional(input: number, noun: string): Constant | undefined {
    return this.has(input) ? this.constant(input, noun) : undefined;
  }

  /** The one number of a constant input. */
  scalar(input: number, noun: string): number | undefined {
    const constant = this.optional(input, noun);
    if (constant === undefined) return undefined;
    this.require(constant.values.length === 1, `its ${noun} has ${constant.values.length} numbers, expected one`);
    return constant.values[0];
  }

  /** Whole numbers that are an attribute in older sets of operators and an input in newer ones. */
  numbers(name: string, input: number): readonly number[] | undefined {
    if (this.has(input)) return Array.from(this.constant(input, name).values);
    return this.#attributes.has(name) ? this.ints(name, []) : undefined;
  }

  int(name: string, fallback: number): number {
    return this.#attributes.get(name)?.i ?? fallback;
  }

  /** @throws FormatError unless there are `count` of them, where that is given */
  ints(name: string, fallback: readonly number[], count?: number): readonly number[] {
    const attribute = this.#attributes.get(name);
    const list = attribute === undefined ? fallback : attribute.ints;
    if (count !== undefined && list.length !== count)
      this.fail(`its attribute "${name}" has ${list.length} numbers, expected ${count}`);
    return list;
  }

  float(name: string, fallback: number): number {
    return this.#attributes.get(name)?.f ?? fallback;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.floats;
  }

  text(name: string, fallback: string): string {
    return this.#attributes.get(name)?.s ?? fallback;
  }

  /** A tensor that is an attribute. */
  tensor(name: string): Constant | undefined {
    return this.graph.tensorOf(this.node, name);
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** An axis of a value of so many axes, counted from the front. */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank) this.fail(`axis ${given} of a value of ${rank} axes`);
    return axis;
  }

  /** The same, which must not be the batch. */
  rowAxis(given: number, rank: number): number {
    const axis = this.axis(given, rank);
    this.require(axis > 0, "it works along axis 0, the batch, whose rows fovea keeps apart");
    return axis;
  }

  /** Fails for an attribute that changes what is computed. */
  only(name: string, allowed: number, fallback = allowed): void {
    const value = this.int(name, fallback);
    this.require(value === allowed, `its attribute "${name}" is ${value}, read only as ${allowed}`);
  }

  /** Fails where a second output, which fovea does not compute, is read. */
  oneOutput(): void {
    const more = this.node.output.slice(1).filter((name) => name !== "");
    this.require(more.length === 0, `it has ${more.length + 1} outputs, of which only the first is read`);
  }

  typeName(number: number): string {
    return dataTypeName(number);
  }
}

/** A node in messages: its kind, and its name or else what it makes. */
export function titleOf({ name, opType, output }: NodeMessage): string {
  const own = name === undefined || name === "" ? `that makes "${output[0] ?? ""}"` : `"${name}"`;
  return `node ${own} (${opType ?? "no type"})`;
}
