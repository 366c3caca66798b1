/** Products joined with what follows them: the numbers of the reference device, and that they are joined where they can be. */
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { epilogueOptions } from "../../../src/devices/cpu/epilogue-options.ts";
import { countReaders, joinEpilogues } from "../../../src/devices/epilogue.ts";
import { ReferenceDevice } from "../../../src/devices/reference/reference-device.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import { conv2d } from "../../../src/ops/conv2d.ts";
import { add, relu } from "../../../src/ops/elementwise.ts";
import { assertClose } from "../../ir/closeness.ts";
import { drawFeeds, epilogueCases, ROWS, traceOf } from "../epilogue-cases.ts";
import { runGraph } from "../run-graph.ts";

const reference = new ReferenceDevice();

describe.each([
  { name: "2 threads, vectors in pairs", options: { threads: 2, wide: true } },
  { name: "inline, plain SIMD", options: { inline: true, relaxed: false, wide: false } },
])("$name", ({ options }) => {
  test.each(epilogueCases)("$name", async (each) => {
    const cpu = await CpuDevice.start(options);
    try {
      const trace = traceOf(each);
      const { phases } = compile(traceGraph(trace), cpu.traits);
      const readers = countReaders(phases.flatMap(({ calls }) => calls));
      const joined = phases.flatMap(({ calls }) => joinEpilogues(calls, epilogueOptions, readers));
      expect(joined.some(({ epilogue }) => epilogue !== undefined)).toBe(each.joined.includes("cpu"));
      const feeds = drawFeeds(each);
      for (const rows of [ROWS, 1]) {
        const wanted = await runGraph(reference, trace, feeds, rows);
        const got = await runGraph(cpu, trace, feeds, rows);
        for (const [name, values] of Object.entries(wanted.outputs))
          assertClose(got.outputs[name] as Float32Array, values as Float32Array, 1e-5, name);
      }
    } finally {
      cpu.dispose();
    }
  });

  test("windows of zeros yield exactly what becomes of zero, whatever else is in their tile", async () => {
    const cpu = await CpuDevice.start(options);
    try {
      const shape = [ROWS, 13, 12, 8];
      const trace: Trace = (builder) => {
        const x = builder.input("x", { shape, dtype: "float32", batched: true });
        const w = builder.input("w", { shape: [3, 3, 8, 12], dtype: "float32", batched: false });
        const b = builder.input("b", { shape: [12], dtype: "float32", batched: false });
        const pad = [
          [1, 1],
          [1, 1],
        ] as const;
        builder.output("y", relu(add(conv2d(x, w, { strides: [1, 1], pad, dilation: [1, 1], groups: 1 }), b)));
      };
      const draw = (size: number) => Float32Array.from({ length: size }, () => 2 * Math.random() - 1);
      const lit = draw(ROWS * 13 * 12).map((value) => (value > 0.8 ? 1 : 0));
      const feeds = { x: draw(ROWS * 13 * 12 * 8), w: draw(9 * 8 * 12), b: draw(12) };
      feeds.x.forEach((value, i) => {
        feeds.x[i] = value * lit[Math.floor(i / 8)]!;
      });
      const wanted = (await runGraph(reference, trace, feeds, ROWS)).outputs.y!;
      const got = (await runGraph(cpu, trace, feeds, ROWS)).outputs.y!;
      assertClose(got as Float32Array, wanted as Float32Array, 1e-5, "y");
      const dead = [...wanted.keys()].filter((i) => wanted[i] === Math.max(0, feeds.b[i % 12]!) && wanted[i] !== 0);
      expect(dead.length).toBeGreaterThan(wanted.length / 20);
      for (const i of dead) expect(got[i]).toBe(wanted[i]);
    } finally {
      cpu.dispose();
    }
  });
});
