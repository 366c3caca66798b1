import { input, Model, Sequential } from "fovea";
import { CodeError, parseKeras, writePython, writeTypeScript } from "fovea/code";
import * as layerBarrel from "fovea/layers";
import { Add, BatchNormalization, Conv2D, Dense, Dropout, Flatten, Layer, MaxPooling2D } from "fovea/layers";
import { L2 } from "fovea/regularizers";
import { describe, expect, test } from "vitest";
import type { Sym } from "../../src/ir/graph.ts";
import { fc } from "../properties.ts";

const modelOf = (code: string) => new Sequential(parseKeras(code).layers.map(({ layer }) => layer));

const handout = `
from keras.models import Sequential
from keras.layers import Dense, Conv2D, Flatten
import matplotlib.pyplot as plt

(X_train, y_train), (X_test, y_test) = mnist.load_data()
plt.imshow(X_train[0])
X_train = X_train.reshape(60000, 28, 28, 1)
y_train[0]

# create model
model = Sequential()

# add model layers
model.add(Conv2D(64, kernel_size=3, activation='relu', input_shape=(28,28,1)))
model.add(Conv2D(32, kernel_size=3, activation='relu'))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))

# compile model using accuracy to measure model performance
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=3)
model.predict(X_test[:4])
`;

describe("the handout", () => {
  test("is read as it stands: 203,434 parameters, what compile and fit are given, and what was left out", () => {
    const { compile, fit, ignored, layers } = parseKeras(handout);
    expect(modelOf(handout).countParams()).toBe(203_434);
    expect(compile).toEqual({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"] });
    expect(fit).toEqual({ epochs: 3 });
    expect(layers.map(({ line, column }) => [line, column])).toEqual([
      [15, 11],
      [16, 11],
      [17, 11],
      [18, 11],
    ]);
    expect(ignored.map(({ text }) => text)).toEqual([
      "import matplotlib.pyplot as plt",
      "(X_train, y_train), (X_test, y_test) = mnist.load_data()",
      "plt.imshow(X_train[0])",
      "X_train = X_train.reshape(60000, 28, 28, 1)",
      "y_train[0]",
      "model.predict(X_test[:4])",
    ]);
  });

  test.each([
    [
      "a dot lost and typographic quotes",
      (code: string) =>
        code.replaceAll("model.add", "model add").replaceAll("'relu'", "‘relu’").replaceAll("'softmax'", "“softmax”"),
    ],
    ["Windows line ends", (code: string) => code.replaceAll("\n", "\r\n")],
    ["prompts of a console", (code: string) => code.replace(/^(?=model)/gm, ">>> ")],
    [
      "modules before the names",
      (code: string) =>
        code
          .replace(/(Conv2D|Dense|Flatten)\(/g, "tf.keras.layers.$1(")
          .replace("= Sequential(", "= keras.Sequential("),
    ],
    [
      "names that were imported as others",
      (code: string) => code.replace("import Dense, Conv2D", "import Dense as D, Conv2D").replaceAll("Dense(", "D("),
    ],
    ["another name of the model", (code: string) => code.replaceAll("model.", "net.").replace("model =", "net =")],
    [
      "a name for a number",
      (code: string) =>
        code
          .replace("model = Seq", "classes = 10\nsize = (28, 28, 1)\nmodel = Seq")
          .replace("Dense(10", "Dense(classes")
          .replace("(28,28,1)", "size"),
    ],
    [
      "the kernel as a pair, without a name",
      (code: string) => code.replaceAll("kernel_size=3", "(3, 3)").replaceAll("Conv2D(64", "Convolution2D(8*8"),
    ],
    [
      "an Input",
      (code: string) =>
        code
          .replace(", input_shape=(28,28,1)", "")
          .replace("Sequential()\n", "Sequential()\nmodel.add(keras.Input(shape=(28, 28, 1)))\n"),
    ],
  ])("with %s", (_, change) => {
    const changed = change(handout);
    expect(changed).not.toBe(handout);
    expect(modelOf(changed).countParams()).toBe(203_434);
  });

  test("as one list", () => {
    const model = modelOf(`m = tf.keras.models.Sequential([
      layers.Conv2D(64, 3, activation="relu", input_shape=(28, 28, 1)),  # first
      layers.Conv2D(filters=32, kernel_size=(3, 3), activation=tf.nn.relu),
      layers.Flatten(),
      layers.Dense(10, "softmax"),
    ], name="net")`);
    expect(model.countParams()).toBe(203_434);
    expect(model.layers.at(-1)!.getConfig()).toMatchObject({ units: 10, activation: "softmax" });
  });
});

test("objects in arguments, old arguments and nested layers", () => {
  const { layers, compile } = parseKeras(`
model = Sequential()
model.add(Dense(16, input_dim=8, kernel_regularizer=regularizers.l2(0.02), kernel_initializer=keras.initializers.HeNormal(seed=3)))
model.add(Dropout(0.25))
model.add(TimeDistributed(Dense(2, use_bias=False)))
model.compile(keras.optimizers.SGD(learning_rate=1e-2, momentum=.9), loss={"a": "mse"})
`);
  expect(layers[0]!.layer.batchInputShape).toEqual([null, 8]);
  expect(layers[0]!.layer.getConfig()).toMatchObject({
    units: 16,
    kernelRegularizer: { className: "L2", config: { l2: 0.02 } },
    kernelInitializer: { className: "HeNormal", config: { seed: 3 } },
  });
  expect(layers[1]!.layer.getConfig()).toMatchObject({ rate: 0.25 });
  const inner = layers[2]!.layer.getConfig().layer as Dense;
  expect(inner.options).toMatchObject({ units: 2, useBias: false });
  const written = writePython(new Sequential(layers.map(({ layer }) => layer).slice(0, 2)) as never);
  expect(written).toContain("kernel_initializer=keras.initializers.HeNormal(seed=3)");
  expect(writePython(new Sequential([layers[2]!.layer]) as never)).toContain(
    "layers.TimeDistributed(layer=layers.Dense(units=2, use_bias=False))",
  );
  expect((compile!.optimizer as { getConfig(): object }).getConfig()).toMatchObject({
    learningRate: Math.fround(0.01),
    momentum: 0.9,
  });
  expect(compile!.loss).toEqual({ a: "mse" });
});

describe("faults have a line and a column", () => {
  const begin = "model = Sequential()\n";
  test.each([
    ["", 1, 1, /there is no model = Sequential/],
    [`${begin}model.add(Dens(10))`, 2, 11, /there is no "Dens" here\. Did you mean "Dense"\?/],
    [`${begin}model.add(Dense(10, activation='relux'))`, 2, 11, /Did you mean "relu"/],
    [`${begin}model.add(Dense(10, unitz=3))`, 2, 11, /unitz/],
    [`${begin}model.add(Conv2D(0, 3))`, 2, 11, /filters is 0/],
    [`${begin}model.add(Dense(10)`, 2, 10, /"\(" is never closed; expected "\)"/],
    [`${begin}model.add(Dense(10]))`, 2, 19, /"\]" closes "\(" of line 2, column 16; expected "\)"/],
    [`${begin})`, 2, 1, /closes nothing/],
    [`${begin}model.add(Dense(10, activation='relu))`, 2, 32, /has no end/],
    [`${begin}model.add(Dense(n))`, 2, 17, /"n" has no value here/],
    [`${begin}model.add(Dense(units=10, 3))`, 2, 27, /arguments without a name stand before/],
    [`${begin}model.add(Dense(10, units=3))`, 2, 27, /"units" is given twice/],
    [
      `${begin}model.add(Dense(1, 'relu', True, 'zeros'))`,
      2,
      34,
      /only units, activation, use_bias are read without a name/,
    ],
    [`${begin}model.add(Dense)`, 2, 11, /got "Dense", expected a layer such as Dense\(10\)/],
    [`${begin}model.add(L2(0.1))`, 2, 11, /no layer/],
    [`${begin}model.add(Dense(2) Dense(3))`, 2, 20, /got "Dense", expected "," between arguments/],
    [`${begin}model.add(Dense(*sizes))`, 2, 17, /write them out/],
    [`${begin}model.add(Dense(10 / 0))`, 2, 20, /no finite number/],
    [`${begin}model.add(Dense('a' * 3))`, 2, 17, /joins numbers alone/],
    [`${begin}model.ad(Dense(3))`, 2, 7, /a model has no "ad"\. Did you mean "add"\?/],
    [`${begin}model.add(Dense(10)(x))`, 2, 11, /functional form/],
    ["inputs = keras.Input(shape=(3,))\nmodel = keras.Model(inputs, x)", 1, 10, /functional form/],
    [`${begin}model.add(${"(".repeat(5000)}`, 2, 5010, /never closed/],
    [`${begin}model.add(${"(".repeat(5000)}1${")".repeat(5000)})`, 2, 74, /nested more than 64 deep/],
    [`${begin}model.add(Dense(${"-".repeat(5000)}1))`, 2, 78, /nested more than 64 deep/],
    [`${begin}model.add(Dense(1e999))`, 2, 17, /no number/],
    ["x".repeat(1_000_001), 1, 1, /1000001 characters/],
  ])("%#: %.40s", (code, line, column, message) => {
    let caught: unknown;
    try {
      parseKeras(code);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(CodeError);
    const { line: atLine, column: atColumn, message: text } = caught as CodeError;
    expect(text).toMatch(message);
    expect([atLine, atColumn]).toEqual([line, column]);
    expect(text.startsWith(`line ${line}, column ${column}: `)).toBe(true);
  });

  test("what is no text is refused", () => {
    expect(() => parseKeras(3 as never)).toThrow("parseKeras takes a text, got 3.");
  });
});

test("whatever is pasted, it is read or refused with a place, and nothing else happens", () => {
  const pieces = fc.constantFrom(
    ..."( ) [ ] { } , . = : ; ' \" ''' # \\ \n \t * ** / - + % ! model Sequential add Dense Conv2D 3 0x1F 1e5 relu None __proto__ constructor import from as 'relu' >>> def \u{1F600} \0".split(
      " ",
    ),
    " ",
    "\n",
    "model = Sequential()\n",
    "model.add(Dense(",
    "__proto__=",
  );
  const before = Reflect.ownKeys(Object.prototype).length;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.boolean(), (parts, separated) => {
      try {
        parseKeras(`model = Sequential()\n${parts.join(separated ? " " : "")}`);
      } catch (error) {
        expect(error).toBeInstanceOf(CodeError);
      }
    }),
    { numRuns: 1500 },
  );
  fc.assert(
    fc.property(fc.nat(handout.length - 1), fc.string({ maxLength: 3 }), fc.nat(5), (at, inserted, removed) => {
      try {
        parseKeras(handout.slice(0, at) + inserted + handout.slice(at + removed));
      } catch (error) {
        expect(error).toBeInstanceOf(CodeError);
      }
    }),
    { numRuns: 500 },
  );
  expect(Reflect.ownKeys(Object.prototype).length).toBe(before);
});

describe("code that is written", () => {
  const sequential = () =>
    new Sequential([
      new Conv2D({
        filters: 8,
        kernelSize: [3, 5],
        padding: "same",
        kernelRegularizer: new L2({ l2: 0.02 }),
        kernelInitializer: "he_normal",
        inputShape: [28, 28, 1],
      }),
      new BatchNormalization({ momentum: 0.9 }),
      new MaxPooling2D({ poolSize: 3, strides: 2, padding: "same" }),
      new Dropout({ rate: 0.5, seed: 4 }),
      new Flatten({ name: "flat" }),
      new Dense({ units: 10, activation: "softmax", useBias: false }),
    ]);
  const architecture = (model: Model) =>
    JSON.stringify(model.toJSON().config).replace(/"name":"[^"]*"|(?:"\w+_)\d+"/g, "");

  test("Python comes back as the same model", () => {
    const model = sequential();
    const python = writePython(model as never);
    expect(python).toContain(
      'model.add(layers.Conv2D(filters=8, kernel_size=(3, 5), padding="same", kernel_initializer=keras.initializers.HeNormal(), kernel_regularizer=keras.regularizers.L2(l2=0.02)))',
    );
    expect(python).toContain('model.add(layers.Flatten(name="flat"))');
    const again = modelOf(python);
    expect(architecture(again as never)).toBe(architecture(model as never));
    expect(again.countParams()).toBe(model.countParams());
  });

  test("TypeScript, run as it stands, builds the same model", async () => {
    const model = sequential();
    const code = writeTypeScript(model as never);
    expect(code).toContain(
      'import { Conv2D, Dense } from "fovea/layers";'.replace(
        "Conv2D, Dense",
        "BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D",
      ),
    );
    const again = await runTypeScript(code);
    expect(architecture(again)).toBe(architecture(model as never));
  });

  test("a functional model, in both languages; the handout's Python, too", async () => {
    const image = input({ shape: [8, 8, 3], name: "image" });
    const left = new Conv2D({ filters: 4, kernelSize: 3, padding: "same", name: "left" }).apply(image);
    const right = new Conv2D({ filters: 4, kernelSize: 1, name: "class" }).apply(image);
    const model = new Model({ inputs: image, outputs: new Add({ name: "sum" }).apply([left, right]) as never });
    const python = writePython(model as never);
    expect(python).toBe(`import keras
from keras import layers

image = keras.Input(shape=(8, 8, 3))
left = layers.Conv2D(filters=4, kernel_size=(3, 3), padding="same", name="left")(image)
class_1 = layers.Conv2D(filters=4, kernel_size=(1, 1), name="class")(image)
sum = layers.Add(name="sum")([left, class_1])
model = keras.Model(inputs=image, outputs=sum)
`);
    const again = await runTypeScript(writeTypeScript(model as never));
    expect(again.layers.map(({ name }) => name)).toContain("class");
    expect(again.countParams()).toBe(model.countParams());
    expect(architecture(modelOf(writePython(modelOf(handout) as never)) as never)).toBe(
      architecture(modelOf(handout) as never),
    );
  });

  test("layers of one's own are refused by name", () => {
    class Own extends Layer {
      override call(x: Sym) {
        return x;
      }
    }
    const model = new Sequential([new Own({ name: "mine", inputShape: [3] })]);
    expect(() => writePython(model as never)).toThrow(
      'writePython: layer "mine" is of a class of your own, Own, which is not written.',
    );
    expect(() => writeTypeScript(3 as never)).toThrow("writeTypeScript takes a model, got 3.");
  });
});

/** Runs written code with the package as it is here. */
async function runTypeScript(code: string): Promise<Model> {
  const modules: Readonly<Record<string, object>> = {
    fovea: { input, Model, Sequential },
    "fovea/layers": layerBarrel,
    "fovea/initializers": await import("fovea/initializers"),
    "fovea/regularizers": await import("fovea/regularizers"),
  };
  const body = code.replace(
    /import (\{[^}]*\}) from "([^"]*)";/g,
    (_, names, from) => `const ${names} = modules[${JSON.stringify(from)}];`,
  );
  return new Function("modules", `${body}\nreturn model;`)(modules) as Model;
}
