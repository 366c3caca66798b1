import { expect, test } from "vitest";
import { ArgumentError } from "../../src/base/errors.ts";
import { confusionMatrix, confusionText, worstConfusions } from "../../src/view/confusion.ts";
import { fc } from "../properties.ts";

test("rows are the truth, columns the prediction", () => {
  expect(confusionMatrix([0, 0, 1, 2, 2, 2], new Int32Array([0, 1, 1, 2, 0, 2]), 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 2],
  ]);
});

test("counts sum to the number of samples, the diagonal to the right ones", () => {
  const pairs = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 40 });
  fc.assert(
    fc.property(pairs, (list) => {
      const [truth, predicted] = [list.map(([t]) => t), list.map(([, p]) => p)];
      const matrix = confusionMatrix(truth, predicted, 5);
      expect(matrix.flat().reduce((a, b) => a + b, 0)).toBe(list.length);
      const right = list.filter(([t, p]) => t === p).length;
      expect(matrix.reduce((total, row, i) => total + row[i]!, 0)).toBe(right);
      expect(worstConfusions(matrix).reduce((total, { count }) => total + count, 0)).toBe(list.length - right);
    }),
  );
});

test("the text: recall, precision, accuracy, worst pairs in words", () => {
  const matrix = [
    [1200, 3, 0],
    [1, 974, 0],
    [11, 3, 0],
  ];
  expect(confusionText(matrix, ["0", "4", "nine"], 3)).toBe(
    [
      "           predicted",
      "truth          0      4  nine  recall",
      "─────────────────────────────────────",
      "0          1,200      3     0   99.8%",
      "4              1    974     0   99.9%",
      "nine          11      3     0    0.0%",
      "─────────────────────────────────────",
      "precision  99.0%  99.4%     –",
      "",
      "accuracy 99.18% (2,174 of 2,192)",
      "nine read as 0: 11 times",
      "0 read as 4: 3 times",
      "nine read as 4: 3 times",
      "",
    ].join("\n"),
  );
});

test("one mistake is one time; a class that never came has no recall", () => {
  const text = confusionText([
    [0, 0],
    [1, 2],
  ]);
  expect(text).toContain("\n1 read as 0: 1 time\n");
  expect(text).toContain("\n0             0       0       –\n");
});

test("mistakes are named", () => {
  expect(() => confusionMatrix([1], [1, 2], 3)).toThrow(
    new ArgumentError("confusionMatrix: 1 true classes but 2 predicted ones; both must be of the same samples."),
  );
  expect(() => confusionMatrix([1, 3], [1, 2], 3)).toThrow(
    "confusionMatrix: truth[1] is 3, expected a class 0 … 2 (for one-hot rows or probabilities, take argMax first).",
  );
  expect(() => confusionMatrix([1], [0.5], 3)).toThrow("predicted[0] is 0.5");
  expect(() => confusionText([[1, 2]])).toThrow("the matrix has 1 rows of 2 columns; it must be square.");
  expect(() => confusionText([])).toThrow("the matrix has 0 rows of no columns; it must be square.");
  expect(() => confusionText([[1]], ["a", "b"])).toThrow(
    "confusionText: 2 classNames for 1 classes; give one for each.",
  );
});
