/** The words of Python code, as far as code that builds models has them, with the places where they stand. */
import { CodeError, type CodePlace } from "./code-error.ts";

export interface Token extends CodePlace {
  /** "newline" ends a statement, "end" the text; "other" is a character that expressions of models have no use for. */
  readonly kind: "name" | "number" | "text" | "mark" | "newline" | "end" | "other";
  /** The name, the mark, or the text without its quotes. */
  readonly text: string;
}

/** More is no model that anybody wrote. */
const MOST_CHARACTERS = 1_000_000;

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
/** What word processors make of straight quotes, each with what may end it. */
const quotes: Readonly<Record<string, string>> = { "'": "'", '"': '"', "‘": "’‘'", "’": "’'", "“": '”“"', "”": '”"' };

const space = /[^\S\n]+/y;
const comment = /#[^\n]*/y;
const name = /[\p{L}_][\p{L}\p{N}_]*/uy;
const number = /(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y;
const mark = /\*\*|\/\/|==|!=|<=|>=|->|:=|[-+*/%]=|[()[\]{},.:=+\-*/%<>;@&|~^]/y;
/** What notebooks and consoles put before a line. */
const prompt = /(?:>>>|\.\.\.|In \[\d*\]:)[^\S\n]?/y;
/** A line for the shell or the notebook. */
const magic = /[!%][^\n]*/y;

/** @throws CodeError for a text without end, or a bracket that nothing closes or opened */
export function tokensOf(code: string): Token[] {
  if (code.length > MOST_CHARACTERS)
    throw new CodeError(
      { line: 1, column: 1 },
      `the text has ${code.length} characters, more than ${MOST_CHARACTERS}.`,
    );
  const text = code.replace(/\r\n?/g, "\n");
  const tokens: Token[] = [];
  const open: Token[] = [];
  let [at, line, lineStart] = [0, 1, 0];
  const place = (): CodePlace => ({ line, column: at - lineStart + 1 });
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const isLineStart = () => tokens.length === 0 || tokens.at(-1)!.kind === "newline";
  const push = (kind: Token["kind"], token: string, length = token.length) => {
    tokens.push({ kind, text: token, ...place() });
    at += length;
  };
  const newLine = () => {
    at++;
    line++;
    lineStart = at;
  };
  while (at < text.length) {
    const next = text[at]!;
    if (next === "\n") {
      if (open.length === 0 && !isLineStart()) tokens.push({ kind: "newline", text: "\n", ...place() });
      newLine();
      continue;
    }
    if (next === "\\" && text[at + 1] === "\n") {
      at++;
      newLine();
      continue;
    }
    const skipped = take(space) ?? take(comment) ?? (isLineStart() ? (take(prompt) ?? take(magic)) : undefined);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const prefix = /[rRbBuUfF]{1,2}(?=['"])/y;
    const skip = take(prefix)?.length ?? 0;
    if (Object.hasOwn(quotes, text[at + skip]!)) {
      const read = readText(text, at + skip, place());
      const breaks = text.slice(at, read.end).split("\n");
      push("text", read.text, read.end - at);
      if (breaks.length > 1) {
        line += breaks.length - 1;
        lineStart = read.end - breaks.at(-1)!.length;
      }
      continue;
    }
    const word = take(name);
    const digits = word === undefined ? take(number) : undefined;
    const sign = word === undefined && digits === undefined ? take(mark) : undefined;
    if (sign !== undefined && closing[sign] !== undefined) open.push({ kind: "mark", text: sign, ...place() });
    if (sign === ")" || sign === "]" || sign === "}") {
      const opened = open.pop();
      if (opened === undefined) throw new CodeError(place(), `"${sign}" closes nothing that was opened.`);
      if (closing[opened.text] !== sign)
        throw new CodeError(
          place(),
          `"${sign}" closes "${opened.text}" of line ${opened.line}, column ${opened.column}; expected "${closing[opened.text]}".`,
        );
    }
    const made = word ?? digits ?? sign ?? String.fromCodePoint(text.codePointAt(at)!);
    push(word !== undefined ? "name" : digits !== undefined ? "number" : sign !== undefined ? "mark" : "other", made);
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined)
    throw new CodeError(unclosed, `"${unclosed.text}" is never closed; expected "${closing[unclosed.text]}".`);
  if (!isLineStart()) tokens.push({ kind: "newline", text: "\n", ...place() });
  tokens.push({ kind: "end", text: "", ...place() });
  return tokens;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/** A text in quotes, of one line or in three quotes. */
function readText(code: string, at: number, place: CodePlace): { readonly text: string; readonly end: number } {
  const quote = code[at]!;
  const isLong = code.startsWith(quote.repeat(3), at) && (quote === "'" || quote === '"');
  const ends = isLong ? quote.repeat(3) : quotes[quote]!;
  let text = "";
  for (let i = at + (isLong ? 3 : 1); i < code.length; i++) {
    const next = code[i]!;
    if (isLong ? code.startsWith(ends, i) : ends.includes(next)) return { text, end: i + (isLong ? 3 : 1) };
    if (next === "\n" && !isLong) break;
    if (next === "\\" && i + 1 < code.length) {
      i++;
      text += escapes[code[i]!] ?? `\\${code[i]}`;
    } else text += next;
  }
  throw new CodeError(place, `the text that begins with ${quote} has no end; close it with ${quote} on the same line.`);
}
