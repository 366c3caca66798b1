"""Writes small networks of PyTorch's usual kinds as .onnx files, with inputs and ONNX Runtime's outputs: test/golden/onnx/.

Run by hand, with torch, onnx and onnxruntime: python bench/files/torch_onnx.py <folder>. Inputs and outputs that are images are
written with channels last, as fovea has them.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
index = {}


def conv(inputs, outputs, size, **options):
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, bias=False, **options), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """ResNet's basic block."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.one = conv(inputs, outputs, 3, stride=stride, padding=1)
        self.two = conv(outputs, outputs, 3, padding=1)
        self.short = conv(inputs, outputs, 1, stride=stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.two(F.relu(self.one(x))) + self.short(x))


resnet = nn.Sequential(
    conv(3, 6, 7, stride=2, padding=3),
    nn.ReLU(),
    nn.MaxPool2d(3, stride=2, padding=1),
    Block(6, 6, 1),
    Block(6, 8, 2),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(8, 5),
)


class Inverted(nn.Module):
    """MobileNetV2's block."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            conv(inputs, 2 * inputs, 1),
            nn.ReLU6(),
            conv(2 * inputs, 2 * inputs, 3, stride=stride, padding=1, groups=2 * inputs),
            nn.ReLU6(),
            conv(2 * inputs, outputs, 1),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv(3, 4, 3, stride=2, padding=1), nn.ReLU6(), Inverted(4, 4, 1), Inverted(4, 6, 2), conv(6, 12, 1), nn.ReLU6()
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(12, 5))

    def forward(self, x):
        return F.softmax(self.classifier(self.features(x).mean([2, 3])), dim=1)


class Squeeze(nn.Module):
    """EfficientNet's and MobileNetV3's gate of the channels."""

    def __init__(self, channels, hard):
        super().__init__()
        self.one, self.two = nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)
        self.act, self.gate = (nn.ReLU(), nn.Hardsigmoid()) if hard else (nn.SiLU(), nn.Sigmoid())

    def forward(self, x):
        return x * self.gate(self.two(self.act(self.one(F.adaptive_avg_pool2d(x, 1)))))


efficientnet = nn.Sequential(
    conv(3, 6, 3, stride=2, padding=1),
    nn.SiLU(),
    conv(6, 6, 5, padding=2, groups=6),
    nn.SiLU(),
    Squeeze(6, False),
    nn.Conv2d(6, 8, 1),
    nn.Hardswish(),
    Squeeze(8, True),
    nn.AdaptiveAvgPool2d((1, 1)),
    nn.Flatten(1),
    nn.Linear(8, 4),
)


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.one, self.three = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.one(x)), F.relu(self.three(x))], 1)


squeezenet = nn.Sequential(
    nn.Conv2d(3, 6, 3, stride=2),
    nn.ReLU(),
    nn.MaxPool2d(3, stride=2, ceil_mode=True),
    Fire(6, 2, 4),
    nn.MaxPool2d(3, stride=2, ceil_mode=True),
    Fire(8, 3, 4),
    nn.Dropout(),
    nn.Conv2d(8, 5, 1),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d((1, 1)),
    nn.Flatten(1),
)


class DenseNet(nn.Module):
    """Batch normalisation comes before the convolutions, so that it stays in the file."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(4), nn.BatchNorm2d(7), nn.BatchNorm2d(10)])
        self.convs = nn.ModuleList([nn.Conv2d(4, 3, 3, padding=1), nn.Conv2d(7, 3, 3, padding=1)])
        self.head = nn.Linear(5 * 5 * 10, 4)

    def forward(self, x):
        x = self.stem(x)
        for norm, layer in zip(self.norms, self.convs):
            x = torch.cat([x, layer(F.relu(norm(x)))], 1)
        x = F.avg_pool2d(F.relu(self.norms[-1](x)), 2, ceil_mode=True)
        # The columns of a matrix that is flattened from channels first.
        return F.log_softmax(self.head(F.dropout(F.elu(torch.flatten(x, 1)), training=self.training)), 1)


class ShuffleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.group = nn.Conv2d(8, 8, 3, padding=1, groups=2, dilation=1)
        self.halves = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.head = nn.Linear(8, 3)

    @staticmethod
    def shuffle(x, groups):
        batch, channels, height, width = x.shape
        x = x.view(batch, groups, channels // groups, height, width)
        return torch.transpose(x, 1, 2).contiguous().view(batch, -1, height, width)

    def forward(self, x):
        x = self.shuffle(torch.tanh(self.group(self.stem(x))), 2)
        left, right = x.chunk(2, dim=1)
        x = self.shuffle(torch.cat([left, self.halves(right)], dim=1), 2)
        return self.head(x.mean([2, 3]))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(conv(3, 4, 3, padding=1), nn.LeakyReLU(0.2))
        self.low = nn.Sequential(nn.MaxPool2d(2), conv(4, 6, 3, padding=1, dilation=1), nn.PReLU(6))
        self.lower = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(6, 6, 3, padding=2, dilation=2), nn.PReLU())
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.up2 = nn.ConvTranspose2d(10, 4, 3, stride=2, padding=1, output_padding=1)
        self.up3 = nn.ConvTranspose2d(10, 3, 4, stride=2, padding=1)
        self.head = nn.Conv2d(11, 3, 1)

    def forward(self, x):
        a = self.down(x)
        b = self.low(a)
        c = torch.cat([self.up(self.lower(b)), b], 1)
        return F.softmax(self.head(torch.cat([a, self.up2(c), self.up3(c)], 1)), 1)


class Segmenter(nn.Module):
    """The ways of images to another size, and padding that reflects."""

    def __init__(self):
        super().__init__()
        self.one = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(3, 4, 3, stride=2))
        self.two = nn.Conv2d(4, 2, 3, padding="same")

    def forward(self, x):
        x = self.one(x)
        y = F.interpolate(self.two(x), scale_factor=2, mode="bilinear", align_corners=True)
        z = F.interpolate(x[:, 1:3], size=(12, 12), mode="bilinear", align_corners=False)
        w = F.interpolate(x[:, :2], scale_factor=2, mode="nearest")
        v = F.interpolate(x[:, ::2], size=(12, 12), mode="bicubic", align_corners=False)
        return torch.cat([y + z, w - v, F.pixel_shuffle(x, 2)], 1)


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2)
        self.wide, self.tall = nn.Conv2d(4, 3, (1, 7), padding=(0, 3)), nn.Conv2d(3, 3, (7, 1), padding=(3, 0))
        self.head = nn.Linear(15, 4)

    def forward(self, x):
        # Channels are normalised by numbers of the model itself.
        x = self.stem((x - torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1)) / 0.25)
        parts = [
            self.tall(self.wide(x)),
            F.max_pool2d(x, 3, stride=1, padding=1),
            F.avg_pool2d(x, 3, stride=1, padding=1),
            F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False),
        ]
        x = torch.cat(parts, 1)
        return self.head(F.max_pool2d(x, 8).squeeze(-1).squeeze(-1))


class Detector(nn.Module):
    """A head of anchors: boxes [rows, anchors, 4] and classes [rows, anchors, 3]."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 6, stride=2, padding=2), nn.SiLU())
        self.low = nn.Conv2d(24, 14, 1)
        self.high = nn.Conv2d(38, 14, 3, stride=2, padding=1)

    def forward(self, x):
        x = self.stem(x)
        pools = [x]
        for _ in range(3):
            pools.append(F.max_pool2d(pools[-1], 5, stride=1, padding=2))
        wide = torch.cat(pools, 1)
        low = self.low(wide)
        high = self.high(torch.cat([F.silu(low), wide], 1))
        rows = []
        for head in (low, high):
            batch, _, height, width = head.shape
            rows.append(head.view(batch, 2, 7, height, width).permute(0, 1, 3, 4, 2).reshape(batch, -1, 7))
        found = torch.cat(rows, 1)
        return found[..., :4].clamp(-1, 2), torch.sigmoid(found[..., 4:])


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv1d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm1d(4)
        self.two = nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2)
        self.head = nn.Linear(6 * 6, 3)

    def forward(self, x):
        x = F.gelu(self.norm(F.relu(self.one(x))))
        return self.head(F.max_pool1d(F.softplus(self.two(x)), 2).flatten(1))


class Tokens(nn.Module):
    """Numbers to vectors, products with three axes, and a norm over the last of them."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 6)
        self.query, self.key = nn.Linear(6, 6), nn.Linear(6, 6, bias=False)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = self.table(x)
        weights = torch.softmax(self.query(x) @ self.key(x).transpose(1, 2) / 6**0.5, -1)
        return self.head((weights @ x).amax(1))


