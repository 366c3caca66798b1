/** The progress of a download as text: bytes done, rate, time left. */
import { formatBytes, formatDuration, formatSeconds } from "../base/format.ts";
import { barText, bold, jsonLine, type LineOptions, TerminalLine } from "./terminal-line.ts";

/** Writes the progress of downloads, one after the other. */
export class DownloadLine {
  readonly #options: LineOptions;
  readonly #line: TerminalLine;
  #label = "";
  #total: number | undefined;
  #startedAt = 0;
  #spokeAt = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#line = new TerminalLine(options);
  }

  /**
   * @param label display name, such as the file's name
   * @param total bytes; undefined if the server does not state them
   */
  begin(label: string, total: number | undefined): void {
    this.#line.close();
    [this.#label, this.#total] = [label, total];
    this.#startedAt = this.#options.now();
    this.#spokeAt = this.#startedAt;
  }

  /** @param done bytes received so far */
  update(done: number): void {
    const { mode, write, now, color = false } = this.#options;
    if (mode === "silent") return;
    if (mode === "terminal") {
      this.#line.draw(() => this.#barParts(done, color));
      return;
    }
    if (now() - this.#spokeAt < (this.#options.heartbeatSeconds ?? 30) * 1000) return;
    this.#spokeAt = now();
    if (mode === "json") this.#json("heartbeat", done);
    else write(`${this.#label}: ${this.#amount(done)}, ${this.#rate(done)}\n`);
  }

  /** @param done total bytes received */
  end(done: number): void {
    const { mode, write } = this.#options;
    const line = `${this.#label}: ${formatBytes(done)} in ${formatSeconds(this.#seconds())}, ${this.#rate(done)}`;
    if (mode === "terminal") this.#line.finish([line]);
    else if (mode === "log") write(`${line}\n`);
    else if (mode === "json") this.#json("download", done);
  }

  /** Ends an unfinished bar and leaves it visible, before an error message. */
  abort(): void {
    this.#line.close();
  }

  #barParts(done: number, color: boolean): string[] {
    const total = this.#total;
    const parts = [this.#label, ` ${bold(this.#amount(done), color)}`];
    if (total !== undefined) parts.push(` ${barText(total === 0 ? 1 : done / total, color)}`);
    const seconds = this.#seconds();
    if (seconds > 0 && done > 0) {
      parts.push(` ${this.#rate(done)}`);
      if (total !== undefined) parts.push(` ${formatDuration(((total - done) * seconds) / done)}`);
    }
    return parts;
  }

  #amount(done: number): string {
    return this.#total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(this.#total)}`;
  }

  #rate(done: number): string {
    const seconds = this.#seconds();
    return seconds > 0 ? `${formatBytes(done / seconds)}/s` : "–";
  }

  #seconds(): number {
    return (this.#options.now() - this.#startedAt) / 1000;
  }

  #json(event: string, done: number): void {
    const place = { label: this.#label, bytes: done, total: this.#total ?? null, seconds: this.#seconds() };
    this.#options.write(jsonLine({ event, phase: "download", ...place }));
  }
}
