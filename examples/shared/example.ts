/** What every program has: `fovea example` runs it by these. The one place where the programs know of the command, and types alone. */
export type { Answer, DrawOptions, Example, Figures, RunOptions, SetUp } from "../../src/cli/example.ts";
