/** Epilogues in CPU kernels: how a vector of a product passes through one before it is stored. */

import type { FunctionBuilder, FunctionRef, Local } from "../../assembler/function.ts";
import type { ModuleBuilder } from "../../assembler/module.ts";
import type { PrintedTape } from "../approximations.ts";
import type { JoinedCall, OperandKind } from "../epilogue.ts";
import { type Features, vectorsAtOnce } from "./kernel.ts";
import { advanceBy, countDown, loadVectors, storeVectors } from "./kernels/kernel-function.ts";
import { TapePrinter } from "./kernels/print-expr.ts";

/** What a kernel's functions depend on in an epilogue. Plain data, so that it can be part of a function's cache key. */
export interface VectorEpilogue {
  readonly tape: PrintedTape;
  readonly kinds: readonly ("product" | OperandKind)[];
}

export function vectorEpilogue({ epilogue }: JoinedCall): VectorEpilogue | undefined {
  return epilogue && { tape: epilogue.tape, kinds: epilogue.sources.map(({ kind }) => kind) };
}

/** The pointers of an epilogue's operands, among those of the kernel's inputs. */
export function epiloguePointers({ epilogue }: JoinedCall, pointers: readonly Local[]): Local[] {
  return (epilogue?.sources ?? []).flatMap((source) => (source.kind === "product" ? [] : [pointers[source.input]!]));
}

/** The kinds of the operands, in the order of their pointers. */
export function pointerKinds(epilogue: VectorEpilogue | undefined): OperandKind[] {
  return (epilogue?.kinds ?? []).flatMap((kind) => (kind === "product" ? [] : [kind]));
}

/** Types of a function's parameters: `own` ones, then the operands' pointers. */
export function paramTypes(own: number, epilogue: VectorEpilogue | undefined): "i32"[] {
  return new Array<"i32">(own + pointerKinds(epilogue).length).fill("i32");
}

/**
 * Pushes the operands' pointers; those of column operands are advanced by `bytes`.
 *
 * @param place pushes the address, in an operand with a value for each of the product's, of the first value that is finished
 */
export function pushOperands(
  f: FunctionBuilder,
  epilogue: VectorEpilogue | undefined,
  pointers: readonly Local[],
  bytes = 0,
  place: (pointer: Local) => void = (pointer) => f.get(pointer),
): void {
  for (const [i, kind] of pointerKinds(epilogue).entries()) {
    if (kind === "full") place(pointers[i]!);
    else {
      f.get(pointers[i]!);
      if (kind === "column" && bytes !== 0) f.i32(bytes).op("i32.add");
    }
  }
}

/** Vectors per iteration of a loop that only applies an epilogue. */
const UNROLL = 4;

/** Emits an epilogue into one function, for any number of vectors. */
export class EpiloguePrinter {
  readonly #f: FunctionBuilder;
  readonly #printer: TapePrinter;
  readonly #epilogue: VectorEpilogue;
  readonly #pointers: readonly Local[];

  /** @param pointers the function's parameters that hold the operands' addresses */
  constructor(f: FunctionBuilder, epilogue: VectorEpilogue, pointers: readonly Local[], features: Features) {
    this.#f = f;
    this.#printer = new TapePrinter(f, epilogue.tape, features);
    this.#epilogue = epilogue;
    this.#pointers = pointers;
  }

  /**
   * Returns a new local with the epilogue applied to a vector of the product. Column operands are read at their pointers plus
   * `column` bytes, full operands plus `at` bytes.
   */
  apply(value: Local, column: number, at = 0): Local {
    const f = this.#f;
    const { tape, kinds } = this.#epilogue;
    const load = (input: number) => {
      const kind = kinds[input]!;
      if (kind === "product") {
        f.get(value);
        return;
      }
      f.get(this.#pointers[kinds.slice(0, input).filter((other) => other !== "product").length]!);
      if (kind === "single") f.mem("v128.load32_splat");
      else f.mem("v128.load", kind === "column" ? column : at);
    };
    tape.code.forEach((_, step) => {
      this.#printer.step(step, load);
    });
    return this.#printer.result(0);
  }
}

/**
 * The function (target, source, …operands) that applies an epilogue without column operands to a product of a given number of
 * vectors.
 */
export function epilogueRun(
  module: ModuleBuilder,
  epilogue: VectorEpilogue,
  vectors: number,
  features: Features,
): FunctionRef {
  return module.once(["epilogue of", epilogue, vectors, features], () => {
    const together = vectors % UNROLL === 0 ? UNROLL : vectorsAtOnce(features, vectors);
    return module.addFunction(paramTypes(2, epilogue), [], (f, [target, source, ...operands]) => {
      const left = f.local("i32");
      const kinds = pointerKinds(epilogue);
      f.i32(vectors).set(left);
      countDown(f, left, together, () => {
        const printer = new EpiloguePrinter(f, epilogue, operands, features);
        const values = loadVectors(f, source!, 0, together).map((value, v) => printer.apply(value, 0, 16 * v));
        storeVectors(f, target!, 0, values);
        for (const pointer of [target!, source!, ...operands.filter((_, i) => kinds[i] === "full")])
          advanceBy(f, pointer, 16 * together);
      });
    });
  });
}
