"""
Makes the golden numbers: `python make.py [KIND …]` writes test/golden/KIND.json for each kind, or for all; `python make.py --check FILE …` computes the numbers of
such files again from the inputs in them and compares. README.md says more.
"""
import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from arrays import Draw, decode, encode, seeded

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent.parent / "test" / "golden"
BACKENDS = ("torch", "tensorflow")

# Of each kind: the name of its list in the file, and what the file says about its numbers.
FILES = {
    "activations": ("activations", None),
    "callbacks": ("callbacks", None),
    "layers": ("cases", "gradients are those of sum(output * cotangent) + sum(losses)"),
    "losses": ("losses", "gradients are those of sum(value) by yPred"),
    "metrics": ("metrics", None),
    "optimizers": ("cases", None),
    "preprocessing": ("cases", None),
    "schedules": ("cases", None),
    "weight-objects": (None, None),
}
# The keys of a case that Keras computes; what else it holds is given.
COMPUTED = {
    "activations": ("output", "inputGrad"),
    "callbacks": ("rows", "finalWeight"),
    "layers": ("output", "losses", "inputGrads", "weightGrads", "weightsAfter", "outputShape"),
    "losses": ("value", "gradient"),
    "metrics": ("results",),
    "optimizers": ("after", "final", "slots", "learningRate", "iterations"),
    "preprocessing": ("output", "boundaries"),
    "schedules": ("values",),
    "weight-objects": ("loss", "gradient", "result"),
    "window-ops": ("output", "inputGrads", "weightGrads"),
}
# |a - b| / max(1, |b|) between two backends, or between this run and a file.
TOLERANCE = 2e-5


def drawn(value, rng):
    """Replaces draws by arrays, in the order in which they stand."""
    if isinstance(value, Draw):
        return encode(value.make(rng))
    if isinstance(value, dict):
        return {key: drawn(each, rng) for key, each in value.items()}
    return [drawn(each, rng) for each in value] if isinstance(value, list) else value


def updates(case, rng):
    """A metric's case draws its arrays once for each update."""
    made = []
    for _ in range(2):
        update = {"yTrue": drawn(case["yTrue"], rng)}
        if isinstance(case["yPred"], tuple):
            _, other, spread = case["yPred"]
            array = decode(update[other])
            noise = spread * rng.standard_normal(array.shape)
            update["yPred"] = encode(np.round(array + noise, 4).astype(np.float32))
        else:
            update["yPred"] = drawn(case["yPred"], rng)
        made.append({**update, "sampleWeight": drawn(case["sampleWeight"], rng)})
    return {"metric": case["metric"], "config": case["config"], "updates": made}


def listed(kind):
    """The cases of a kind with their inputs, and the backend whose numbers count."""
    seen = {}
    for case in importlib.import_module(f"cases.{kind.replace('-', '_')}").cases:
        given = {key: value for key, value in case.items() if key != "on"}
        text = json.dumps(given, default=repr)
        # Two equal lines are two cases.
        seen[text] = seen.get(text, 0) + 1
        key = [kind, text, seen[text]]
        rng = seeded("inputs", key)
        yield {**(updates(given, rng) if kind == "metrics" else drawn(given, rng)), "key": key}, case.get("on")


def computed(jobs):
    """For each job, which is a kind and its cases: the results of both backends, case by case. And Keras's version."""
    answers = {}
    for backend in BACKENDS:
        command = [sys.executable, str(HERE / "compute.py")]
        environment = {**os.environ, "KERAS_BACKEND": backend}
        run = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, env=environment)
        if run.returncode != 0:
            raise SystemExit(f"{' '.join(command)} on {backend} failed:\n{run.stderr}")
        answers[backend] = json.loads(run.stdout)
    results = zip(*(answers[backend]["results"] for backend in BACKENDS))
    paired = [[dict(zip(BACKENDS, pair)) for pair in zip(*lists)] for lists in results]
    return paired, answers[BACKENDS[0]]["keras"]


def distance(a, b):
    """The largest |a - b| / max(1, |b|) of two structures; infinite where they are not alike."""
    if isinstance(a, dict) and isinstance(b, dict):
        if b.get("dtype") == "string":
            return 0 if a == b else np.inf
        if "data" in b:
            x, y = decode(a).astype(np.float64), decode(b).astype(np.float64)
            # Some files keep arrays without the axes of size one.
            if x.size != y.size:
                return np.inf
            gap = np.abs(x.ravel() - y.ravel()) / np.maximum(1, np.abs(y.ravel()))
            return float(np.max(np.where(x.ravel() == y.ravel(), 0, gap), initial=0))
        return max((distance(a.get(key), b[key]) for key in b if key != "path"), default=0)
    if isinstance(a, list) and isinstance(b, list):
        return max((distance(x, y) for x, y in zip(a, b)), default=0) if len(a) == len(b) else np.inf
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) / max(1, abs(b))
    return 0 if a == b else np.inf


