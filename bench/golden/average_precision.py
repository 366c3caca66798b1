"""Average precision as pycocotools computes it: python3 bench/golden/average_precision.py > test/golden/average-precision.json"""

import contextlib
import json
import os

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def boxes(random, count, sides):
    left_top = random.uniform(0, 80, (count, 2))
    return np.concatenate([left_top, left_top + random.uniform(*sides, (count, 2))], axis=1).round(1)


def draw(random, images, classes, crowds):
    """True boxes, and found ones: moved, of another class, made up, left out."""
    truth, found = [], []
    for _ in range(images):
        true = boxes(random, random.integers(0, 7), (6, 30))
        labels = random.integers(0, classes, len(true))
        truth.append([
            {"box": box.tolist(), "label": int(label), "crowd": bool(crowds and random.random() < 0.2)}
            for box, label in zip(true, labels)
        ])
        seen = []
        for box, label in zip(true, labels):
            for _ in range(random.integers(0, 3)):
                moved = (box + random.normal(0, 2.5, 4)).round(1)
                if moved[2] <= moved[0] or moved[3] <= moved[1]:
                    continue
                other = random.integers(0, classes) if random.random() < 0.15 else label
                seen.append({"box": moved.tolist(), "label": int(other)})
        for box in boxes(random, random.integers(0, 3), (4, 20)):
            seen.append({"box": box.tolist(), "label": int(random.integers(0, classes))})
        for each in seen:
            each["score"] = round(float(random.uniform(0.05, 1)), 3)
        found.append(seen)
    return truth, found


def evaluate(truth, found, classes, most):
    def sized(box):
        return [box[0], box[1], box[2] - box[0], box[3] - box[1]]

    annotations, results = [], []
    for image, (true, seen) in enumerate(zip(truth, found)):
        for each in true:
            size = sized(each["box"])
            annotations.append({
                "id": len(annotations) + 1, "image_id": image + 1, "category_id": each["label"] + 1, "bbox": size,
                "area": size[2] * size[3], "iscrowd": int(each["crowd"]),
            })
        for each in seen:
            results.append({"image_id": image + 1, "category_id": each["label"] + 1, "bbox": sized(each["box"]), "score": each["score"]})
    coco = COCO()
    coco.dataset = {
        "info": {}, "images": [{"id": i + 1} for i in range(len(truth))], "annotations": annotations,
        "categories": [{"id": c + 1, "name": str(c)} for c in range(classes)],
    }
    coco.createIndex()
    run = COCOeval(coco, coco.loadRes(results), "bbox")
    run.params.maxDets = [1, most]
    run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
    run.evaluate()
    run.accumulate()
    # [thresholds, recall points, classes, areas, numbers of boxes], -1 where a class has no box.
    precision, recall = run.eval["precision"][..., 0, -1], run.eval["recall"][..., 0, -1]
    known = [c for c in range(classes) if precision[0, 0, c] > -1]
    return {
        "mean": float(precision[..., known].mean()),
        "byThreshold": precision[..., known].mean(axis=(1, 2)).tolist(),
        "byClass": [float(precision[..., c].mean()) if c in known else None for c in range(classes)],
        "recall": float(recall[:, known].mean()),
    }


cases = []
for seed, (images, classes, crowds, most) in enumerate([(1, 1, False, 100), (12, 3, False, 100), (20, 4, True, 100), (10, 2, False, 2)]):
    truth, found = draw(np.random.default_rng(seed), images, classes, crowds)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        expected = evaluate(truth, found, classes, most)
    cases.append({"truth": truth, "found": found, "maxBoxes": most, "expected": expected})
print("[" + ",\n".join(json.dumps(case) for case in cases) + "]")
