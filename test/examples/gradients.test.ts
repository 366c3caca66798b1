import { describe } from "vitest";
import { checkGradients } from "./gradients.ts";

describe.each(["reference", "cpu"] as const)("derivatives, on the %s device", checkGradients);