networks = {
    "resnet": (resnet, [3, 31, 31]),
    "mobilenet": (MobileNet(), [3, 16, 16]),
    "efficientnet": (efficientnet, [3, 15, 15]),
    "squeezenet": (squeezenet, [3, 26, 26]),
    "densenet": (DenseNet(), [3, 9, 9]),
    "shufflenet": (ShuffleNet(), [3, 8, 8]),
    "unet": (UNet(), [3, 16, 16]),
    "segmenter": (Segmenter(), [3, 12, 12]),
    "inception": (Inception(), [3, 17, 17]),
    "detector": (Detector(), [3, 16, 16]),
    "sequence": (Sequence(), [3, 25]),
    "tokens": (Tokens(), [7]),
}


def last(array):
    """Channels last, where the model has images."""
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array


def written(array):
    return {"shape": list(array.shape), "data": [float(f"{each:.7g}") for each in array.reshape(-1)]}


def strip(path):
    """What is for people and takes most of a small file is left out."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    model.graph.ClearField("value_info")
    model.graph.ClearField("metadata_props")
    onnx.save(model, path)
    return sorted({node.op_type for node in model.graph.node})


def run(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


for name, (network, shape) in networks.items():
    torch.manual_seed(len(name))
    # Statistics and slopes that are not the ones that layers begin with.
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            for part in (module.weight, module.running_var):
                part.data.uniform_(0.5, 1.5)
            for part in (module.bias, module.running_mean):
                part.data.normal_(0, 0.3)
        if isinstance(module, nn.PReLU):
            module.weight.data.uniform_(0.1, 0.4)
    network.eval()
    x = torch.randint(0, 11, (2, *shape)) if name == "tokens" else (torch.randn(2, *shape) * 16).round() / 16
    for dynamo in (False, True):
        file = f"{name}{'_dynamo' if dynamo else ''}.onnx"
        path = f"{folder}/{file}"
        options = dict(input_names=["input"], dynamo=dynamo)
        try:
            if dynamo:
                if name not in ("resnet", "unet", "detector"):
                    continue
                torch.onnx.export(
                    network, (x,), path, **options, opset_version=20, external_data=False,
                    dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=1024)},),
                )
            else:
                torch.onnx.export(network, (x,), path, **options, opset_version=17, dynamic_axes={"input": {0: "batch"}})
        except Exception as error:  # a kind that this exporter cannot write is said, not hidden
            print(file, "not written:", type(error).__name__, str(error)[:300])
            continue
        ops = strip(path)
        outputs = run(path, x.numpy())
        with torch.no_grad():
            expected = network(x)
        for ours, theirs in zip(outputs, expected if isinstance(expected, tuple) else (expected,)):
            assert np.allclose(ours, theirs.numpy(), atol=1e-5), file
        given = np.moveaxis(x.numpy(), 1, -1) if x.ndim >= 3 else x.numpy()
        kept = {"inputs": written(given), "outputs": [written(last(each)) for each in outputs]}
        index.setdefault(name, {"files": [], **kept})["files"].append(file)
        print(file, os.path.getsize(path), ops)

with open(f"{folder}/index.json", "w") as file:
    json.dump(index, file, separators=(",", ":"))

# The file of a model of one operator, as ONNX's own library writes it.
batch = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 2])
made = onnx.helper.make_tensor_value_info("r", onnx.TensorProto.FLOAT, ["batch", 2])
node = onnx.helper.make_node("Relu", ["x"], ["r"], name="r/Relu")
graph = onnx.helper.make_graph([node], "g", [batch], [made])
model = onnx.helper.make_model(
    graph, producer_name="fovea", ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)]
)
with open(f"{folder}/relu_by_onnx.bin", "wb") as file:
    file.write(model.SerializeToString(deterministic=True))
