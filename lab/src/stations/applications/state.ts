/** Station 11 without its view: a page of digits, which boxes are right, and a class for each pixel. */
import type { Codec } from "../../state/address.ts";

/** Rows and columns of the page, and of a digit. */
export const [PAGE, DIGIT] = [84, 28] as const;
export const CLASSES = 10;
/** The last row and column at which a digit fits. */
export const LAST = PAGE - DIGIT;
/** More do not fit next to each other. */
export const MOST = 9;

/** A digit of the test set whose upper left corner lies at (y, x) of the page. */
export interface Placed {
  readonly sample: number;
  readonly y: number;
  readonly x: number;
}

/** Digits of new pages come no nearer than this, in rows or in columns, so that no digit is in another one's window. */
const APART = DIGIT;
const TRIES = 400;

/** Digits at random places that do not touch; fewer than asked for if no place was found. */
export function placeDigits(draw: () => number, asked: number, samples: number): Placed[] {
  const placed: Placed[] = [];
  for (let tries = 0; tries < TRIES && placed.length < asked; tries++) {
    const [y, x] = [Math.floor(draw() * (LAST + 1)), Math.floor(draw() * (LAST + 1))];
    const sample = Math.floor(draw() * samples);
    if (placed.every((other) => Math.abs(other.y - y) >= APART || Math.abs(other.x - x) >= APART))
      placed.push({ sample, y, x });
  }
  return placed;
}

/** The place for one more digit that is farthest from the others. */
export function freePlace(placed: readonly Placed[]): { readonly y: number; readonly x: number } {
  let best = { y: 0, x: 0, room: -1 };
  for (let y = 0; y <= LAST; y += 4)
    for (let x = 0; x <= LAST; x += 4) {
      const room = Math.min(PAGE, ...placed.map((other) => Math.max(Math.abs(other.y - y), Math.abs(other.x - x))));
      if (room > best.room) best = { y, x, room };
    }
  return { y: best.y, x: best.x };
}

/** The digit moved, and kept on the page. */
export function moved(placed: Placed, down: number, right: number): Placed {
  const keep = (place: number) => Math.min(LAST, Math.max(0, Math.round(place)));
  return { ...placed, y: keep(placed.y + down), x: keep(placed.x + right) };
}

/** The page's pixels, 0 … 1; where digits overlap, the darker ink. */
export function drawPage(placed: readonly Placed[], imageOf: (sample: number) => ArrayLike<number>): Float32Array {
  const page = new Float32Array(PAGE * PAGE);
  for (const { sample, y, x } of placed) {
    const image = imageOf(sample);
    for (let i = 0; i < DIGIT * DIGIT; i++) {
      const at = (y + Math.floor(i / DIGIT)) * PAGE + x + (i % DIGIT);
      page[at] = Math.max(page[at]!, image[i] ?? 0);
    }
  }
  return page;
}

/** "12,0,56;40,30,3": sample, row, column. */
export const pageCodec: Codec<readonly Placed[]> = {
  parse: (text) => {
    if (text === "") return [];
    const placed = text.split(";").map((each) => {
      const parts = /^(\d{1,3}),(\d{1,2}),(\d{1,2})$/.exec(each)?.slice(1).map(Number);
      return parts && { sample: parts[0]!, y: parts[1]!, x: parts[2]! };
    });
    const isGood = placed.every((each) => each !== undefined && each.y <= LAST && each.x <= LAST);
    return isGood && placed.length <= MOST ? (placed as Placed[]) : undefined;
  },
  print: (placed) => placed.map(({ sample, y, x }) => `${sample},${y},${x}`).join(";"),
};

/** A box that the network found; its corner and what it takes it for. */
export interface Found {
  readonly top: number;
  readonly left: number;
  readonly classIndex: number;
  readonly score: number;
}

/** A box stands for a digit if its corner is at most this far from the digit's, in rows and in columns. */
export const NEAR = 6;

export type Verdict = "right" | "wrong class" | "false alarm" | "second box";

/**
 * What each box is: the best box near a digit is right or has the wrong class; a box near a digit that has one is a second box; one
 * near no digit is a false alarm.
 *
 * @param found best first
 */
export function judge(found: readonly Found[], placed: readonly Placed[], labels: ArrayLike<number>): Verdict[] {
  const taken = new Set<number>();
  return found.map(({ top, left, classIndex }) => {
    const distance = ({ y, x }: Placed) => Math.max(Math.abs(y - top), Math.abs(x - left));
    const near = placed.map((digit, i) => ({ i, far: distance(digit) })).filter(({ far }) => far <= NEAR);
    if (near.length === 0) return "false alarm";
    const free = near.filter(({ i }) => !taken.has(i)).sort((a, b) => a.far - b.far)[0];
    if (free === undefined) return "second box";
    taken.add(free.i);
    return labels[placed[free.i]!.sample] === classIndex ? "right" : "wrong class";
  });
}

/** Pixels at least so dark are ink. */
const INK = 0.3;
/** A window votes for its middle, where the ink of a centred digit is. */
const MARGIN = 4;

export interface Windows {
  /** Windows downwards and to the right; neighbours are a pixel apart. */
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns, classes] */
  readonly scores: ArrayLike<number>;
  /** Mean pixel of each window. */
  readonly ink: ArrayLike<number>;
}

