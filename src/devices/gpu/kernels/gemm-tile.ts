/**
 * Matrix products by workgroup tiles. A workgroup loads strips of A and B into its memory. Each thread keeps a block of C in
 * registers, and fetches the next strips while it multiplies the current ones. Where C is small and k long, workgroups share k
 * too, and a second dispatch adds their partial sums. Shapes and live rows fix the order of all sums: runs repeat bit for bit.
 */
import type { JoinedCall } from "../../epilogue.ts";
import { epilogueFunctions, printStore } from "../epilogue.ts";
import type { Bindings, GpuKernel, Shader, StorageArray } from "../kernel.ts";
import { foldedGroup, foldWorkgroups } from "./flat.ts";
import {
  declareNumber,
  extentAt,
  type Gemm,
  type Loader,
  liveExtent,
  loaderVariables,
  mostOf,
  resultExtent,
  resultStart,
  stackAt,
  times,
  withSplitSum,
} from "./gemm.ts";
import { type Tile, tileOf } from "./tile-size.ts";

/** See `emitGemm`. */
export function tiledGemm(call: JoinedCall, gemm: Gemm): GpuKernel {
  const { m, n, k, groups } = gemm;
  const result = resultExtent(gemm);
  const tile = tileOf(mostOf(m), n, mostOf(k), mostOf(result) / (mostOf(m) * n));
  const tiles = (rows: number) =>
    Math.ceil(extentAt(m, rows) / tile.m) * Math.ceil(n / tile.n) * groups * stackAt(gemm, rows);
  const product: Shader = {
    label: gemm.label,
    code: (bindings) => printProduct(call, gemm, tile, bindings),
    workgroups: (rows) => foldWorkgroups(tiles(rows) * tile.splits),
  };
  return withSplitSum(call, product, tile.splits, result, 4);
}

const axes = ["x", "y", "z", "w"] as const;

function printProduct(call: JoinedCall, gemm: Gemm, tile: Tile, bindings: Bindings): string {
  const { m, n, k, groups, a, b } = gemm;
  const [sourceA, sourceB] = [a, b].map(({ width }, i) => bindings.input(i, width === 4 ? "vec4f" : "f32"));
  const lanes = n % 4 === 0 ? 4 : 1;
  const whole = tile.splits === 1;
  const store = (value: string, column: string) => {
    const at = `base + row * ${n * groups}u + ${column}`;
    if (whole) return printStore(call, bindings, lanes, value, `(${at})`, `(u32(GROUP) * ${n}u + ${column})`);
    return lanes === 4
      ? bindings.scratch(0, "vec4f").store(`(${at}) / 4u`, value)
      : bindings.scratch(0).store(at, value);
  };
  const left = new Side("a", a, tile.m, tile.k);
  const right = new Side("b", b, tile.n, tile.k);
  const [across, down] = [tile.n / tile.threadN, tile.m / tile.threadM];
  const [rowQuads, columnQuads] = [tile.threadM / 4, tile.threadN / 4];
  const blocks = times(rowQuads, (i) => times(4, (r) => times(columnQuads, (j) => ({ i, r, j }))).flat()).flat();
  const accumulator = ({ i, r, j }: (typeof blocks)[number]) => `c${i}${r}${j}`;
  const columnTiles = Math.ceil(n / tile.n);
  return `${whole ? epilogueFunctions(call, lanes) : ""}
${loaderVariables}
${left.functions(sourceA!)}
${right.functions(sourceB!)}
var<workgroup> tile_a: array<vec4f, ${(tile.k * tile.m) / 4}>;
var<workgroup> tile_b: array<vec4f, ${(tile.k * tile.n) / 4}>;

@compute @workgroup_size(${across * down})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
${declareNumber(gemm, foldedGroup, Math.ceil(mostOf(m) / tile.m) * columnTiles * groups * tile.splits)}
  let m_end = ${liveExtent(m)};
  let k_end = ${liveExtent(k)};
  GROUP = i32(number / ${columnTiles}u % ${groups}u);
  let split = number / ${columnTiles * groups}u % ${tile.splits}u;
  let m_start = number / ${columnTiles * groups * tile.splits}u * ${tile.m}u;
  let n_start = number % ${columnTiles}u * ${tile.n}u;
  if (m_start >= m_end) { return; }
  let share = (k_end + ${tile.splits * tile.k - 1}u) / ${tile.splits * tile.k}u * ${tile.k}u;
  let end = min(k_end, (split + 1u) * share);
${left.prepare("m_start", "m_end")}
${right.prepare("n_start", `${n}u`)}
${blocks.map((block) => `  var ${accumulator(block)} = vec4f();`).join("\n")}
  let down = thread / ${across}u;
  let across = thread % ${across}u;
  let start = split * share;
  var k = start;
  loop {
${left.fetch}
${right.fetch}
    if (k > start) {
      for (var d = 0u; d < ${tile.k}u; d++) {
${times(rowQuads, (i) => `        let a${i} = tile_a[d * ${tile.m / 4}u + down + ${i * down}u];`).join("\n")}
${times(columnQuads, (j) => `        let b${j} = tile_b[d * ${tile.n / 4}u + across + ${j * across}u];`).join("\n")}
${blocks.map((block) => `        ${accumulator(block)} += a${block.i}.${axes[block.r]} * b${block.j};`).join("\n")}
      }
    }
    if (k >= end) { break; }
    workgroupBarrier();
${left.store}
${right.store}
    workgroupBarrier();
    k += ${tile.k}u;
  }
  let base = ${whole ? "0u" : `split * ${mostOf(resultExtent(gemm))}u`} + ${resultStart(gemm)};
${blocks.map((block) => printBlock(block, accumulator(block))).join("\n")}
}`;

  function printBlock({ i, r, j }: (typeof blocks)[number], value: string): string {
    const [row, column] = [`m_start + (down + ${i * down}u) * 4u + ${r}u`, `n_start + (across + ${j * across}u) * 4u`];
    const write =
      lanes === 4
        ? `if (column < ${n}u) { ${store(value, "column")} }`
        : times(4, (c) => `if (column + ${c}u < ${n}u) { ${store(`${value}.${axes[c]}`, `(column + ${c}u)`)} }`).join(
            " ",
          );
    return `  { let row = ${row}; let column = ${column}; if (row < m_end) { ${write} } }`;
  }
}

