import { describe } from "vitest";
import { checkOwnTraining } from "./own-training.ts";

describe.each(["reference", "cpu"] as const)("own training, on the %s device", checkOwnTraining);
