import { expect, describe as suite, test } from "vitest";
import type { TaskContext } from "../../engine/tasks.ts";
import {
  faultOfEnd,
  insert,
  makeCard,
  mend,
  move,
  parseCards,
  presetOf,
  presets,
  printCards,
  remove,
} from "./state.ts";
import { describe, paste } from "./tasks.ts";

const context = {} as TaskContext;
const handout = presets["the handout"]!;

suite("cards", () => {
  test("are moved, added and deleted, and the ends stay the ends", () => {
    expect(move(handout, 0, -1)).toBe(handout);
    expect(move(handout, 0, 1).map(({ options }) => options.filters)).toEqual([32, 64, undefined, undefined]);
    expect(remove(insert(handout, 1, makeCard("Dropout")), 1)).toEqual(handout);
  });

  test.each(Object.entries(presets))("%s goes to the address and back", (name, cards) => {
    expect(parseCards(printCards(cards))).toEqual(cards);
    expect(presetOf(parseCards(printCards(cards))!)).toBe(name);
  });

  test.each([
    '{"a":1}',
    "[",
    '[["Lambda"]]',
    '[["Dense",{"units":1e9}]]',
    '[["Dense",null]]',
    "[[]]",
    '[["Conv2D",{"padding":"x"}]]',
  ])("%s is no list of cards", (text) => {
    expect(parseCards(text)).toBeUndefined();
  });
});

suite("faults and their mends", () => {
  test("a kernel that is larger than what comes in", () => {
    const card = makeCard("Conv2D", { kernelSize: 5 });
    expect(mend(card, [3, 3, 8])).toBe('kernel 5 > input 3: use padding "same" or a kernel ≤ 3.');
    expect(mend({ ...card, options: { ...card.options, padding: "same" } }, [3, 3, 8])).toBeUndefined();
    expect(mend(makeCard("MaxPooling2D"), [1, 1, 8])).toBe("pool 2 > input 1: use a pool ≤ 1.");
    expect(mend(card, [10])).toMatch(/put it before Flatten/);
  });
  test("an end that is no answer", () => {
    expect(faultOfEnd(handout, [10])).toBeUndefined();
    expect(faultOfEnd(handout, [5, 5, 10])).toMatch(/Flatten/);
    expect(faultOfEnd(handout, [9])).toMatch(/10 units/);
    expect(faultOfEnd([makeCard("Dense", { units: 10 })], [10])).toMatch(/softmax/);
  });
});

suite("the worker", () => {
  test("describes the handout's network", async () => {
    const { facts, fault, parameters, multiplyAdds, json, typescript, python } = await describe(handout, context);
    expect(fault).toBeUndefined();
    expect(parameters).toBe(203_434);
    expect(multiplyAdds).toBe(11_190_528);
    expect(facts.map(({ shape }) => shape)).toEqual([[26, 26, 64], [24, 24, 32], [18432], [10]]);
    expect(facts.map(({ field }) => field?.[0])).toEqual([3, 5, 5, 28]);
    expect(JSON.parse(json!)).toMatchObject({ class_name: "Sequential" });
    expect(typescript).toContain("new Conv2D");
    expect(python).toContain("Conv2D(");
  });

  test("says what is wrong where it is wrong, and describes what is above it", async () => {
    const cards = insert(handout, 1, makeCard("Conv2D", { kernelSize: 28 }));
    const { fault, facts, json } = await describe(cards, context);
    expect(fault).toEqual({ at: 1, words: 'kernel 28 > input 26: use padding "same" or a kernel ≤ 26.' });
    expect(facts).toHaveLength(1);
    expect(json).toBeUndefined();
  });

  test.each(Object.entries(presets))("what it writes of %s in Python is read as the same cards", async (_, cards) => {
    const { python } = await describe(cards, context);
    expect(await paste(python, context)).toMatchObject({ cards });
  });

  test("takes the handout as it stands, with its lost dot", async () => {
    const code = `model = Sequential()
model.add(Conv2D(64, kernel_size=3, activation='relu', input_shape=(28,28,1)))
model add(Conv2D(32, kernel_size=3, activation='relu'))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))`;
    expect(await paste(code, context)).toMatchObject({ cards: handout });
  });

  test("refuses what the cards cannot hold, with the place", async () => {
    expect(await paste("model = Sequential()\nmodel.add(Conv2D(4, 3, dilation_rate=2))", context)).toMatchObject({
      fault: "Conv2D: the cards have no dilationRate.",
      line: 2,
    });
    expect(await paste("model = Sequential([LSTM(3)])", context)).toMatchObject({
      fault: expect.stringMatching(/no LSTM/),
    });
    expect(await paste("model = Sequential(", context)).toMatchObject({ line: 1 });
    expect(await paste("x = 1", context)).toHaveProperty("fault");
  });
});
