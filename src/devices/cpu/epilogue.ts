/** Epilogues in CPU kernels: how a vector of a product passes through one before it is stored. */
import type { Tape } from "../../ir/expr.ts";
import type { JoinedCall, OperandKind } from "../epilogue.ts";
import type { FunctionBuilder, FunctionRef, Local } from "./assembler/function.ts";
import type { ModuleBuilder } from "./assembler/module.ts";
import { type Features, vectorsAtOnce } from "./kernel.ts";
import { advanceBy, countDown, loadVectors, storeVectors } from "./kernels/kernel-function.ts";
import { TapePrinter } from "./kernels/print-expr.ts";

/** What a kernel's functions must know of an epilogue: plain data, which tells functions that differ apart. */
export interface VectorEpilogue {
  readonly tape: Tape;
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

/** Pushes the operands' pointers, those of columns `bytes` further on. */
export function pushOperands(
  f: FunctionBuilder,
  epilogue: VectorEpilogue | undefined,
  pointers: readonly Local[],
  bytes = 0,
): void {
  for (const [i, kind] of pointerKinds(epilogue).entries()) {
    f.get(pointers[i]!);
    if (kind === "column" && bytes !== 0) f.i32(bytes).op("i32.add");
  }
}

/** Vectors per turn of a loop that does nothing else. */
const UNROLL = 4;

/** Prints an epilogue into one function, for as many vectors as it stores. */
export class EpiloguePrinter {
  readonly #f: FunctionBuilder;
  readonly #printer: TapePrinter;
  readonly #epilogue: VectorEpilogue;
  readonly #pointers: readonly Local[];

  /** @param pointers the function's own ones, of the operands */
  constructor(f: FunctionBuilder, epilogue: VectorEpilogue, pointers: readonly Local[], features: Features) {
    this.#f = f;
    this.#printer = new TapePrinter(f, epilogue.tape, features);
    this.#epilogue = epilogue;
    this.#pointers = pointers;
  }

  /**
   * What becomes of a vector of the product, in a local of its own; operands of columns are read so many bytes from their pointers
   * on, full ones `at`.
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

/** The function (target, source, …operands) that passes a product of so many vectors through its epilogue, which reads no columns. */
export function epilogueRun(
  module: ModuleBuilder,
  epilogue: VectorEpilogue,
  vectors: number,
  features: Features,
): FunctionRef {
  return module.once(`epilogue of ${JSON.stringify([epilogue, vectors, features])}`, () => {
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
