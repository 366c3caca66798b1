import { expect, test } from "vitest";
import { markdownTable, plainTable } from "../../src/view/plain-table.ts";

const columns = [
  { heading: "layer" },
  { heading: "MACs", unit: "image" },
  { heading: "time", unit: "ms", digits: 1 },
  { heading: "field", align: "center" },
] as const;
const rows = [
  ["conv2d", 389376, 0.25, "3x3"],
  ["日本", 10616832, 12, "5x5"],
  ["dense", undefined, null, "28x28"],
] as const;

test("plain: numbers right with separators and equal decimals, text left, units in the heading", () => {
  expect(plainTable(columns, rows)).toBe(
    [
      "layer   MACs (image)  time (ms)  field",
      "──────  ────────────  ─────────  ─────",
      "conv2d       389,376        0.2   3x3",
      "日本      10,616,832       12.0   5x5",
      "dense              –          –  28x28",
      "",
    ].join("\n"),
  );
});

test("Markdown: the same, with marks for the alignment", () => {
  expect(markdownTable(columns, rows)).toBe(
    [
      "| layer  | MACs (image) | time (ms) | field |",
      "| ------ | -----------: | --------: | :---: |",
      "| conv2d |      389,376 |       0.2 |  3x3  |",
      "| 日本   |   10,616,832 |      12.0 |  5x5  |",
      "| dense  |            – |         – | 28x28 |",
      "",
    ].join("\n"),
  );
});

test("Markdown escapes bars and line breaks and keeps narrow columns legal", () => {
  expect(markdownTable([{ heading: "a|b" }, { heading: "x" }], [["1\n2", 3]])).toBe(
    ["| a\\|b   |   x |", "| ------ | --: |", "| 1<br>2 |   3 |", ""].join("\n"),
  );
});

test("decimals by default: none for whole numbers, two for others; NaN and infinity are words", () => {
  const table = plainTable(
    [{ heading: "whole" }, { heading: "other" }],
    [
      [1000, 1000.125],
      [Number.NaN, 2],
      [-12345, Number.POSITIVE_INFINITY],
    ],
  );
  expect(table.split("\n").slice(2)).toEqual(["  1,000  1,000.12", "    nan      2.00", "-12,345       inf", ""]);
});

test("no rows: headings and rule", () => {
  expect(plainTable([{ heading: "a" }], [])).toBe("a\n─\n");
});
