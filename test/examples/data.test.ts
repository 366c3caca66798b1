import { describe } from "vitest";
import { checkData } from "./data.ts";

describe.each(["reference", "cpu"] as const)("data and callbacks, on the %s device", checkData);
