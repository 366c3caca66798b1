/** Shaders with one thread per element (or per four): thread numbers over a two-dimensional grid, since one dimension ends at 65535. */

/** Threads of a workgroup. */
export const WORKGROUP = 64;
const MOST_GROUPS = 65535;

/** Workgroups for so many threads. */
export function flatWorkgroups(threads: number): [number, number, number] {
  return foldWorkgroups(Math.max(1, Math.ceil(threads / WORKGROUP)));
}

/** So many workgroups in two dimensions; those beyond the last one must end at once. */
export function foldWorkgroups(groups: number): [number, number, number] {
  const x = Math.min(groups, MOST_GROUPS);
  return [x, Math.ceil(groups / x), 1];
}

/** The number of a workgroup of `foldWorkgroups`, of `workgroup_id` group. */
export const foldedGroup = `group.x + group.y * ${MOST_GROUPS}u`;

/** An entry point that runs `body` with `id`, the thread's number, for those below `count`. */
export function flatMain(count: string, body: string): string {
  return `
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) at: vec3u) {
  let id = at.x + at.y * ${MOST_GROUPS * WORKGROUP}u;
  if (id >= ${count}) { return; }
${body}
}`;
}

/** Elements of one row (or all) as a count of live ones. */
export function liveCount(batched: boolean, size: number): string {
  return batched ? `step.rows * ${size}u` : `${size}u`;
}
