/** Pictures in a terminal of 256 colours: two pixels a cell, since a cell is about twice as high as wide. */

/** "▀" shows the upper pixel as foreground and the lower one as background; colours are numbers of the terminal's table. */
export function halfBlocks(cells: readonly (readonly [upper: number, lower: number])[]): string {
  let line = "";
  let last = "";
  for (const [upper, lower] of cells) {
    const colors = `\x1b[38;5;${upper};48;5;${lower}m`;
    line += colors === last ? "▀" : `${colors}▀`;
    last = colors;
  }
  return `${line}\x1b[0m`;
}

/** A picture in colours. */
export interface ColorImage {
  /** Red, green and blue, 0 … 1. */
  readonly data: ArrayLike<number>;
  /** [height, width, 3] */
  readonly shape: readonly number[];
}

/** Lines of a picture, shrunk by a whole number so that it fits into `columns` cells. */
export function pictureLines({ data, shape }: ColorImage, columns: number): string[] {
  const [height, width] = shape as readonly [number, number, number];
  const side = Math.max(1, Math.ceil(width / Math.max(1, columns)));
  const [rows, cells] = [Math.floor(height / side), Math.floor(width / side)];
  const colorAt = (row: number, column: number) => {
    const sums: [number, number, number] = [0, 0, 0];
    for (let y = row * side; y < (row + 1) * side; y++)
      for (let x = column * side; x < (column + 1) * side; x++)
        for (let c = 0; c < 3; c++) sums[c]! += data[(y * width + x) * 3 + c]!;
    return terminalColor(sums.map((sum) => (255 * sum) / side ** 2) as [number, number, number]);
  };
  return Array.from({ length: Math.floor(rows / 2) }, (_, line) =>
    halfBlocks(Array.from({ length: cells }, (_, x) => [colorAt(2 * line, x), colorAt(2 * line + 1, x)] as const)),
  );
}

/** Levels of the table's cube of 6 x 6 x 6 colours, which begins at 16; 24 greys from 8 to 238 begin at 232. */
const levels = [0, 95, 135, 175, 215, 255] as const;

/** The nearest colour of the table to red, green and blue of 0 … 255. */
export function terminalColor(color: readonly [number, number, number]): number {
  const cube = color.map((value) => nearestOf(levels, value));
  const mean = (color[0] + color[1] + color[2]) / 3;
  const grey = Math.min(23, Math.max(0, Math.round((mean - 8) / 10)));
  const far = (other: (channel: number) => number) =>
    color.reduce((sum, value, channel) => sum + (value - other(channel)) ** 2, 0);
  const isGrey = far(() => 8 + 10 * grey) < far((channel) => levels[cube[channel]!]!);
  return isGrey ? 232 + grey : 16 + 36 * cube[0]! + 6 * cube[1]! + cube[2]!;
}

function nearestOf(list: readonly number[], value: number): number {
  let best = 0;
  for (let i = 1; i < list.length; i++) if (Math.abs(list[i]! - value) < Math.abs(list[best]! - value)) best = i;
  return best;
}

/** A picture with a line below it, redrawn in its place. */
export class TerminalPicture {
  readonly #write: (text: string) => void;
  readonly #columns: number;
  #drawn = 0;

  /** @param columns cells of the terminal */
  constructor(write: (text: string) => void, columns: number) {
    this.#write = write;
    this.#columns = columns;
  }

  show(picture: ColorImage, line: string): void {
    // The last cell stays free: some terminals wrap as soon as it is written.
    const lines = [...pictureLines(picture, this.#columns - 1), line.slice(0, this.#columns - 1)];
    // Up to the first line; what was longer before is wiped.
    const up = this.#drawn === 0 ? "" : `\x1b[${this.#drawn}A`;
    this.#write(`${up}${lines.map((each) => `\r${each}\x1b[K\n`).join("")}`);
    this.#drawn = lines.length;
  }
}
