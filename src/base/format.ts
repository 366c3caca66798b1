/** Numbers, times and text for display; exactly as Keras prints them, if Keras does. */

/**
 * `value` with a fixed number of decimals. Ties go to the even digit, as C and Python round them (`Number.toFixed` rounds
 * them up): 1.125 → "1.12". A binary fraction lies exactly between two decimals only when it is an odd multiple of 2^-(digits+1).
 */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`;
  const halves = value * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const below = Math.floor(value * 10 ** digits);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** digits).toFixed(digits);
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

/** A number with thousands separators: 203434 → "203,434"; with `digits` decimals: formatCount(1805.26, 1) → "1,805.3". */
export function formatCount(value: number, digits = 0): string {
  return formatFixed(value, digits).replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

/** Bytes in steps of 1024 with two decimals, as Keras's summary prints them: 813736 → "794.66 KB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${formatFixed(value, 2)} ${units[unit]}`;
}

/**
 * A loss or metric as Keras's progress line prints it: four decimals, or a four-digit exponent when |value| ≤ 0.001.
 * 0.94213 → "0.9421", 0.0005 → "5.0000e-04", NaN → "nan", -Infinity → "-inf".
 */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  if (Math.abs(value) > 1e-3) return formatFixed(value, 4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, "e$10$2");
}

/** A fraction as a percentage: 0.98631 → "98.6%"; NaN (nothing to divide by) → "–". */
export function formatPercent(share: number, digits = 1): string {
  return Number.isNaN(share) ? "–" : `${formatFixed(share * 100, digits)}%`;
}

/** Remaining seconds in Keras's forms, cut to whole seconds: 59.9 → "59s", 83 → "1:23", 3748 → "1:02:28". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.floor(Math.max(0, seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds > 3600) return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return seconds > 60 ? `${Math.floor(whole / 60)}:${two(whole % 60)}` : `${whole}s`;
}

/** Elapsed seconds, rounded, as Keras ends an epoch's line: 41.2 → "41s". */
export function formatSeconds(seconds: number): string {
  return `${formatFixed(seconds, 0)}s`;
}

/** Seconds of one step in Keras's units: 1.2 → "1s/step", 0.021 → "21ms/step", 0.000017 → "17us/step"; 0 → "0s/step". */
export function formatStepTime(seconds: number, unit = "step"): string {
  if (seconds >= 1 || seconds === 0) return `${formatFixed(seconds, 0)}s/${unit}`;
  if (seconds >= 1e-3) return `${formatFixed(seconds * 1e3, 0)}ms/${unit}`;
  return `${formatFixed(seconds * 1e6, 0)}us/${unit}`;
}

const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;
// The blocks of Unicode's EastAsianWidth.txt that hold wide characters, and the emoji blocks.
const doubleWidth =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

function cellsOf(character: string): number {
  if (zeroWidth.test(character)) return 0;
  return doubleWidth.test(character) ? 2 : 1;
}

/**
 * Terminal cells that `text` covers: 2 for wide characters (CJK, emoji), 0 for combining ones. `text` must not contain escapes.
 */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** `text` cut to `width` cells; "…" marks the cut. */
export function truncateText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return "";
  let [kept, room] = ["", width - 1];
  for (const character of text) {
    room -= cellsOf(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

export type Alignment = "left" | "right" | "center";

/** `text` padded with spaces to `width` cells; longer text is not changed. Centred text gets an odd space on the right. */
export function alignText(text: string, width: number, alignment: Alignment = "left"): string {
  const rest = Math.max(0, width - textWidth(text));
  const before = { left: 0, right: rest, center: Math.floor(rest / 2) }[alignment];
  return `${" ".repeat(before)}${text}${" ".repeat(rest - before)}`;
}

/** `text` broken between words into lines of at most `width` cells; a longer word is cut with "…". Returns at least one line. */
export function wrapText(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    // A word includes the blanks around it: leading ones indent, trailing ones may exceed the width.
    for (const word of paragraph.match(/\s*\S+\s*/g) ?? []) {
      if (line !== "" && textWidth(line) + textWidth(word.trimEnd()) > width) {
        lines.push(line);
        line = "";
      }
      line += word;
    }
    return [...lines, line].map((each) => truncateText(each.trimEnd(), width));
  });
}

const article = (name: string) => `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;

/** Longest value, in terminal cells, that a message shows whole. */
const LONGEST = 60;
/** Levels of lists and objects that a message shows. */
const DEEPEST = 4;

/**
 * Any value as an error message shows it, cut to 60 cells: strings in quotes, lists and objects by their entries, instances
 * by their class. Never throws, whatever the value is (BigInt, symbol, circular object, failing getter), and takes no longer
 * for a large value than for a small one.
 */
export function formatValue(value: unknown): string {
  try {
    return formatNested(value, 0);
  } catch {
    return typeof value === "function" ? "a function" : "an object";
  }
}

function formatNested(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(truncateText(value.slice(0, 4 * LONGEST), LONGEST));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `a function ${value.name}`.trimEnd();
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.length > LONGEST ? `a list of ${value.length}` : formatEntries(value, depth);
  const name: unknown = value.constructor?.name;
  if (ArrayBuffer.isView(value) && "length" in value) return `${article(String(name))} of ${value.length} values`;
  if (typeof name === "string" && name !== "Object" && name !== "") return article(name);
  return formatEntries(value, depth);
}

/** The entries of a list or an object, as many as a message has room for. */
function formatEntries(value: object, depth: number): string {
  const isList = Array.isArray(value);
  const [open, close] = isList ? "[]" : "{}";
  const keys = isList ? value.keys() : Object.keys(value);
  let text = "";
  for (const key of keys) {
    if (text.length > LONGEST || depth === DEEPEST) {
      text += "…";
      break;
    }
    const entry = formatNested((value as Record<string | number, unknown>)[key], depth + 1);
    text += `${text === "" ? "" : ","}${isList ? entry : `${JSON.stringify(key)}:${entry}`}`;
  }
  const whole = `${open}${text}${close}`;
  return depth === 0 ? truncateText(whole, LONGEST) : whole;
}
