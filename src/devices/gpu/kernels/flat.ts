/**
 * Shaders with one thread per element (or per four). Thread numbers run over a two-dimensional grid, because one dimension is
 * limited to 65535 workgroups.
 */

/** Threads per workgroup. */
export const WORKGROUP = 64;
const MOST_GROUPS = 65535;

/** Workgroups for a number of threads. */
export function flatWorkgroups(threads: number): [number, number, number] {
  return foldWorkgroups(Math.max(1, Math.ceil(threads / WORKGROUP)));
}

/** Distributes workgroups over two dimensions; excess workgroups must return immediately. */
export function foldWorkgroups(groups: number): [number, number, number] {
  const x = Math.min(groups, MOST_GROUPS);
  return [x, Math.ceil(groups / x), 1];
}

/** WGSL of a workgroup's number in `foldWorkgroups`, where `group` is its `workgroup_id`. */
export const foldedGroup = `group.x + group.y * ${MOST_GROUPS}u`;

/** An entry point that runs `body` for each thread number `id` below `count`. */
export function flatMain(count: string, body: string): string {
  return `
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) at: vec3u) {
  let id = at.x + at.y * ${MOST_GROUPS * WORKGROUP}u;
  if (id >= ${count}) { return; }
${body}
}`;
}

/** WGSL of the number of live elements: of all live rows, or of one unbatched value. */
export function liveCount(batched: boolean, size: number): string {
  return batched ? `step.rows * ${size}u` : `${size}u`;
}
