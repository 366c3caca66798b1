import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/base/errors.ts";
import { type SummaryRow, summaryText } from "../../src/view/summary-table.ts";

/** What Keras printed, by the name of the case. */
const printed = new Map(
  readFileSync(new URL("keras-summaries.txt", import.meta.url), "utf8")
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
);

type Shape = (number | null)[];
const weighted = (name: string, className: string, outputShape: Shape, params: number): SummaryRow => ({
  name,
  className,
  outputShape,
  params,
  trainable: true,
});
const plain = (name: string, className: string, outputShape: Shape): SummaryRow => ({
  name,
  className,
  outputShape,
  params: 0,
});
const from = (...layers: string[]) => layers.map((layer) => ({ layer, node: 0, tensor: 0 }));

const handout = [
  weighted("conv2d", "Conv2D", [null, 26, 26, 64], 640),
  weighted("conv2d_1", "Conv2D", [null, 24, 24, 32], 18464),
  plain("flatten", "Flatten", [null, 18432]),
  weighted("dense", "Dense", [null, 10], 184330),
];
const handoutTotals = { trainable: 203434, nonTrainable: 0 };

const normalized = [
  weighted("conv2d", "Conv2D", [null, 28, 28, 8], 80),
  weighted("batch_normalization", "BatchNormalization", [null, 28, 28, 8], 32),
  plain("re_lu", "ReLU", [null, 28, 28, 8]),
  plain("max_pooling2d", "MaxPooling2D", [null, 14, 14, 8]),
  plain("global_average_pooling2d", "GlobalAveragePooling2D", [null, 8]),
  plain("dropout", "Dropout", [null, 8]),
  weighted("dense", "Dense", [null, 10], 90),
];
const normalizedTotals = { trainable: 186, nonTrainable: 16 };

const long = "a_very_long_layer_name_that_must_wrap_somewhere_here";
const branches: SummaryRow[] = [
  { ...plain("image", "InputLayer", [null, 32, 32, 3]), connectedTo: [] },
  { ...weighted("conv2d", "Conv2D", [null, 32, 32, 16], 448), connectedTo: from("image") },
  {
    ...weighted("batch_normalization", "BatchNormalization", [null, 32, 32, 16], 64),
    connectedTo: from("conv2d"),
  },
  { ...weighted(long, "Conv2D", [null, 32, 32, 16], 448), connectedTo: from("image") },
  { ...plain("add", "Add", [null, 32, 32, 16]), connectedTo: from("batch_normalization", long) },
  {
    ...plain("concatenate", "Concatenate", [null, 32, 32, 35]),
    connectedTo: from("add", "image", "batch_normalization"),
  },
  { ...plain("global_average_pooling2d", "GlobalAveragePooling2D", [null, 35]), connectedTo: from("concatenate") },
  { ...weighted("dense", "Dense", [null, 10], 360), connectedTo: from("global_average_pooling2d") },
];
const branchTotals = { trainable: 1288, nonTrainable: 32 };

const modelName = "sequential";

