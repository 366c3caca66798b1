/**
 * Steps of one row. Workers share rows, so a single one would keep one core busy. Its calls are therefore written as whole ones,
 * whose outputs workers share part by part, with barriers where a call reads what another one makes.
 */
import type { Spec } from "../../ir/graph.ts";
import { type Buffer, type Call, exchanges, type Phase, type Program } from "../../ir/program.ts";
import { type JoinedCall, overlap } from "../epilogue.ts";

/**
 * Whether a program's rows phases are to be shared so; sums over rows have parts of their own, and of several processes some may have
 * no row.
 */
export function isOfOneRow(program: Program, workers: number): boolean {
  const { capacity, phases } = program;
  const rows = phases.filter(({ kind }) => kind === "rows");
  return (
    workers > 1 &&
    capacity === 1 &&
    !exchanges(program) &&
    rows.every(({ calls }) => calls.every(({ mode }) => mode === "map"))
  );
}

/** Whole phases instead of rows phases; `onShared` is told of each call that stands for another one. */
export function shareTheRow(phases: readonly Phase[], onShared: (call: Call, before: Call) => void): readonly Phase[] {
  return phases.flatMap((phase) => {
    if (phase.kind === "whole") return [phase];
    const calls = phase.calls.map((call) => {
      const whole = asWhole(call);
      onShared(whole, call);
      return whole;
    });
    return independent(calls).map((group) => ({ kind: "whole" as const, calls: group }));
  });
}

const unbatched = (spec: Spec): Spec => ({ ...spec, batched: false });

function asWhole(call: JoinedCall): JoinedCall {
  const operand = <T extends { readonly spec: Spec }>(each: T): T => ({ ...each, spec: unbatched(each.spec) });
  const { epilogue } = call;
  return {
    ...call,
    mode: "whole",
    inputs: call.inputs.map(operand),
    outputs: call.outputs.map(operand),
    ...(epilogue === undefined ? {} : { epilogue: { ...epilogue, made: unbatched(epilogue.made) } }),
  };
}

/** Consecutive calls in groups without an order among themselves. */
function independent(calls: readonly JoinedCall[]): JoinedCall[][] {
  const groups: JoinedCall[][] = [];
  for (const call of calls) {
    const group = groups.at(-1);
    if (group === undefined || group.some((other) => meet(call, other))) groups.push([call]);
    else group.push(call);
  }
  return groups;
}

/** Whether one call writes where the other reads or writes. */
function meet(a: JoinedCall, b: JoinedCall): boolean {
  const [of, other] = [a, b].map(({ inputs, outputs }) => ({
    read: inputs.map(({ buffer }) => buffer),
    written: outputs.map(({ buffer }) => buffer),
  }));
  const meets = (some: readonly Buffer[], others: readonly Buffer[]) =>
    some.some((buffer) => others.some((each) => overlap(buffer, each)));
  return meets(of!.written, [...other!.read, ...other!.written]) || meets(other!.written, of!.read);
}
