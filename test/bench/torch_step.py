"""A training step of the same network by PyTorch on the CPU, channels last, for `npm run bench -- train`: prints milliseconds a photograph.

    python torch_step.py SIZE BATCH STEPS THREADS
"""
import json
import statistics
import sys
import time

import torch
from torch import nn

size, batch, steps, threads = map(int, sys.argv[1:5])
torch.set_num_threads(threads)
torch.manual_seed(1)

# EfficientNet-Lite0 with batch norm folded: expansion, kernel, stride, repeats, channels.
STAGES = [(1, 3, 1, 1, 16), (6, 3, 2, 2, 24), (6, 5, 2, 2, 40), (6, 3, 2, 3, 80), (6, 5, 1, 3, 112), (6, 5, 2, 4, 192), (6, 3, 1, 1, 320)]


class Convolution(nn.Module):
    """With TensorFlow's SAME padding: one more at the end where the size is even."""

    def __init__(self, inputs, outputs, kernel, stride, groups=1, activated=True):
        super().__init__()
        self.pad = (kernel - stride) // 2, (kernel - stride + 1) // 2
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups)
        self.activated = activated

    def forward(self, x):
        before, after = self.pad
        if after > 0:
            x = nn.functional.pad(x, (before, after, before, after))
        x = self.convolution(x)
        return nn.functional.relu6(x) if self.activated else x


class Block(nn.Module):
    def __init__(self, inputs, outputs, expansion, kernel, stride):
        super().__init__()
        wide = inputs * expansion
        layers = [Convolution(inputs, wide, 1, 1)] if expansion > 1 else []
        layers += [Convolution(wide, wide, kernel, stride, groups=wide), Convolution(wide, outputs, 1, 1, activated=False)]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.residual else y


blocks, channels = [Convolution(3, 32, 3, 2)], 32
for expansion, kernel, stride, repeats, outputs in STAGES:
    for repeat in range(repeats):
        blocks.append(Block(channels, outputs, expansion, kernel, stride if repeat == 0 else 1))
        channels = outputs
model = nn.Sequential(*blocks, Convolution(channels, 1280, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 4)).to(memory_format=torch.channels_last)
optimizer = torch.optim.AdamW(model.parameters(), 3e-4, weight_decay=0.01)
images = (torch.rand(batch, 3, size, size) * 2 - 1).to(memory_format=torch.channels_last)
targets = torch.randint(0, 2, (batch, 4)).float()
times = []
for number in range(steps + 3):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = nn.functional.binary_cross_entropy_with_logits(model(images), targets, reduction='none').sum(1).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    optimizer.step()
    if number >= 3:
        times.append((time.perf_counter() - start) * 1000 / batch)
print(json.dumps({'library': f'PyTorch {torch.__version__}, channels last', 'msAPhotograph': statistics.median(times)}))
