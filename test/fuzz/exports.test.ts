/**
 * Hostile arguments to everything that the package exports: whatever is passed, what comes out is a value or an error of the
 * library's. FOVEA_FUZZ_SEED=random draws others, FOVEA_FUZZ_CALLS makes more calls of each member, FOVEA_FUZZ_ONLY=text takes
 * the members whose name contains the text.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { initialize } from "../../src/distribution/index.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { optionTableOf } from "../../src/nn/configurable.ts";
import type { OptionTable } from "../../src/nn/option-kinds.ts";
import { Trace } from "../../src/nn/trace.ts";
import { testSeed } from "../seed.ts";
import {
  type Callable,
  type Class,
  exportsOfPackage,
  hiddenNames,
  isClass,
  isFunction,
  membersOf,
  staticsOf,
} from "./exports.ts";
import { hostileMakers } from "./hostile.ts";
import { Judge } from "./judge.ts";
import { good, goodOptions, makerOf, pick, trainGoodModel } from "./subjects.ts";

const { FOVEA_FUZZ_SEED: stated = "1", FOVEA_FUZZ_CALLS: calls = "10", FOVEA_FUZZ_ONLY: only = "" } = process.env;
const seed = stated === "random" ? testSeed : Number(stated);
/** Calls of a member that together take longer than this are enough, in ms. */
const ENOUGH = 400;

const hostile: readonly ((step: GraphBuilder) => unknown)[] = hostileMakers(seed, 400);
const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => rejections.push(reason);
const prototypes = [Object, Array, Function, String, Number, Promise, Map, Float32Array].map(
  ({ prototype }) => prototype,
);
const keysOfPrototypes = () => prototypes.map((each) => Reflect.ownKeys(each as object).length);

beforeAll(async () => {
  // A process that is alone: DataParallel cannot be made before.
  await initialize();
  process.on("unhandledRejection", noteRejection);
  // No network, no GPU, no files of the user's, and no text of a thousand calls.
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null, wgslLanguageFeatures: new Set() } });
  vi.stubEnv("XDG_CACHE_HOME", mkdtempSync(join(tmpdir(), "fovea-fuzz-")));
  vi.stubEnv("FOVEA_DATA", "");
});

