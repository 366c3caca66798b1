/** Text that is equal for equal values, where JSON is not exact enough. */

/**
 * Names values so that two have one name exactly when they are the same for whoever reads them: numbers, strings, arrays and plain
 * objects by content (-0, NaN and the infinities apart), typed arrays by kind and content, everything else (functions, instances
 * of classes) by identity. Shared parts are visited once, so names take linear time; values must not change meanwhile.
 */
export class Identities {
  readonly #names = new Map<unknown, string>();
  readonly #byText = new Map<string, string>();

  of(value: unknown): string {
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    if (typeof value === "string") return JSON.stringify(value);
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return String(value);
    let name = this.#names.get(value);
    if (name === undefined) {
      name = this.#nameOf(value);
      this.#names.set(value, name);
    }
    return name;
  }

  #nameOf(value: object): string {
    const text = this.#textOf(value);
    const known = text === undefined ? undefined : this.#byText.get(text);
    if (known !== undefined) return known;
    const name = `@${this.#names.size}`;
    if (text !== undefined) this.#byText.set(text, name);
    return name;
  }

  /** The content; undefined for what is only equal to itself. */
  #textOf(value: object): string | undefined {
    if (Array.isArray(value)) return `[${value.map((part) => this.of(part)).join()}]`;
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return `${value.constructor.name}[${Array.from(value as Float32Array, (part) => this.of(part)).join()}]`;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (typeof value === "function" || (prototype !== Object.prototype && prototype !== null)) return undefined;
    const parts = Object.entries(value).filter(([, part]) => part !== undefined);
    return `{${parts.map(([key, part]) => `${JSON.stringify(key)}:${this.of(part)}`).join()}}`;
  }
}
