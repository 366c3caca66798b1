/**
 * One-dimensional transforms of Winograd's algorithm over vectors of channels, from which the two-dimensional kernels are built.
 */
import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { EpiloguePrinter, paramTypes, pointerKinds, type VectorEpilogue } from "../epilogue.ts";
import { type Features, vectorsAtOnce } from "../kernel.ts";
import { advanceBy, countDown, loadVectors, storeVectors } from "../kernels/kernel-function.ts";
import type { Matrix } from "./matrices.ts";

/** Bytes between the values of one transform: a constant, or a run-time parameter ("given"). */
export type Stride = number | "given";

export interface TransformPass {
  /** output[i] = Σ_j matrix[i][j] · input[j]. */
  readonly matrix: Matrix;
  /** Bytes from input[j] to input[j + 1], and from output[i] to output[i + 1]. */
  readonly sourceStride: Stride;
  readonly targetStride: Stride;
  /** Vectors of one run: inputs and outputs of neighbouring vectors are adjacent. */
  readonly vectors: number;
  /** Bytes from the start of one run to the next. */
  readonly sourceStep: number;
  readonly targetStep: number;
  /** Outputs that are added to the content of the target; the others overwrite it. Default: none. */
  readonly add?: readonly boolean[];
  /** Applied to outputs before they are stored; the vectors of a run are the columns of its operands. */
  readonly epilogue?: VectorEpilogue | undefined;
}

/**
 * The function (source, target, sourceStride, targetStride, runs, …operands of the epilogue) that executes `runs` runs of a pass;
 * it ignores the parameters of constant strides. A separate function, so that V8 keeps the values in registers.
 */
export function transformPass(module: ModuleBuilder, pass: TransformPass, features: Features): FunctionRef {
  return module.once(["transform", pass, features], () => {
    const kinds = pointerKinds(pass.epilogue);
    const ref = module.addFunction(paramTypes(5, pass.epilogue), [], (f, params) => {
      const [source, target, sourceStride, targetStride, runs, ...operands] = params;
      const { vectors, sourceStep, targetStep } = pass;
      const columns = operands.filter((_, i) => kinds[i] === "column");
      const adjacent = sourceStep === 16 * vectors && targetStep === 16 * vectors && columns.length === 0;
      const strides = { source: sourceStride!, target: targetStride! };
      const together = vectorsAtOnce(features, vectors);
      const each = () => {
        const printer = pass.epilogue && new EpiloguePrinter(f, pass.epilogue, operands, features);
        emitTransform(f, pass, together, features, source!, target!, strides, printer);
        for (const pointer of [source!, target!, ...columns]) advanceBy(f, pointer, 16 * together);
      };
      if (adjacent) {
        f.get(runs!)
          .i32(vectors / together)
          .op("i32.mul")
          .set(runs!);
        countDown(f, runs!, 1, each);
      } else
        countDown(f, runs!, 1, () => {
          const left = f.local("i32");
          f.i32(vectors / together).set(left);
          countDown(f, left, 1, each);
          const steps = [[source!, sourceStep] as const, [target!, targetStep] as const];
          for (const [pointer, step] of [...steps, ...columns.map((column) => [column, 0] as const)])
            f.get(pointer)
              .i32(step - 16 * vectors)
              .op("i32.add")
              .set(pointer);
        });
    });
    module.exportFunction(`transform${ref.index}`, ref);
    module.nameFunction(ref, `transform ${pass.matrix.length}x${pass.matrix[0]!.length}`);
    return ref;
  });
}

