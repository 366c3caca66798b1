"""Numbers as Python writes them in the names of checkpoints: python3 bench/golden/file_patterns.py > test/golden/file-patterns.json"""

import json
import sys

FLOATS = [0.125, 0.375, 2.5, 0.5, 1.5, 0.625, 0.1234567, 1e-5, 0.0001, 123456.789, 1e16, 1e22, 0.0, -0.125, -2.5]
FLOATS += [0.30000001192092896, 0.9830999970436096, 99999.5, 1.0, 12.0, 0.00012345, 9.9995, float("inf"), float("nan")]
FLOAT_SPECS = ["", ".2f", "05.1f", ".0f", "f", ".3e", "e", ".0e", ".3g", "g", ".8g", "+.2f", " .2f", "08.3f", "*>9.2f"]
FLOAT_SPECS += ["<8.2f", "^9.2f", ".1%", "%", ".4", "10.3", "E", ".2G", ".3F", "0=9.2f"]
WHOLE = [0, 1, 7, 12, 120]
WHOLE_SPECS = ["", "d", "02d", "5d", "<4d", "+d", "^5d", ".2f", "e", "%", "x>6d"]


def table(specs, values):
    return {spec: [("{x:%s}" % spec).format(x=value) for value in values] for spec in specs}


written = {
    "python": sys.version.split()[0],
    "floats": [repr(value) for value in FLOATS],
    "floatSpecs": table(FLOAT_SPECS, FLOATS),
    "whole": WHOLE,
    "wholeSpecs": table(WHOLE_SPECS, WHOLE),
}
print("{" + ",\n".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in written.items()) + "}")
