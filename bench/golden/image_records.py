"""
Writes test/golden/image-records.json: what Keras's layers of images make of images, labels, boxes and masks for transformations that are
stated here, and what RandAugment and AugMix make of images for augmentations that are stated. Run by hand:

    KERAS_BACKEND=tensorflow bench/.venv/bin/python bench/golden/image_records.py
"""
import json
import pathlib

import keras
import numpy as np
from keras import layers, ops

from arrays import encode, seeded

TARGET = pathlib.Path(__file__).parents[2] / "test" / "golden" / "image-records.json"

# Sides in pixels of images of 6 rows and 8 columns.
CORNERS = np.array([[[1, 1, 4, 5], [2, 0, 8, 3]], [[5, 2, 7, 6], [0, 1, 2, 2]]], np.float32)
NUMBERS = np.array([[2, 0], [1, 3]], np.int32)
# The last box stands for none. Of Keras's layers Resizing alone keeps such boxes as they are.
PADDED = np.array([[[1, 1, 4, 5], [2, 0, 8, 3]], [[5, 2, 7, 6], [0, 0, 0, 0]]], np.float32)


def arrays(value):
    """Keras's transformation with tensors in the place of lists."""
    if isinstance(value, dict):
        return {name: arrays(each) for name, each in value.items()}
    return ops.convert_to_tensor(value) if isinstance(value, np.ndarray) else value


def encoded(value):
    if isinstance(value, dict):
        return {name: encoded(each) for name, each in value.items()}
    if isinstance(value, np.ndarray):
        return encode(value.astype(np.float32)) if value.dtype == bool else encode(value)
    return [encoded(each) for each in value] if isinstance(value, (list, tuple)) else value


def numbers(tensor):
    return encode(np.asarray(ops.convert_to_numpy(tensor), np.float32))


def record_case(name, config, transformation=None, size=(6, 8), boxes=CORNERS, masks=True):
    rng = seeded("records", name, json.dumps(config))
    images = np.round(rng.uniform(0, 1, (2, *size, 2)), 4).astype(np.float32)
    classes = rng.integers(0, 4, (2, *size, 1)).astype(np.int32)
    layer = getattr(layers, name)(**config)
    form = config["bounding_box_format"]
    given = np.asarray(
        keras.utils.bounding_boxes.convert_format(boxes, source="xyxy", target=form, height=size[0], width=size[1])
    )
    # Zeros in any form: those of a middle and a size stay 0.
    given = np.where((boxes == 0).all(-1, keepdims=True), np.float32(0), given)
    full = {"input_shape": images.shape, **(transformation or {})} if isinstance(transformation, dict) else transformation
    if full is None:
        full = layer.get_random_transformation({"images": images})
    if name == "RandomRotation":
        count = len(images)
        nothing, one = ops.zeros([count]), ops.ones([count])
        full["rotation_matrix"] = layer._compute_affine_matrix(
            0.5, 0.5, ops.convert_to_tensor(full["angle"]), nothing, nothing, one, nothing, nothing, *size
        )
        full.update(image_height=size[0], image_width=size[1], batch_size=count)
    if name == "RandomPerspective":
        height, width = size
        corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], np.float32)
        full["start_points"] = np.repeat(corners[None], len(images), axis=0)
    full = arrays(full)
    case = {
        "layer": name,
        "config": config,
        "record": {
            "images": encode(images),
            "boundingBoxes": {"boxes": encode(given), "labels": encode(NUMBERS)},
            **({"segmentationMasks": encode(classes)} if masks else {}),
        },
        "transformation": encoded(transformation),
    }
    moved = layer.transform_bounding_boxes({"boxes": ops.convert_to_tensor(given), "labels": ops.convert_to_tensor(NUMBERS)}, full)
    made = layer.transform_images(ops.convert_to_tensor(images), full)
    case["output"] = {
        "images": numbers(made),
        "boundingBoxes": {"boxes": numbers(moved["boxes"]), "labels": numbers(moved["labels"])},
    }
    if masks:
        floats = ops.convert_to_tensor(classes.astype(np.float32))
        case["output"]["segmentationMasks"] = numbers(layer.transform_segmentation_masks(floats, full))
    return case


def floats(*values):
    return np.array(values, np.float32)


def bits(*values):
    return np.array(values, bool)


