import { readFileSync } from "node:fs";
import { loadModel, memorySource, setSeed } from "fovea";
import { describe, expect, test } from "vitest";
import { fileSize } from "../../base/numbers.ts";
import { compileNetwork, imagesTensor, makeHandout, readWeights } from "../../engine/networks.ts";
import type { RunOptions } from "../../engine/protocol.ts";
import { parseAnswers, questionNames } from "../../state/questions.ts";
import { parseSamples } from "../../state/samples.ts";
import { makeReport } from "./make-report.ts";
import { formatNames, formats, runLines, writeReport } from "./state.ts";
import { type NetworkFile, offer, save } from "./tasks.ts";

const asset = (name: string) => readFileSync(new URL(`../../../assets/${name}`, import.meta.url));

const options: RunOptions = {
  ...{ optimizer: "adam", loss: "categorical_crossentropy", data: "digits", images: 64, epochs: 1, batchSize: 32 },
  ...{ learningRate: 0.001, device: "cpu", seed: 7, checkpointEvery: 1 },
};
const steps = [
  { step: 1, loss: 2.3, accuracy: 0.1, learningRate: 0.001, gradients: [1, 2, 3] },
  { step: 2, loss: 2, accuracy: 0.5, learningRate: 0.001, gradients: [1, 2, 3] },
];
const tests = [{ step: 2, epoch: 1, loss: 1.9, accuracy: 0.55 }];

test("sizes as people read them", () => {
  expect([1, 999, 813_500, 2_440_000].map(fileSize)).toEqual(["1 byte", "999 bytes", "814 KB", "2.44 MB"]);
});

test("a run is a JSON object on each line, in the order of its steps", () => {
  const lines = runLines({ ...options, network: '{"class_name":"Sequential"}' }, steps, tests);
  const parsed = lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(parsed.map(({ type, step }) => [type, step])).toEqual([
    ["run", undefined],
    ["step", 1],
    ["step", 2],
    ["test", 2],
  ]);
  expect(parsed[0]).toMatchObject({ optimizer: "adam", network: { class_name: "Sequential" } });
  expect(parsed[3]).toMatchObject(tests[0]!);
});

test("answers that a store holds, whatever else is in it", () => {
  expect(parseAnswers('{"see":"strokes","other":"x","predict":7,"inside":""}')).toEqual({ see: "strokes" });
  for (const text of [null, "", "null", "7", "{", "[]"]) expect(parseAnswers(text)).toEqual({});
});

describe("the shipped network", () => {
  setSeed(1);
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  model.setWeights(readWeights(new Uint8Array(asset("weights.f16")).buffer, model));
  const samples = parseSamples(asset("digits.u8"));
  const images = samples.images.slice(0, 4 * 784);
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    withModel: <T>(_: unknown, work: (asked: typeof model) => Promise<T>) => work(model),
  };

  const storeOf = (files: readonly NetworkFile[]) => ({
    open: async (name: string) => {
      const found = files.find((file) => file.name === name);
      return found && memorySource(name, found.bytes);
    },
    write: () => Promise.reject(new Error("for reading only")),
  });

  test.each(formatNames)("%s loads again and predicts the same", async (format) => {
    const files = await save({ at: "shipped", format }, context);
    const place = { store: storeOf(files), name: formats[format].file };
    let same: Pick<typeof model, "predict">;
    if (format === "weights" || format === "safetensors") {
      setSeed(2);
      const fresh = compileNetwork(makeHandout(), { device: "cpu" });
      await fresh.loadWeights(place);
      same = fresh;
    } else {
      const loaded = await loadModel(place);
      loaded.compile({ device: "cpu" });
      same = loaded as unknown as typeof model;
    }
    const wanted = (await model.predict(imagesTensor(images), { verbose: 0 })).data;
    const found = (await same.predict(imagesTensor(images), { verbose: 0 })).data;
    expect(found).toHaveLength(40);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 5);
    });
  });

  test("what is offered has the sizes of the files, and code in two languages", async () => {
    const { sizes, typescript, python } = await offer({ at: "shipped" }, context);
    for (const format of ["keras", "tfjs", "onnx"] as const) {
      const files = await save({ at: "shipped", format }, context);
      expect(sizes[format]).toBe(files.reduce((sum, { bytes }) => sum + bytes.length, 0));
    }
    // The weights, and little else.
    for (const format of formatNames) {
      expect(sizes[format]).toBeGreaterThan(4 * 203_434);
      expect(sizes[format]).toBeLessThan(1.05 * 4 * 203_434);
    }
    expect(typescript).toMatch(/from "fovea\/layers"/);
    expect(python).toMatch(/import keras/);
  });

  test("the report holds answers, numbers and figures, and no script, whatever the answers say", async () => {
    const hostile = `</p><script>alert(1)</script><img src=x onerror="alert(2)"> & 'quoted'`;
    const { data } = await model.predict(imagesTensor(samples.images), { verbose: 0 });
    const { facts, figures } = makeReport({
      ...{ samples, sample: 0, at: 2, probabilities: Float32Array.from(data), device: "CPU <b>", parameters: 203_434 },
      layers: [{ name: "conv2d", className: "Conv2D", shape: [2, 2, 1], data: Float32Array.of(0, 1, 2, 3) }],
      ...{ options, steps, tests },
    });
    const answers = Object.fromEntries(questionNames.map((name) => [name, hostile]));
    const html = writeReport({ author: hostile, date: new Date(0), answers, facts, figures });
    expect(html).not.toMatch(/<script|<img|onerror="|<b>|<iframe|<link/i);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("CPU &lt;b&gt;");
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html.match(/<svg /g)).toHaveLength(6);
    expect(facts).toContainEqual(["Weights", "of the run, after step 2"]);
    expect(facts).toContainEqual(["Last step", "2: loss 2.0000, accuracy 0.5000"]);
    const right = samples.labels.filter((label, row) => {
      const own = [...data.subarray(row * 10, row * 10 + 10)];
      return own.indexOf(Math.max(...own)) === label;
    }).length;
    expect(facts).toContainEqual(["Test digits that are right", `${right} of 100`]);
    expect(right).toBeGreaterThan(90);
  });

  test("a report without a run or answers says so", () => {
    const html = writeReport({ author: " ", date: new Date(0), answers: {}, facts: [], figures: [] });
    expect(html.match(/No answer\./g)).toHaveLength(questionNames.length);
    expect(html).toContain("Report on a convolutional network");
    expect(html).toContain("1970-01-01");
  });
});
