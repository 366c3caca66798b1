/** Models as code: `import { parseKeras, writePython, writeTypeScript } from "fovea/code"`. */
export { CodeError, type CodePlace } from "./code-error.ts";
export { type CodeLayer, type IgnoredCode, type KerasCode, parseKeras } from "./keras-code.ts";
export { writePython, writeTypeScript } from "./write-code.ts";