afterAll(() => {
  process.off("unhandledRejection", noteRejection);
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

interface Target {
  readonly what: string;
  /** Number of arguments that are stated. */
  readonly arity: number;
  /** Prepares one call: the object is new for each. */
  prepare(args: readonly unknown[]): () => unknown;
  readonly table?: OptionTable | undefined;
}

/** What one export offers: itself, its statics, the members of its objects. */
function targetsOf(name: string, value: unknown, hidden: ReadonlySet<string>): Target[] | undefined {
  if (isFunction(value)) return [{ what: name, arity: value.length, prepare: (args) => () => value(...args) }];
  if (!isClass(value)) return undefined;
  const Made = value as unknown as new (...args: unknown[]) => object;
  const table = "options" in value ? optionTableOf(value as never) : undefined;
  const make = makerOf(value as Class, table);
  if (make === undefined) return undefined;
  const statics = staticsOf(value as Class, hidden).map((each) => ({
    what: `${name}.${each}`,
    arity: 1,
    table,
    prepare: (args: readonly unknown[]) => () => (value as unknown as Record<string, Callable>)[each]!(...args),
  }));
  const members = membersOf(make(), hidden).map(({ name: each, kind }) => ({
    what: `${name}#${each}${kind === "setter" ? " =" : ""}`,
    arity: kind === "getter" ? 0 : kind === "setter" ? 1 : ((make() as Record<string, Callable>)[each]?.length ?? 0),
    prepare: (args: readonly unknown[]) => {
      const made = make() as Record<string, Callable>;
      if (kind === "method") return () => made[each]!(...args);
      return kind === "getter" ? () => made[each] : () => Reflect.set(made, each, args[0]);
    },
  }));
  return [{ what: `new ${name}`, arity: 1, table, prepare: (args) => () => new Made(...args) }, ...statics, ...members];
}

/** Writes arguments: good ones with something wrong, more or less. */
class Writer {
  readonly #random: RandomStream;
  /** Names of options that the function's own messages told of. */
  #known: readonly string[] = [];
  readonly #table: OptionTable | undefined;
  readonly #required: Record<string, unknown>;

  constructor(what: string, table: OptionTable | undefined, made: Record<string, unknown> | undefined) {
    const code = [...what].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, seed);
    this.#random = new RandomStream(keyOf(code));
    this.#table = table;
    this.#required = made ?? {};
    if (table !== undefined) this.#known = Object.keys(table);
  }

  learn(error: unknown): void {
    const told = error instanceof Error ? /It takes: ([\w, ]+)\./.exec(error.message)?.[1] : undefined;
    if (told !== undefined) this.#known = told.split(", ");
  }

  #value(step: GraphBuilder): unknown {
    const random = this.#random;
    return pick(random, random.uniform() < 0.5 ? good : hostile)(step);
  }

  /** Whether the next call is to be made while a step is written. */
  writes(): boolean {
    return this.#random.uniform() < 0.4;
  }

  #options(step: GraphBuilder): unknown {
    const random = this.#random;
    const options: Record<string, unknown> = this.#table === undefined ? {} : { ...this.#required };
    if (random.uniform() < 0.1) options[pick(random, ["zzz", "constructor", "Units", "toString", ""])] = 1;
    for (let count = random.below(3); count > 0 && this.#known.length > 0; count--)
      options[pick(random, this.#known)] = this.#value(step);
    return options;
  }

  args({ arity }: Target, step: GraphBuilder): unknown[] {
    const random = this.#random;
    if (this.#table !== undefined) return [random.uniform() < 0.75 ? this.#options(step) : pick(random, hostile)(step)];
    const count = random.uniform() < 0.1 ? random.below(5) : arity + random.below(2);
    const args = Array.from({ length: count }, () => this.#value(step));
    if (count > 0 && random.uniform() < 0.4) args[count - 1] = this.#options(step);
    return args;
  }
}

test(`hostile arguments to every export, seed ${seed}`, { timeout: 600_000 }, async () => {
  const [found, hidden] = [await exportsOfPackage(), hiddenNames()];
  const before = keysOfPrototypes();
  const silent = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
  const logs = (["log", "warn", "error", "info"] as const).map((each) => vi.spyOn(console, each).mockReturnValue());
  const judge = new Judge();
  const seen = new Set<unknown>();
  const names: string[] = [];
  const unmade: string[] = [];
  const counts: Record<string, number> = {};
  let members = 0;
  try {
    for (const [name, value] of found) {
      if (seen.has(value)) continue;
      seen.add(value);
      names.push(name);
      const targets = targetsOf(name, value, hidden);
      if (targets === undefined) {
        unmade.push(name);
        continue;
      }
      for (const target of targets) {
        if (!target.what.includes(only)) continue;
        members++;
        const required = target.table === undefined ? undefined : goodOptions(value as Class, target.table);
        const writer = new Writer(target.what, target.table, required);
        const start = performance.now();
        for (let i = 0; i < Number(calls) && (i < 3 || performance.now() - start < ENOUGH); i++) {
          const builder = new GraphBuilder();
          const args = writer.args(target, builder);
          const call = target.prepare(args);
          const trace = writer.writes() ? new Trace({ builder, training: false }) : undefined;
          const run = trace === undefined ? call : () => trace.write(call);
          const { error } = await judge.call(target.what, args, run);
          writer.learn(error);
          counts[name] = (counts[name] ?? 0) + 1;
        }
      }
    }
  } finally {
    for (const spy of [...silent, ...logs]) spy.mockRestore();
    await judge.close();
  }
  const bySubpath = new Map<string, { exports: number; calls: number }>();
  for (const name of found.keys()) {
    const subpath = name.slice(0, name.indexOf("."));
    const sum = bySubpath.get(subpath) ?? { exports: 0, calls: 0 };
    bySubpath.set(subpath, { exports: sum.exports + 1, calls: sum.calls + (counts[name] ?? 0) });
  }
  const kinds = [...judge.byKind].map(([kind, count]) => `${count} ${kind}`).join(", ");
  process.stderr.write(
    `fuzz: seed ${seed}, ${found.size} exports (${seen.size} distinct), ${members} members, ${judge.calls} calls: ${judge.returned} returned, ${kinds}\n` +
      [...bySubpath].map(([subpath, sum]) => `  ${subpath}: ${sum.exports} exports, ${sum.calls} calls\n`).join(""),
  );
  const report = new Map<string, string>();
  for (const { what, error, args, stack } of judge.failures) {
    const place = /at .*src\/[^\n]*/.exec(stack)?.[0] ?? "";
    report.set(`${what}: ${error.split("\n")[0]}`, `${what}(${args})\n    ${error.split("\n")[0]}\n    ${place}`);
  }
  if (report.size > 0) process.stderr.write(`${[...report.values()].join("\n")}\n${report.size} failures\n`);
  expect(unmade, "exports that the test cannot make or call").toEqual([]);
  expect(report.size).toBe(0);
  expect(keysOfPrototypes()).toEqual(before);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(rejections).toEqual([]);
  // Every export was called: itself, or what it makes.
  if (only === "") expect(Object.keys(counts).sort()).toEqual(names.sort());
  const loss = await trainGoodModel("cpu");
  expect(loss.every(Number.isFinite)).toBe(true);
});