describe("summaryText prints what Keras prints", () => {
  test.each([
    ["88", undefined],
    ["76", 76],
    ["60", 60],
    ["50", 50],
    ["44", 44],
    ["33", 33],
  ])("the handout's model, %s cells wide", (width, lineLength) => {
    expect(summaryText(handout, handoutTotals, { modelName, lineLength })).toBe(printed.get(`handout ${width}`));
  });

  test("a terminal of 80 columns narrows the table to 76", () => {
    const text = summaryText(handout, handoutTotals, { modelName, terminalColumns: 80 });
    expect(text).toBe(printed.get("handout 76"));
  });

  test("a wide terminal does not widen it", () => {
    const text = summaryText(handout, handoutTotals, { modelName, terminalColumns: 300 });
    expect(text).toBe(printed.get("handout 88"));
  });

  test("the total includes the optimizer's variables", () => {
    const text = summaryText(handout, { ...handoutTotals, optimizer: 406870 }, { modelName });
    expect(text).toBe(printed.get("handout_adam"));
  });

  test("trainable column", () => {
    const text = summaryText(handout, handoutTotals, { modelName, showTrainable: true });
    expect(text).toBe(printed.get("handout_trainable"));
  });

  test("a frozen layer", () => {
    const rows = handout.map((row, i) => (i === 0 ? { ...row, trainable: false } : row));
    const totals = { trainable: 202794, nonTrainable: 640, optimizer: 406870 };
    expect(summaryText(rows, totals, { modelName, showTrainable: true })).toBe(printed.get("frozen"));
  });

  test.each([
    ["bn", undefined],
    ["bn60", 60],
    ["bn44", 44],
  ])("names that wrap (%s)", (name, lineLength) => {
    expect(summaryText(normalized, normalizedTotals, { modelName: "bn [x]", lineLength })).toBe(printed.get(name));
  });

  test("layers that are not built", () => {
    const rows = [
      ["conv2d", "Conv2D"],
      ["flatten", "Flatten"],
      ["dense", "Dense"],
    ].map(([name, className]) => ({
      name: name!,
      className: className!,
      outputShape: undefined,
      params: 0,
      unbuilt: true,
    }));
    expect(summaryText(rows, { trainable: 0, nonTrainable: 0 }, { modelName })).toBe(printed.get("unbuilt"));
  });

  test.each([
    ["functional", undefined, false],
    ["functional80", 80, false],
    ["functional_tr", undefined, true],
  ])("connections (%s)", (name, lineLength, showTrainable) => {
    const text = summaryText(branches, branchTotals, {
      modelName: "two_branch",
      lineLength,
      showTrainable,
      terminalColumns: 120,
    });
    expect(text).toBe(printed.get(name));
  });

  test("a functional model without branches has three columns and shows its input", () => {
    const rows = [plain("input_layer", "InputLayer", [null, 4]), weighted("dense", "Dense", [null, 3], 15)];
    const text = summaryText(rows, { trainable: 15, nonTrainable: 0 }, { modelName: "functional" });
    expect(text).toBe(printed.get("fseq"));
  });

  test("nested models", () => {
    const rows = [
      weighted("sequential", "Sequential", [null, 4], 56),
      { ...weighted("dense", "Dense", [null, 4], 36), depth: 1 },
      { ...weighted("dense_1", "Dense", [null, 4], 20), depth: 1 },
      weighted("dense_2", "Dense", [null, 2], 10),
    ];
    const text = summaryText(rows, { trainable: 66, nonTrainable: 0 }, { modelName: "sequential_1" });
    expect(text).toBe(printed.get("nested"));
  });

  test("an endless name is cut, wide characters keep the borders straight", () => {
    const rows = [weighted("x".repeat(100), "Dense", [null, 4], 36), weighted("日本", "Dense", [null, 4], 20)];
    expect(summaryText(rows, { trainable: 56, nonTrainable: 0 }, { modelName })).toBe(printed.get("long"));
  });
});

test("several outputs and a one-axis shape", () => {
  const rows: SummaryRow[] = [
    { name: "two", className: "Split", outputShape: [[null, 3], [null]], params: 0 },
    { name: "one", className: "Split", outputShape: [[null, 3]], params: 0 },
    { name: "scalar", className: "Sum", outputShape: [], params: 0 },
  ];
  const text = summaryText(rows, { trainable: 0, nonTrainable: 0 }, { modelName });
  expect(text).toContain("│ [(None, 3), (None)]         │");
  expect(text).toContain("│ (None, 3)                   │");
  expect(text).toContain("│ ()                          │");
});

test("extra columns: every column as wide as its text", () => {
  const text = summaryText(handout.slice(0, 1), handoutTotals, {
    modelName,
    extraColumns: [
      { heading: "RF", align: "center", cells: ["3x3"] },
      { heading: "MACs/image", align: "right", cells: ["389,376"] },
    ],
  });
  expect(text).toBe(`Model: "sequential"
┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━┳━━━━━━━━━━━━┓
┃ Layer (type)    ┃ Output Shape       ┃ Param # ┃ RF  ┃ MACs/image ┃
┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━╇━━━━━━━━━━━━┩
│ conv2d (Conv2D) │ (None, 26, 26, 64) │     640 │ 3x3 │    389,376 │
└─────────────────┴────────────────────┴─────────┴─────┴────────────┘
 Total params: 203,434 (794.66 KB)
 Trainable params: 203,434 (794.66 KB)
 Non-trainable params: 0 (0.00 B)
`);
});

test("extra columns shrink to the terminal, the widest first", () => {
  const text = summaryText(handout, handoutTotals, {
    modelName,
    terminalColumns: 60,
    extraColumns: [{ heading: "MACs/image", align: "right", cells: ["389,376", "10,616,832", "0", "184,320"] }],
  });
  const lines = text.split("\n").slice(1, -4);
  expect(new Set(lines.map((line) => [...line].length))).toEqual(new Set([56]));
  expect(text).toContain("10,616,832");
});

test("mistakes are named", () => {
  expect(() => summaryText(handout, handoutTotals, { modelName, lineLength: 12 })).toThrow(
    new ArgumentError(
      "summary: a line of 12 cells is too short for 3 columns; give a longer lineLength (usual: 88) or widen the terminal.",
    ),
  );
  const extraColumns = [{ heading: "RF", cells: ["3x3"] }];
  expect(() => summaryText(handout, handoutTotals, { modelName, extraColumns })).toThrow(
    'Summary column "RF" has 1 cells for 4 layers; give one cell for each layer.',
  );
});
