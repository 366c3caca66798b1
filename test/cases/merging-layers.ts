/** Layers that join several inputs, with options and shapes that break them: one row, odd sizes, borders that no window reads. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const mergingCases = {
  Add: [
    { name: "two", options: {}, input: [2, 3, 4, 5], more: [[2, 3, 4, 5]], output: [2, 3, 4, 5] },
    {
      name: "three",
      options: {},
      input: [3, 7],
      more: [
        [3, 7],
        [3, 7],
      ],
      output: [3, 7],
    },
    { name: "one", options: {}, input: [2, 3], output: [2, 3] },
    { name: "repeated axes", options: {}, input: [2, 1, 4, 1], more: [[2, 3, 1, 5]], output: [2, 3, 4, 5] },
    { name: "missing axes", options: {}, input: [2, 3, 4], more: [[2, 4]], output: [2, 3, 4] },
  ],
  Average: [
    { name: "two", options: {}, input: [2, 3, 5], output: [2, 3, 5], more: [[2, 3, 5]] },
    {
      name: "three, repeated and missing axes",
      options: {},
      input: [2, 3, 1],
      output: [2, 3, 4],
      more: [
        [2, 4],
        [2, 1, 4],
      ],
    },
    { name: "one", options: {}, input: [1, 7], output: [1, 7] },
  ],
  Concatenate: [
    { name: "channels", options: {}, input: [2, 3, 2, 4], more: [[2, 3, 2, 3]], output: [2, 3, 2, 7] },
    {
      name: "rows",
      options: { axis: 1 },
      input: [3, 1, 5],
      more: [
        [3, 2, 5],
        [3, 4, 5],
      ],
      output: [3, 7, 5],
    },
    { name: "from the end", options: { axis: -2 }, input: [1, 2, 3, 2], more: [[1, 2, 1, 2]], output: [1, 2, 4, 2] },
  ],
  Dot: [
    { name: "vectors", options: { axes: 1 }, input: [3, 5], output: [3, 1], more: [[3, 5]] },
    { name: "cosines", options: { axes: -1, normalize: true }, input: [3, 2, 5], output: [3, 2, 3], more: [[3, 3, 5]] },
    { name: "matrices, other axes", options: { axes: [1, 2] }, input: [2, 5, 3], output: [2, 3, 4], more: [[2, 4, 5]] },
    { name: "four axes", options: { axes: [2, 1] }, input: [1, 2, 3, 2], output: [1, 2, 2, 4], more: [[1, 3, 4]] },
  ],
  Maximum: [
    { name: "two", options: {}, input: [2, 3, 5], output: [2, 3, 5], more: [[2, 3, 5]] },
    {
      name: "three",
      options: {},
      input: [3, 7],
      output: [3, 7],
      more: [
        [3, 7],
        [3, 1],
      ],
    },
  ],
  Minimum: [
    { name: "two", options: {}, input: [2, 3, 5], output: [2, 3, 5], more: [[2, 3, 5]] },
    {
      name: "three",
      options: {},
      input: [3, 7],
      output: [3, 7],
      more: [
        [3, 7],
        [3, 1],
      ],
    },
  ],
  Multiply: [
    { name: "two", options: {}, input: [2, 3, 5], output: [2, 3, 5], more: [[2, 3, 5]] },
    {
      name: "three, repeated and missing axes",
      options: {},
      input: [2, 3, 1],
      output: [2, 3, 4],
      more: [
        [2, 4],
        [2, 1, 4],
      ],
    },
    { name: "one", options: {}, input: [1, 7], output: [1, 7] },
  ],
  Subtract: [
    { name: "two", options: {}, input: [2, 3, 5], output: [2, 3, 5], more: [[2, 3, 5]] },
    { name: "repeated axes", options: {}, input: [3, 1, 2], output: [3, 7, 2], more: [[3, 7, 1]] },
  ],
} satisfies CasesOf<"Add" | "Average" | "Concatenate" | "Dot" | "Maximum" | "Minimum" | "Multiply" | "Subtract">;