/** Adjacent vectors: loads, the matrix, stores. */
function emitTransform(
  f: FunctionBuilder,
  { matrix, sourceStride, targetStride, add = [] }: TransformPass,
  together: number,
  features: Features,
  source: Local,
  target: Local,
  strides: { readonly source: Local; readonly target: Local },
  printer: EpiloguePrinter | undefined,
): void {
  const sides = Array.from({ length: together }, (_, side) => side);
  const inputs = walkStrided(f, source, sourceStride, strides.source, matrix[0]!.length, (address, offset) =>
    loadVectors(f, address, offset, together),
  );
  const outputs = sides.map((side) =>
    emitProduct(
      f,
      matrix,
      inputs.map((values) => values[side]!),
      features,
    ),
  );
  walkStrided(f, target, targetStride, strides.target, matrix.length, (address, offset, i) => {
    const values = sides.map((side) => {
      const value = printer?.apply(outputs[side]![i]!, 16 * side) ?? outputs[side]![i]!;
      if (add[i])
        f.get(value)
          .get(address)
          .mem("v128.load", offset + 16 * side)
          .op("f32x4.add")
          .set(value);
      return value;
    });
    storeVectors(f, address, offset, values);
  });
}

/** Calls a visitor for `count` addresses at a constant stride. */
function walkStrided<T>(
  f: FunctionBuilder,
  start: Local,
  stride: Stride,
  given: Local,
  count: number,
  visit: (address: Local, offset: number, index: number) => T,
): T[] {
  const address = stride === "given" ? f.local("i32") : start;
  return Array.from({ length: count }, (_, i) => {
    if (stride !== "given") return visit(start, i * stride, i);
    if (i === 0) f.get(start).set(address);
    else f.get(address).get(given).op("i32.add").set(address);
    return visit(address, 0, i);
  });
}

interface Term {
  readonly factor: number;
  readonly value: Local;
}

/**
 * Matrix times vector. Points ±p give pairs of rows (frequencies from values) or of columns (values from frequencies) that are
 * equal except for the signs of every other entry. The sums and differences are computed once for both.
 */
function emitProduct(f: FunctionBuilder, matrix: Matrix, inputs: readonly Local[], features: Features): Local[] {
  const columns = inputs.map((_, j) => matrix.map((row) => row[j]!));
  const pair = columns.findIndex((column, j) => j > 0 && isMirrored(columns[j - 1]!, column));
  if (pair > 0) return emitMirroredColumns(f, matrix, inputs, features);
  const outputs: Local[] = [];
  for (let i = 0; i < matrix.length; i++) {
    const [row, next] = [matrix[i]!, matrix[i + 1]];
    if (next !== undefined && isMirrored(row, next)) {
      outputs.push(...emitMirroredRows(f, row, next, inputs, features));
      i++;
    } else outputs.push(emitSum(f, termsOf(row, inputs), features));
  }
  return outputs;
}

/** Whether the two agree in magnitude everywhere, in sign at some places, and differ in sign at others. */
function isMirrored(a: readonly number[], b: readonly number[]): boolean {
  const filled = a.map((value, i) => ({ value, other: b[i]! })).filter(({ value }) => value !== 0);
  const sizes = a.every((value, i) => Math.abs(value) === Math.abs(b[i]!));
  return (
    sizes && filled.some(({ value, other }) => value === other) && filled.some(({ value, other }) => value !== other)
  );
}

/** even + factor · odd and even − factor · odd. */
function emitMirroredRows(
  f: FunctionBuilder,
  row: readonly number[],
  mirror: readonly number[],
  inputs: readonly Local[],
  features: Features,
): [Local, Local] {
  const terms = termsOf(row, inputs);
  const same = new Set(inputs.filter((_, j) => row[j] === mirror[j]));
  const even = emitSum(
    f,
    terms.filter(({ value }) => same.has(value)),
    features,
  );
  const differing = terms.filter(({ value }) => !same.has(value));
  const factor = oddFactor(row, mirror);
  const odd = emitSum(
    f,
    differing.map((term) => ({ ...term, factor: tidyRatio(term.factor / factor) })),
    features,
  );
  const sum = (sign: 1 | -1) =>
    emitSum(
      f,
      [
        { factor: 1, value: even },
        { factor: sign * factor, value: odd },
      ],
      features,
    );
  return [sum(1), sum(-1)];
}

/**
 * The factor taken out of those entries of a mirrored pair that differ in sign. The remaining factors then equal those of the
 * entries that agree: the powers p, p³, … of a point become 1, p², …, which are already in registers.
 */
