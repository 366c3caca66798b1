import { describe } from "vitest";
import { checkStructures } from "./structures.ts";

describe.each(["reference", "cpu"] as const)("models of every structure, on the %s device", checkStructures);
