/** What the package exports, read from package.json: a new export or subpath is covered by itself. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export type Callable = (...args: unknown[]) => unknown;
export type Class = abstract new (...args: never[]) => object;

export const isClass = (value: unknown): value is Class =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));

export const isFunction = (value: unknown): value is Callable => typeof value === "function" && !isClass(value);

/** Every export by its full name ("fovea/layers.Dense"), members of exported objects too ("fovea/datasets.mnist.load"). */
export async function exportsOfPackage(): Promise<Map<string, unknown>> {
  const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    name: string;
    exports: Record<string, unknown>;
  };
  const found = new Map<string, unknown>();
  for (const subpath of Object.keys(exports).filter((each) => !each.endsWith(".json"))) {
    const entry = `${name}${subpath.slice(1)}`;
    collect(found, entry, (await import(/* @vite-ignore */ entry)) as object);
  }
  return found;
}

function collect(found: Map<string, unknown>, at: string, members: object): void {
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === "object" && value !== null) collect(found, `${at}.${name}`, value);
    // A constant, such as a colour of a theme, has nothing to call.
    else if (typeof value === "function") found.set(`${at}.${name}`, value);
  }
}

/** Names of members that the package's types keep from users (protected, internal): they are no way in. */
export function hiddenNames(): Set<string> {
  const files = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const names = files.flatMap((file) => {
    const text = readFileSync(`${root}src/${file}`, "utf8");
    const words = "(?:(?:override|abstract|static|readonly|get|set|async) )*";
    const declared = new RegExp(`^ +protected ${words}(\\w+)|@internal[^*]*\\*/\\n +${words}(\\w+)`, "gm");
    return [...text.matchAll(declared)].map(([, name, internal]) => (name ?? internal)!);
  });
  return new Set(names);
}

/** A member of an object's classes: how to reach it. */
export interface Member {
  readonly name: string;
  readonly kind: "method" | "getter" | "setter";
}

/** Methods and accessors of an object's classes, except those of Object and Function. */
export function membersOf(object: object, hidden: ReadonlySet<string>): Member[] {
  const found = new Map<string, Member>();
  for (let each = Object.getPrototypeOf(object) as object | null; each !== null; each = Object.getPrototypeOf(each)) {
    if (each === Object.prototype || each === Function.prototype) break;
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (name === "constructor" || hidden.has(name)) continue;
      const add = (kind: Member["kind"]) =>
        found.has(`${kind} ${name}`) || found.set(`${kind} ${name}`, { name, kind });
      if (typeof property.value === "function") add("method");
      if (property.get !== undefined) add("getter");
      if (property.set !== undefined) add("setter");
    }
  }
  return [...found.values()];
}

/** Functions that a class itself has, inherited ones too. */
export function staticsOf(made: Class, hidden: ReadonlySet<string>): string[] {
  const names = new Set<string>();
  // Error's own statics are the engine's, or the test runner's.
  for (let each: object = made; isClass(each); each = Object.getPrototypeOf(each))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
      if (isFunction(value) && !hidden.has(name) && !/\[native code\]/.test(value.toString())) names.add(name);
  return [...names];
}
