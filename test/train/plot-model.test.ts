/** plotModel: which boxes, cells and arrows a model's picture has. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { input, Model, Sequential } from "fovea";
import { Add, Concatenate, Conv2D, Dense, Flatten } from "fovea/layers";
import * as ops from "fovea/ops";
import type { Scene } from "fovea/plot";
import { type PlotModelOptions, plotModel } from "fovea/utils";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-plot-model-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const textsOf = ({ marks }: Scene) => marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
const keysOf = ({ marks }: Scene) => marks.flatMap((mark) => (mark.key === undefined ? [] : [mark.key]));
/** Heads of arrows. */
const headsOf = ({ marks }: Scene) => marks.filter((mark) => mark.kind === "path" && mark.fill !== undefined).length;

const chain = () =>
  new Sequential([
    new Conv2D({ filters: 2, kernelSize: 3, activation: "relu", name: "conv", inputShape: [5, 5, 1] }),
    new Flatten({ name: "flat" }),
    new Dense({ units: 3, name: "scores", trainable: false }),
  ]);

test("a chain has a box for each layer, without the input, and arrows between them", async () => {
  const scene = await plotModel(chain());
  expect(textsOf(scene)).toEqual(["Conv2D", "Flatten", "Dense"]);
  expect(headsOf(scene)).toBe(2);
});

test("names, shapes, dtypes, activations, and what trains", async () => {
  const scene = await plotModel(chain(), {
    showShapes: true,
    showDtype: true,
    showLayerNames: true,
    showLayerActivations: true,
    showTrainable: true,
  });
  expect(keysOf(scene)).toEqual(["conv", "flat", "scores"]);
  expect(textsOf(scene)).toEqual([
    ...["conv", "(Conv2D)", "Activation:", "relu"],
    ...["Input shape:", "(None, 5, 5, 1)", "Output shape:", "(None, 3, 3, 2)", "Output dtype:", "float32", "Trainable"],
    ...[
      "flat",
      "(Flatten)",
      "Input shape:",
      "(None, 3, 3, 2)",
      "Output shape:",
      "(None, 18)",
      "Output dtype:",
      "float32",
    ],
    ...["scores", "(Dense)", "Activation:", "linear"],
    ...["Input shape:", "(None, 18)", "Output shape:", "(None, 3)", "Output dtype:", "float32", "Non-trainable"],
  ]);
  expect(scene.marks.find((mark) => mark.key === "conv")!.label).toBe("conv (Conv2D), 20 parameters");
});

function branches() {
  const [a, b] = [input({ shape: [4], name: "a" }), input({ shape: [4], name: "b" })];
  const shared = new Dense({ units: 4, name: "shared" });
  const sum = new Add({ name: "sum" }).apply([shared.apply(a), shared.apply(b)]);
  const scaled = ops.multiply(sum, 2);
  const inner = new Sequential([
    new Dense({ units: 2, name: "first", inputShape: [4] }),
    new Dense({ units: 2, name: "second" }),
  ]);
  const joined = new Concatenate({ name: "joined" }).apply([inner.apply(scaled), a]);
  return new Model({ inputs: [a, b], outputs: [joined, sum] });
}

test("a shared layer is one box with two arrows; operations are boxes", async () => {
  const scene = await plotModel(branches(), { showLayerNames: true });
  const names = keysOf(scene);
  expect(names.filter((name) => name === "shared")).toHaveLength(1);
  expect(textsOf(scene).filter((text) => text === "(Multiply)")).toHaveLength(1);
  // a, b → shared; shared → sum; sum → multiply → sequential → joined; a → joined.
  expect(headsOf(scene)).toBe(7);
});

test("models inside are frames where they are asked for, and arrows go to the layers in them", async () => {
  const scene = await plotModel(branches(), { showLayerNames: true, expandNested: true });
  expect(keysOf(scene)).toEqual(expect.arrayContaining(["first", "second"]));
  const frames = scene.marks.filter((mark) => mark.kind === "path" && mark.dash !== undefined);
  expect(frames.map(({ key }) => key)).toEqual([expect.stringMatching(/^sequential/)]);
  expect(headsOf(scene)).toBe(8);
});

test.each(["TB", "BT", "LR", "RL"] as const)("all directions hold all boxes: %s", async (rankdir) => {
  const { marks, width, height } = await plotModel(branches(), { rankdir, expandNested: true });
  const boxes = marks.flatMap((mark) => (mark.kind === "rect" ? [mark] : []));
  expect(
    boxes.every((each) => each.x >= 0 && each.y >= 0 && each.x + each.width <= width && each.y + each.height <= height),
  ).toBe(true);
  const boxOf = (start: string) => boxes.find(({ key }) => key?.startsWith(start))!;
  const [first, last] = [boxOf("InputLayer"), boxOf("Concatenate")];
  const along = rankdir === "TB" || rankdir === "BT" ? last.y - first.y : last.x - first.x;
  expect(Math.sign(along)).toBe(rankdir === "TB" || rankdir === "LR" ? 1 : -1);
});

test("files are SVG or PNG", async () => {
  const [svg, png] = [join(folder, "model.svg"), join(folder, "model.png")];
  await plotModel(chain(), { toFile: svg, title: "A chain" });
  expect(readFileSync(svg, "utf8")).toMatch(/^<svg .*<title>A chain<\/title>/s);
  const { width } = await plotModel(chain(), { toFile: png, dpi: 96 });
  expect(readFileSync(png).readUInt32BE(16)).toBe(width);
});

test.each<[PlotModelOptions, string]>([
  [{ toFile: "model.pdf" }, 'plotModel: toFile is "model.pdf", expected a name that ends in .svg or .png.'],
  [{ dpi: 0 }, "plotModel: dpi is 0, expected a number from 10 to 700."],
  [{ showShapes: 1 as unknown as boolean }, "plotModel: showShapes is 1, expected true or false."],
  [{ rankdir: "TL" as "TB" }, 'rankdir is "TL"'],
])("%o is refused", async (options, message) => {
  await expect(plotModel(chain(), options)).rejects.toThrow(message);
});

test("a model that is not built is refused; one of one's own class is one box", async () => {
  await expect(plotModel(new Sequential([new Dense({ units: 1 })]))).rejects.toThrow("is not built yet");
  class Own extends Model {
    readonly dense = new Dense({ units: 2 });
    override call(x: Parameters<Dense["call"]>[0]) {
      return this.dense.call(x);
    }
  }
  const own = new Own();
  await own.predict([[1, 2, 3]], { verbose: 0 });
  expect(textsOf(await plotModel(own))).toEqual(["Own"]);
});
