/** Programs as text: phases, calls, shapes, buffers, bytes and FLOPs. */
import type { Origin } from "./graph.ts";
import { printAttrs, printSpec } from "./print.ts";
import { type Buffer, type Call, callFlops, type Operand, type Program } from "./program.ts";

const short: Readonly<Record<Buffer["kind"], string>> = {
  variable: "var",
  input: "in",
  output: "out",
  constant: "const",
  shared: "shared",
  slice: "slice",
  partial: "partial",
};

function printOperand({ buffer, spec }: Operand): string {
  const place =
    buffer.name === undefined ? `${short[buffer.kind]}+${buffer.offset}` : `${short[buffer.kind]} "${buffer.name}"`;
  return `${printSpec(spec)}${buffer.half ? " in float16" : ""} @${place}`;
}

const printOrigin = (origin: Origin | undefined) =>
  origin === undefined ? "" : `  for ${origin.owner}${origin.backward ? ", backward" : ""}`;

function printCall(call: Call, capacity: number): string {
  const flops = callFlops(call, capacity);
  const cost = flops === 0 ? "" : `  ${(flops / 1e6).toFixed(3)} MFLOP`;
  const inputs = call.inputs.map((operand) => `\n      ← ${printOperand(operand)}`).join("");
  const outputs = call.outputs.map((operand) => `\n      → ${printOperand(operand)}`).join("");
  return `    ${call.op.name} [${call.mode}]${printAttrs(call.attrs)}${printOrigin(call.origin)}${cost}${inputs}${outputs}`;
}

export function printProgram(program: Program): string {
  const { capacity, regions } = program;
  const head = `program: batch ${capacity}`;
  const sizes = Object.entries(regions).map(([name, bytes]) => `  ${name}: ${bytes} bytes`);
  const phases = program.phases.map(
    ({ kind, sliceRows, calls }, i) =>
      `  phase ${i} (${kind}${sliceRows === undefined ? "" : `, ${sliceRows} a slice`})\n${calls.map((call) => printCall(call, capacity)).join("\n")}`,
  );
  return [head, ...sizes, ...phases].join("\n");
}
