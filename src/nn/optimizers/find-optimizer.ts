import { isObjectConfig } from "../options.ts";
import { resolveObject } from "../registry.ts";
import { Optimizer } from "./optimizer.ts";

/**
 * The optimizer itself, or one of a barrel's of this name or config, in any case.
 *
 * @throws ArgumentError with the nearest known name
 */
export function findOptimizer(barrel: object, given: unknown, owner?: string): Optimizer {
  const kin = { noun: "optimizer", base: Optimizer, barrel, spell: (className: string) => className.toLowerCase() };
  if (typeof given === "string") return resolveObject(kin, given.toLowerCase(), owner);
  if (isObjectConfig(given)) return resolveObject(kin, { ...given, className: given.className.toLowerCase() }, owner);
  return resolveObject(kin, given, owner);
}
