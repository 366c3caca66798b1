/** Waits so many turns of the event loop: for what needs no time, but others' turns. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}
