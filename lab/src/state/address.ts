/** The state of the page in its address: `#v=1&sample=0&unit=10,12`. Unknown keys are kept, values that make no sense are left out. */
import { batch, type Signal, signal } from "@preact/signals";

/** Changes when a key changes its meaning. */
const VERSION = "1";

/** How a value stands in the address. */
export interface Codec<T> {
  /** Undefined for a text that makes no sense. */
  parse(text: string): T | undefined;
  print(value: T): string;
}

export function wholeNumber(least: number, most: number): Codec<number> {
  return {
    parse: (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
    print: String,
  };
}

export function oneOf<const T extends string>(names: readonly T[]): Codec<T> {
  return { parse: (text) => names.find((name) => name === text), print: (value) => value };
}

export const yesOrNo: Codec<boolean> = {
  parse: (text) => (text === "1" ? true : text === "0" ? false : undefined),
  print: (value) => (value ? "1" : "0"),
};

/** A number with up to four decimals. */
export function decimal(least: number, most: number): Codec<number> {
  return {
    parse: (text) => {
      const value = /^-?\d{1,6}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
    print: (value) => String(Number(value.toFixed(4))),
  };
}

/** Numbers with up to four decimals, of one of these counts. */
export function decimals(counts: readonly number[], least: number, most: number): Codec<readonly number[]> {
  const each = decimal(least, most);
  return {
    parse: (text) => {
      const values = text.split(",", Math.max(...counts) + 1).map((part) => each.parse(part));
      return counts.includes(values.length) && values.every((value) => value !== undefined) ? values : undefined;
    },
    print: (values) => values.map(each.print).join(","),
  };
}

interface Entry {
  /** Takes a text of the address, or the default for undefined. */
  take(text: string | undefined): void;
  /** Undefined for the default, which the address leaves out. */
  print(): string | undefined;
}

/** The entries of an address, with the signals that stand for them. */
export class Address {
  /** A signal, because stations bring their entries when they are loaded: what prints the address then prints again. */
  readonly #entries = signal<ReadonlyMap<string, Entry>>(new Map());
  /** What the address says, entries that nobody has asked for included. */
  #texts: ReadonlyMap<string, string>;

  constructor(hash = "") {
    this.#texts = parseHash(hash);
  }

  /**
   * A signal that the address holds under a key; a station's keys begin with its name: "see.sort".
   *
   * @param initial the value that the address does not mention
   */
  signal<T>(key: string, initial: T, codec: Codec<T>): Signal<T> {
    const value = signal(initial);
    const entry: Entry = {
      take: (text) => {
        const parsed = text === undefined ? undefined : codec.parse(text);
        value.value = parsed === undefined ? initial : parsed;
      },
      print: () => (value.value === initial ? undefined : codec.print(value.value)),
    };
    entry.take(this.#texts.get(key));
    this.#entries.value = new Map([...this.#entries.peek(), [key, entry]]);
    return value;
  }

  /** Takes over another address: a link that was pasted, or the way back. */
  read(hash: string): void {
    this.#texts = parseHash(hash);
    batch(() => {
      for (const [key, entry] of this.#entries.peek()) entry.take(this.#texts.get(key));
    });
  }

  /** The address of the present state; reads all signals. Empty for the state in which the page opens. */
  print(): string {
    const texts = new Map(this.#texts);
    for (const [key, entry] of this.#entries.value) {
      const text = entry.print();
      if (text === undefined) texts.delete(key);
      else texts.set(key, text);
    }
    if (texts.size === 0) return "";
    return `#v=${VERSION}&${[...texts].map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join("&")}`;
  }
}

function parseHash(hash: string): Map<string, string> {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const version = params.get("v");
  if (version !== null && version !== VERSION) return new Map();
  params.delete("v");
  return new Map([...params].filter(([key]) => /^[a-z][a-zA-Z.-]{0,40}$/.test(key)));
}
