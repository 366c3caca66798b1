"""
Writes test/golden/events.json: an event file of TensorFlow, record by record, and the buckets of TensorBoard's histograms.
`python events.py --read FOLDER` prints what TensorBoard reads in the folder that fovea wrote. Both need the packages tensorflow and tensorboard.
"""
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

GOLDEN = Path(__file__).resolve().parent.parent.parent / "test" / "golden"
# A number, a model's description (its graph is not read here) and a distribution: what the callback writes but images, whose PNG coders differ.
VALUES = {"spread": [-1.5, -0.25, 0.0, 0.1, 0.1, 0.75, 2.0, 2.5], "equal": [3.0, 3.0], "one": [-2.0], "none": []}


def records():
    """The bytes of events as TensorFlow serializes and frames them, with clock and step stated."""
    import tensorflow as tf
    from tensorboard.plugins.histogram import metadata as histograms
    from tensorboard.plugins.scalar import metadata as scalars
    from tensorflow.core.framework import summary_pb2
    from tensorflow.core.util import event_pb2

    def value(tag, tensor, metadata):
        return summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)])

    def converted(metadata):
        return summary_pb2.SummaryMetadata.FromString(metadata.SerializeToString())

    scalar = converted(scalars.create_summary_metadata(display_name="", description=""))
    scalar.data_class = 1
    histogram = converted(histograms.create_summary_metadata(display_name="", description=""))
    histogram.data_class = 2
    keras = summary_pb2.SummaryMetadata()
    keras.plugin_data.plugin_name = "graph_keras_model"
    keras.plugin_data.content = b"1"
    # One number stands in its own field, several in `tensor_content`, as the writer in C++ has it.
    table = buckets(VALUES["spread"])
    events = [
        event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        event_pb2.Event(wall_time=1700000001.5, step=3, summary=value("epoch_loss", tf.make_tensor_proto(0.1, tf.float32), scalar)),
        event_pb2.Event(wall_time=1700000002.5, summary=value("keras", tf.make_tensor_proto("{}"), keras)),
        event_pb2.Event(wall_time=1700000003.5, step=4, summary=value("kernel/histogram", tf.make_tensor_proto(table), histogram)),
    ]
    path = "/tmp/events.tfrecord"
    with tf.io.TFRecordWriter(path) as writer:
        for event in events:
            writer.write(event.SerializeToString())
    return Path(path).read_bytes().hex()


def buckets(values):
    import numpy as np
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb

    proto = histogram_pb("x", np.array(values, np.float64))
    tensor = proto.value[0].tensor
    return np.frombuffer(tensor.tensor_content, np.float64).reshape([d.size for d in tensor.tensor_shape.dim])


def make():
    rows = [{"values": values, "buckets": buckets(values).tolist()} for values in VALUES.values()]
    content = {"file": records(), "histograms": rows}
    (GOLDEN / "events.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def read(folder):
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer

    multiplexer = EventMultiplexer(tensor_size_guidance={"scalars": 0, "histograms": 0, "images": 0}).AddRunsFromDirectory(folder)
    multiplexer.Reload()
    for run, found in sorted(multiplexer.Runs().items()):
        for tag in sorted(found["tensors"]):
            plugin = multiplexer.SummaryMetadata(run, tag).plugin_data.plugin_name
            for event in multiplexer.Tensors(run, tag):
                from tensorboard.util import tensor_util

                array = tensor_util.make_ndarray(event.tensor_proto)
                shown = array.item() if array.size == 1 else array.shape
                print(run, plugin, tag, event.step, shown if not isinstance(shown, bytes) else f"{len(shown)} bytes")


if __name__ == "__main__":
    read(sys.argv[2]) if sys.argv[1:2] == ["--read"] else make()
