import { describe } from "vitest";
import { checkGradients } from "./gradients.ts";

describe("derivatives, on the GPU device", () => checkGradients("gpu"));
