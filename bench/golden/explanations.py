"""
Writes test/golden/explanations.json: what the functions of fovea/insight give, computed by PyTorch's autograd (and NumPy) on a small
network with random weights. Run by hand; it needs torch and numpy alone:

    bench/.venv/bin/python bench/golden/explanations.py
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from arrays import encode

HEIGHT, WIDTH, COLOURS, CLASSES = 10, 9, 2, 6
TARGET = pathlib.Path(__file__).parents[2] / "test" / "golden" / "explanations.json"

rng = np.random.default_rng(20261130)


def draw(*shape, scale=1.0):
    return np.round(scale * rng.standard_normal(shape), 4).astype(np.float32)


# Keras's shapes: kernels [rows, columns, in, out], Dense [in, out].
weights = [
    draw(3, 3, COLOURS, 5, scale=0.3), draw(5, scale=0.1),
    draw(3, 3, 5, 4, scale=0.3), draw(4, scale=0.1),
    draw(4 * 4 * 4, CLASSES, scale=0.3), draw(CLASSES, scale=0.1),
]
images = np.round(rng.uniform(0, 1, (3, HEIGHT, WIDTH, COLOURS)), 4).astype(np.float32)
classes = [4, 0, 3]


def forward(x, w):
    """x [n, h, w, c] in float64; gives the maps of both convolutions, channels last, and logits."""
    first = F.relu(F.conv2d(x.permute(0, 3, 1, 2), w[0].permute(3, 2, 0, 1), w[1], padding=1)).permute(0, 2, 3, 1)
    second = F.relu(F.conv2d(first.permute(0, 3, 1, 2), w[2].permute(3, 2, 0, 1), w[3], stride=2)).permute(0, 2, 3, 1)
    return first, second, second.reshape(len(x), -1) @ w[4] + w[5]


def floats(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


w64 = [floats(each) for each in weights]
x = floats(images).requires_grad_(True)
first, second, logits = forward(x, w64)
chosen = sum(logits[i, c] for i, c in enumerate(classes))
slopes, by_first, by_second = torch.autograd.grad(chosen, [x, first, second], retain_graph=True)


def grad_cam(maps, by_maps):
    return F.relu((maps * by_maps.mean((1, 2), keepdim=True)).sum(-1)).detach().numpy()


def hi_res_cam(maps, by_maps):
    return F.relu((maps * by_maps).sum(-1)).detach().numpy()


def covered(size, stride, fill):
    whole = torch.softmax(logits, -1)
    rows, columns = (HEIGHT - size) // stride + 1, (WIDTH - size) // stride + 1
    falls = np.zeros((len(images), rows, columns))
    for i in range(rows):
        for j in range(columns):
            patched = floats(images)
            patched[:, i * stride:i * stride + size, j * stride:j * stride + size] = fill
            scores = torch.softmax(forward(patched, w64)[2], -1)
            falls[:, i, j] = [(whole[n, c] - scores[n, c]).item() for n, c in enumerate(classes)]
    return falls


def field(unit):
    row, column, channel = unit
    slope = torch.autograd.grad(second[:, row, column, channel].sum(), x, retain_graph=True)[0]
    return slope.abs().mean(0).sum(-1).numpy()


def norms():
    trained = [each.clone().requires_grad_(True) for each in w64]
    loss = F.cross_entropy(forward(floats(images), trained)[2], torch.tensor(classes))
    return np.array([each.norm().item() for each in torch.autograd.grad(loss, trained)])


def slid():
    """A second network without padding: Conv2D 3x3, Dense over its maps; over a page, window by window."""
    kernel, bias, dense, offset = draw(3, 3, 1, 3, scale=0.5), draw(3, scale=0.1), draw(4 * 4 * 3, 5, scale=0.5), draw(5)
    page = np.round(rng.uniform(0, 1, (11, 13, 1)), 4).astype(np.float32)
    k, b, d, o = map(floats, (kernel, bias, dense, offset))
    scores = np.zeros((6, 8, 5))
    for i in range(6):
        for j in range(8):
            window = floats(page[None, i:i + 6, j:j + 6])
            maps = F.relu(F.conv2d(window.permute(0, 3, 1, 2), k.permute(3, 2, 0, 1), b)).permute(0, 2, 3, 1)
            scores[i, j] = torch.softmax(maps.reshape(1, -1) @ d + o, -1)[0].numpy()
    return {"weights": [encode(each) for each in (kernel, bias, dense, offset)], "page": encode(page), "scores": encode(scores)}


def components(rows, width, count):
    """Singular value decomposition; the largest entry of each direction is positive."""
    data = draw(rows, width) * np.linspace(2, 0.5, width, dtype=np.float32).round(4)
    data = data.astype(np.float32)
    centred = data.astype(np.float64) - data.astype(np.float64).mean(0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    vt = vt[:count] * np.sign(np.take_along_axis(vt[:count], np.abs(vt[:count]).argmax(1)[:, None], 1))
    shares = (s**2 / (s**2).sum())[:count]
    return {"rows": encode(data), "components": encode(vt), "coordinates": encode(centred @ vt.T), "shares": encode(shares)}


made = {
    "weights": [encode(each) for each in weights],
    "images": encode(images),
    "classes": classes,
    "logits": encode(logits.detach().numpy()),
    "gradient": encode(slopes.numpy()),
    "gradient_x_input": encode((slopes * x).detach().numpy()),
    "gradCam": {"first": encode(grad_cam(first, by_first)), "second": encode(grad_cam(second, by_second)),
                "hiRes": encode(hi_res_cam(second, by_second))},
    "occlusion": {"size": 3, "stride": 2, "fill": 0.25, "maps": encode(covered(3, 2, 0.25))},
    "field": {"unit": [1, 2, 3], "map": encode(field([1, 2, 3]))},
    "norms": encode(norms()),
    "slide": slid(),
    "components": [components(9, 4, 3), components(5, 12, 2)],
}
TARGET.write_text(json.dumps(made, separators=(",", ":")) + "\n")
print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
