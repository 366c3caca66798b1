/** Functions of tensors: written once as a graph, compiled for a device, called with numbers. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { foldKey, keyOf } from "../base/random.ts";
import { formatShape } from "../base/shape.ts";
import { flatten, type Mapped, mapNested, type Nested, pack } from "../base/structure.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import { BoundStep, runOnce, type StepState } from "../engine/bound-step.ts";
import { checkDeviceName, checkDeviceOptions, type DeviceName } from "../engine/device-options.ts";
import type { Session } from "../engine/session.ts";
import { sharedSession } from "../engine/shared-session.ts";
import { type GraphBuilder, type Sym, scalarSpec, withRows } from "../ir/graph.ts";
import { outputName, outputSpecs } from "../ir/program.ts";
import { gradients } from "./gradients.ts";
import { isSym } from "./keras-tensor.ts";
import { checkFlag } from "./options.ts";
import { Trace } from "./trace.ts";

export interface JitOptions {
  /** Default "auto". */
  readonly device?: DeviceName | undefined;
  /** Worker threads of the CPU device. Default: the cores that this process may use. */
  readonly threads?: number | undefined;
  /**
   * For each argument whether its axis 0 is the batch, or one answer for all. Default: it is, but for scalars and for what
   * `valueAndGrad` takes the derivative by. Arguments with a batch have the same number of rows.
   */
  readonly batched?: boolean | readonly boolean[] | undefined;
  /** Whether layers in it train: Dropout drops then. Default false. */
  readonly training?: boolean | undefined;
}

/** A function of symbolic values. */
export type SymbolicFunction<A extends readonly unknown[], R> = (...args: A) => R;

/** What is given for symbolic arguments: numbers in the same structure. */
export type NumbersFor<A extends readonly unknown[]> = { [K in keyof A]: Mapped<A[K], Sym, TensorLike> };

/** What comes back: tensors in the place of symbolic values. */
export type TensorsFor<R> = Mapped<R, Sym, Tensor>;

/** Marks a function whose first argument is no batch. */
const parameterFirst = /* @__PURE__ */ Symbol("the first argument is no batch");

interface WrittenFunction extends StepState {
  readonly structure: Nested<Sym>;
}

/** Lists that are nested deeper are no numbers: they may hold themselves. */
const MOST_AXES = 64;

const isNumbersWithin = (value: unknown, axes: number): boolean =>
  typeof value === "number" ||
  value instanceof Tensor ||
  ArrayBuffer.isView(value) ||
  (Array.isArray(value) &&
    axes > 0 &&
    value.every((each) => typeof each === "number" || (Array.isArray(each) && isNumbersWithin(each, axes - 1))));

const isNumbers = (value: unknown): value is TensorLike => isNumbersWithin(value, MOST_AXES);

/**
 * Compiles a function of symbolic values: it is written once for each kind of arguments, and then runs as one program. Layers
 * and models inside are called by `call`; their weights are read, and those that the function assigns are changed.
 *
 * @param fn takes symbolic values (or lists and records of them) and gives such
 * @returns a function of tensors (or nested numbers) that resolves to tensors in the structure of `fn`'s result
 * @throws ShapeError when arguments with a batch have different numbers of rows
 * @example
 * ```ts
 * import { jit } from "fovea";
 * import { add, square, type Sym } from "fovea/ops";
 * const f = jit((x: Sym, y: Sym) => add(square(x), y), { device: "reference" });
 * (await f([1, 2, 3], [10, 20, 30])).toArray(); // [11, 24, 39]
 * ```
 */
