import { describe } from "vitest";
import { testOwnTraining } from "./own-training.ts";

describe("own training on the GPU", () => testOwnTraining("gpu"));
