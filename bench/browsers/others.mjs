// @ts-check
/** How much of the machine other processes, and other guests of the host, take while something is measured (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks since the machine started: in all, busy or taken by the host, and those of this process and what it has started. */
function readTicks() {
  const [, ...fields] = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/);
  const [user, nice, system, idle, wait, irq, softirq, steal] = fields.map(Number);
  const busy = [user, nice, system, irq, softirq, steal].reduce((sum, part) => Number(sum) + Number(part), 0);
  return { all: Number(busy) + Number(idle) + Number(wait), busy: Number(busy), own: ownTicks() };
}

function ownTicks() {
  /** Parents and ticks by number of the process. @type {Map<number, { parent: number, ticks: number }>} */
  const processes = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, "utf8");
      // The name of the program, which may have blanks, ends with the last bracket.
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      const ticks = fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
      processes.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It has ended.
    }
  }
  /** @param {number} number @returns {boolean} */
  const isOwn = (number) => {
    if (number === process.pid) return true;
    const parent = processes.get(number)?.parent;
    return parent !== undefined && isOwn(parent);
  };
  return [...processes].reduce((sum, [number, { ticks }]) => sum + (isOwn(number) ? ticks : 0), 0);
}

/** Begins to watch. @returns the part of the machine, 0 … 1, that others have taken since; NaN where the system does not tell */
export function watchOthers() {
  if (process.platform !== "linux") return () => Number.NaN;
  const before = readTicks();
  return () => {
    const now = readTicks();
    return Math.max(0, (now.busy - before.busy - (now.own - before.own)) / (now.all - before.all));
  };
}

/** Other processes take less than this part of a quiet machine. */
export const QUIET = 0.03;

/** Waits until the machine is quiet. @param {number} patience seconds at most @returns the seconds that it waited */
export async function waitForQuiet(patience) {
  const began = performance.now();
  const waited = () => (performance.now() - began) / 1000;
  for (;;) {
    const tookOthers = watchOthers();
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (!(tookOthers() > QUIET) || waited() > patience) return waited();
  }
}
