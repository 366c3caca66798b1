/** Python's expressions, as far as code that builds models has them. Nothing is evaluated but numbers. */
import { CodeError, type CodePlace } from "./code-error.ts";
import type { Token } from "./python-tokens.ts";

/** An expression; calls and names stay what they are, everything else is its value. */
export type Expression = CodePlace &
  (
    | { readonly kind: "value"; readonly value: number | string | boolean | null }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | { readonly kind: "record"; readonly entries: readonly (readonly [string, Expression])[] }
    /** Names joined by dots: ["keras", "layers", "Conv2D"]. */
    | { readonly kind: "name"; readonly path: readonly string[] }
    | Call
  );

export interface Call extends CodePlace {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Expression[];
  readonly named: readonly NamedArgument[];
}

export interface NamedArgument extends CodePlace {
  readonly name: string;
  readonly value: Expression;
}

/** Deeper is no model that anybody wrote, and the parser's own stack has an end. */
const MOST_DEPTH = 64;

const constants: Readonly<Record<string, boolean | null>> = { None: null, True: true, False: false };
const sums: readonly string[] = ["+", "-"];
const products: readonly string[] = ["*", "/", "//", "%"];

/** Reads expressions from a list of tokens, from the left to the right. */
export class PythonParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token {
    return this.#tokens[this.#at]!;
  }

  /** A later token, without taking one. */
  peek(ahead: number): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  isMark(text: string, token = this.next): boolean {
    return token.kind === "mark" && token.text === text;
  }

  expect(text: string, why: string): Token {
    if (!this.isMark(text)) throw this.unexpected(`"${text}" ${why}`);
    return this.take();
  }

  unexpected(expected: string): CodeError {
    const { kind, text } = this.next;
    const what = kind === "end" ? "the end of the text" : kind === "newline" ? "the end of the line" : `"${text}"`;
    return new CodeError(this.next, `got ${what}, expected ${expected}.`);
  }

  /** Leaves the rest of a statement. */
  skipStatement(): void {
    while (this.next.kind !== "newline" && this.next.kind !== "end" && !this.isMark(";")) this.take();
    this.take();
  }

  expression(): Expression {
    return this.#within(() => this.#chain(sums, () => this.#chain(products, () => this.#signed())));
  }

  #within<T>(read: () => T): T {
    if (++this.#depth > MOST_DEPTH)
      throw new CodeError(this.next, `brackets are nested more than ${MOST_DEPTH} deep, which no model needs.`);
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  /** Operands joined by operators of one rank. */
  #chain(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    while (this.next.kind === "mark" && operators.includes(this.next.text)) {
      const operator = this.take();
      left = compute(operator, left, operand());
    }
    return left;
  }

  #signed(): Expression {
    if (!this.isMark("-") && !this.isMark("+")) return this.#power();
    const sign = this.take();
    const operand = this.#within(() => this.#signed());
    return compute(sign, { kind: "value", value: 0, line: sign.line, column: sign.column }, operand);
  }

  #power(): Expression {
    const base = this.#postfix();
    if (!this.isMark("**")) return base;
    const operator = this.take();
    return compute(
      operator,
      base,
      this.#within(() => this.#signed()),
    );
  }

  /** A name, value or bracket, with the dots and calls behind it. */
  #postfix(): Expression {
    let made = this.#atom();
    for (;;) {
      if (this.isMark(".") && made.kind === "name") {
        this.take();
        if (this.next.kind !== "name") throw this.unexpected("a name after the dot");
        made = { ...made, path: [...made.path, this.take().text] };
      } else if (this.isMark("(")) made = this.call(made);
      else return made;
    }
  }

  /** The arguments of a call, from the bracket on. */
  call(callee: Expression): Call {
    return this.#within(() => {
      const { line, column } = callee;
      this.expect("(", "of a call");
      const args: Expression[] = [];
      const named: NamedArgument[] = [];
      while (!this.isMark(")")) {
        const second = this.peek(1);
        if (this.next.kind === "name" && second !== undefined && this.isMark("=", second)) {
          const { text: name, ...place } = this.take();
          this.take();
          if (named.some((each) => each.name === name)) throw new CodeError(place, `"${name}" is given twice.`);
          named.push({ name, value: this.expression(), line: place.line, column: place.column });
        } else {
          if (this.isMark("*") || this.isMark("**")) throw this.unexpected("an argument; write them out one by one");
          if (named.length > 0)
            throw this.unexpected("name=value: arguments without a name stand before those with one");
          args.push(this.expression());
        }
        if (!this.isMark(")")) this.expect(",", 'between arguments, or ")"');
      }
      this.take();
      return { kind: "call", callee, args, named, line, column };
    });
  }

  #atom(): Expression {
    const token = this.next;
    const { line, column } = token;
    if (token.kind === "name") {
      this.take();
      if (Object.hasOwn(constants, token.text)) return { kind: "value", value: constants[token.text]!, line, column };
      return { kind: "name", path: [token.text], line, column };
    }
    if (token.kind === "number") {
      this.take();
      const value = Number(token.text.replaceAll("_", ""));
      if (!Number.isFinite(value)) throw new CodeError(token, `"${token.text}" is no number.`);
      return { kind: "value", value, line, column };
    }
    if (token.kind === "text") {
      let value = "";
      while (this.next.kind === "text") value += this.take().text;
      return { kind: "value", value, line, column };
    }
    if (this.isMark("[")) return this.#list("]");
    if (this.isMark("(")) return this.#list(")");
    if (this.isMark("{")) return this.#record();
    throw this.unexpected("a value");
  }

  /** A list or a tuple; one value in round brackets, without a comma, is the value itself. */
  #list(end: "]" | ")"): Expression {
    const { line, column } = this.take();
    const items: Expression[] = [];
    let isTuple = end === "]";
    while (!this.isMark(end)) {
      items.push(this.expression());
      if (this.isMark(end)) break;
      this.expect(",", `between values, or "${end}"`);
      isTuple = true;
    }
    this.take();
    return items.length === 1 && !isTuple ? items[0]! : { kind: "list", items, line, column };
  }

  #record(): Expression {
    const { line, column } = this.take();
    const entries: [string, Expression][] = [];
    while (!this.isMark("}")) {
      if (this.next.kind !== "text") throw this.unexpected("a text as a key");
      const { text } = this.take();
      this.expect(":", "after a key");
      entries.push([text, this.expression()]);
      if (!this.isMark("}")) this.expect(",", 'between entries, or "}"');
    }
    this.take();
    return { kind: "record", entries, line, column };
  }
}

/** Sums and products of numbers, as in `units=28 * 28`. */
function compute(operator: Token, left: Expression, right: Expression): Expression {
  const [a, b] = [left, right].map((each) => {
    if (each.kind !== "value" || typeof each.value !== "number")
      throw new CodeError(each, `"${operator.text}" joins numbers alone; write the result.`);
    return each.value;
  }) as [number, number];
  const results: Readonly<Record<string, number>> = {
    "+": a + b,
    "-": a - b,
    "*": a * b,
    "/": a / b,
    "//": Math.floor(a / b),
    "%": a - b * Math.floor(a / b),
    "**": a ** b,
  };
  const value = results[operator.text]!;
  if (!Number.isFinite(value)) throw new CodeError(operator, `${a} ${operator.text} ${b} is no finite number.`);
  return { kind: "value", value, line: left.line, column: left.column };
}
