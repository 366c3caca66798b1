import { describe } from "vitest";
import { checkData } from "./data.ts";

describe("data and callbacks, on the GPU device", () => checkData("gpu"));
