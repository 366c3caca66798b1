/** Plain functions where Keras takes an object or a function: what tells them from classes, and how a config names them. */
import { ArgumentError } from "../base/errors.ts";
import { isObjectConfig } from "./options.ts";

/** Keras's name of the class of functions in a config. */
export const functionClass = "function";

/** Whether it is a function and no class: the `prototype` of a class cannot be written. */
export function isPlainFunction(given: unknown): given is (...inputs: never) => unknown {
  return typeof given === "function" && Object.getOwnPropertyDescriptor(given, "prototype")?.writable !== false;
}

/** Throws for a config that stood for a function: only its name was kept. */
export function refuseFunctionConfig(noun: string, given: unknown): void {
  if (!isObjectConfig(given) || given.className !== functionClass) return;
  const { name } = given.config;
  throw new ArgumentError(
    `The ${noun} was a function${name ? ` named "${name}"` : ""}, which a config cannot hold; give the function itself.`,
  );
}
