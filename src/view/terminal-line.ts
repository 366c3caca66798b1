/** A line that is redrawn in place in a terminal, and the bar that such lines share. */
import { textWidth } from "../base/format.ts";

/** How progress is shown: redrawn in place, as lines of a log, as JSON objects (one per line), or not at all. */
export type LineMode = "terminal" | "log" | "json" | "silent";

export interface LineOptions {
  readonly mode: LineMode;
  /** Receives every piece of text; lines end with "\n". */
  readonly write: (text: string) => void;
  /** A clock in milliseconds, such as `performance.now`. */
  readonly now: () => number;
  /** Cells of the terminal. Default 80. */
  readonly columns?: number;
  /** Colours by ANSI escapes, in mode "terminal" only. Default false; the caller reads NO_COLOR and FORCE_COLOR. */
  readonly color?: boolean;
  /** Maximum seconds between two reports in the modes "log" and "json". Default 30. */
  readonly heartbeatSeconds?: number;
}

/** Keras redraws 20 times a second; ten times look the same and spare slow terminals. */
const redrawMilliseconds = 100;
const barCells = 20;

const sgr = (code: number, text: string, color: boolean) =>
  color && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;

export const bold = (text: string, color: boolean): string => sgr(1, text, color);

/** Twenty cells, `share` of them heavy (green) and the rest light, so that the bar is readable without colour too. */
export function barText(share: number, color: boolean): string {
  const done = Math.floor(barCells * Math.min(1, Math.max(0, share)));
  return sgr(32, "━".repeat(done), color) + sgr(37, "─".repeat(barCells - done), color);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what it looks for
const escapes = /\x1b\[[0-9;]*[A-Za-z]/g;

/** The redrawn line. It tracks whether the cursor is in an unfinished line. */
export class TerminalLine {
  readonly #options: LineOptions;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #open = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /**
   * Redraws the line. Parts that do not fit in the terminal are dropped whole, starting with the last: half a number would read
   * as another number. Does nothing soon after the last drawing, unless `force`.
   */
  draw(parts: () => readonly string[], force = false): void {
    const now = this.#options.now();
    if (!force && now - this.#drawnAt < redrawMilliseconds) return;
    this.#drawnAt = now;
    // The last cell stays free: some terminals wrap as soon as it is written, and "\r" then returns to the wrong line.
    let room = (this.#options.columns ?? 80) - 1;
    let line = "";
    for (const part of parts()) {
      room -= textWidth(part.replace(escapes, ""));
      if (room < 0) break;
      line += part;
    }
    this.#options.write(`\r${line}\x1b[K`);
    this.#open = true;
  }

  /** Replaces the drawing by a final line, which is not shortened, and starts a new line. */
  finish(parts: readonly string[]): void {
    this.#options.write(`${this.#open ? "\r" : ""}${parts.join("")}${this.#open ? "\x1b[K" : ""}\n`);
    this.reset();
  }

  /** Leaves an unfinished drawing visible and starts a new line. */
  close(): void {
    if (this.#open) this.#options.write("\n");
    this.reset();
  }

  /** Makes the next `draw` draw immediately. */
  reset(): void {
    this.#open = false;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}

/** One JSON object and a line end. JSON has no NaN and infinities: they become the strings "NaN", "Infinity", "-Infinity". */
export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  const plain = (_: string, entry: unknown) =>
    typeof entry === "number" && !Number.isFinite(entry) ? String(entry) : entry;
  return `${JSON.stringify(value, plain)}\n`;
}
