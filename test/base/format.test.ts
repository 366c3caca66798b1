import { describe, expect, test } from "vitest";
import {
  alignText,
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatMetric,
  formatPercent,
  formatSeconds,
  formatStepTime,
  formatValue,
  textWidth,
  truncateText,
  wrapText,
} from "../../src/base/format.ts";
import { fc } from "../properties.ts";

// The right-hand sides of the tables below were printed by Python 3.11 and Keras 3.15.1.
test.each([
  [1.125, 2, "1.12"],
  [1.375, 2, "1.38"],
  [-1.125, 2, "-1.12"],
  [0.03125, 4, "0.0312"],
  [0.09375, 4, "0.0938"],
  [123456.78125, 4, "123456.7812"],
  [2.00005, 4, "2.0000"],
  [0.5, 0, "0"],
  [1.5, 0, "2"],
  [2.5, 0, "2"],
  [1e22, 4, "10000000000000000000000.0000"],
  [-1e22, 0, "-10000000000000000000000"],
  [Number.NaN, 2, "nan"],
  [Number.POSITIVE_INFINITY, 2, "inf"],
  [Number.NEGATIVE_INFINITY, 2, "-inf"],
])("formatFixed(%d, %d) rounds ties to even: %s", (value, digits, text) => {
  expect(formatFixed(value, digits)).toBe(text);
});

test("formatFixed is toFixed but for ties", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 6 }), (value, digits) => {
      const text = formatFixed(value, digits);
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.5 * 10 ** -digits * (1 + 1e-9) + 1e-9);
      if (!Number.isInteger(value * 2 ** (digits + 1))) expect(text).toBe(value.toFixed(digits));
    }),
  );
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [203434, "203,434"],
  [-203434, "-203,434"],
  [11190528, "11,190,528"],
  [1e21, "1,000,000,000,000,000,000,000"],
  [Number.NaN, "nan"],
])("formatCount(%d) is %s", (value, text) => {
  expect(formatCount(value)).toBe(text);
});

test("formatCount leaves the decimals alone", () => {
  expect(formatCount(1805.26, 1)).toBe("1,805.3");
  expect(formatCount(0.123456, 5)).toBe("0.12346");
});

test.each([
  [0, "0.00 B"],
  [1, "1.00 B"],
  [1023, "1023.00 B"],
  [1024, "1.00 KB"],
  [1152, "1.12 KB"],
  [1408, "1.38 KB"],
  [813736, "794.66 KB"],
  [2441216, "2.33 MB"],
  [1024 ** 3, "1.00 GB"],
  [5 * 1024 ** 4, "5.00 TB"],
  [1024 ** 5, "1.00 PB"],
  [1024 ** 6, "1024.00 PB"],
])("formatBytes(%d) is %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0.0000e+00"],
  [1, "1.0000"],
  [0.94213, "0.9421"],
  [0.001, "1.0000e-03"],
  [0.0010001, "0.0010"],
  [0.0005, "5.0000e-04"],
  [-0.5, "-0.5000"],
  [-0.0005, "-5.0000e-04"],
  [0.00012345, "1.2345e-04"],
  [1e-7, "1.0000e-07"],
  [1e-120, "1.0000e-120"],
  [Number.NaN, "nan"],
  [Number.POSITIVE_INFINITY, "inf"],
  [Number.NEGATIVE_INFINITY, "-inf"],
])("formatMetric(%d) is %s", (value, text) => {
  expect(formatMetric(value)).toBe(text);
});

test("formatPercent", () => {
  expect(formatPercent(0.98631)).toBe("98.6%");
  expect(formatPercent(0.98631, 2)).toBe("98.63%");
  expect(formatPercent(0 / 0)).toBe("–");
});

