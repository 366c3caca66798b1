/** What a network's picture is made of, and its checks. */
import { ArgumentError } from "../../../base/errors.ts";
import { formatValue } from "../../../base/format.ts";
import { checkKeys } from "../../../base/options.ts";
import { readChoice, readInteger, readList, readText } from "../check.ts";

/** A cell below the head of a box. */
export interface LayerCell {
  /** Before the value, in a lighter weight. Default: nothing. */
  readonly label?: string;
  readonly value: string;
  /** "good" and "bad" fill the cell. Default "plain". */
  readonly tone?: "plain" | "good" | "bad";
}

/** A box, or a frame around boxes. */
export interface LayerBox {
  /** In the head. */
  readonly name: string;
  /** Behind the name, in parentheses: the class. Default: nothing. */
  readonly note?: string;
  /** Rows of cells below the head. Default none. */
  readonly rows?: readonly (readonly LayerCell[])[];
  /** What a pointer shows. Default: name and note. */
  readonly label?: string;
  /** The boxes inside, with a frame around them. Default: it is a box itself. */
  readonly inside?: LayerPart;
}

/** An arrow between two boxes, by their numbers. */
export interface LayerArrow {
  readonly from: number;
  readonly to: number;
  /** Which of the outputs of `from`, and of the inputs of `to`, where these have boxes inside. Default 0. */
  readonly output?: number;
  readonly input?: number;
}

/** Boxes and the arrows between them. */
export interface LayerPart {
  readonly boxes: readonly LayerBox[];
  readonly arrows: readonly LayerArrow[];
  /** Which boxes take the inputs, one after the other, and which give the outputs. Default: the first, and the last. */
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
}

export type RankDir = (typeof rankDirs)[number];
export const rankDirs = ["TB", "BT", "LR", "RL"] as const;

export const countBoxes = ({ boxes }: LayerPart): number =>
  boxes.reduce((sum, { inside }) => sum + (inside === undefined ? 1 : countBoxes(inside)), 0);

export const namesOf = ({ boxes }: LayerPart): string[] =>
  boxes.flatMap(({ name, note, inside }) =>
    inside === undefined ? [note === undefined ? name : `${name} (${note})`] : namesOf(inside),
  );

const DEEPEST = 32;

/** Checks a part; its ends are stated then. */
export function readPart(owner: string, at: string, given: LayerPart, depth = 0): LayerPart {
  if (depth > DEEPEST) throw new ArgumentError(`${owner}: ${at} is more than ${DEEPEST} boxes deep.`);
  const prefix = at === "" ? "" : `${at}.`;
  const boxes = readList(owner, `${prefix}boxes`, given.boxes, (item, name) => readBox(owner, name, item, depth));
  const number = (name: string, value: unknown) => readInteger(owner, name, value, 0, boxes.length - 1);
  const arrows = readList(owner, `${prefix}arrows`, given.arrows, (item, name) => {
    checkKeys(`${owner} ${name}`, item as object, ["from", "to", "output", "input"]);
    const { from, to, output = 0, input = 0 } = item as LayerArrow;
    number(`${name}.from`, from);
    number(`${name}.to`, to);
    for (const [key, port] of Object.entries({ output, input })) readInteger(owner, `${name}.${key}`, port, 0, 10_000);
    return { from, to, output, input };
  });
  const ends = (name: "inputs" | "outputs", fallback: number) => {
    const numbers = given[name];
    if (numbers === undefined) return boxes.length === 0 ? [] : [fallback];
    return readList(owner, prefix + name, numbers, (item, each) => number(each, item));
  };
  return { boxes, arrows, inputs: ends("inputs", 0), outputs: ends("outputs", boxes.length - 1) };
}

function readBox(owner: string, at: string, given: unknown, depth: number): LayerBox {
  checkKeys(`${owner} ${at}`, given as object, ["name", "note", "rows", "label", "inside"]);
  const { name, note, rows = [], label, inside } = given as LayerBox;
  readText(owner, `${at}.name`, name);
  for (const [key, text] of Object.entries({ note, label }))
    if (text !== undefined) readText(owner, `${at}.${key}`, text);
  const cells = readList(owner, `${at}.rows`, rows, (row, name) =>
    readList(owner, name, row, (cell, each) => readCell(owner, each, cell)),
  );
  const shown = cells.filter((row) => row.length > 0);
  if (inside !== undefined && (typeof inside !== "object" || inside === null))
    throw new ArgumentError(`${owner}: ${at}.inside is ${formatValue(inside)}, expected { boxes, arrows }.`);
  return {
    name,
    rows: shown,
    ...(note === undefined ? {} : { note }),
    ...(label === undefined ? {} : { label }),
    ...(inside === undefined ? {} : { inside: readPart(owner, `${at}.inside`, inside, depth + 1) }),
  };
}

function readCell(owner: string, at: string, given: unknown): LayerCell {
  checkKeys(`${owner} ${at}`, given as object, ["label", "value", "tone"]);
  const { label = "", value, tone = "plain" } = given as LayerCell;
  return {
    label: readText(owner, `${at}.label`, label),
    value: readText(owner, `${at}.value`, value),
    tone: readChoice(owner, `${at}.tone`, tone, ["plain", "good", "bad"]),
  };
}