/** Ink whose centre of mass is at most this far from a window's middle, in rows and in columns, is centred. */
const OFF = 2;

/**
 * Whether each window has its ink in its middle, [rows, columns]; one without ink has not. Digits to learn from are centred by their
 * mass.
 */
export function centredWindows(page: ArrayLike<number>, rows: number, columns: number): Uint8Array {
  return Uint8Array.from({ length: rows * columns }, (_, i) => {
    const [top, left] = [Math.floor(i / columns), i % columns];
    let [mass, down, right] = [0, 0, 0];
    for (let y = 0; y < DIGIT; y++)
      for (let x = 0; x < DIGIT; x++) {
        const pixel = page[(top + y) * PAGE + left + x]!;
        mass += pixel;
        down += y * pixel;
        right += x * pixel;
      }
    const middle = (DIGIT - 1) / 2;
    return mass > 0 && Math.abs(down / mass - middle) <= OFF && Math.abs(right / mass - middle) <= OFF ? 1 : 0;
  });
}

/** No class: paper, or ink that no window speaks for. */
export const NONE = 255;

/**
 * A class for each pixel with ink. Each window whose best score reaches the threshold votes for its best class with score times ink,
 * at the middle 20 x 20 pixels; the class with the most votes has the pixel.
 */
export function classesOfPixels(page: ArrayLike<number>, windows: Windows, threshold: number, ink: number): Uint8Array {
  const votes = new Float64Array(PAGE * PAGE * CLASSES);
  for (let i = 0; i < windows.rows * windows.columns; i++) {
    const best = bestOf(windows.scores, i);
    const score = windows.scores[i * CLASSES + best]!;
    if (score < threshold || windows.ink[i]! < ink) continue;
    const [top, left] = [Math.floor(i / windows.columns), i % windows.columns];
    for (let y = top + MARGIN; y < top + DIGIT - MARGIN; y++)
      for (let x = left + MARGIN; x < left + DIGIT - MARGIN; x++)
        votes[(y * PAGE + x) * CLASSES + best]! += score * windows.ink[i]!;
  }
  return Uint8Array.from({ length: PAGE * PAGE }, (_, at) => {
    if (page[at]! < INK) return NONE;
    const best = bestOf(votes, at);
    return votes[at * CLASSES + best]! > 0 ? best : NONE;
  });
}

/** The class with the highest score of an entry. */
function bestOf(scores: ArrayLike<number>, entry: number): number {
  let best = 0;
  for (let k = 1; k < CLASSES; k++) if (scores[entry * CLASSES + k]! > scores[entry * CLASSES + best]!) best = k;
  return best;
}

export interface PixelCount {
  /** Pixels with ink. */
  readonly ink: number;
  /** Those that have the class of the digit they belong to. */
  readonly right: number;
  /** Those of each class; the last entry is ink without a class. */
  readonly each: readonly number[];
}

/** Compares classes of pixels with the digits that were placed; where digits overlap, with the darker one. */
export function countPixels(
  classes: Uint8Array,
  placed: readonly Placed[],
  imageOf: (sample: number) => ArrayLike<number>,
  labels: ArrayLike<number>,
): PixelCount {
  const page = new Float32Array(PAGE * PAGE);
  const truth = new Uint8Array(PAGE * PAGE).fill(NONE);
  for (const { sample, y, x } of placed) {
    const image = imageOf(sample);
    for (let i = 0; i < DIGIT * DIGIT; i++) {
      const at = (y + Math.floor(i / DIGIT)) * PAGE + x + (i % DIGIT);
      if (image[i]! <= page[at]!) continue;
      page[at] = image[i]!;
      truth[at] = labels[sample]!;
    }
  }
  const each = new Array<number>(CLASSES + 1).fill(0);
  let [ink, right] = [0, 0];
  for (let at = 0; at < page.length; at++) {
    if (page[at]! < INK) continue;
    ink++;
    if (classes[at] === truth[at]) right++;
    each[Math.min(CLASSES, classes[at]!)]!++;
  }
  return { ink, right, each };
}

/** The best class and score of a window without any ink; undefined where there is no such window. */
export function emptyAnswer({
  scores,
  ink,
}: Windows): { readonly classIndex: number; readonly score: number } | undefined {
  const empty = Array.prototype.findIndex.call(ink, (mean: number) => mean === 0);
  if (empty < 0) return undefined;
  const classIndex = bestOf(scores, empty);
  return { classIndex, score: scores[empty * CLASSES + classIndex]! };
}

/** Where the same computation is used, and what it slides over there. */
export const uses = [
  {
    field: "Search",
    grid: "the pixels of a photograph",
    answer: "a list of features; pictures with a similar list are similar",
  },
  {
    field: "Driving",
    grid: "the picture of a road camera",
    answer: "a box for each car and person, a class for each pixel: road, kerb, sky",
  },
  {
    field: "Video",
    grid: "rows, columns and time; the kernel is a small block of frames",
    answer: "what is being done, and when it begins and ends",
  },
  {
    field: "Voice",
    grid: "time and pitch of a spectrogram, or time alone",
    answer: "which sound is spoken at each moment",
  },
  {
    field: "Language",
    grid: "the words of a text, one after the other",
    answer: "what a text is about, or a label for each word",
  },
] as const;