test.each([
  [0, "0s"],
  [-3, "0s"],
  [59.9, "59s"],
  [60, "60s"],
  [60.5, "1:00"],
  [83, "1:23"],
  [3600, "60:00"],
  [3601, "1:00:01"],
  [3748, "1:02:28"],
  [100000, "27:46:40"],
  [Number.POSITIVE_INFINITY, "?"],
])("formatDuration(%d) is %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, "0s/step"],
  [4e-7, "0us/step"],
  [17e-6, "17us/step"],
  [0.0009996, "1000us/step"],
  [0.001, "1ms/step"],
  [0.0215, "22ms/step"],
  [0.9996, "1000ms/step"],
  [1, "1s/step"],
  [2.5, "2s/step"],
  [75, "75s/step"],
])("formatStepTime(%d) is %s", (seconds, text) => {
  expect(formatStepTime(seconds)).toBe(text);
});

test("formatSeconds, and steps by another name", () => {
  expect(formatSeconds(41.2)).toBe("41s");
  expect(formatStepTime(0.021, "image")).toBe("21ms/image");
});

describe("text in terminal cells", () => {
  test("textWidth counts wide and combining characters", () => {
    expect(textWidth("conv2d")).toBe(6);
    expect(textWidth("日本")).toBe(4);
    expect(textWidth("e\u0301")).toBe(1);
    expect(textWidth("🙂━▀")).toBe(4);
    expect(textWidth("")).toBe(0);
  });

  test("truncateText", () => {
    expect(truncateText("flatten", 7)).toBe("flatten");
    expect(truncateText("flatten", 6)).toBe("flatt…");
    expect(truncateText("flatten", 1)).toBe("…");
    expect(truncateText("flatten", 0)).toBe("");
    expect(truncateText("日本語", 4)).toBe("日…");
  });

  test("alignText", () => {
    expect(alignText("ab", 5)).toBe("ab   ");
    expect(alignText("ab", 5, "right")).toBe("   ab");
    expect(alignText("ab", 5, "center")).toBe(" ab  ");
    expect(alignText("日", 4, "right")).toBe("  日");
    expect(alignText("too long", 3)).toBe("too long");
  });

  test("wrapText", () => {
    expect(wrapText("(None, 26, 26, 64)", 11)).toEqual(["(None, 26,", "26, 64)"]);
    expect(wrapText("   └ dense (Dense)", 10)).toEqual(["   └ dense", "(Dense)"]);
    expect(wrapText("batch_normalization (BN)", 8)).toEqual(["batch_n…", "(BN)"]);
    expect(wrapText("a\n\nb", 8)).toEqual(["a", "", "b"]);
    expect(wrapText("", 8)).toEqual([""]);
  });

  test("no wrapped line is too wide, no word is lost", () => {
    const words = fc.array(fc.stringMatching(/^[a-z日]{1,6}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 30 }), (list, width) => {
        const lines = wrapText(list.join(" "), width);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join(" ")).toBe(list.join(" "));
      }),
    );
  });
});

test("formatValue shows any value and never throws", () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  class Own {}
  const shown: [unknown, string][] = [
    [1n, "1n"],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    ['a"b', '"a\\"b"'],
    ["x".repeat(100), `"${"x".repeat(59)}…"`],
    [[1, "a"], '[1,"a"]'],
    [[1n, Number.NaN, -0, undefined], "[1n,NaN,-0,undefined]"],
    // biome-ignore lint/suspicious/noSparseArray: holes are what is shown
    [[, 3], "[undefined,3]"],
    [new Array(1000).fill(7), "a list of 1000"],
    [{ a: 1 }, '{"a":1}'],
    [Object.create(null), "{}"],
    [circular, '{"self":{"self":{"self":{"self":{…}}}}}'],
    [{ deep: new Array(1000).fill(7) }, '{"deep":a list of 1000}'],
    [Array.from({ length: 40 }, (_, i) => i), "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22…"],
    ["y".repeat(1e8), `"${"y".repeat(59)}…"`],
    [new Own(), "an Own"],
    [new Date(0), "a Date"],
    [new Int32Array(3), "an Int32Array of 3 values"],
    [new DataView(new ArrayBuffer(2)), "a DataView"],
    [Own, "a function Own"],
    [() => 1, "a function"],
    [
      {
        get constructor() {
          throw new Error("no");
        },
      },
      "an object",
    ],
  ];
  for (const [value, text] of shown) expect(formatValue(value)).toBe(text);
});
