import { expect, test } from "vitest";
import { pictureLines, TerminalPicture, terminalColor } from "../../src/view/half-blocks.ts";

test("colours are the nearest of a terminal's table of 256", () => {
  // 16 + 36 r + 6 g + b with levels 0, 95, 135, 175, 215, 255; greys are 8 + 10 i.
  expect(terminalColor([255, 0, 0])).toBe(196);
  expect(terminalColor([94, 136, 214])).toBe(16 + 36 + 6 * 2 + 4);
  expect(terminalColor([0, 0, 0])).toBe(16);
  expect(terminalColor([127, 130, 128])).toBe(244);
  expect(terminalColor([240, 238, 239])).toBe(255);
});

/** Rows of colours as a picture. */
const pictureOf = (rows: readonly (readonly (readonly number[])[])[]) => ({
  data: Float32Array.from(rows.flat(2)),
  shape: [rows.length, rows[0]!.length, 3],
});
const [red, green, black] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 0],
];

test("two rows are a line: the upper one ink, the lower one paper", () => {
  const picture = pictureOf([
    [red!, green!],
    [black!, green!],
  ]);
  expect(pictureLines(picture, 80)).toEqual(["\x1b[38;5;196;48;5;16m▀\x1b[38;5;46;48;5;46m▀\x1b[0m"]);
});

test("a picture that is wider than the terminal shrinks by a whole number, to the mean of its pixels", () => {
  const wide = pictureOf(Array.from({ length: 4 }, () => [red!, red!, black!, black!, green!]));
  const [line, ...more] = pictureLines(wide, 3);
  expect(more).toEqual([]);
  expect(line).toBe("\x1b[38;5;196;48;5;196m▀\x1b[38;5;16;48;5;16m▀\x1b[0m");
  const mixed = pictureOf([[red!, black!, red!, black!, green!, green!]].flatMap((row) => [row, row, row, row]));
  // (1 + 0) / 2 of red is 127.5; the nearest level is 135.
  expect(pictureLines(mixed, 3)[0]).toContain(`38;5;${16 + 36 * 2}`);
});

test("is redrawn in its place, and its line is cut to the terminal", () => {
  const texts: string[] = [];
  const terminal = new TerminalPicture((text) => texts.push(text), 8);
  const picture = pictureOf([[red!], [red!], [red!], [red!]]);
  terminal.show(picture, "1 m driven");
  terminal.show(picture, "2 m");
  expect(texts[0]).not.toContain("\x1b[3A");
  expect(texts[0]!.match(/\n/g)).toHaveLength(3);
  expect(texts[0]).toContain("\r1 m dri\x1b[K\n");
  expect(texts[1]!.startsWith("\x1b[3A\r")).toBe(true);
});