flips = {"flips": bits(1, 0).reshape(2, 1, 1, 1)}
# Within the parts that are cut out: Keras takes rows off columns, and clips at 0 alone.
INNER = np.array([[[2, 2, 4, 5], [3, 2, 5, 4]], [[2, 3, 4, 5], [2, 2, 3, 5]]], np.float32)
SQUARE = np.array([[[1, 1, 4, 5], [2, 0, 6, 3]], [[3, 2, 5, 6], [0, 1, 2, 3]]], np.float32)

records = [
    record_case("RandomFlip", {"mode": "horizontal", "bounding_box_format": "xyxy"}, flips),
    record_case("RandomFlip", {"mode": "vertical", "bounding_box_format": "rel_xywh"}, flips),
    record_case("RandomFlip", {"bounding_box_format": "center_xywh"}, flips),
    record_case("RandomRotation", {"factor": 0.1, "bounding_box_format": "xyxy"}, {"angle": floats(31, -17)}),
    record_case(
        "RandomRotation", {"factor": 0.1, "fill_mode": "constant", "bounding_box_format": "xyxy"}, {"angle": floats(90, 200)}
    ),
    record_case(
        "RandomTranslation",
        {"height_factor": 0.5, "width_factor": 0.5, "bounding_box_format": "xywh"},
        {"translations": floats([1.3, -2.2], [-2.7, 1.6])},
    ),
    record_case(
        "RandomTranslation",
        {"height_factor": 0.5, "width_factor": 0.5, "bounding_box_format": "rel_yxyx"},
        {"translations": floats([-7.6, 0.2], [0.4, -3.3])},
    ),
    record_case(
        "RandomZoom",
        {"height_factor": 0.5, "width_factor": 0.5, "bounding_box_format": "center_yxhw"},
        {"height_zoom": floats([0.7], [1.3]), "width_zoom": floats([0.83], [1.21])},
    ),
    record_case(
        "RandomZoom",
        {"height_factor": 0.5, "width_factor": 0.5, "bounding_box_format": "rel_center_xywh"},
        {"height_zoom": floats([1.63], [0.61]), "width_zoom": floats([0.7], [1.4])},
    ),
    record_case(
        "RandomShear",
        {"x_factor": 0.4, "bounding_box_format": "yxyx"},
        {"shear_factor": floats([0.27, 0], [-0.41, 0])},
        size=(6, 6),
        boxes=SQUARE,
    ),
    record_case(
        "RandomShear",
        {"y_factor": 0.4, "bounding_box_format": "rel_xyxy"},
        {"shear_factor": floats([0, 0.27], [0, -0.41])},
        size=(6, 6),
        boxes=SQUARE,
    ),
    record_case("RandomCrop", {"height": 4, "width": 5, "bounding_box_format": "xyxy"}, (2, 2), size=(7, 8), boxes=INNER),
    record_case("CenterCrop", {"height": 4, "width": 3, "bounding_box_format": "xyxy"}),
    record_case("CenterCrop", {"height": 9, "width": 5, "bounding_box_format": "xywh"}, masks=False),
    record_case("Resizing", {"height": 9, "width": 5, "bounding_box_format": "xywh"}),
    record_case("Resizing", {"height": 4, "width": 8, "crop_to_aspect_ratio": True, "bounding_box_format": "rel_xyxy"}),
    record_case("Resizing", {"height": 9, "width": 8, "pad_to_aspect_ratio": True, "bounding_box_format": "xyxy"}, boxes=PADDED),
    record_case(
        "RandomPerspective",
        {"bounding_box_format": "xyxy"},
        {
            "apply_perspective": bits(1, 1),
            "end_points": floats(
                [[0, 0], [6.3, 0.4], [0.5, 4.6], [7.4, 5.5]], [[0, 0], [7.7, -0.6], [-0.8, 5.4], [6.2, 4.1]]
            ),
        },
    ),
]

