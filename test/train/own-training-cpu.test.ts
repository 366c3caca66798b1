import { describe } from "vitest";
import { testOwnTraining } from "./own-training.ts";

describe.each(["reference", "cpu"] as const)("own training on %s", testOwnTraining);
