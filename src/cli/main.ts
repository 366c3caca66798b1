#!/usr/bin/env node
/** The executable `fovea`. All testable code is in program.ts. */
import { processHost } from "./host.ts";
import { runCli } from "./program.ts";

process.exitCode = await runCli(process.argv.slice(2), processHost());
