import { expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { digitLines, drawPrediction } from "../../src/view/digit.ts";

const ramp = { pixels: [0, 0.25, 0.5, 0.75, 1, 0, 0.25, 0.5, 0.75, 1], height: 2, width: 5 };

test("shades and characters: dense is bright, two rows in one line", () => {
  expect(digitLines(ramp, "shades")).toEqual([" ░▒▓█"]);
  expect(digitLines(ramp, "ascii")).toEqual([" :+#@"]);
});

test("colours: upper pixel is ink, lower is paper, equal neighbours share an escape", () => {
  expect(digitLines({ pixels: [0, 0, 1, 1, 1, 0], height: 2, width: 3 }, "color")).toEqual([
    "\x1b[38;5;232;48;5;255m▀▀\x1b[38;5;255;48;5;232m▀\x1b[0m",
  ]);
});

test("white is 255 for bytes, 1 for floats, or as given; outside it is clamped; odd heights end in black", () => {
  expect(digitLines({ pixels: new Uint8Array([255, 128, 0]), height: 1, width: 3 })).toEqual(["▒░ "]);
  expect(digitLines({ pixels: [1, 1, 0, 9, -3, Number.NaN], height: 2, width: 3 })).toEqual(["█▒ "]);
  expect(digitLines({ pixels: [4, 4], height: 2, width: 1, maximum: 4 })).toEqual(["█"]);
  expect(digitLines({ pixels: [1, 1, 1], height: 3, width: 1 })).toEqual(["█", "▒"]);
});

test("pixels that do not fill the image", () => {
  expect(() => digitLines({ pixels: [1, 2, 3], height: 2, width: 2 })).toThrow(
    new ShapeError("digitLines: 3 pixels do not fill 2 x 2 (4); pass one channel of one image."),
  );
});

/** A seven of 28 x 28: a bar and a slanted stroke. */
const seven = {
  height: 28,
  width: 28,
  pixels: Float32Array.from({ length: 784 }, (_, i) => {
    const [y, x] = [Math.floor(i / 28), i % 28];
    const bar = y >= 6 && y < 10 && x >= 6 && x < 22;
    return bar || (y >= 10 && y < 24 && Math.abs(x - (20 - (y - 10) * 0.6)) < 2) ? 1 : 0;
  }),
};
const probabilities = [0, 0.0001, 0.002, 0.0499, 0, 0, 0, 0.923, 0, 0.025];

test("a right prediction", () => {
  expect(drawPrediction({ ...seven, probabilities, predicted: 7, truth: 7 })).toMatchInlineSnapshot(`
    "

                                  0 ──────────────────── 0.0000
          ████████████████        1 ──────────────────── 0.0001
          ████████████████        2 ──────────────────── 0.0020
                      ▒███        3 ━─────────────────── 0.0499
                     ████         4 ──────────────────── 0.0000
                    ███▒          5 ──────────────────── 0.0000
                  ▒███▒           6 ──────────────────── 0.0000
                 ▒███▒            7 ━━━━━━━━━━━━━━━━━━── 0.9230 ◀
                ▒███              8 ──────────────────── 0.0000
               ████               9 ━─────────────────── 0.0250



    predicted  7  ✓ right
    truth      7  [0 0 0 0 0 0 0 1 0 0]
    "
  `);
});

test("a wrong prediction, names, plain characters", () => {
  const text = drawPrediction({
    pixels: [0, 1, 1, 0],
    height: 2,
    width: 2,
    probabilities: [0.25, 0.75],
    classNames: ["shoe", "ankle boot"],
    predicted: 1,
    truth: 0,
    style: "ascii",
  });
  expect(text).toBe(
    [
      "++        shoe #####............... 0.2500",
      "    ankle boot ###############..... 0.7500 <",
      "",
      "predicted  ankle boot  wrong",
      "truth      shoe        [1 0]",
      "",
    ].join("\n"),
  );
});

test("without the truth there is no verdict", () => {
  const text = drawPrediction({ pixels: [1], height: 1, width: 1, probabilities: [Number.NaN], predicted: 0 });
  expect(text).toBe("▒  0 ──────────────────── nan ◀\n\npredicted  0\n");
});

test("classes that do not exist", () => {
  const image = { pixels: [1], height: 1, width: 1, probabilities: [0.5, 0.5] };
  expect(() => drawPrediction({ ...image, predicted: 2 })).toThrow(
    new ArgumentError("drawPrediction: predicted is 2, expected a class 0 … 1."),
  );
  expect(() => drawPrediction({ ...image, predicted: 0, truth: -1 })).toThrow(
    "drawPrediction: truth is -1, expected a class 0 … 1.",
  );
  expect(() => drawPrediction({ ...image, predicted: 0, classNames: ["a"] })).toThrow(
    "drawPrediction: 1 classNames for 2 probabilities; give one for each.",
  );
});
