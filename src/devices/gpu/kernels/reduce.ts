/**
 * Sums and maxima over any axes. Each workgroup computes `across` adjacent results. `along` threads share each result's elements
 * and combine their values in a tree or, where the GPU can, by subgroups. Where few results reduce many elements (a bias
 * gradient, a loss), workgroups share these too, and a second dispatch reduces their partial results. Shapes and GPU fix the
 * order: runs repeat bit for bit.
 */
import { InternalError } from "../../../base/errors.ts";
import type { Call } from "../../../ir/program.ts";
import type { ReduceAttrs } from "../../../ops/reduce.ts";
import { type LoopAxis, loopAxes, operandStrides } from "../../loop-axes.ts";
import type { Bindings, EmitKernel, Features, GpuKernel, Shader, StorageArray } from "../kernel.ts";
import { foldedGroup, foldWorkgroups } from "./flat.ts";
import { declareOffsets } from "./nest.ts";
import { mathFunctions } from "./print-expr.ts";
import { ENOUGH_GROUPS, MOST_SPLITS } from "./tile-size.ts";

interface Reducer {
  /** WGSL that combines two values. */
  join(a: string, b: string): string;
  /** WGSL that combines a value over all threads of the subgroup. */
  joinSubgroup(value: string): string;
  readonly identity: string;
}

const sum: Reducer = {
  join: (a, b) => `${a} + ${b}`,
  joinSubgroup: (value) => `subgroupAdd(${value})`,
  identity: "0.0",
};
/** NaN wins, from either side. */
const max: Reducer = {
  join: (a, b) => `select(max_first(${a}, ${b}), ${b}, is_nan(${b}))`,
  joinSubgroup: (value) => `select(subgroupMax(${value}), float_of(0x7fc00000u), subgroupAny(is_nan(${value})))`,
  identity: "float_of(0xff800000u)",
};

/** x any shape → y without `axes`. */
export const emitReduceSum: EmitKernel = (call, features) => emitReduce(call, features, sum);
export const emitReduceMax: EmitKernel = (call, features) => emitReduce(call, features, max);

/** Minimum threads for subgroups to pay: one subgroup of a typical GPU. */
const LEAST_TEAM = 32;

function emitReduce(
  { op, attrs, inputs, outputs }: Call,
  { software, subgroups }: Features,
  reducer: Reducer,
): GpuKernel {
  const { axes } = attrs as ReduceAttrs;
  const x = inputs[0]!.spec;
  const y = {
    ...x,
    shape: x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    batched: x.batched && !axes.includes(0),
  };
  if (x.dtype !== "float32") throw new InternalError(`"${op.name}" of ${x.dtype}.`);
  const nest = loopAxes(
    x.shape,
    [x, y].map((spec) => operandStrides(spec, x.shape)),
    x.batched,
  );
  const capacity = x.batched ? x.shape[0]! : 1;
  const kept = nest.filter(({ strides }) => strides[1] !== 0);
  const reduced = nest.filter(({ strides }) => strides[1] === 0);
  const xStride = (axis: LoopAxis) => axis.strides[0]!;
  const [keptCount, reducedCount] = [countOf(kept, capacity), countOf(reduced, capacity)];
  const inner = nest.at(-1);
  const first = teamOf(keptCount.most, reducedCount.most, inner !== undefined && inner.strides[1] === 0, software);
  const groups = Math.ceil(keptCount.most / first.across);
  const splits = Math.min(
    MOST_SPLITS,
    Math.ceil(ENOUGH_GROUPS / groups),
    Math.max(1, Math.floor(reducedCount.most / (8 * first.along))),
  );
  const meetingOf = (team: Team) => (subgroups && team.across === 1 && team.along >= LEAST_TEAM ? "subgroups" : "tree");
  const label = `${op.name} [${x.shape.join(", ")}] to [${outputs[0]!.spec.shape.join(", ")}]`;
  const read = (input: StorageArray) => ({
    kept: declareOffsets(kept, "result", [{ name: "base", strideOf: xStride }]),
    reduced: declareOffsets(reduced, "r", [{ name: "offset", strideOf: xStride }]),
    value: input.load("base + offset"),
  });
  const shaderTo = (to: (bindings: Bindings) => StorageArray): Shader => ({
    label,
    code: (bindings) => {
      const source = read(bindings.input(0));
      const work = { splits, kept: keptCount, reduced: reducedCount.live, source, target: to(bindings) };
      return printReduction(reducer, first, meetingOf(first), work);
    },
    subgroups: meetingOf(first) === "subgroups",
    workgroups: (rows) => foldWorkgroups(Math.ceil(keptCount.at(rows) / first.across) * splits),
  });
  if (splits === 1) return { shaders: [shaderTo((bindings) => bindings.output(0))] };
  const second = teamOf(keptCount.most, splits, false, software);
  const meet: Shader = {
    label: `${label}, splits`,
    code: (bindings) => {
      const source = { kept: "", reduced: "", value: bindings.scratch(0).load(`r * ${keptCount.most}u + result`) };
      const work = { splits: 1, kept: keptCount, reduced: `${splits}u`, source, target: bindings.output(0) };
      return printReduction(reducer, second, meetingOf(second), work);
    },
    subgroups: meetingOf(second) === "subgroups",
    workgroups: (rows) => foldWorkgroups(Math.ceil(keptCount.at(rows) / second.across)),
  };
  return { shaders: [shaderTo((bindings) => bindings.scratch(0)), meet], scratch: [splits * keptCount.most] };
}

