// The floors of docs/architecture.md: a folder imports its own floor's folder and lower floors only; twins never import each other.
const floors = [
  ["base"],
  ["ir", "io", "view", "assembler"],
  ["data"],
  ["ops"],
  ["compile", "devices"],
  ["engine"],
  ["nn"],
  ["train"],
  ["storage", "insight", "applications", "distribution"],
  ["cli"],
];
const above = (floor) => floors.slice(floor + 1).flat();
const rules = floors.flatMap((names, floor) =>
  names.map((name) => ({
    name: `floor-${name}`,
    severity: "error",
    from: { path: `^src/${name}/` },
    to: {
      path: `^src/(${[...above(floor), ...names.filter((twin) => twin !== name)].join("|") || "-"}|index\\.ts)`,
      // The command line is a user of the public surface; everything else stays below it.
      ...(name === "cli" ? { pathNot: "^src/index\\.ts$" } : {}),
      // Model files have the two rules below.
      ...(name === "train" ? { pathNot: "^src/storage/" } : {}),
    },
  })),
);
// The one way up: a model's own methods for files load storage/ when they are called, and never otherwise.
const upward = [
  { from: { path: "^src/train/", pathNot: "^src/train/storable\\.ts$" }, to: { path: "^src/storage/" } },
  { from: { path: "^src/train/" }, to: { path: "^src/storage/", dynamic: false } },
].map((rule) => ({ name: "floor-train", severity: "error", ...rule }));
// io, view, assembler and data are side libraries: the first three know base and nothing else, data reads files through io and
// writes the kernels of its images with assembler.
const side = Object.entries({ io: [], view: [], assembler: [], data: ["io", "assembler"] }).map(([name, known]) => ({
  name: `side-${name}`,
  severity: "error",
  from: { path: `^src/${name}/` },
  to: { path: "^src/", pathNot: `^src/(${["base", name, ...known].join("|")})/` },
}));

// The lab is a user of the public surface: the entries that tsconfig.json names. Inside of it, folders import those before them.
const entries = Object.values(require("./tsconfig.json").compilerOptions?.paths ?? {}).flat();
const labFloors = ["base", "engine", "state", "parts", "stations", "shell"];
const lab = [
  {
    name: "lab-public-surface",
    from: { path: "^lab/" },
    to: { path: "^src/", pathNot: entries.map((path) => `^${path.slice(2)}$`) },
  },
  ...labFloors.map((name, floor) => ({
    name: `lab-${name}`,
    from: { path: `^lab/src/${name}/` },
    to: { path: `^lab/src/(${labFloors.slice(floor + 1).join("|") || "-"})/` },
  })),
  // Stations do not know each other.
  {
    name: "lab-station",
    from: { path: "^lab/src/stations/([^/]+)/" },
    to: { path: "^lab/src/stations/[^/]+/", pathNot: "^lab/src/stations/$1/" },
  },
].map((rule) => ({ severity: "error", ...rule }));

module.exports = {
  forbidden: [
    ...rules,
    ...upward,
    ...side,
    ...lab,
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only", "dynamic-import"] } },
    },
    { name: "no-orphan", severity: "error", from: { orphan: true, path: "^src/", pathNot: "worker\\.[jt]s$" }, to: {} },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
