// @ts-check
/** The text of docs/from-keras.md and docs/from-tfjs.md, made of the tables beside this file and of the exports. */
import { namespaces, patterns, renamed } from "./keras.mjs";
import { calls, hostNote } from "./tfjs.mjs";

/** @typedef {import("./coverage.mjs").Exports} Exports */
/** @typedef {import("./keras.mjs").Counterpart} Counterpart */

/** @param {Readonly<Record<string, Counterpart>>} entries @param {string} heading */
function table(entries, heading) {
  const cell = (/** @type {string} */ text) => text.replaceAll("|", "\\|");
  const rows = Object.entries(entries).map(([name, { write, lacks }]) => [
    `\`${cell(name)}\``,
    cell(write ?? `none: ${lacks}`),
  ]);
  const all = [[heading, "fovea"], ...rows];
  const widths = [0, 1].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  // Columns of one width, as the formatter has them.
  const line = (/** @type {readonly string[]} */ row, fill = " ") =>
    `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0, fill)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(["", ""], "-"), ...body.map((row) => line(row))].join("\n");
}

const toSnake = (/** @type {string} */ name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** @param {Exports} exports */
export function kerasPage(exports) {
  const lists = namespaces.map(([python, subpath]) => {
    const names = [...(exports[subpath] ?? [])].sort((a, b) => a.localeCompare(b, "en"));
    const classes = names.filter((name) => /^[A-Z]/.test(name));
    const functions = names.filter((name) => /^[a-z]/.test(name) && !/^(random|image)$/.test(name));
    const same = functions.filter((name) => toSnake(name) === name);
    const other = functions.filter((name) => toSnake(name) !== name).map((name) => `${toSnake(name)} → ${name}`);
    const parts = [
      ...(classes.length === 0 ? [] : [`Classes: \`${classes.join(" ")}\`.`]),
      ...(same.length === 0 ? [] : [`Functions: \`${same.join(" ")}\`.`]),
      ...(other.length === 0 ? [] : [`In camelCase: \`${other.join(", ")}\`.`]),
    ];
    return `### ${python}: \`fovea/${subpath}\`\n\n${parts.join("\n\n")}`;
  });
  return `# From Keras in Python

This page is made by \`bench/migration/pages.mjs\` of the package's exports; a test fails when it is not up to date (\`npx vitest run test/docs/migration.test.ts -u\` writes it).

Classes have Keras's names, formulas, defaults and files. Three rules do the rest:

- Options are one object in camelCase: \`Dense(10, use_bias=False)\` is \`new Dense({ units: 10, useBias: false })\`. Names of losses, metrics, optimizers, activations and initializers stay as they are: \`"sparse_categorical_crossentropy"\`.
- What computes on numbers is awaited: \`await model.fit(x, y)\`. What only builds (layers, \`compile\`, \`summary\`) is not.
- Layers are applied by \`layer.apply(x)\` to symbolic tensors, by \`layer.call(x)\` in \`call\` and steps, by \`await layer.run(x)\` to numbers; TypeScript has no operators on tensors, so \`x + y\` is \`ops.add(x, y)\`.

\`\`\`ts
import { Sequential } from "fovea";
import { Conv2D, Dense, Flatten } from "fovea/layers";

const model = new Sequential([
  new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
\`\`\`

\`fovea/code\` turns a Python model into a fovea model, and back.

## What is written differently

${table(patterns, "Keras")}

## Functions elsewhere

${table(renamed, "Python")}

## All names

${lists.join("\n\n")}
`;
}

export function tfjsPage() {
  return `# From TensorFlow.js

Every call that the 42 folders of tfjs-examples make, and what is written here. This page is made by \`bench/migration/pages.mjs\`; a test fails when it is not up to date.

- Nothing is disposed: \`tf.tidy\`, \`dispose\` and \`memory\` fall away. Numbers that \`predict\` gives are plain arrays of the host.
- The device is an option of \`compile\`: there is no \`setBackend\` and no \`tf.ready\`.
- Arithmetic on results: ${hostNote}.
- Files of TensorFlow.js (\`model.json\` and its shards) are read by \`loadModel\`, and written by \`model.save\`.

\`\`\`ts
import { Sequential, tensor } from "fovea";
import { Dense } from "fovea/layers";

const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
model.compile({ optimizer: "sgd", loss: "mean_squared_error" });
await model.fit(tensor([[1], [2]]), tensor([[1], [3]]), { epochs: 2, verbose: 0 });
const { data } = await model.predict(tensor([[5]]), { verbose: 0 });
\`\`\`

${table(calls, "TensorFlow.js")}
`;
}
