/** fast-check with the seed of the run. What it prints of a failure has the seed and the path to the case. */
import fc from "fast-check";
import { testSeed } from "./seed.ts";

fc.configureGlobal({ seed: testSeed });

export { fc };
