import { describe } from "vitest";
import { checkStructures } from "./structures.ts";

describe("models of every structure, on the GPU device", () => checkStructures("gpu"));
