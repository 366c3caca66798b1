"""
Makes test/golden/data-files.json: small files that NumPy wrote, in base64, with what they hold. `python data_files.py` after
`pip install numpy`; run by hand, when a case is added.
"""
import base64
import io
import json
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).resolve().parent.parent.parent / "test" / "golden"


def text(data):
    return base64.b64encode(data).decode()


def npy(array, version=None, **options):
    file = io.BytesIO()
    if version is None:
        np.save(file, array, **options)
    else:
        np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def case(name, array, version=None):
    return {"name": name, "file": text(npy(array, version)), "shape": list(array.shape), "values": array.astype("float64").ravel().tolist()}


def arrays():
    cube = np.arange(-12, 12).reshape(2, 3, 4)
    types = ["<i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]
    made = [case(f"{dtype} in C order", (cube / 4 if "f" in dtype else cube * 3).astype(dtype)) for dtype in types]
    made += [case(dtype, np.abs(cube).astype(dtype)) for dtype in ["u1", "<u2", ">u2", "<u4", "<u8"]]
    made += [
        case("booleans", cube % 2 == 0),
        case("Fortran order, rank 3", np.asfortranarray(cube.astype("<f4"))),
        case("Fortran order, rank 4", np.asfortranarray(np.arange(48, dtype="<i4").reshape(2, 3, 2, 4))),
        case("a scalar", np.array(2.5, "<f4")),
        case("no values", np.zeros((0, 3), "<f4")),
        case("version 2.0", cube.astype("<f4"), (2, 0)),
        case("version 3.0", cube.astype("<f4"), (3, 0)),
        case("halves at the edges", np.array([6.0e-8, -6.1e-5, 65504, -0.0, 1 / 3], "<f2")),
    ]
    refused = {
        "int64 beyond int32": npy(np.array([2**40])),
        "complex": npy(np.array([1j])),
        "text": npy(np.array(["ab"])),
        "records": npy(np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")])),
        "objects": npy(np.array([[1], [2, 3]], dtype=object), allow_pickle=True),
    }
    return made, {name: text(file) for name, file in refused.items()}


def archives():
    made = {}
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, x=np.arange(300, dtype="<f4").reshape(100, 3), y=np.arange(100) % 7)
        made[save.__name__] = text(file.getvalue())
    return made


made, refused = arrays()
written = {"note": f"written by NumPy {np.__version__}; bench/golden/data_files.py", "npy": made, "refused": refused, "npz": archives()}
(GOLDEN / "data-files.json").write_text(json.dumps(written, separators=(",", ":")) + "\n")
