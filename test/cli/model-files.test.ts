/** Commands about a model's file: predict, evaluate, inspect. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { input, Model, Sequential, type Sym, setSeed } from "fovea";
import { Add, Conv2D, Dense, Flatten, GlobalAveragePooling2D, Lambda } from "fovea/layers";
import { multiply } from "fovea/ops";
import { saveImg } from "fovea/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CapturedHost, runCaptured } from "./captured-host.ts";

let folder: string;
const at = (name: string) => join(folder, name);
const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const quick = ["--device", "reference"];

/** A picture of one level of grey in each half. */
const halves = (left: number, right: number, height = 28, width = 28) =>
  Array.from({ length: height }, () => Array.from({ length: width }, (_, x) => (x < width / 2 ? left : right)));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-files-"));
  setSeed(1);
  const digits = new Sequential(
    [new Flatten({ inputShape: [28, 28, 1] }), new Dense({ units: 10, activation: "softmax" })],
    { name: "digits" },
  );
  digits.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
  await digits.save(at("digits.keras"));
  await digits.saveWeights(at("digits.weights.h5"));
  await digits.saveWeights(at("digits.safetensors"));
  await digits.saveWeights(at("cut.weights.json"), { maxShardSize: 1000 });
  await digits.save(at("digits.h5"));
  // The mean of each channel: what is bright is class 0.
  const brightness = new Sequential(
    [
      new GlobalAveragePooling2D({ inputShape: [6, 4, 3] }),
      new Dense({ units: 2, kernelInitializer: "ones", useBias: false, name: "sum" }),
    ],
    { name: "brightness" },
  );
  brightness.getLayer("sum").setWeights([
    [
      [10, 0],
      [10, 0],
      [10, 3],
    ],
  ]);
  await brightness.save(at("brightness.keras"));
  await saveImg(at("dark.png"), halves(0, 0, 5, 9), { scale: false });
  await saveImg(at("bright.png"), halves(255, 255, 5, 9), { scale: false });
  await saveImg(at("digit.png"), halves(0, 255), { scale: false });
  writeFileSync(at("names.txt"), "bright\ndark\n");
  writeFileSync(at("no.png"), "GIF? no.");
});
afterAll(() => rmSync(folder, { recursive: true }));

const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));