/** One operand's part of the work: each thread fetches a block of 4 positions on k by 4 on the outer axis. */
class Side {
  readonly #name: string;
  readonly #loader: Loader;
  readonly #outerQuads: number;
  readonly #depthQuads: number;

  constructor(name: string, loader: Loader, outer: number, depth: number) {
    this.#name = name;
    this.#loader = loader;
    this.#outerQuads = outer / 4;
    this.#depthQuads = depth / 4;
  }

  get #wideOuter(): boolean {
    return this.#loader.width === 4 && this.#loader.along === "outer";
  }

  get #wideDepth(): boolean {
    return this.#loader.width === 4 && this.#loader.along === "depth";
  }

  functions(source: StorageArray): string {
    const [name, { outer, depth, value, width }] = [this.#name, this.#loader];
    const type = width === 4 ? "vec4f" : "f32";
    return `
fn ${name}_outer(at: u32, end: u32) -> vec4i {
  if (at >= end) { return vec4i(-1); }
  return ${outer};
}
fn ${name}_depth(at: u32, end: u32) -> vec4i {
  if (at >= end) { return vec4i(-1); }
  return ${depth};
}
fn ${name}_value(o: vec4i, d: vec4i) -> ${type} {
  if (min(o.w, d.w) < 0) { return ${type}(); }
${value(source)}
}`;
  }

  /** Declares the thread's block and its positions on the outer axis. */
  prepare(start: string, end: string): string {
    const [name, outer, depth] = [this.#name, this.#outerQuads, this.#depthQuads];
    // Adjacent threads fetch adjacent values.
    const [o, d] =
      this.#loader.along === "outer"
        ? [`thread % ${outer}u`, `thread / ${outer}u`]
        : [`thread / ${depth}u`, `thread % ${depth}u`];
    const places = this.#wideOuter ? 1 : 4;
    return `  let ${name}_o = ${o};
  let ${name}_d = ${d};
  let ${name}_end = select(0u, ${end}, thread < ${outer * depth}u);
${times(places, (i) => `  let ${name}_o${i} = ${name}_outer(${start} + ${name}_o * 4u + ${i}u, ${name}_end);`).join("\n")}
${times(4, (i) => `  var ${name}_r${i}: vec4f;`).join("\n")}`;
  }

  /** Fetches the thread's block at `k` into registers: one vec4 along the outer axis for each place on k. */
  get fetch(): string {
    const name = this.#name;
    const places = this.#wideDepth ? 1 : 4;
    const keys = times(places, (i) => `let d${i} = ${name}_depth(k + ${name}_d * 4u + ${i}u, end);`);
    const value = (o: number, d: number) => `${name}_value(${name}_o${o}, d${d})`;
    const four = (each: (i: number) => string) => `vec4f(${times(4, each).join(", ")})`;
    const rows = this.#wideDepth
      ? [
          ...times(4, (o) => `let t${o} = ${value(o, 0)};`),
          ...axes.map((axis, i) => `${name}_r${i} = ${four((o) => `t${o}.${axis}`)};`),
        ]
      : times(4, (d) => `${name}_r${d} = ${this.#wideOuter ? value(0, d) : four((o) => value(o, d))};`);
    return `    {\n${[...keys, ...rows].map((line) => `      ${line}`).join("\n")}\n    }`;
  }

  get store(): string {
    const [name, outer, depth] = [this.#name, this.#outerQuads, this.#depthQuads];
    const writes = times(4, (i) => `tile_${name}[(${name}_d * 4u + ${i}u) * ${outer}u + ${name}_o] = ${name}_r${i};`);
    return `    if (thread < ${outer * depth}u) {\n      ${writes.join("\n      ")}\n    }`;
  }
}
