/** Pixels, names of classes, options and weights of Keras's applications. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ArgumentError,
  FormatError,
  InputOutputError,
  input,
  jit,
  Model,
  ShapeError,
  type Sym,
  type Tensor,
  tensor,
} from "fovea";
import { densenet, imagenetUtils, MobileNet, MobileNetV2, mobilenet, VGG16, vgg16 } from "fovea/applications";
import { Activation } from "fovea/layers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decode } from "../../src/applications/imagenet-classes.ts";
import { temporaryFolder } from "../data/idx-files.ts";

let cache: string;
beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("FOVEA_DATA", "");
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

const offline = () => vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));

describe("preprocessInput", () => {
  const pixels = [
    [0, 100, 255],
    [12, 200.5, 7],
  ];
  // Keras on float32 arrays.
  test.each([
    [
      "tf",
      mobilenet.preprocessInput,
      [-1, -0.21568626165390015, 1, -0.9058823585510254, 0.5725489854812622, -0.9450980424880981],
    ],
    [
      "torch",
      densenet.preprocessInput,
      [
        -2.1179039478302, -0.28501397371292114, 2.640000104904175, -1.9124069213867188, 1.4744396209716797,
        -1.6824400424957275,
      ],
    ],
    [
      "caffe",
      vgg16.preprocessInput,
      [
        151.06100463867188, -16.77899932861328, -123.68000030517578, -96.93900299072266, 83.72100067138672,
        -111.68000030517578,
      ],
    ],
  ] as const)("%s, numbers and symbolic values", async (mode, preprocess, expected) => {
    const close = ({ data, shape }: Tensor) => {
      expect(shape).toEqual([2, 3]);
      for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 4);
    };
    close(preprocess(pixels));
    close(imagenetUtils.preprocessInput(tensor(pixels), { mode }));
    close(await jit((x: Sym) => preprocess(x), { device: "reference" })(tensor(pixels)));
    const x = input({ shape: [3] });
    const model = new Model({ inputs: x, outputs: preprocess(x) });
    model.compile({ device: "reference" });
    close(await model.predict(pixels, { verbose: 0 }));
  });

  test("refuses other channels and modes", () => {
    expect(() => vgg16.preprocessInput([[1, 2]])).toThrow(ShapeError);
    expect(() => vgg16.preprocessInput(input({ shape: [4, 4, 1] }))).toThrow("3 channels");
    expect(() => imagenetUtils.preprocessInput([1, 2, 3], { mode: "tensorflow" } as never)).toThrow(
      'Unknown mode of preprocessInput "tensorflow"',
    );
    expect(() => imagenetUtils.preprocessInput([1, 2, 3], { modes: "tf" } as never)).toThrow('unknown option "modes"');
  });
});

describe("decodePredictions", () => {
  test("gives ids, names and probabilities, the largest first", () => {
    const names = { 0: ["n01", "tench"], 1: ["n02", "goldfish"], 2: ["n03", "shark"] } as const;
    expect(decode(names, tensor([[0.25, 0.5, 0.125]]), 2)).toEqual([
      [
        ["n02", "goldfish", 0.5],
        ["n01", "tench", 0.25],
      ],
    ]);
    expect(() => decode(names, tensor([[0, 0, 0, 1]]), 1)).toThrow("lacks class 3");
  });

  test("asks for Keras's list, and says what fails", async () => {
    const predictions = tensor([new Array<number>(1000).fill(0.001)]);
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      return new Response("{}");
    });
    await expect(vgg16.decodePredictions(predictions)).rejects.toThrow("expected c2c37ea517e94d9795004a39431a14cb");
    offline();
    await expect(vgg16.decodePredictions(predictions)).rejects.toThrow(
      /^decodePredictions: No mirror gave imagenet_class_index.json.*fetch failed/s,
    );
    expect(asked).toEqual(["https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"]);
    await expect(vgg16.decodePredictions([[1, 2]])).rejects.toThrow("[images, 1000], got (1, 2)");
    await expect(vgg16.decodePredictions(predictions, { top: 0 })).rejects.toThrow("top is 0");
  });
});

describe("weights", () => {
  const small = { alpha: 0.25, includeTop: false, inputShape: [32, 32, 3] } as const;

  test("of ImageNet are downloaded once, into Keras's folder of models", async () => {
    const saved = await MobileNet({ ...small, weights: null });
    const file = join(await temporaryFolder(), "weights.h5");
    await saved.saveWeights(file.replace("weights.h5", "any.h5"));
    const bytes = await readFile(file.replace("weights.h5", "any.h5"));
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      return new Response(new Uint8Array(bytes));
    });
    for (let i = 0; i < 2; i++) {
      const model = await MobileNet(small);
      expect(model.name).toBe("mobilenet_0.25_224");
      expect(model.getWeights().at(-1)!.data).toEqual(saved.getWeights().at(-1)!.data);
      expect(model.getWeights()[0]!.data).toEqual(saved.getWeights()[0]!.data);
    }
    expect(asked).toEqual([
      "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/mobilenet_2_5_224_tf_no_top.h5",
    ]);
    const cached = join(cache, "fovea", "models", "mobilenet_2_5_224_tf_no_top.h5");
    const byPath = await MobileNet({ ...small, weights: cached });
    expect(byPath.getWeights()[0]!.data).toEqual(saved.getWeights()[0]!.data);
  });

  test("without a network an error says what can be done", async () => {
    offline();
    const failing = VGG16();
    await expect(failing).rejects.toThrow(InputOutputError);
    await expect(failing).rejects.toThrow(
      /^VGG16: No mirror gave vgg16_weights.*fetch failed.*into .*models.* Or pass weights: null/s,
    );
    await expect(MobileNet({ weights: "nowhere.h5" })).rejects.toThrow(InputOutputError);
  });

  test("of another architecture are refused", async () => {
    const folder = await temporaryFolder();
    await (await MobileNet({ ...small, weights: null })).saveWeights(`${folder}/a.weights.h5`);
    const other = MobileNet({ ...small, alpha: 0.5, weights: `${folder}/a.weights.h5` });
    await expect(other).rejects.toThrow(FormatError);
  });
});

describe("options", () => {
  test.each<[object, string]>([
    [{ include_top: false }, 'MobileNetV2: unknown option "include_top"'],
    [{ weights: 7 }, 'MobileNetV2: weights is 7, expected "imagenet", null or a file with weights'],
    [{ inputTensor: [1] }, "MobileNetV2: inputTensor is [1], expected what input({ shape })"],
    [{ pooling: "mean" }, 'Unknown pooling of MobileNetV2 "mean"'],
    [{ classes: 0 }, "MobileNetV2: classes is 0"],
    [{ classes: 10 }, 'MobileNetV2: classes is 10, but weights "imagenet" are for 1000'],
    [{ classifierActivation: "relu" }, 'classifierActivation is "relu", expected "softmax" or null'],
    [{ alpha: 0.3 }, 'alpha is 0.3, but weights "imagenet" are for 0.35, 0.5'],
    [{ alpha: 0 }, "MobileNetV2: alpha is 0"],
    [{ inputShape: [64, 64, 3] }, "inputShape is (64, 64, 3), expected (224, 224, 3)"],
    [{ inputShape: [16, 64, 3], weights: null }, "inputShape is (16, 64, 3), expected height and width of 32 or more"],
    [{ inputShape: [64, 64], weights: null }, "expected [height, width, channels]"],
    [{ inputShape: [null, null, 3], weights: null }, "expected a height and a width, which the top needs"],
    [{ inputShape: [64, 64, 1], includeTop: false }, "expected 3 channels"],
    [
      { inputTensor: input({ shape: [64, 64, 3] }), inputShape: [32, 32, 3], weights: null },
      "the shape of inputTensor, without the batch, is (64, 64, 3), expected that of inputShape, (32, 32, 3)",
    ],
  ])("%#: refused", async (options, message) => {
    const failing = MobileNetV2(options);
    await expect(failing).rejects.toThrow(ArgumentError);
    await expect(failing).rejects.toThrow(message);
  });

  test("the shape, pooling, name and classes are as asked", async () => {
    const any = await MobileNetV2({ weights: null, includeTop: false });
    expect([any.inputShape, any.outputShape, any.name]).toEqual([
      [null, null, null, 3],
      [null, null, null, 1280],
      "mobilenetv2_1.00_None",
    ]);
    const pooled = await MobileNet({ weights: null, includeTop: false, pooling: "avg", alpha: 0.25, name: "mine" });
    expect([pooled.outputShape, pooled.name]).toEqual([[null, 256], "mine"]);
    const grey = await MobileNet({ weights: null, inputShape: [48, 32, 1], classes: 4, classifierActivation: null });
    expect([grey.inputShape, grey.outputShape, grey.name]).toEqual([[null, 48, 32, 1], [null, 4], "mobilenet_1.00_48"]);
    expect(grey.layers.at(-1)!.getConfig().activation).toBe("linear");
  });

  test("a model on another tensor takes that one's inputs", async () => {
    const pixels = input({ shape: [32, 32, 3], name: "pixels" });
    const inputTensor = new Activation("tanh").apply(pixels);
    const model = await MobileNet({ weights: null, alpha: 0.25, includeTop: false, inputTensor });
    expect(model.inputs).toEqual([pixels]);
    expect(model.layers.slice(0, 3).map(({ name }) => name)).toEqual(["pixels", inputTensor.name, "conv1"]);
  });
});
