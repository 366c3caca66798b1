/** Products joined with what follows them: the numbers of the reference device, and that they are joined where they can be. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import { ReferenceDevice } from "../../../src/devices/reference/reference-device.ts";
import { traceGraph } from "../../../src/engine/session.ts";
import { assertClose } from "../../ir/closeness.ts";
import { drawFeeds, epilogueCases, ROWS, traceOf } from "../epilogue-cases.ts";
import { runGraph } from "../run-graph.ts";

describe.each([{ software: true }, { software: false }])("software: $software", (features) => {
  let gpu: GpuDevice;
  beforeAll(async () => {
    gpu = await GpuDevice.start({ features });
  });
  afterAll(() => gpu.dispose());

  test.each(epilogueCases)("$name", async (each) => {
    const feeds = drawFeeds(each);
    for (const rows of [ROWS, 2]) {
      const expected = await runGraph(new ReferenceDevice(), traceOf(each), feeds, rows);
      const { outputs } = await runGraph(gpu, traceOf(each), feeds, rows);
      for (const [name, values] of Object.entries(expected.outputs))
        assertClose(outputs[name] as Float32Array, values as Float32Array, 1e-5, `${name} of ${rows} rows`);
    }
    const program = await gpu.load(compile(traceGraph(traceOf(each)), gpu.traits));
    const labels = (await program.time(feeds, ROWS)).map(({ label }) => label);
    expect(labels.some((label) => label.includes(", epilogue"))).toBe(each.joined.includes("gpu"));
    expect(labels.some((label) => label.startsWith("fused"))).toBe(!each.joined.includes("gpu"));
  });
});
