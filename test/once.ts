/** What a process of tests needs once. Vitest runs set-up files again for each file of tests, but not what they import. */
import "./dawn-polling.ts";
import "./typed-arrays.ts";
