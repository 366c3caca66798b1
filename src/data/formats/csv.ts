/** Records of comma-separated text. RFC 4180: fields in quotes may hold delimiters, line breaks and doubled quotes. */
import { FormatError } from "../../base/errors.ts";
import { MOST_LENGTH } from "./text.ts";

export interface CsvRecord {
  /** Number of the line on which it begins, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Splits text that comes in pieces; empty lines are left out. @param name how messages call the file */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
  delimiter: string,
  name: string,
): AsyncGenerator<CsvRecord, void, undefined> {
  const reader = new RecordReader(delimiter, name);
  for await (const piece of pieces) {
    reader.add(piece);
    for (let record = reader.next(false); record !== undefined; record = reader.next(false)) yield record;
  }
  for (let record = reader.next(true); record !== undefined; record = reader.next(true)) yield record;
}

class RecordReader {
  readonly #delimiter: string;
  readonly #name: string;
  readonly #ends: RegExp;
  #text = "";
  /** Where the next record begins. */
  #start = 0;
  #line = 1;

  constructor(delimiter: string, name: string) {
    this.#delimiter = delimiter;
    this.#name = name;
    const code = delimiter.charCodeAt(0).toString(16).padStart(4, "0");
    this.#ends = new RegExp(`[\\r\\n\\u${code}]`, "g");
  }

  add(piece: string): void {
    this.#text = this.#text.slice(this.#start) + piece;
    this.#start = 0;
    if (this.#text.length > MOST_LENGTH)
      throw this.#error(`the record has more than ${MOST_LENGTH} characters; a quote may be missing`);
  }

  /** The next record that is not an empty line; undefined if it is not there whole. @param last no more text will come */
  next(last: boolean): CsvRecord | undefined {
    while (this.#start < this.#text.length) {
      const line = this.#line;
      const fields = this.#record(last);
      if (fields === undefined) return undefined;
      if (fields.length > 1 || fields[0] !== "") return { line, fields };
    }
    return undefined;
  }

  #error(what: string): FormatError {
    return new FormatError(`${this.#name}, line ${this.#line}: ${what}.`);
  }

  #record(last: boolean): string[] | undefined {
    const text = this.#text;
    const fields: string[] = [];
    let at = this.#start;
    let breaks = 0;
    for (;;) {
      if (text[at] === '"') {
        const quoted = this.#quoted(at, last);
        if (quoted === undefined) return undefined;
        fields.push(quoted.value);
        breaks += quoted.value.split("\n").length - 1;
        at = quoted.end;
      } else {
        this.#ends.lastIndex = at;
        const end = this.#ends.exec(text)?.index ?? text.length;
        fields.push(text.slice(at, end));
        at = end;
      }
      if (at === text.length && !last) return undefined;
      if (text[at] === this.#delimiter) {
        at++;
        // A delimiter that ends the text is followed by an empty field.
        if (at === text.length && !last) return undefined;
        continue;
      }
      if (text[at] === "\r") {
        if (at + 1 === text.length && !last) return undefined;
        at += text[at + 1] === "\n" ? 2 : 1;
      } else if (text[at] === "\n") at++;
      else if (at < text.length)
        throw this.#error(
          `${JSON.stringify(text.slice(at, at + 20))} follows the closing quote of field ${fields.length}`,
        );
      this.#start = at;
      this.#line += breaks + 1;
      return fields;
    }
  }

  /** A field in quotes that opens at `at`. */
  #quoted(at: number, last: boolean): { value: string; end: number } | undefined {
    const text = this.#text;
    let value = "";
    for (let from = at + 1; ; ) {
      const quote = text.indexOf('"', from);
      if (quote < 0 && last) throw this.#error("a quote is opened and never closed");
      if (quote < 0 || (quote + 1 === text.length && !last)) return undefined;
      if (text[quote + 1] !== '"') return { value: value + text.slice(from, quote), end: quote + 1 };
      value += text.slice(from, quote + 1);
      from = quote + 2;
    }
  }
}
