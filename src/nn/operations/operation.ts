/**
 * The one way into all functions of "fovea/ops". On values of a step a function writes its ops; on symbolic tensors of the
 * functional API it is recorded as an operation, a layer without weights, whose `call` writes the same ops. K: `ops/operation.py`.
 */
import { ArgumentError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { flatten, type Nested } from "../../base/structure.ts";
import { Tensor, tensor } from "../../base/tensor.ts";
import type { GraphBuilder, Sym } from "../../ir/graph.ts";
import type { Operand } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { isKerasTensor, isSym, type KerasTensor } from "../keras-tensor.ts";
import { Layer } from "../layers/layer.ts";
import { describeObject, type ObjectConfig } from "../options.ts";
import { snakeCaseName, uniqueName } from "../process-state.ts";
import { currentTrace, isTracing } from "../trace.ts";
import { Variable } from "../variable.ts";
import type { Made, Value } from "./value.ts";

/** A function of "fovea/ops": its name, Keras's module and class below `keras.src.ops` ("numpy.Mean"), and its settings. */
interface Definition<Y extends Nested<Sym>> {
  readonly name: string;
  readonly keras: string;
  readonly config: Readonly<Record<string, unknown>>;
  write(...operands: Operand[]): Y;
  readonly toCall?: ToCall | undefined;
}

/** What a config holds of a call: `args` and `kwargs` of its node, and the options in `config`, keys in camelCase. */
export interface OperationCall {
  readonly args: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** How a call stands in a config where the operands are not its arguments as they are. */
export type ToCall = (operands: readonly unknown[], config: Readonly<Record<string, unknown>>) => OperationCall;

/** Keras calls the class with one list of operands. */
export const asList: ToCall = (operands, config) => ({ args: [operands], config });

/** An application of a function to symbolic tensors. Models leave operations out of `layers` and `summary`, as Keras does. */
export class Operation extends Layer<object, Nested<Sym>> {
  override readonly className: string;
  /** The operands as they were given, constants among them. */
  readonly operands: readonly Value[];
  readonly #definition: Definition<Nested<Sym>>;

  constructor(definition: Definition<Nested<Sym>>, operands: readonly Value[]) {
    if (typeof definition?.keras !== "string")
      throw new ArgumentError(
        `An Operation is what functions of "fovea/ops" make of symbolic tensors; got ${formatValue(definition)}.`,
      );
    const className = definition.keras.split(".").at(-1)!;
    super({ name: uniqueName(snakeCaseName(className)) });
    this.className = className;
    this.operands = operands;
    this.#definition = definition;
  }

  get isOperation(): true {
    return true;
  }

  /** Gives it the name that it has in a config. */
  rename(name: string): void {
    Object.defineProperty(this, "name", { value: name, configurable: true, enumerable: true });
  }

  override call(inputs: Nested<Sym>): Nested<Sym> {
    const values = flatten(inputs, isSym);
    let next = 0;
    const operands = this.operands.map((operand) => (isKerasTensor(operand) ? values[next++]! : operand));
    return writeOps(this.#definition, operands);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.name, ...this.toCall().config };
  }

  /** The call, as configs hold it. */
  toCall(): OperationCall {
    const { config, toCall } = this.#definition;
    return toCall === undefined ? { args: this.operands, config } : toCall(this.operands, config);
  }

  override describe(): ObjectConfig {
    const module = `keras.src.ops.${this.#definition.keras.split(".")[0]}`;
    return describeObject(module, this.className, this.getConfig());
  }
}

/**
 * Runs a function of "fovea/ops" on its operands: writes its ops, or records it where an operand is a KerasTensor. Numbers stay
 * numbers; other constants become literals.
 *
 * @param keras module and class below `keras.src.ops`: "numpy.Mean"
 * @param config its settings, for files
 * @param toCall default: the operands are the arguments of the call
 */
export function operate<A extends Value, Y extends Nested<Sym> = Sym>(
  name: string,
  keras: string,
  operands: readonly A[],
  write: (...operands: Operand[]) => Y,
  config: Readonly<Record<string, unknown>> = {},
  toCall?: ToCall,
): Y extends Sym ? Made<A> : Made<A>[] {
  type Result = Y extends Sym ? Made<A> : Made<A>[];
  const definition: Definition<Y> = { name, keras, config, write, toCall };
  const symbolic: KerasTensor[] = (operands as readonly Value[]).filter(isKerasTensor);
  if (symbolic.length === 0) return writeOps(definition, operands) as unknown as Result;
  if (operands.some(isSym))
    throw new ArgumentError(
      `${name} got a symbolic tensor of the functional API beside a value of a step; use the inputs that call was given.`,
    );
  const inputs: Nested<KerasTensor> = symbolic.length === 1 ? symbolic[0]! : symbolic;
  const layer: Layer = new Operation(definition, operands) as unknown as Layer;
  return layer.apply(inputs) as unknown as Result;
}

/** The same for functions that need values: numbers become literals, too. */
export function operateOn<A extends Value, Y extends Nested<Sym> = Sym>(
  name: string,
  keras: string,
  operands: readonly A[],
  write: (...values: Sym[]) => Y,
  config: Readonly<Record<string, unknown>> = {},
  toCall?: ToCall,
): Y extends Sym ? Made<A> : Made<A>[] {
  const lifted = (...given: Operand[]) => {
    const builder = given.find(isSym)?.builder ?? currentTrace(name).builder;
    return write(...given.map((operand) => (typeof operand === "number" ? literal(builder, [operand], []) : operand)));
  };
  return operate(name, keras, operands, lifted, config, toCall);
}

function writeOps<Y extends Nested<Sym>>({ name, write }: Definition<Y>, operands: readonly Value[]): Y {
  const builder = builderOf(name, operands);
  const values = operands.map((operand) => operandOf(name, builder, operand));
  const numbersAlone = values.every((value) => typeof value === "number");
  return write(...(numbersAlone ? values.map((value) => literal(builder, [value], [])) : values));
}

/** The graph that the operands' values belong to. */
function builderOf(name: string, operands: readonly Value[]): GraphBuilder {
  const values = operands.filter(isSym);
  const builder = isTracing() ? currentTrace(name).builder : values[0]?.builder;
  if (builder === undefined)
    throw new StateError(
      `${name} of numbers outside of a step: functions of "fovea/ops" write ops. Wrap it in a function and call that with tensors: ` +
        `await jit((x) => ${name}(x))(tensor). Or apply it to input({ shape }).`,
    );
  if (values.some((value) => value.builder !== builder))
    throw new StateError(
      `${name} got a value of another step. A value lives as long as the call that was given it; keep a Variable instead.`,
    );
  return builder;
}

function operandOf(name: string, builder: GraphBuilder, operand: Value): Operand {
  if (typeof operand === "number" || isSym(operand)) return operand;
  if (operand instanceof Variable) return operand.read();
  if (!(operand instanceof Tensor) && !Array.isArray(operand) && !ArrayBuffer.isView(operand))
    throw new ArgumentError(
      `${name} got ${formatValue(operand)}; it takes values of a step, symbolic tensors, variables, tensors and numbers.`,
    );
  const { data, shape } = tensor(operand as Tensor);
  return literal(builder, Array.from(data), shape);
}
