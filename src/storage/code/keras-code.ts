/** Keras's Python, read without running it: the layers of a Sequential model, and what compile and fit are given. */
import { toCamelCase, toCamelCaseKeys } from "../../base/case.ts";
import { ArgumentError, FoveaError, nearestName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { classNameOf } from "../../nn/configurable.ts";
import { Layer } from "../../nn/layers/layer.ts";
import { CodeError, type CodePlace } from "./code-error.ts";
import { classesByName, type Maker, otherNames } from "./keras-classes.ts";
import { positionsOf } from "./positions.ts";
import { type Call, type Expression, PythonParser } from "./python-parser.ts";
import { tokensOf } from "./python-tokens.ts";

/** A layer of pasted code. */
export interface CodeLayer extends CodePlace {
  readonly layer: Layer;
}

/** What `parseKeras` returns. */
export interface KerasCode {
  /** In order. `new Sequential(layers.map(({ layer }) => layer))` is the model; an Input is an InputLayer. */
  readonly layers: readonly CodeLayer[];
  /** What `model.compile` is given there, in the words of ours: { optimizer, loss, metrics, … }. */
  readonly compile: Readonly<Record<string, unknown>> | undefined;
  /** Numbers that `model.fit` is given there, such as epochs and batchSize. */
  readonly fit: Readonly<Record<string, unknown>> | undefined;
  /** Statements that do not build the model, and were left out: loading data, printing, plotting. */
  readonly ignored: readonly IgnoredCode[];
}

/** A statement that was left out. */
export interface IgnoredCode extends CodePlace {
  readonly text: string;
}

/**
 * Reads a Sequential model out of Keras's Python as people paste it: `model = Sequential([…])` or one `model.add(…)` after the other,
 * with names from anywhere (`layers.Conv2D`, `tf.keras.layers.Conv2D`), arguments with and without names, typographic quotes, prompts
 * of notebooks, and `model add(…)` without its dot. Nothing is run: values are numbers, texts, lists and names that were given such.
 *
 * @param code Python
 * @throws CodeError with line and column: for what is no Python, layers and options that do not exist, models that are not Sequential
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { parseKeras } from "fovea/code";
 * const { layers, compile } = parseKeras(`
 * model = Sequential()
 * model.add(Conv2D(64, kernel_size=3, activation='relu', input_shape=(28,28,1)))
 * model.add(Flatten())
 * model.add(Dense(10, activation='softmax'))
 * model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
 * `);
 * new Sequential(layers.map(({ layer }) => layer)).countParams(); // 433290
 * compile?.optimizer; // "adam"
 * ```
 */
export function parseKeras(code: string): KerasCode {
  if (typeof code !== "string") throw new ArgumentError(`parseKeras takes a text, got ${formatValue(code)}.`);
  return new KerasReader(code).read();
}

class KerasReader {
  readonly #code: string;
  readonly #parser: PythonParser;
  #classes: ReadonlyMap<string, Maker> | undefined;
  /** What names stand for: values that were given to them, and classes that were imported under them. */
  readonly #values = new Map<string, Expression>();
  readonly #imported = new Map<string, string>();
  readonly #ignored: IgnoredCode[] = [];
  #model: string | undefined;
  #layers: CodeLayer[] = [];
  #compile: Record<string, unknown> | undefined;
  #fit: Record<string, unknown> | undefined;

  constructor(code: string) {
    this.#code = code;
    this.#parser = new PythonParser(tokensOf(code));
  }

  read(): KerasCode {
    while (this.#parser.next.kind !== "end") this.#statement();
    if (this.#model === undefined)
      throw new CodeError({ line: 1, column: 1 }, "there is no model = Sequential(…), so there is no model to read.");
    return { layers: this.#layers, compile: this.#compile, fit: this.#fit, ignored: this.#ignored };
  }

  #statement(): void {
    const parser = this.#parser;
    const [first, second, third] = [parser.next, parser.peek(1), parser.peek(2)];
    if (first.kind === "newline" || parser.isMark(";")) parser.take();
    else if (first.kind === "name" && first.text === "from") this.#import();
    else if (first.kind === "name" && second !== undefined && parser.isMark("=", second)) this.#assignment();
    else if (first.kind === "name" && first.text === this.#model && second !== undefined) {
      // A dot that was lost, as PDFs and slides lose them, is read as if it stood there.
      const method = parser.isMark(".", second) ? third : second;
      if (method?.kind === "name") this.#method(parser.isMark(".", second) ? 2 : 1);
      else this.#ignore();
    } else this.#ignore();
  }

  #ignore(): void {
    const { line, column } = this.#parser.next;
    this.#parser.skipStatement();
    this.#ignored.push({ line, column, text: this.#code.split(/\r\n?|\n/)[line - 1]?.trim() ?? "" });
  }

  /** `from keras.layers import Conv2D as C`: the names that classes have in this code. */
  #import(): void {
    const parser = this.#parser;
    while (parser.next.kind !== "newline" && parser.next.kind !== "end") {
      const { kind, text } = parser.take();
      const [as, alias] = [parser.next, parser.peek(1)];
      if (kind === "name" && as.text === "as" && alias?.kind === "name") this.#imported.set(alias.text, text);
    }
    parser.take();
  }

  #assignment(): void {
    const parser = this.#parser;
    const { text: name } = parser.next;
    const value = parser.peek(2)!;
    const isSequential = this.#leadsTo("Sequential");
    if (isSequential) {
      parser.take();
      parser.take();
      this.#begin(name, parser.expression());
      this.#end();
      return;
    }
    if (this.#leadsTo("Model") || (this.#leadsTo("Input") && value.kind === "name"))
      throw new CodeError(
        value,
        "the functional form (Input, Model(inputs, outputs)) is not read; write the layers as a Sequential model.",
      );
    this.#constant(name);
  }

  /** Whether the value of an assignment is a call of this name, with whatever stands before it. */
  #leadsTo(wanted: string): boolean {
    const parser = this.#parser;
    let at = 2;
    for (; parser.peek(at)?.kind === "name" && parser.isMark(".", parser.peek(at + 1)); at += 2);
    const token = parser.peek(at);
    const called = parser.peek(at + 1);
    return (
      token?.kind === "name" &&
      this.#className(token.text) === wanted &&
      called !== undefined &&
      parser.isMark("(", called)
    );
  }

  /** Keeps `classes = 10`; what is no value, such as `x = load()`, is left out. */
  #constant(name: string): void {
    const parser = this.#parser;
    const tokens = [];
    for (let at = 2; ; at++) {
      const token = parser.peek(at);
      if (token === undefined || token.kind === "newline" || token.kind === "end" || parser.isMark(";", token)) break;
      tokens.push(token);
    }
    const { line, column } = parser.next;
    const own = new PythonParser([...tokens, { kind: "end", text: "", line, column }]);
    this.#values.delete(name);
    try {
      const value = own.expression();
      if (own.next.kind === "end" && isPlain(value)) this.#values.set(name, value);
    } catch (error) {
      if (!(error instanceof CodeError)) throw error;
    }
    if (this.#values.has(name)) parser.skipStatement();
    else this.#ignore();
  }

  #begin(name: string, made: Expression): void {
    if (made.kind !== "call") throw new CodeError(made, "expected Sequential(…) alone.");
    const [list, ...more] = made.args;
    for (const argument of more) throw new CodeError(argument, "Sequential takes one list of layers.");
    const given = list ?? made.named.find(({ name }) => name === "layers")?.value;
    for (const each of made.named)
      if (each.name !== "layers" && each.name !== "name")
        throw new CodeError(each, `Sequential has no argument "${each.name}".`);
    this.#model = name;
    this.#layers = [];
    this.#compile = undefined;
    this.#fit = undefined;
    if (given === undefined) return;
    if (given.kind !== "list") throw new CodeError(given, "Sequential takes its layers as a list […].");
    for (const item of given.items) this.#add(item);
  }

  #end(): void {
    const parser = this.#parser;
    if (parser.next.kind !== "newline" && parser.next.kind !== "end" && !parser.isMark(";"))
      throw parser.unexpected("the end of the statement");
    parser.take();
  }

  /** A method of the model; `at` is how many words away its name is. */
  #method(at: number): void {
    const parser = this.#parser;
    const { text: method } = parser.peek(at)!;
    if (!["add", "compile", "fit"].includes(method)) {
      const near = nearestName(method, ["add", "compile", "fit"]);
      if (near !== undefined && near !== "fit" && !["build"].includes(method))
        throw new CodeError(parser.peek(at)!, `a model has no "${method}". Did you mean "${near}"?`);
      this.#ignore();
      return;
    }
    for (let i = 0; i < at; i++) parser.take();
    const { line, column, text } = parser.take();
    if (!parser.isMark("(")) throw parser.unexpected(`"(" after ${text}`);
    if (method === "fit") {
      this.#takeFit({ line, column });
      return;
    }
    const call = parser.call({ kind: "name", path: [text], line, column });
    this.#end();
    if (method === "compile") {
      const names = ["optimizer", "loss", "loss_weights", "metrics"];
      this.#compile = this.#options(call, names);
      return;
    }
    const [layer, ...more] = [...call.args, ...call.named.map(({ value }) => value)];
    if (layer === undefined) throw new CodeError(call, "add takes a layer, got nothing.");
    for (const argument of more) throw new CodeError(argument, "add takes one layer.");
    this.#add(layer);
  }

  /** Of fit only plain numbers are kept: its data are not here. */
  #takeFit(place: CodePlace): void {
    const call = this.#parser.call({ kind: "name", path: ["fit"], ...place });
    this.#end();
    const plain = call.named.filter(
      ({ value }) => isPlain(this.#resolved(value)) && typeof this.#value(value) === "number",
    );
    this.#fit = Object.fromEntries(plain.map(({ name, value }) => [toCamelCase(name), this.#value(value)]));
  }

  #add(expression: Expression): void {
    const { line, column } = expression;
    if (expression.kind !== "call") {
      const what = expression.kind === "name" ? `"${expression.path.join(".")}"` : "a value";
      throw new CodeError(expression, `got ${what}, expected a layer such as Dense(10).`);
    }
    const layer = this.#object(expression);
    if (!(layer instanceof Layer)) throw new CodeError(expression, "this is no layer.");
    this.#layers.push({ layer, line, column });
  }

  #className(name: string): string {
    const imported = this.#imported.get(name) ?? name;
    return Object.hasOwn(otherNames, imported) && imported !== "Input" ? otherNames[imported]! : imported;
  }

  /** The object that a call of a class makes. */
  #object(call: Call): object {
    if (call.callee.kind !== "name")
      throw new CodeError(call, "layers that are called are the functional form, which is not read.");
    const written = this.#className(call.callee.path.at(-1)!);
    const name = written === "Input" ? "InputLayer" : written;
    this.#classes ??= classesByName();
    const made = this.#classes.get(name);
    if (made === undefined) {
      const near = nearestName(name, this.#classes.keys());
      throw new CodeError(
        call,
        `there is no "${written}" here.${near === undefined ? "" : ` Did you mean "${near}"?`}`,
      );
    }
    const className = classNameOf(made);
    const options = this.#options(call, positionsOf(className));
    if (made.prototype instanceof Layer && "inputDim" in options && className !== "Embedding") {
      const { inputDim, ...rest } = options;
      return this.#make(made, { ...rest, inputShape: [inputDim] }, call);
    }
    if (className === "InputLayer" && "inputShape" in options) {
      const { inputShape, ...rest } = options;
      return this.#make(made, { ...rest, shape: inputShape }, call);
    }
    return this.#make(made, options, call);
  }

  #make(made: Maker, options: object, place: CodePlace): object {
    try {
      return new made(options as never);
    } catch (cause) {
      if (!(cause instanceof FoveaError)) throw cause;
      throw new CodeError(place, cause.message, { cause });
    }
  }

  /** Arguments as options, keys in camelCase. */
  #options(call: Call, positions: readonly string[]): Record<string, unknown> {
    const extra = call.args[positions.length];
    if (extra !== undefined)
      throw new CodeError(
        extra,
        positions.length === 0
          ? "its arguments are read by name alone; write name=value."
          : `only ${positions.join(", ")} are read without a name; write name=value.`,
      );
    const options: Record<string, unknown> = {};
    const set = (name: string, value: Expression) => {
      const key = toCamelCase(name);
      if (Object.hasOwn(options, key)) throw new CodeError(value, `"${name}" is given twice.`);
      Object.defineProperty(options, key, {
        value: this.#value(value),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    };
    call.args.forEach((value, i) => {
      set(positions[i]!, value);
    });
    for (const { name, value } of call.named) set(name, value);
    return options;
  }

  /** What a name stands for, if a value was given to it. */
  #resolved(expression: Expression): Expression {
    if (expression.kind !== "name" || expression.path.length !== 1) return expression;
    return this.#values.get(expression.path[0]!) ?? expression;
  }

  #value(given: Expression): unknown {
    const expression = this.#resolved(given);
    switch (expression.kind) {
      case "value":
        return expression.value;
      case "list":
        return expression.items.map((item) => this.#value(item));
      case "record":
        return toCamelCaseKeys(Object.fromEntries(expression.entries.map(([key, value]) => [key, this.#value(value)])));
      case "call":
        return this.#object(expression);
      case "name": {
        // keras.activations.relu and tf.nn.relu are functions that have names of their own.
        if (expression.path.length > 1) return expression.path.at(-1);
        throw new CodeError(expression, `"${expression.path[0]}" has no value here; write the number or text itself.`);
      }
    }
  }
}

/** A number, a text, or lists of such. */
function isPlain(expression: Expression): boolean {
  return expression.kind === "value" || (expression.kind === "list" && expression.items.every(isPlain));
}