/** Number of steps of a nest: as WGSL, its maximum, and for a number of rows. */
interface Count {
  readonly live: string;
  readonly most: number;
  at(rows: number): number;
}

function countOf(axes: readonly LoopAxis[], capacity: number): Count {
  const size = axes.reduce((product, axis) => product * axis.size, 1);
  const dynamic = axes.some((axis) => axis.dynamic);
  return {
    live: dynamic ? `step.rows * ${size}u` : `${size}u`,
    most: dynamic ? capacity * size : size,
    at: (rows) => (dynamic ? rows * size : size),
  };
}

/** The threads of a workgroup: `across` results with `along` threads each; both powers of two. */
interface Team {
  readonly across: number;
  readonly along: number;
  /** Whether adjacent threads share a result, because its elements are adjacent. */
  readonly together: boolean;
}

/** Synchronizing threads is expensive on software renderers: there each result has one thread. */
function teamOf(results: number, reduced: number, together: boolean, software: boolean): Team {
  if (software) return { across: 64, along: 1, together: false };
  const along = Math.min(256, powerBelow(Math.max(1, reduced / 4)));
  if (together) return { across: Math.max(1, 64 / along), along, together };
  const across = Math.min(64, 2 * powerBelow(Math.max(1, results - 1)));
  return { across, along: Math.min(along, 256 / across), together };
}

/** The largest power of two ≤ x, for x ≥ 1. */
const powerBelow = (x: number) => 2 ** Math.floor(Math.log2(x));

interface Source {
  /** Declarations that `value` needs and that depend on `result`, and on `r`. */
  readonly kept: string;
  readonly reduced: string;
  readonly value: string;
}

interface Work {
  readonly splits: number;
  readonly kept: Count;
  /** WGSL of the number of values per result. */
  readonly reduced: string;
  readonly source: Source;
  readonly target: StorageArray;
}

function printReduction(
  { join, joinSubgroup, identity }: Reducer,
  { across, along, together }: Team,
  meeting: "tree" | "subgroups",
  { splits, kept, reduced, source, target }: Work,
): string {
  const threads = across * along;
  const [result, turn] = together ? ["thread / ALONG", "thread % ALONG"] : ["thread % ACROSS", "thread / ACROSS"];
  const tree: string[] = [];
  for (let half = along / 2; half >= 1; half /= 2)
    tree.push(`  workgroupBarrier();
  if (turn < ${half}u) { parts[lane] = ${join("parts[lane]", `parts[lane + ${half * across}u]`)}; }`);
  const meet =
    meeting === "tree"
      ? `  parts[lane] = total;\n${tree.join("\n")}`
      : `  let joined = ${joinSubgroup("total")};
  if (subgroup_lane == 0u) { parts[subgroup] = joined; }
  workgroupBarrier();
  if (thread == 0u) {
    for (var part = 1u; part < subgroups; part++) { parts[0] = ${join("parts[0]", "parts[part]")}; }
  }`;
  const builtins =
    meeting === "tree"
      ? ""
      : ", @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32, @builtin(subgroup_invocation_id) subgroup_lane: u32";
  return `${mathFunctions(1)}
const ACROSS = ${across}u;
const ALONG = ${along}u;
const SPLITS = ${splits}u;
var<workgroup> parts: array<f32, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32${builtins}) {
  let number = ${foldedGroup};
  let split = number % SPLITS;
  let turn = ${turn};
  let column = ${result};
  let result = (number / SPLITS) * ACROSS + column;
  let lane = turn * ACROSS + column;
  let live = result < ${kept.live};
  var total: f32 = ${identity};
  if (live) {
  ${source.kept}
    let count = ${reduced};
    for (var r = split * ALONG + turn; r < count; r += SPLITS * ALONG) {
    ${source.reduced}
      let value = ${source.value};
      total = ${join("total", "value")};
    }
  }
${meet}
  if (live && turn == 0u) { ${target.store(splits === 1 ? "result" : `split * ${kept.most}u + result`, "parts[lane]")} }
}`;
}
