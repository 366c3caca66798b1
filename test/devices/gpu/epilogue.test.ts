/** Products joined with what follows them: the numbers of the reference device, and that they are joined where they can be. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import { ReferenceDevice } from "../../../src/devices/reference/reference-device.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import type { GraphBuilder, Sym } from "../../../src/ir/graph.ts";
import { emitOne } from "../../../src/ir/op.ts";
import { conv2d, conv2dGradInputOp } from "../../../src/ops/conv2d.ts";
import { add, mul, relu, tanh } from "../../../src/ops/elementwise.ts";
import { matMul } from "../../../src/ops/mat-mul.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";
import { reshape } from "../../../src/ops/reshape.ts";
import { assertClose } from "../../ir/closeness.ts";
import { runGraph } from "../run-graph.ts";

const ROWS = 5;

const attrs = {
  strides: [1, 1],
  pad: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
  inputDilation: [1, 1],
  groups: 1,
} as const;

interface EpilogueCase {
  readonly name: string;
  readonly joined: boolean;
  /** Shapes of what is fed: batched where the first axis is ROWS. */
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  write(feeds: Readonly<Record<string, Sym>>): readonly Sym[];
}

const image = [ROWS, 6, 7, 4];

const cases: readonly EpilogueCase[] = [
  {
    name: "bias and activation, whole vectors",
    joined: true,
    feeds: { x: image, w: [3, 3, 4, 8], b: [8] },
    write: ({ x, w, b }) => [relu(add(conv2d(x!, w!, attrs), b!))],
  },
  {
    name: "bias and activation, odd channels",
    joined: true,
    feeds: { x: [ROWS, 6, 7, 3], w: [3, 3, 3, 9], b: [9] },
    write: ({ x, w, b }) => [tanh(add(conv2d(x!, w!, attrs), b!))],
  },
  {
    name: "bias of groups",
    joined: true,
    feeds: { x: image, w: [3, 3, 2, 12], b: [12] },
    write: ({ x, w, b }) => [relu(add(conv2d(x!, w!, { ...attrs, groups: 2 }), b!))],
  },
  {
    name: "a long sum, cut into parts",
    joined: true,
    feeds: { x: [ROWS, 1800], w: [1800, 10], b: [10], scale: [] },
    write: ({ x, w, b, scale }) => [mul(add(matMul(x!, w!), b!), scale!)],
  },
  {
    name: "one value and a value for each",
    joined: true,
    feeds: { x: image, w: [3, 3, 4, 8], mask: [ROWS, 6, 7, 8], scale: [1] },
    write: ({ x, w, mask, scale }) => [mul(mul(conv2d(x!, w!, attrs), mask!), scale!)],
  },
  {
    name: "the product twice, two results",
    joined: true,
    feeds: { x: [ROWS, 12], w: [12, 6], b: [6] },
    write: ({ x, w, b }) => {
      const y = matMul(x!, w!);
      return [add(mul(y, y), b!), relu(y)];
    },
  },
  {
    name: "seen under another shape",
    joined: true,
    feeds: { x: [ROWS, 12], w: [12, 96], mask: [ROWS, 4, 4, 6] },
    write: ({ x, w, mask }) => [mul(reshape(matMul(x!, w!), [ROWS, 4, 4, 6]), mask!)],
  },
  {
    name: "a convolution made flat",
    joined: true,
    feeds: { x: [ROWS, 6, 7, 3], w: [3, 3, 3, 8] },
    write: ({ x, w }) => [relu(reshape(conv2d(x!, w!, attrs), [ROWS, 6 * 7 * 8]))],
  },
  {
    name: "the gradient by an input, made flat",
    joined: true,
    feeds: { dy: [ROWS, 6, 7, 8], w: [3, 3, 4, 8], mask: [ROWS, 6 * 7 * 4] },
    write: ({ dy, w, mask }) => [
      mul(reshape(emitOne(conv2dGradInputOp, [dy!, w!], { ...attrs, size: [6, 7] }), [ROWS, 6 * 7 * 4]), mask!),
    ],
  },
  {
    name: "its own input beside it",
    joined: false,
    feeds: { x: [ROWS, 12], w: [12, 12] },
    write: ({ x, w }) => [add(matMul(x!, w!), x!)],
  },
  {
    name: "a product that others read too",
    joined: false,
    feeds: { x: [ROWS, 12], w: [12, 6], b: [6] },
    write: ({ x, w, b }) => {
      const y = matMul(x!, w!);
      return [relu(add(y, b!)), reduceSum(y, [1])];
    },
  },
  {
    name: "a value for each row",
    joined: false,
    feeds: { x: [ROWS, 12], w: [12, 6], scale: [ROWS, 1] },
    write: ({ x, w, scale }) => [mul(matMul(x!, w!), scale!)],
  },
];

const traceOf =
  ({ feeds, write }: EpilogueCase): Trace =>
  (builder: GraphBuilder) => {
    const inputs = Object.entries(feeds).map(([name, shape]) => {
      const spec = { shape, dtype: "float32", batched: shape[0] === ROWS } as const;
      return [name, builder.input(name, spec)];
    });
    write(Object.fromEntries(inputs)).forEach((output, i) => {
      builder.output(`y${i}`, output);
    });
  };

const drawn = ({ feeds }: EpilogueCase) =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, shape]) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      return [name, Float32Array.from({ length: size }, () => 2 * Math.random() - 1)];
    }),
  );

describe.each([{ software: true }, { software: false }])("software: $software", (features) => {
  let gpu: GpuDevice;
  beforeAll(async () => {
    gpu = await GpuDevice.start({ features });
  });
  afterAll(() => gpu.dispose());

  test.each(cases)("$name", async (each) => {
    const feeds = drawn(each);
    for (const rows of [ROWS, 2]) {
      const expected = await runGraph(new ReferenceDevice(), traceOf(each), feeds, rows);
      const { outputs } = await runGraph(gpu, traceOf(each), feeds, rows);
      for (const [name, values] of Object.entries(expected.outputs))
        assertClose(outputs[name] as Float32Array, values as Float32Array, 1e-5, `${name} of ${rows} rows`);
    }
    const program = await gpu.load(compile(traceGraph(traceOf(each)), gpu.traits));
    const labels = (await program.time(feeds, ROWS)).map(({ label }) => label);
    expect(labels.some((label) => label.includes(", epilogue"))).toBe(each.joined);
    expect(labels.some((label) => label.startsWith("fused"))).toBe(!each.joined);
  });
});