function oddFactor(row: readonly number[], mirror: readonly number[]): number {
  const first = (same: boolean) => row.find((value, j) => value !== 0 && (value === mirror[j]) === same)!;
  return first(false) / first(true);
}

/** Ratios like √½ · 2 / √2 are float32 numbers except for rounding in the last place of a float64. */
const tidyRatio = (ratio: number) => (Math.abs(ratio - Math.fround(ratio)) < 1e-12 ? Math.fround(ratio) : ratio);

function emitMirroredColumns(
  f: FunctionBuilder,
  matrix: Matrix,
  inputs: readonly Local[],
  features: Features,
): Local[] {
  /**
   * The replacement of a pair of inputs: their sum where their columns agree, their scaled difference where they have opposite
   * signs.
   */
  const pairs = new Map<Local, { readonly sum: Local; readonly difference: Local; readonly scale: number }>();
  const seconds = new Set<Local>();
  for (let j = 0; j + 1 < inputs.length; j++) {
    const [a, b] = [inputs[j]!, inputs[j + 1]!];
    const [column, mirror] = [matrix.map((row) => row[j]!), matrix.map((row) => row[j + 1]!)];
    if (!isMirrored(column, mirror)) continue;
    const combine = (sign: 1 | -1) =>
      emitSum(
        f,
        [
          { factor: 1, value: a },
          { factor: sign, value: b },
        ],
        features,
      );
    const scale = oddFactor(column, mirror);
    const [sum, plain] = [combine(1), combine(-1)];
    pairs.set(a, { sum, difference: emitSum(f, [{ factor: scale, value: plain }], features), scale });
    seconds.add(b);
    j++;
  }
  return matrix.map((row) => {
    const terms = termsOf(row, inputs).filter(({ value }) => !seconds.has(value));
    const joined = terms.map(({ factor, value }) => {
      const pair = pairs.get(value);
      if (pair === undefined) return { factor, value };
      const j = inputs.indexOf(value);
      if (row[j] === row[j + 1]) return { factor, value: pair.sum };
      return { factor: tidyRatio(factor / pair.scale), value: pair.difference };
    });
    return emitSum(f, joined, features);
  });
}

const termsOf = (row: readonly number[], inputs: readonly Local[]): Term[] =>
  row.flatMap((factor, j) => (factor === 0 ? [] : [{ factor, value: inputs[j]! }]));

/** Σ factor · value: plain additions for factors ±1, multiply-adds (fused if available) for others. */
function emitSum(f: FunctionBuilder, terms: readonly Term[], features: Features): Local {
  const ordered = [...terms].sort((a, b) => weight(a) - weight(b));
  const result = f.local("v128");
  if (terms.length === 0) f.f32x4(0);
  else pushSum(f, ordered, features);
  f.set(result);
  return result;
}

/** Factors that need no multiplication come first. */
const weight = ({ factor }: Term) => (factor === 1 ? 0 : factor === -1 ? 1 : 2);

function pushSum(f: FunctionBuilder, terms: readonly Term[], features: Features): void {
  const { factor, value } = terms.at(-1)!;
  const rest = terms.slice(0, -1);
  if (rest.length === 0) {
    f.get(value);
    if (factor === -1) f.op("f32x4.neg");
    else if (factor !== 1) f.get(f.constant(factor)).op("f32x4.mul");
  } else if (Math.abs(factor) === 1) {
    pushSum(f, rest, features);
    f.get(value).op(factor === 1 ? "f32x4.add" : "f32x4.sub");
  } else if (features.relaxed) {
    f.get(value).get(f.constant(Math.abs(factor)));
    pushSum(f, rest, features);
    f.op(factor > 0 ? "f32x4.relaxed_madd" : "f32x4.relaxed_nmadd");
  } else {
    pushSum(f, rest, features);
    f.get(value)
      .get(f.constant(Math.abs(factor)))
      .op("f32x4.mul");
    f.op(factor > 0 ? "f32x4.add" : "f32x4.sub");
  }
}
