import { effect } from "@preact/signals";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Address, decimals, oneOf, wholeNumber, yesOrNo } from "../../lab/src/state/address.ts";
import { shownStepsCodec } from "../../lab/src/state/teaching.ts";

const open = (hash: string) => {
  const address = new Address(hash);
  const sample = address.signal("sample", 0, wholeNumber(0, 99));
  const theme = address.signal("theme", "system", oneOf(["system", "light", "dark"]));
  const teacher = address.signal("teacher", false, yesOrNo);
  return { address, sample, theme, teacher };
};

test("the state in which the page opens has no address", () => {
  expect(open("").address.print()).toBe("");
});

test("a state comes back from its address", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99 }),
      fc.constantFrom("system", "light", "dark"),
      fc.boolean(),
      (a, b, c) => {
        const first = open("");
        first.sample.value = a;
        first.theme.value = b;
        first.teacher.value = c;
        const second = open(first.address.print());
        expect([second.sample.value, second.theme.value, second.teacher.value]).toEqual([a, b, c]);
        expect(second.address.print()).toBe(first.address.print());
      },
    ),
  );
});

test("keys that nobody knows are kept, and a station that comes later finds its own", () => {
  const { address, sample } = open("#v=1&sample=3&why.method=occlusion&later=a%20b");
  sample.value = 4;
  expect(address.print()).toBe("#v=1&sample=4&why.method=occlusion&later=a%20b");
  const method = address.signal("why.method", "gradient", oneOf(["gradient", "occlusion"]));
  expect(method.value).toBe("occlusion");
});

test.each(["sample=100", "sample=-1", "sample=1e1", "sample=%00", "sample=", "theme=Dark", "teacher=yes"])(
  "%s makes no sense and is left out",
  (text) => {
    const { address, sample, theme, teacher } = open(`#v=1&${text}`);
    expect([sample.value, theme.value, teacher.value]).toEqual([0, "system", false]);
    expect(address.print()).toBe("");
  },
);

test("an address of another version is not read", () => {
  expect(open("#v=2&sample=5").sample.value).toBe(0);
});

test("whatever the address is, the values stay within their limits", () => {
  fc.assert(
    fc.property(fc.string(), (hash) => {
      const { sample, theme } = open(hash);
      expect(sample.value).toBeGreaterThanOrEqual(0);
      expect(sample.value).toBeLessThan(100);
      expect(["system", "light", "dark"]).toContain(theme.value);
    }),
  );
});

test("another address that is entered is taken over, with the defaults of what it does not mention", () => {
  const { address, sample, theme } = open("#v=1&sample=3&theme=dark");
  address.read("#v=1&theme=light");
  expect([sample.value, theme.value]).toEqual([0, "light"]);
});

test("what prints the address follows a setting that a station brings later", () => {
  const { address } = open("");
  let printed = "";
  effect(() => {
    printed = address.print();
  });
  const late = address.signal("late.side", 3, wholeNumber(0, 9));
  late.value = 7;
  expect(printed).toBe("#v=1&late.side=7");
});

test("lists of numbers come back within four decimals, and nothing else is taken for one", () => {
  const codec = decimals([1, 3], -10, 10);
  expect(codec.parse(codec.print([1 / 3, -2, 0]))).toEqual([0.3333, -2, 0]);
  for (const text of ["", "1,2", "1,2,3,4", "1,2,11", "1,2,1e1", "1,2,NaN", "0x1", ",,"])
    expect(codec.parse(text), text).toBeUndefined();
});

test("the steps of the teacher's mode come back, and nothing else is taken for them", () => {
  const shown = { see: 3, "receptive-fields": 1 };
  expect(shownStepsCodec.parse(shownStepsCodec.print(shown))).toEqual(shown);
  for (const text of ["", "see", "see.0", "see.4", "see.1,", "__proto__.1", "see.1;why.1"])
    expect(shownStepsCodec.parse(text), text).toBeUndefined();
});
