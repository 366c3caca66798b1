/**
 * Names of files with places for numbers, as Keras has them: "{epoch:02d}-{val_loss:.2f}.keras". The places are those of Python's
 * `str.format`; see "Format Specification Mini-Language" in Python's documentation.
 */
import { ArgumentError } from "../../base/errors.ts";
import { formatFixed, formatValue } from "../../base/format.ts";

/** A place for a number. */
interface Place {
  readonly name: string;
  readonly spec: Spec;
}

/** How a number is written: [[fill]align][sign][0][width][.precision][type]. */
interface Spec {
  readonly text: string;
  readonly fill: string;
  /** "=" pads between sign and digits. */
  readonly align: string;
  readonly sign: string;
  readonly width: number;
  readonly precision: number | undefined;
  /** "d" whole; "f" fixed; "e" with an exponent; "g" whichever is shorter; "%" a percentage; "" as Python prints it. */
  readonly type: string;
}

const specPattern = /^(?:(.)?([<>=^]))?([-+ ])?(0)?(\d+)?(?:\.(\d+))?([defgEFG%])?$/u;
/** No name of a file has room for more. */
const MOST = 80;

export class FilePattern {
  readonly #owner: string;
  readonly #pattern: string;
  readonly #parts: readonly (string | Place)[];

  /** @throws ArgumentError where braces do not match, or a place is not one for a number */
  constructor(owner: string, pattern: string) {
    this.#owner = owner;
    this.#pattern = pattern;
    this.#parts = this.#parse();
  }

  /** The name with the numbers in their places. @throws ArgumentError where one is missing, or cannot be written as asked */
  format(values: Readonly<Record<string, number>>, whole: readonly string[]): string {
    return this.#parts
      .map((part) => {
        if (typeof part === "string") return part;
        const { name, spec } = part;
        if (!Object.hasOwn(values, name))
          throw this.#error(`there is no "${name}"; known here: ${Object.keys(values).join(", ")}`);
        const isWhole = whole.includes(name);
        if (spec.type === "d" && !isWhole)
          throw this.#error(`"${name}" is no whole number, so it cannot be written as "d"; use "f"`);
        return pad(digitsOf(Math.abs(values[name]!), spec, isWhole), signOf(values[name]!, spec), spec);
      })
      .join("");
  }

  #error(what: string): ArgumentError {
    return new ArgumentError(`${this.#owner}: filepath is ${formatValue(this.#pattern)}: ${what}.`);
  }

  #parse(): (string | Place)[] {
    const parts: (string | Place)[] = [];
    const token = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g;
    for (const [text, inside] of this.#pattern.matchAll(token)) {
      if (inside !== undefined) parts.push(this.#place(inside));
      else if (text === "{" || text === "}") throw this.#error(`it has a single "${text}"; write "${text}${text}"`);
      else parts.push(text === "{{" || text === "}}" ? text[0]! : text);
    }
    return parts;
  }

  #place(inside: string): Place {
    const [name, ...rest] = inside.split(":");
    const text = rest.join(":");
    const found = specPattern.exec(text);
    if (name === "" || found === null)
      throw this.#error(`"{${inside}}" is no place for a number; use "{epoch:02d}" or "{val_loss:.2f}"`);
    const [, fill, align, sign, zero, width, precision, type = ""] = found;
    if (Number(width ?? 0) > MOST || Number(precision ?? 0) > MOST)
      throw this.#error(`"{${inside}}" asks for more than ${MOST} digits`);
    if (type === "d" && precision !== undefined) throw this.#error(`"{${inside}}": "d" takes no precision`);
    const spec = {
      text,
      fill: fill ?? (zero !== undefined ? "0" : " "),
      align: align ?? (zero !== undefined ? "=" : ">"),
      sign: sign ?? "-",
      width: Number(width ?? 0),
      precision: precision === undefined ? undefined : Number(precision),
      type,
    };
    return { name: name!, spec };
  }
}

function signOf(value: number, { sign }: Pick<Spec, "sign">): string {
  const isNegative = value < 0 || Object.is(value, -0);
  return isNegative ? "-" : sign === "-" ? "" : sign;
}

function pad(digits: string, sign: string, { fill, align, width }: Spec): string {
  const missing = width - sign.length - digits.length;
  if (missing <= 0) return sign + digits;
  if (align === "=") return sign + fill.repeat(missing) + digits;
  const before = align === ">" ? missing : align === "<" ? 0 : Math.floor(missing / 2);
  return fill.repeat(before) + sign + digits + fill.repeat(missing - before);
}

function digitsOf(value: number, { type, precision = 6, ...spec }: Spec, isWhole: boolean): string {
  const isUpper = type !== "" && type === type.toUpperCase() && type !== "%";
  const written = writeNumber(value, type.toLowerCase(), precision, spec.text.includes("."), isWhole);
  return isUpper ? written.toUpperCase() : written;
}

function writeNumber(value: number, type: string, precision: number, isLimited: boolean, isWhole: boolean): string {
  if (!Number.isFinite(value)) return `${Number.isNaN(value) ? "nan" : "inf"}${type === "%" ? "%" : ""}`;
  if (type === "d" || (type === "" && isWhole && !isLimited)) return String(value);
  if (type === "f") return formatFixed(value, precision);
  if (type === "%") return `${formatFixed(value * 100, precision)}%`;
  if (type === "e") return withExponent(value, precision);
  // Python's float without a type is the shortest text that reads back as the same number.
  if (type === "" && !isLimited) return shortest(value);
  return general(value, Math.max(1, precision), type === "");
}

/** Digits with an exponent of at least two digits. Ties go to the even digit, as in `formatFixed`. */
function withExponent(value: number, digits: number): string {
  const [exact, exponent] = value.toExponential(Math.min(100, digits + 20)).split("e") as [string, string];
  const isTie = /^50*$/.test(exact.slice(digits === 0 ? 2 : digits + 2));
  const isEven = "02468".includes(exact[digits === 0 ? 0 : digits + 1]!);
  const cut = digits === 0 ? exact[0]! : exact.slice(0, digits + 2);
  const [mantissa, power] =
    isTie && isEven ? [cut, exponent] : (value.toExponential(digits).split("e") as [string, string]);
  return `${mantissa}e${power.startsWith("-") ? "-" : "+"}${power.slice(1).padStart(2, "0")}`;
}

/** Python's "g": `digits` significant digits without zeros at the end. Without a type a whole number keeps ".0". */
function general(value: number, digits: number, isBare: boolean): string {
  const scientific = withExponent(value, digits - 1);
  const exponent = value === 0 ? 0 : Number(scientific.split("e")[1]);
  const strip = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent < -4 || exponent >= digits - (isBare ? 1 : 0)) {
    const [mantissa, power] = scientific.split("e") as [string, string];
    return `${strip(mantissa)}e${power}`;
  }
  const fixed = strip(formatFixed(value, digits - 1 - exponent));
  return isBare && !fixed.includes(".") ? `${fixed}.0` : fixed;
}

/** A number as Python prints a float. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return `${value < 0 ? "-" : ""}${Number.isNaN(value) ? "nan" : "inf"}`;
  return `${signOf(value, { sign: "-" })}${shortest(Math.abs(value))}`;
}

function shortest(value: number): string {
  const [mantissa, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16))
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${power.slice(1).padStart(2, "0")}`;
  const digits = Math.max(0, mantissa.replace(".", "").length - 1 - exponent);
  const fixed = digits === 0 ? String(value) : value.toFixed(digits);
  return fixed.includes(".") ? fixed : `${fixed}.0`;
}
