/** Prints elementwise expressions as WebAssembly, four float32 at a time. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { PlainName } from "../../../assembler/opcodes.ts";
import type { CompareName } from "../../../ir/expr.ts";
import type { PrintedBinary, PrintedInstruction, PrintedTape } from "../../approximations.ts";
import type { Features } from "../kernel.ts";
import { MathPrinter } from "./math.ts";

/** pmax(a, b) is a < b ? b : a and pmin(a, b) is b < a ? b : a: exactly the meaning of the expressions. */
const binaryOps = {
  add: "f32x4.add",
  sub: "f32x4.sub",
  mul: "f32x4.mul",
  div: "f32x4.div",
  max: "f32x4.pmax",
  min: "f32x4.pmin",
} as const satisfies Readonly<Record<PrintedBinary, PlainName>>;

const compareOps = { lt: "f32x4.lt", le: "f32x4.le", eq: "f32x4.eq" } as const satisfies Readonly<
  Record<CompareName, PlainName>
>;

const unaryOps = {
  neg: "f32x4.neg",
  abs: "f32x4.abs",
  sqrt: "f32x4.sqrt",
  floor: "f32x4.floor",
  round: "f32x4.nearest",
} as const;

/** Keeps the latest value of each instruction of a tape in a vector local of one function. */
export class TapePrinter {
  readonly #f: FunctionBuilder;
  readonly #math: MathPrinter;
  readonly #tape: PrintedTape;
  readonly #values: Local[] = [];

  constructor(f: FunctionBuilder, tape: PrintedTape, features: Features) {
    this.#f = f;
    this.#tape = tape;
    this.#math = new MathPrinter(f, features);
  }

  /**
   * Emits instruction `at` into a new local, so that its previous value remains; its operands must have been emitted. `load`
   * pushes an input's value.
   */
  step(at: number, load: (input: number) => void): void {
    const value = this.#f.local("v128");
    this.#push(this.#tape.code[at]!, load);
    this.#f.set(value);
    this.#values[at] = value;
  }

  /** Latest value of expression `index`. */
  result(index: number): Local {
    return this.#values[this.#tape.results[index]!]!;
  }

  #push(step: PrintedInstruction, load: (input: number) => void): void {
    const f = this.#f;
    const values = this.#values;
    switch (step.kind) {
      case "input":
        load(step.index);
        return;
      case "constant":
        f.get(f.constant(step.value));
        return;
      case "binary":
        f.get(values[step.a]!).get(values[step.b]!).op(binaryOps[step.op]);
        return;
      case "select":
        f.get(values[step.yes]!).get(values[step.no]!);
        f.get(values[step.a]!).get(values[step.b]!).op(compareOps[step.op]).op("v128.bitselect");
        return;
      case "unary": {
        const a = values[step.a]!;
        if (step.op === "exp" || step.op === "log" || step.op === "tanh") this.#math[step.op](a);
        else f.get(a).op(unaryOps[step.op]);
      }
    }
  }
}