export function jit<A extends readonly unknown[], R extends Nested<Sym>>(
  fn: SymbolicFunction<A, R>,
  options: JitOptions = {},
): (...args: NumbersFor<A>) => Promise<TensorsFor<R>> {
  if (typeof fn !== "function")
    throw new ArgumentError(`jit takes a function of symbolic values, got ${formatValue(fn)}.`);
  checkKeys("jit", options, ["device", "threads", "batched", "training"]);
  const { device = "auto", threads, training = false } = options;
  checkFlag("jit", "training", training);
  const deviceOptions = threads === undefined ? {} : { threads };
  checkDeviceOptions(deviceOptions);
  const lazy = sharedSession(checkDeviceName(device), deviceOptions);
  let calls = 0;
  let id: number | undefined;

  const write = (builder: GraphBuilder, session: Session, args: Arguments): WrittenFunction => {
    const trace = new Trace({
      builder,
      training,
      nameOf: (variable) => session.nameOf(variable),
      step: () => builder.input("call", scalarSpec()),
      key: foldKey(keyOf(0), 3),
    });
    const inputs = args.tensors.map(({ shape, dtype }, i) =>
      builder.input(`a${i}`, { shape, dtype, batched: args.batched[i]! }),
    );
    let next = 0;
    const symbols = args.given.map((each) => mapNested(each as Nested<TensorLike>, isNumbers, () => inputs[next++]!));
    const structure = trace.write(() => fn(...(symbols as unknown as A)));
    trace.commit();
    flatten<Sym>(structure, isSym).forEach((output, i) => {
      builder.output(outputName(i), output);
    });
    return { structure, uses: trace.used, changes: [...trace.assigned.keys()] };
  };

  const run = async (...given: readonly unknown[]): Promise<unknown> => {
    const args = readArguments(given, options.batched, parameterFirst in fn);
    const session = await lazy.get();
    id ??= session.nextScope();
    const key = `jit ${id} ${args.key}`;
    const make = async () =>
      new BoundStep(session, await session.step(key, (builder) => write(builder, session, args)));
    const feeds = Object.fromEntries(args.tensors.map(({ data }, i) => [`a${i}`, data]));
    const { step, outputs } = await runOnce(make, { ...feeds, call: Float32Array.of(calls++) }, args.rows);
    const { structure, changes } = step.about;
    await session.settle(changes);
    const tensors = outputSpecs(step.compiled.program).map(
      (spec, i) => new Tensor(outputs[outputName(i)]!, withRows(spec, args.rows).shape),
    );
    return pack(structure, isSym, tensors);
  };
  return run as unknown as (...args: NumbersFor<A>) => Promise<TensorsFor<R>>;
}

interface Arguments {
  readonly given: readonly unknown[];
  readonly tensors: readonly Tensor[];
  readonly batched: readonly boolean[];
  readonly rows: number;
  /** Tells kinds of arguments apart. */
  readonly key: string;
}

function readArguments(
  given: readonly unknown[],
  batched: JitOptions["batched"],
  firstIsParameter: boolean,
): Arguments {
  const tensors: Tensor[] = [];
  const flags: boolean[] = [];
  given.forEach((argument, i) => {
    const stated = Array.isArray(batched) ? (batched as readonly boolean[])[i] : (batched as boolean | undefined);
    for (const leaf of flatten<TensorLike>(
      argument as Nested<TensorLike>,
      isNumbers as (value: unknown) => value is TensorLike,
    )) {
      const value = tensor(leaf);
      tensors.push(value);
      flags.push((stated ?? !(firstIsParameter && i === 0)) && value.rank > 0);
    }
  });
  const first = tensors.findIndex((_, i) => flags[i]);
  const rows = first < 0 ? 1 : tensors[first]!.shape[0]!;
  tensors.forEach(({ shape }, i) => {
    if (flags[i] && shape[0] !== rows)
      throw new ShapeError(
        `jit: arguments have batches of different sizes, ${formatShape(tensors[first]!.shape)} and ${formatShape(shape)}. ` +
          "Say with { batched: [true, false, …] } which of them have a batch.",
      );
  });
  if (rows === 0) throw new ShapeError("jit: the batch has no rows, so there is nothing to compute.");
  const key = tensors.map(({ dtype, shape }, i) => `${flags[i] ? "B" : ""}${dtype}[${shape.join(",")}]`).join(" ");
  return { given, tensors, batched: flags, rows, key };
}

/**
 * The function that gives a scalar and its derivative by the first argument, which is no batch: weights as one tensor, a list or
 * a record of them. It is a function of symbolic values; `jit` compiles it.
 *
 * @example
 * ```ts
 * import { jit, valueAndGrad } from "fovea";
 * import { matmul, mean, square, subtract, type Sym } from "fovea/ops";
 * const loss = (w: Sym, x: Sym, y: Sym) => mean(square(subtract(matmul(x, w), y)));
 * const step = jit(valueAndGrad(loss), { device: "reference" });
 * const [value, slope] = await step([[2]], [[1], [2]], [[1], [1]]);
 * value.toArray(); // 5: the mean of 1² and 3²
 * slope.toArray(); // [[7]]: the mean of 2·1·1 and 2·3·2
 * ```
 */
export function valueAndGrad<W extends Nested<Sym>, A extends readonly unknown[]>(
  fn: (first: W, ...rest: A) => Sym,
): (first: W, ...rest: A) => readonly [value: Sym, gradient: W] {
  const made = (first: W, ...rest: A): readonly [Sym, W] => {
    const value = fn(first, ...rest);
    const leaves = flatten<Sym>(first, isSym);
    return [value, pack<Sym, Sym>(first, isSym, gradients(value, leaves)) as W];
  };
  return Object.assign(made, { [parameterFirst]: true });
}
