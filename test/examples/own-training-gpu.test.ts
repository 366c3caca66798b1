import { describe } from "vitest";
import { checkOwnTraining } from "./own-training.ts";

describe("own training, on the GPU device", () => checkOwnTraining("gpu"));
