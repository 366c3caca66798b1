"""The handout's model in PyTorch on a CUDA GPU: eager and compiled, float32 and TF32. One line of JSON per measurement.

python3 bench/gpu/torch_cuda.py [--batches 32,128,512,2048] [--seconds 2] [--device cuda]
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--batches", default="32,128,512,2048")
parser.add_argument("--seconds", type=float, default=2)
parser.add_argument("--device", default="cuda")
options = parser.parse_args()
cuda = options.device == "cuda"
if cuda and not torch.cuda.is_available():
    raise SystemExit("PyTorch sees no CUDA GPU.")


def say(message):
    print(json.dumps(message), flush=True)


def synchronize():
    if cuda:
        torch.cuda.synchronize()


def make_step(batch, compiled, data):
    """A training step as a careful user writes it: data on the device, loss and accuracy summed there, nothing waited for."""
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(1, 64, 3), nn.ReLU(), nn.Conv2d(64, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18432, 10)
    ).to(options.device)
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    images, labels = data
    totals = torch.zeros(2, device=options.device)
    forward = torch.compile(model) if compiled else model

    def train(index):
        rows = slice(index * batch % len(images), index * batch % len(images) + batch)
        x, y = images[rows], labels[rows]
        optimizer.zero_grad(set_to_none=True)
        output = forward(x)
        loss = nn.functional.cross_entropy(output, y)
        loss.backward()
        optimizer.step()
        totals[0] += loss.detach()
        totals[1] += (output.argmax(1) == y).sum()

    def predict(index):
        rows = slice(index * batch % len(images), index * batch % len(images) + batch)
        with torch.no_grad():
            torch.softmax(forward(images[rows]), 1)

    return train, predict


def images_per_second(step, batch):
    """Median of five measurements, each over a fifth of the time."""
    for index in range(5):
        step(index)
    synchronize()
    speeds = []
    for _ in range(5):
        start = time.perf_counter()
        steps = 0
        while True:
            for _ in range(10):
                step(steps)
                steps += 1
            synchronize()
            taken = time.perf_counter() - start
            if taken >= options.seconds / 5:
                break
        speeds.append(steps * batch / taken)
    return statistics.median(speeds)


name = torch.cuda.get_device_name() if cuda else "cpu"
say({"torch": torch.__version__, "gpu": name})
for batch in map(int, options.batches.split(",")):
    data = (
        torch.rand(4 * batch, 1, 28, 28, device=options.device),
        torch.randint(0, 10, (4 * batch,), device=options.device),
    )
    for tf32 in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        for compiled in (False, True):
            kind = f"{'compiled' if compiled else 'eager'} {'tf32' if tf32 else 'fp32'}"
            try:
                for task, step in zip(("train", "predict"), make_step(batch, compiled, data)):
                    say({"peer": kind, "task": task, "batch": batch, "imagesPerSecond": images_per_second(step, batch)})
            except Exception as error:  # torch.compile needs a C compiler, which the machine may lack
                say({"peer": kind, "batch": batch, "error": str(error).splitlines()[0]})
