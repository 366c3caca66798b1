import { expect, test } from "vitest";
import { boxTable } from "../../src/view/box-table.ts";

test("natural widths, alignments, rules between all rows", () => {
  const columns = [
    { heading: "name" },
    { heading: "#", align: "right" },
    { heading: "centre", align: "center" },
  ] as const;
  expect(
    boxTable(columns, [
      ["a", "1,000", "x"],
      ["bcdef", "2"],
    ]),
  ).toBe(
    `
┏━━━━━━━┳━━━━━━━┳━━━━━━━━┓
┃ name  ┃     # ┃ centre ┃
┡━━━━━━━╇━━━━━━━╇━━━━━━━━┩
│ a     │ 1,000 │   x    │
├───────┼───────┼────────┤
│ bcdef │     2 │        │
└───────┴───────┴────────┘
`.slice(1),
  );
});

test("no rows: the head alone", () => {
  expect(boxTable([{ heading: "a", width: 5 }, { heading: "b" }], [])).toBe(
    `
┏━━━━━━━┳━━━┓
┃ a     ┃ b ┃
┡━━━━━━━╇━━━┩
└───────┴───┘
`.slice(1),
  );
});

// This picture was printed by rich, the library below Keras's summary.
test("fixed widths beyond the maximum shrink alike; line breaks in a cell are kept", () => {
  const columns = [
    { heading: "Layer", width: 9, align: "center" },
    { heading: "b", width: 6 },
  ] as const;
  expect(
    boxTable(
      columns,
      [
        ["ab c", "x\ny z"],
        ["abcd", ""],
      ],
      16,
    ),
  ).toBe(
    `
┏━━━━━━━━┳━━━━━┓
┃ Layer  ┃ b   ┃
┡━━━━━━━━╇━━━━━┩
│  ab c  │ x   │
│        │ y z │
├────────┼─────┤
│  abcd  │     │
└────────┴─────┘
`.slice(1),
  );
});