shear = {"shear_factor": floats([0.2, 0.1], [-0.1, -0.2])}
draws = {
    "random_shear": shear,
    "random_translation": {"translations": floats([1.3, -2.2], [-1.7, 0.6])},
    "random_rotation": {"angle": floats(31, -17)},
    "random_brightness": {"rgb_delta": floats(0.2, -0.1).reshape(2, 1, 1, 1)},
    "random_color_degeneration": {"factor": floats(0.3, 0.6).reshape(2, 1, 1, 1)},
    "random_contrast": {"contrast_factor": floats(0.8, 1.3).reshape(2, 1, 1, 1)},
    "random_sharpness": {"factor": floats(0.7, 0.1)},
    "random_posterization": {"shift_factor": np.array([5, 6], np.int32)},
    "solarization": {
        "additions": floats(11, 20).reshape(2, 1, 1, 1),
        "thresholds": floats(120, 60).reshape(2, 1, 1, 1),
    },
    "auto_contrast": None,
    "equalization": None,
}
NAMES = list(draws)
SIZE = (5, 6)


def drawn():
    """The draws as Keras takes them."""
    made = {name: arrays(each) for name, each in draws.items()}
    nothing, one = ops.zeros([2]), ops.ones([2])
    made["random_rotation"]["rotation_matrix"] = layers.RandomRotation(0.1)._compute_affine_matrix(
        0.5, 0.5, made["random_rotation"]["angle"], nothing, nothing, one, nothing, nothing, *SIZE
    )
    return made


def policy_case(name, config, stated, transformation):
    rng = seeded("policies", name, json.dumps(config), json.dumps(stated))
    images = np.round(rng.uniform(0.05, 0.95, (2, *SIZE, 3)), 4).astype(np.float32)
    layer = getattr(layers, name)(value_range=(0, 1), **config)
    made = layer.transform_images(ops.convert_to_tensor(images), transformation)
    return {
        "layer": name,
        "config": {"value_range": [0, 1], **config},
        "input": encode(images),
        "stated": stated,
        "output": numbers(made),
    }


def rand_augment(*chosen):
    numbered = [NAMES.index(name) for name in chosen]
    transformation = {"layer_idxes": ops.convert_to_tensor(np.array(numbered)), "transforms": drawn()}
    return policy_case("RandAugment", {"num_ops": len(chosen)}, {"layerIdxes": numbered}, transformation)


def aug_mix(chains, weights, share, **config):
    depth = max(len(chain) for chain in chains)
    made = drawn()
    transformation = {
        "chain_mixing_weights": ops.convert_to_tensor(floats(*weights)),
        "weight_sample": ops.convert_to_tensor(np.float32(share)),
        "chain_transforms": [[{"layer_name": name, "transformation": made[name]} for name in chain] for chain in chains],
    }
    stated = {"chains": chains, "chainMixingWeights": weights, "weightSample": share}
    return policy_case("AugMix", {"num_chains": len(chains), "chain_depth": depth, **config}, stated, transformation)


policies = [
    *(rand_augment(name) for name in NAMES),
    rand_augment("random_rotation", "random_shear"),
    rand_augment("solarization", "random_translation", "solarization"),
    aug_mix([["random_shear", "equalization"], ["random_rotation"], []], [0.2, 0.5, 0.3], 0.4),
    aug_mix([["random_brightness", "random_translation"], ["random_sharpness", "random_contrast"]], [0.7, 0.3], 0.25),
    aug_mix([["solarization"], ["auto_contrast", "random_posterization"]], [0.6, 0.4], 0.1, all_ops=False),
]

configs = []
for name, given in [
    ("RandAugment", {}),
    ("RandAugment", {"factor": [0.2, 0.7], "num_ops": 3, "value_range": [0, 1], "seed": 4}),
    ("AugMix", {}),
    ("AugMix", {"alpha": 0.5, "all_ops": False, "chain_depth": 2, "interpolation": "nearest"}),
    ("RandomFlip", {"bounding_box_format": "rel_xyxy"}),
    ("Resizing", {"height": 4, "width": 5, "bounding_box_format": "xywh"}),
]:
    config = getattr(layers, name)(**given).get_config()
    kept = {key: value for key, value in config.items() if key not in ("name", "trainable", "dtype")}
    configs.append({"layer": name, "given": given, "config": kept})


def lines(rows):
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"


TARGET.write_text(
    "{"
    + f'"keras":"{keras.__version__}",\n"draws":{json.dumps(encoded(draws), separators=(",", ":"))},\n'
    + f'"records":{lines(records)},\n"policies":{lines(policies)},\n"configs":{lines(configs)}'
    + "}\n"
)
print(f"{TARGET.name}: {len(records)} records, {len(policies)} policies of Keras {keras.__version__}")