describe("fovea predict", () => {
  test("a digit is drawn, with the five most probable classes beside it", async () => {
    const run = await runCaptured(["predict", at("digits.keras"), at("digit.png"), ...quick]);
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(run.stdout).toMatch(/^Model "digits" takes \(None, 28, 28, 1\), pixels 0\.\.1\n\n.*digit\.png\n/);
    expect(run.stdout.match(/ {14}█{14}/g)).toHaveLength(14);
    expect(run.stdout.match(/[━─]{20} 0\.\d{4}/g)).toHaveLength(5);
    expect(run.stdout).toMatch(/\npredicted {2}\d\n$/);
    expect(run.stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
    const shares = run.stdout.match(/0\.\d{4}/g)!.map(Number);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  test("pictures get the model's size and colours; logits become probabilities; classes have names", async () => {
    const pictures = [at("dark.png"), at("bright.png")];
    const args = ["predict", at("brightness.keras"), ...pictures, "--classes", at("names.txt"), ...quick];
    const { stdout, exitCode } = await runCaptured(args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("bright.png (the softmax of the outputs)\n  bright ━━━━");
    const events = linesOf((await runCaptured([...args, "--json"])).stdout);
    expect(events[0]).toEqual({
      event: "model",
      path: at("brightness.keras"),
      name: "brightness",
      input: [null, 6, 4, 3],
      pixels: "0..1",
    });
    expect(events[2]).toMatchObject({ event: "prediction", picture: at("bright.png"), predicted: 0, name: "bright" });
    const { probabilities } = events[1] as { probabilities: number[] };
    expect(probabilities).toEqual([0.5, 0.5]);
    const inverted = linesOf((await runCaptured([...args, "--json", "--invert", "--top", "1"])).stdout);
    expect(inverted[1]).toMatchObject({ predicted: 0, top: [{ class: 0, name: "bright" }] });
    const signed = linesOf((await runCaptured([...args, "--json", "--pixels", "-1..1"])).stdout);
    expect(signed[1]).toMatchObject({ predicted: 1, name: "dark" });
  });

  test("a yes or no, of pictures of any size", async () => {
    const model = new Sequential([
      new Conv2D({ filters: 1, kernelSize: 1, inputShape: [null, null, 1], activation: "sigmoid" }),
      new GlobalAveragePooling2D(),
    ]);
    await model.save(at("yes.keras"));
    const { stdout } = await runCaptured(["predict", at("yes.keras"), at("dark.png"), "--json", ...quick]);
    expect(linesOf(stdout)[1]).toMatchObject({ top: [{ probability: 0.5 }, { probability: 0.5 }] });
  });

  test("what cannot be is an error that says so", async () => {
    const error = async (...args: string[]) => {
      const { exitCode, stderr } = await runCaptured(["predict", ...args, ...quick]);
      expect(exitCode).toBe(1);
      return stderr;
    };
    const digits = at("digits.keras");
    expect(await error(digits, at("no.png"))).toMatch(
      /^error: .*no\.png is no JPEG, PNG, WebP, GIF or BMP image: it starts/,
    );
    expect(await error(digits, at("none.png"))).toContain("There is no file");
    expect(await error(digits, folder)).toContain("is a folder");
    expect(await error(at("none.keras"), at("dark.png"))).toContain('There is no file "');
    expect(await error(digits)).toContain("missing required argument 'pictures'");
    expect(await error(digits, at("digit.png"), "--classes", at("names.txt"))).toContain(
      "has 2 lines, and the model 10 classes",
    );
    expect(await error(digits, at("digit.png"), "--classes", at("nowhere.txt"))).toContain("--classes: cannot read");
    const [a, b] = [input({ shape: [4], name: "left" }), input({ shape: [4], name: "right" })];
    const two = new Model({
      inputs: [a, b],
      outputs: new Dense({ units: 2 }).apply(new Add().apply([a, b])),
      name: "two",
    });
    await two.save(at("two.keras"));
    expect(await error(at("two.keras"), at("dark.png"))).toContain(
      'predict: model "two" has 2 inputs (left, right); pictures are fed to models of one.',
    );
    expect(await error(golden("files/regular.keras"), at("dark.png"))).toContain("takes (None, 7), expected pictures");
    await new Sequential([new Conv2D({ filters: 2, kernelSize: 1, inputShape: [4, 4, 1], name: "only" })]).save(
      at("map.keras"),
    );
    expect(await error(at("map.keras"), at("dark.png"))).toContain(
      "gives (None, 4, 4, 2), expected one output of classes",
    );
  });
});

describe("fovea evaluate", () => {
  test("the compiled loss and metrics on digits; --json; other losses and metrics", async () => {
    const args = ["evaluate", at("digits.keras"), "digits", "--limit", "50", ...quick];
    const { exitCode, stdout } = await runCaptured(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Data: digits, 50 test images \(.*\)\nModel "digits": accuracy [\d.]+%, loss [\d.]+\n$/);
    const { scores } = linesOf((await runCaptured([...args, "--json"])).stdout)[0] as {
      scores: Record<string, number>;
    };
    const others = [
      "--loss",
      "categorical_crossentropy",
      "--metrics",
      "categorical_accuracy,top_k_categorical_accuracy",
    ];
    const again = linesOf((await runCaptured([...args, "--json", ...others])).stdout)[0] as {
      scores: Record<string, number>;
    };
    expect(Object.keys(again.scores)).toEqual(
      expect.arrayContaining(["categorical_accuracy", "top_k_categorical_accuracy"]),
    );
    expect(again.scores.loss).toBeCloseTo(scores.loss!, 5);
    expect(again.scores.categorical_accuracy).toBe(scores.accuracy);
  });

  test("a folder of pictures by class, and a model that is not compiled", async () => {
    for (const [name, level] of [
      ["bright", 255],
      ["dull", 10],
    ] as const) {
      mkdirSync(at(`data/${name}`), { recursive: true });
      for (let i = 0; i < 3; i++)
        await saveImg(at(`data/${name}/${i}.png`), halves(level, level, 6, 4), { scale: false });
    }
    const { exitCode, stdout, stderr } = await runCaptured(["evaluate", at("brightness.keras"), at("data"), ...quick]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'holds a model that is not compiled; it is taken with optimizer "adam" and loss "categorical_crossentropy".',
    );
    expect(stdout).toContain("6 pictures of 2 classes (bright, dull)\n");
    expect(stdout).toMatch(/accuracy 50\.00%/);
  });

  test("a table", async () => {
    const model = new Sequential([new Dense({ units: 3, activation: "softmax", inputShape: [2] })]);
    model.compile({ loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
    await model.save(at("table.keras"));
    writeFileSync(at("table.csv"), "a,b,kind\n1,2,0\n3,4,2\n5,6,1\n");
    const args = ["evaluate", at("table.keras"), at("table.csv"), ...quick];
    expect((await runCaptured(args)).stderr).toContain("name the column of its labels, by --label <column>.");
    const { exitCode, stdout } = await runCaptured([...args, "--label", "kind"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Model ".*": accuracy .*%, loss \d/);
  });

  test("what does not fit is an error that says so", async () => {
    const error = async (...args: string[]) => {
      const { exitCode, stderr } = await runCaptured(["evaluate", ...args, ...quick]);
      expect(exitCode).toBe(1);
      return stderr;
    };
    expect(await error(at("brightness.keras"), "digits")).toContain(
      'model "brightness" gives (None, 2), and the data has 10 classes',
    );
    expect(await error(at("digits.keras"), at("nothing"))).toContain('There is no "');
    expect(await error(at("digits.keras"), at("names.txt"))).toContain("is neither a folder nor a .npz or .csv file");
    expect(await error(at("digits.keras"), "digits", "--loss", "mesn_squared_error")).toContain(
      'Did you mean "mean_squared_error"',
    );
    expect(await error(at("digits.keras"), "digits", "--metrics", "accuracy,")).toContain(
      "names with commas between them",
    );
    expect(await error(at("yes.keras"), at("data"))).toContain("takes pictures of any size");
  });
});

describe("fovea inspect", () => {
  const inspect = async (path: string, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await runCaptured(["inspect", path, ...args]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    return stdout;
  };
  const json = async (path: string) => linesOf(await inspect(path, "--json"))[0]!;

  test("a model of Keras: who wrote it and when, how it is compiled, its layers, its arrays", async () => {
    const text = await inspect(golden("files/regular.keras"), "--arrays");
    expect(text).toMatch(
      /regular\.keras: Keras 3 archive, 27\.35 KB\nWritten by Keras 3\.15\.1, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/,
    );
    expect(text).toContain(
      "Compiled: optimizer AdamW (learning rate 0.02), loss\n  sparse_categorical_crossentropy, metrics accuracy\n",
    );
    expect(text).toContain(
      "Weights: 6 arrays, 140 numbers (float32), 560.00 B\nState of the training: 14 arrays, 282 numbers",
    );
    expect(text).toContain("│ d1 (Dense) ");
    expect(text).toContain("layers/dense/vars/0    7x9     float32  252.00 B\n");
    expect(
      Math.max(
        ...text
          .split("\n")
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBe(80);
    expect(await json(golden("files/regular.keras"))).toMatchObject({
      event: "file",
      format: "Keras 3 archive",
      writer: "Keras 3.15.1",
      model: { name: "regular", className: "Sequential", params: 140, layers: [{ name: "d1" }, {}, {}] },
      compile: { loss: "sparse_categorical_crossentropy" },
    });
  });

  test.each([
    ["digits.h5", "Keras model in the old HDF5 format", "Keras 3.15.1", 2],
    ["digits.weights.h5", "weights in Keras 3's HDF5 format", null, 4],
    ["digits.safetensors", "weights as .safetensors", null, 2],
    ["cut.weights.json", "weights in Keras 3's HDF5 format, in 2 files", null, 4],
  ])("%s", async (name, format, writer, arrays) => {
    const file = await json(at(name));
    expect({ ...file, writer: file.writer ?? null }).toMatchObject({ format, writer });
    expect((file.arrays as { isOptimizer: boolean }[]).filter(({ isOptimizer }) => !isOptimizer)).toHaveLength(
      Math.min(arrays, 2),
    );
    expect(await inspect(at(name))).toContain(name);
  });

  test("other formats", async () => {
    expect(await json(golden("tfjs/quantized-uint8/model.json"))).toMatchObject({
      format: "layers model of TensorFlow.js",
      writer: "tfjs-layers 4.22.0",
      arrays: expect.arrayContaining([expect.objectContaining({ dtype: "uint8 of float32" })]),
      model: { params: 279 },
    });
    expect(await json(golden("onnx/resnet.onnx"))).toMatchObject({
      format: "ONNX graph",
      operators: { Conv: expect.any(Number) },
    });
  });

  test("own layers are listed as the file names them; what is no model's file is an error", async () => {
    const double = (x: Sym) => multiply(x, 2);
    const own = new Sequential([new Lambda({ function: double, inputShape: [3], name: "doubled" })]);
    await own.save(at("own.keras"));
    const text = await inspect(at("own.keras"));
    expect(text).toContain("doubled");
    expect(text).toContain("The model cannot be made here: ");
    const error = async (path: string) => (await runCaptured(["inspect", path])).stderr;
    expect(await error(at("names.txt"))).toContain("is neither a .keras archive (zip) nor an HDF5");
    expect(await error(at("none"))).toContain('There is no file "');
  });
});

describe("the commands that train take a model's file", () => {
  const data = ["--data", "digits", "--limit", "64"];

  test("train goes on with it, in the form of its loss, and saves it", async () => {
    const saved = at("trained.keras");
    const args = ["train", at("digits.keras"), ...data, "--epochs", "1", "--save", saved, "--json", ...quick];
    const events = linesOf((await runCaptured(args)).stdout);
    expect(events.find(({ event }) => event === "model")).toMatchObject({ name: "digits", params: 7850 });
    expect(events.at(-1)).toEqual({ event: "saved", file: saved });
    const before = linesOf((await runCaptured(["evaluate", at("digits.keras"), "digits", "--json", ...quick])).stdout);
    const after = linesOf((await runCaptured(["evaluate", saved, "digits", "--json", ...quick])).stdout);
    const lossOf = ([line]: typeof before) => (line!.scores as Record<string, number>).loss!;
    expect(lossOf(after)).toBeLessThan(lossOf(before));
    const inspected = linesOf((await runCaptured(["inspect", saved, "--json"])).stdout)[0];
    expect(inspected).toMatchObject({ compile: { loss: "sparse_categorical_crossentropy" } });
  });

  test("train refuses a model that does not fit, and a file that cannot be, before it trains", async () => {
    const error = async (...args: string[]) => (await runCaptured(["train", ...args, ...data, ...quick])).stderr;
    expect(await error(at("brightness.keras"))).toContain(
      'train: model "brightness" gives (None, 2), and the data has 10 classes',
    );
    expect(await error(at("digits.keras"), "--save", at("a.pt"))).toContain('has an unknown ending; use ".keras"');
    expect(await error(at("digits.keras"), "--save", at("none/a.keras"))).toContain("--save: there is no folder");
  });

  test("a stopped training says how to go on with the model", async () => {
    const host = new CapturedHost();
    host.watch = (text) => {
      if (text.startsWith("Epoch 2/")) host.interrupt();
    };
    const args = [...data, "--epochs", "9", "--verbose", "2", "--checkpoint", at("run"), ...quick];
    const { exitCode, stderr } = await runCaptured(["train", at("digits.keras"), ...args], host);
    expect(exitCode).toBe(130);
    expect(stderr).toContain(`fovea train ${at("digits.keras")} --epochs 9`);
  });

  test("explain, with an output for each loss", async () => {
    const { exitCode, stdout, stderr } = await runCaptured([
      "explain",
      at("digits.keras"),
      "--batch-size",
      "4",
      ...quick,
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^device reference: /);
    const two = await runCaptured(["explain", at("two.keras"), "--batch-size", "4", ...quick]);
    expect(two.stdout).toMatch(/^".*two\.keras" holds a model that is not compiled; .*\ndevice reference/);
    expect((await runCaptured(["explain", at("yes.keras"), ...quick])).stderr).toContain("with axes of unknown size");
  });

  test("race, without what makes models of other sizes", async () => {
    const args = ["race", at("digits.keras"), ...data, "--devices", "cpu,reference", "--threads", "1", "--steps", "3"];
    const { exitCode, stdout } = await runCaptured([...args, "--batch-size", "16"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Model: "digits", 7,850 parameters, Adam\n');
    expect((await runCaptured([...args, "--crossover"])).stderr).toContain(
      "--crossover makes the handout's CNN in other sizes",
    );
    expect((await runCaptured([...args, "--filters", "4"])).stderr).toContain("--filters makes");
  });

  test("cost as JSON, and of a model whose input is no picture", async () => {
    const [cost] = linesOf((await runCaptured(["cost", "--json"])).stdout);
    expect(cost).toMatchObject({ event: "cost", params: 203_434, layers: expect.any(Array) });
    expect((cost!.receptiveFields as object[])[0]).toMatchObject({ kind: "grid", size: [3, 3] });
    const plain = await runCaptured(["cost", golden("files/regular.keras")]);
    expect({ exitCode: plain.exitCode, stderr: plain.stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(plain.stdout).toContain("d1 (Dense)");
  });
});
