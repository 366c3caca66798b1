/**
 * Matrix products for software renderers, which run four threads in a vector of the processor. What such four threads read from
 * one address or from four neighbouring ones is a single instruction, anything else four and more; workgroup memory and barriers
 * only cost. So neighbouring threads take neighbouring columns of the same rows, and read A and B where they lie: on SwiftShader
 * six times as fast as tiles (conv2d 26x26x64 → 24x24x32), and compiled in a third of the time.
 */
import type { JoinedCall } from "../../epilogue.ts";
import { epilogueFunctions, printStore } from "../epilogue.ts";
import type { Bindings, GpuKernel, Shader } from "../kernel.ts";
import { foldedGroup, foldWorkgroups } from "./flat.ts";
import { extentAt, type Gemm, type Loader, liveExtent, mostOf, times, withSplitSum } from "./gemm.ts";

/** Rows and columns of C that a thread keeps, at most: 64 sums still lie near enough. */
const MOST_EACH = 8;
/** Threads of one vector. */
const VECTOR = 4;
const THREADS = 64;
const MOST_ACROSS = 16;
/** Workgroups that keep a few cores busy. */
const ENOUGH_GROUPS = 16;
/** A part of a sum is at least so long. */
const LEAST_DEPTH = 128;

/** How C is shared out: `across` · `down` threads, each with `rows` rows and `columns` columns that lie `across` apart. */
interface Share {
  readonly across: number;
  readonly down: number;
  readonly rows: number;
  readonly columns: number;
  readonly splits: number;
}

function shareOf({ m, n, k, groups }: Gemm): Share {
  const columns = Math.min(MOST_EACH, Math.ceil(n / VECTOR));
  const across = Math.min(MOST_ACROSS, VECTOR * Math.ceil(n / (columns * VECTOR)));
  const rows = Math.min(MOST_EACH, mostOf(m));
  const down = Math.max(1, Math.min(Math.floor(THREADS / across), Math.ceil(mostOf(m) / rows)));
  const tiles = Math.ceil(mostOf(m) / (rows * down)) * Math.ceil(n / (across * columns)) * groups;
  const splits = Math.max(1, Math.min(Math.ceil(ENOUGH_GROUPS / tiles), Math.floor(mostOf(k) / LEAST_DEPTH)));
  return { across, down, rows, columns, splits };
}

/** See `emitGemm`. */
export function directGemm(call: JoinedCall, gemm: Gemm): GpuKernel {
  const { m, n, groups, label } = gemm;
  const share = shareOf(gemm);
  const { across, down, rows, columns, splits } = share;
  const tiles = (live: number) =>
    Math.ceil(extentAt(m, live) / (rows * down)) * Math.ceil(n / (across * columns)) * groups;
  const product: Shader = {
    label,
    code: (bindings) => printProduct(call, gemm, share, bindings),
    workgroups: (live) => foldWorkgroups(tiles(live) * splits),
  };
  return withSplitSum(call, product, splits, { ...m, size: m.size * n * groups }, 1);
}

/** One operand in WGSL. Where the value's place is a plain sum, that sum is all that the inner loop computes. */
class Side {
  readonly #name: string;
  readonly #loader: Loader;
  readonly #source: string;

  constructor(name: string, loader: Loader, source: string) {
    this.#name = name;
    this.#loader = loader;
    this.#source = source;
  }

  get functions(): string {
    const { outer, depth, value, sums } = this.#loader;
    const read = sums ? "" : `fn ${this.#name}_value(o: vec4i, d: vec4i) -> f32 {\n${value(this.#source)}\n}`;
    return `fn ${this.#name}_outer(at: u32) -> vec4i { return ${outer}; }
fn ${this.#name}_depth(at: u32) -> vec4i { return ${depth}; }
${read}`;
  }

  outer(at: string): string {
    return `${this.#name}_outer(${at})${this.#place}`;
  }

  depth(at: string): string {
    return `${this.#name}_depth(${at})${this.#place}`;
  }

  get step(): string {
    return `${this.#loader.run.step}${this.#place}`;
  }

  value(outer: string, depth: string): string {
    return this.#loader.sums ? `${this.#source}[${outer} + ${depth}]` : `${this.#name}_value(${outer}, ${depth})`;
  }

  get #place(): string {
    return this.#loader.sums ? ".x" : "";
  }
}

function printProduct(call: JoinedCall, { m, n, k, groups, a, b }: Gemm, share: Share, bindings: Bindings): string {
  const { across, down, rows, columns, splits } = share;
  const [left, right] = [new Side("a", a, bindings.input(0)), new Side("b", b, bindings.input(1))];
  const whole = splits === 1;
  const store = (value: string, row: number, column: number) => {
    const place = `(column + ${column * across}u)`;
    const at = `(base + (row + ${row}u) * ${n * groups}u + ${place})`;
    if (whole) return printStore(call, bindings, 1, value, at, `(u32(GROUP) * ${n}u + ${place})`);
    return `${bindings.scratch(0)}[${at}] = ${value};`;
  };
  const columnTiles = Math.ceil(n / (across * columns));
  const lines = (count: number, each: (i: number) => string) => times(count, each).join("\n");
  const sums = (each: (row: number, column: number) => string) =>
    lines(rows * columns, (i) => each(Math.floor(i / columns), i % columns));
  const runs = [a.run.length, b.run.length].filter((length) => length !== undefined);
  // Places on k are worked out anew where the shorter run ends; the other's is as long, or a multiple, or has no end.
  const stop = runs.length === 0 ? "end" : `min(end, (k / ${Math.min(...runs)}u + 1u) * ${Math.min(...runs)}u)`;
  return `${whole ? epilogueFunctions(call, 1) : ""}
var<private> GROUP: i32;
${left.functions}
${right.functions}

@compute @workgroup_size(${across * down})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = ${foldedGroup};
  let m_end = ${liveExtent(m)};
  let k_end = ${liveExtent(k)};
  GROUP = i32(number / ${columnTiles}u % ${groups}u);
  let split = number / ${columnTiles * groups}u % ${splits}u;
  let row = (number / ${columnTiles * groups * splits}u * ${down}u + thread / ${across}u) * ${rows}u;
  let column = number % ${columnTiles}u * ${across * columns}u + thread % ${across}u;
  if (row >= m_end) { return; }
  let part = (k_end + ${splits - 1}u) / ${splits}u;
  let end = min(k_end, (split + 1u) * part);
${lines(rows, (r) => `  let ao${r} = ${left.outer(`min(row + ${r}u, m_end - 1u)`)};`)}
${lines(columns, (c) => `  let bo${c} = ${right.outer(`min(column + ${c * across}u, ${n - 1}u)`)};`)}
${sums((r, c) => `  var c${r}_${c} = 0.0f;`)}
  var k = split * part;
  while (k < end) {
    var ad = ${left.depth("k")};
    var bd = ${right.depth("k")};
    for (let stop = ${stop}; k < stop; k++) {
${lines(rows, (r) => `      let a${r} = ${left.value(`ao${r}`, "ad")};`)}
${lines(columns, (c) => `      let b${c} = ${right.value(`bo${c}`, "bd")};`)}
${sums((r, c) => `      c${r}_${c} += a${r} * b${c};`)}
      ad += ${left.step};
      bd += ${right.step};
    }
  }
  let base = ${whole ? "0u" : `split * ${mostOf(m) * n * groups}u`} + u32(GROUP) * ${n}u;
${sums((r, c) => `  if (row + ${r}u < m_end && column + ${c * across}u < ${n}u) { ${store(`c${r}_${c}`, r, c)} }`)}
}`;
}
