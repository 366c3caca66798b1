/** What notebooks show of tensors; loaded when one asks. */
import type { NotebookDisplay } from "./notebook.ts";
import { pngAddress } from "./png.ts";
import { formatShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Entries at each end of an axis that is too long to be shown whole, as NumPy prints them. */
const EDGE = 3;
const LONGEST = 2 * EDGE + 2;
/** Pictures of a batch, and the sides that they may have: a confusion matrix and a list of labels are none. */
const MOST_PICTURES = 16;
const SHORTEST_SIDE = 16;
const LONGEST_SIDE = 1024;

interface Range {
  readonly least: number;
  readonly most: number;
}

/** Shape, dtype and range, then values, as text; in HTML images are pictures. */
export function displayTensor(tensor: Tensor): NotebookDisplay {
  const range = rangeOf(tensor);
  const values = tensor.size === 0 ? "" : `, ${formatNumber(range.least)} … ${formatNumber(range.most)}`;
  const about = `Tensor ${formatShape(tensor.shape)} ${tensor.dtype}${values}`;
  const text = nestedText(tensor, 0, 0, " ");
  const pictures = picturesOf(tensor, range);
  const shown = pictures === "" ? `<pre>${text}</pre>` : `<div>${pictures}</div>`;
  return { "text/plain": `${about}\n${text}`, "text/html": `<p>${about}</p>\n${shown}\n` };
}

/** Five digits tell float32 values apart that differ in a meaningful way. */
function formatNumber(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** The least and the greatest value but NaN. */
function rangeOf({ data }: Tensor): Range {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

/** Nested lists, the middle of long axes left out. */
function nestedText(tensor: Tensor, axis: number, start: number, indent: string): string {
  const { shape, data, rank } = tensor;
  if (axis === rank) return formatNumber(data[start]!);
  const length = shape[axis]!;
  const width = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const isShort = length <= LONGEST;
  const places = Array.from({ length: isShort ? length : LONGEST - 1 }, (_, i) =>
    isShort || i < EDGE ? i : i + length - LONGEST + 1,
  );
  const entries = places.map((place) => nestedText(tensor, axis + 1, start + place * width, `${indent} `));
  if (!isShort) entries[EDGE] = "…";
  return `[${entries.join(axis === rank - 1 ? ", " : `,\n${indent}`)}]`;
}

/** Images [height, width], [height, width, 1 or 3] or a batch of the latter as `<img>`; "" for what is no image. */
function picturesOf(tensor: Tensor, range: Range): string {
  const { shape, rank } = tensor;
  const channels = rank === 2 ? 1 : shape[rank - 1]!;
  const [height, width] = (rank === 2 ? shape : shape.slice(-3)) as [number, number];
  if (rank < 2 || rank > 4 || (channels !== 1 && channels !== 3)) return "";
  if (Math.min(height, width) < SHORTEST_SIDE || Math.max(height, width) > LONGEST_SIDE || tensor.size === 0) return "";
  const count = rank === 4 ? shape[0]! : 1;
  const zoom = Math.max(1, Math.round(84 / width));
  const size = height * width * channels;
  const pictures = Array.from({ length: Math.min(count, MOST_PICTURES) }, (_, i) => {
    const data = levelsOf(tensor.data.subarray(i * size, (i + 1) * size), range);
    return `<img alt="image ${i}" width="${width * zoom}" height="${height * zoom}" style="image-rendering:pixelated;margin:2px" src="${pngAddress({ columns: width, rows: height, data })}">`;
  });
  const more = count > MOST_PICTURES ? `<p>… and ${count - MOST_PICTURES} more</p>` : "";
  return pictures.join("") + more;
}

/**
 * Values as levels of brightness. Those of 0 … 255 and 0 … 1 keep theirs; others are spread from the tensor's least to its greatest value.
 */
function levelsOf(values: Tensor["data"], { least, most }: Range): Uint8Array {
  const isPlain = least >= 0 && most <= 255;
  const [black, white] = isPlain ? [0, most <= 1 ? 1 : 255] : [least, most];
  return Uint8Array.from(values, (value) => {
    const level = Math.round((255 * (value - black)) / (white - black || 1));
    return Math.max(0, Math.min(255, level));
  });
}