def title(case):
    names = ("layer", "activation", "loss", "metric", "optimizer", "schedule", "callback", "regularizer", "constraint", "initializer")
    return f"{next(case[name] for name in names if name in case)} {json.dumps(case['config'])}"


def chosen(kind, case, results, on):
    """The numbers that count: PyTorch's, unless the list says whose. Where it does not, both backends must agree."""
    first = results[on or BACKENDS[0]]
    if "error" in first:
        raise SystemExit(f"{title(case)}: {first['error']}")
    other = results[BACKENDS[1]]
    if on is None:
        gap = np.inf if "error" in other else max(distance(other.get(key), first.get(key)) for key in COMPUTED[kind])
        if gap > TOLERANCE:
            raise SystemExit(f"{title(case)}: torch and tensorflow differ by {gap:.1e} {other.get('error', '')}; say whose numbers count")
    return first


def make(kinds):
    given = {kind: list(listed(kind)) for kind in kinds}
    results, version = computed([(kind, [case for case, _ in given[kind]]) for kind in kinds])
    for kind, result in zip(kinds, results):
        write(kind, given[kind], result, version)


def write(kind, given, results, version):
    cases = [case for case, _ in given]
    finished = [
        {**{name: value for name, value in case.items() if name not in ("key", "list")}, **chosen(kind, case, result, on)}
        for (case, on), result in zip(given, results)
    ]
    name, note = FILES[kind]
    groups = {}
    for case, row in zip(cases, finished):
        groups.setdefault(case.get("list", name), []).append(json.dumps(row, separators=(",", ":")))
    # One case a line, so that a change shows which one changed.
    parts = [f'"keras":"{version}"'] + ([f'"note":{json.dumps(note)}'] if note else [])
    parts += [f'"{group}":[\n{",".join(f"{row}" + chr(10) for row in rows)}]' for group, rows in groups.items()]
    path = GOLDEN / f"{kind}.json"
    partial = path.with_suffix(".json.partial")
    partial.write_text("{" + ",\n".join(parts) + "}\n")
    partial.replace(path)
    print(f"{path.name}: {len(finished)} cases of Keras {version}")


# What a file may hold beyond the cases that this script knows how to run.
FOREIGN = ("callArgs", "positional", "cotangents", "outputs")


LISTS = {
    "activations": "activations",
    "callbacks": "callbacks",
    "constraints": "weight-objects",
    "initializers": "weight-objects",
    "losses": "losses",
    "metrics": "metrics",
    "regularizers": "weight-objects",
}


def rows_of(path):
    """The lists of a file that this script can compute again: (name, kind, cases, how many others there are)."""
    content = json.loads(Path(path).read_text())
    for name, rows in content.items():
        if not isinstance(rows, list) or name not in (*LISTS, "cases"):
            continue
        first = rows[0]
        of_layers = "layers" if "weightsAfter" in first else "window-ops"
        kind = LISTS.get(name) or ("optimizers" if "optimizer" in first else "schedules" if "schedule" in first else of_layers)
        known = [row for row in rows if not any(each in row for each in FOREIGN) and row.get("layer") != "Sequential"]
        if kind == "callbacks":
            known = [row for row in known if row["callback"] != "ModelCheckpoint"]
        yield name, kind, known, len(rows) - len(known)


def given(kind, row, index):
    """A row of a file as compute.py takes it."""
    case = {**row, "key": ["check", index]}
    if kind == "window-ops":
        case["weights"] = [{"value": value} for value in row["weights"]]
    if kind == "losses" and row["gradient"] is None:
        case["gradient"] = False
    return case


def check(paths):
    """Compares the numbers of files with Keras's for the files' own inputs. Returns how many cases differ from both backends."""
    lists = [(path, *each) for path in paths for each in rows_of(path)]
    jobs = [(kind, [given(kind, row, i) for i, row in enumerate(rows)]) for _, _, kind, rows, _ in lists]
    results, version = computed(jobs)
    failures = 0
    for (path, name, kind, rows, others), answers in zip(lists, results):
        worst = 0
        for row, answer in zip(rows, answers):
            wanted = ["value"] if "initializer" in row else [key for key in COMPUTED[kind] if row.get(key) is not None]
            gaps = {
                backend: np.inf if "error" in each else max((distance(each.get(key), row[key]) for key in wanted), default=0)
                for backend, each in answer.items()
            }
            gap = min(gaps.values())
            worst = max(worst, gap)
            if gap > TOLERANCE:
                failures += 1
                said = " ".join(each["error"] for each in answer.values() if "error" in each)
                print(f"  {title(row)}: {', '.join(f'{backend} {value:.1e}' for backend, value in gaps.items())} {said}")
        left = f", {others} of other forms left out" if others else ""
        print(f"{path}, {name}: {len(rows)} cases, at most {worst:.1e} from the nearer backend (Keras {version}){left}")
    return failures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="kinds, or files with --check")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        sys.exit(1 if check(options.names) else 0)
    unknown = [name for name in options.names if name not in FILES]
    if unknown:
        raise SystemExit(f"no kind {unknown[0]!r}; there are {', '.join(FILES)}")
    make(options.names or list(FILES))
