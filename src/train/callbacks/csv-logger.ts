import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type Place, placeOf, type SavePlace, using } from "../../io/place.ts";
import { checkFlag, fillOptions } from "../../nn/options.ts";
import { isFirstProcess } from "../../nn/process-state.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { StateReader } from "../run-state.ts";
import { Callback, type CallbackState } from "./callback.ts";
import { formatFloat } from "./file-pattern.ts";

export interface CSVLoggerOptions {
  /** What stands between two values: one character. Default ",". */
  readonly separator?: string;
  /** Whether rows are added to a file that is there. Default false: it is replaced. */
  readonly append?: boolean;
}

const defaults: Required<CSVLoggerOptions> = { separator: ",", append: false };

/**
 * Writes the logs of each epoch as a row of a table, with the epoch's number (from 0) first: numbers as Python writes them, lines
 * that end in "\r\n". The columns are those of the first epoch, in alphabetical order, and, where it had no validation, as many for
 * validation; a value that an epoch lacks is "NA". The file is complete after each epoch. K: `callbacks/csv_logger.py`.
 *
 * @example
 * ```ts
 * import { CSVLogger } from "fovea/callbacks";
 * new CSVLogger("training.csv", { separator: ";", append: true });
 * ```
 */
export class CSVLogger extends Callback {
  static override readonly className = "CSVLogger";
  readonly filename: SavePlace;
  readonly #options: Required<CSVLoggerOptions>;
  #place: Place | undefined;
  #keys: readonly string[] | undefined;
  #text = "";

  /** @param filename a path, an address ("opfs://log.csv"), or a file of a store. @throws ArgumentError for another separator */
  constructor(filename: SavePlace, options: CSVLoggerOptions = {}) {
    super();
    this.filename = filename;
    this.#options = fillOptions("CSVLogger", options, defaults);
    checkFlag("CSVLogger", "append", this.#options.append);
    const { separator } = this.#options;
    if (typeof separator !== "string" || separator.length !== 1 || /["\r\n]/.test(separator))
      throw new ArgumentError(
        `CSVLogger: separator is ${formatValue(separator)}, expected one character other than a quotation mark.`,
      );
  }

  override getState(): CallbackState {
    return { text: this.#text, keys: this.#keys ?? null };
  }

  override setState(state: CallbackState): void {
    const reader = new StateReader("CSVLogger", state);
    const text = reader.text("text");
    const keys = reader.has("keys") ? reader.list("keys").map(String) : undefined;
    [this.#text, this.#keys] = [text, keys];
  }

  override async onTrainBegin(): Promise<void> {
    this.#keys = undefined;
    this.#place = await placeOf("CSVLogger", this.filename);
    if (this.#place.name === undefined)
      throw new ArgumentError(`CSVLogger: ${this.#place.title} is a folder, expected a file.`);
    this.#text = this.#options.append ? await this.#textThere(this.#place) : "";
    if (!this.#options.append) await this.#write();
  }

  async #textThere({ store, name }: Place): Promise<string> {
    const source = await store.open(name!);
    if (source === undefined) return "";
    return using(source, async ({ size }) => new TextDecoder().decode(await source.read(0, size)));
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    checkCount("CSVLogger", "epoch", epoch, 0);
    this.#keys ??= this.#begin(logs);
    const values = this.#keys.map((key) => (Object.hasOwn(logs, key) ? formatFloat(logs[key]!) : "NA"));
    this.#text += this.#row([String(epoch), ...values]);
    await this.#write();
  }

  /** The columns besides the epoch; their names are written where the file is empty. */
  #begin(logs: Logs): readonly string[] {
    const names = Object.keys(logs).sort();
    const hasValidation = names.some((name) => name.startsWith("val_"));
    const keys = hasValidation ? names : [...names, ...names.map((name) => `val_${name}`)];
    if (this.#text === "") this.#text = this.#row(["epoch", ...keys]);
    return keys;
  }

  #row(cells: readonly string[]): string {
    const { separator } = this.#options;
    const quoted = (cell: string) =>
      cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
    return `${cells.map(quoted).join(separator)}\r\n`;
  }

  async #write(): Promise<void> {
    if (!isFirstProcess()) return;
    const { store, name } = this.#place!;
    await store.write(name!, [new TextEncoder().encode(this.#text)]);
  }
}
