"""A training step of the same network by Keras, for `npm run bench -- train`: prints milliseconds a photograph, median over the steps.

    python keras_step.py FOLDER_WITH_network.json SIZE BATCH STEPS THREADS
"""
import importlib.util
import json
import os
import pathlib
import statistics
import sys
import time

folder, size, batch, steps, threads = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:6])
os.environ.update(KERAS_BACKEND='tensorflow', TF_CPP_MIN_LOG_LEVEL='2', TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS='1', CUDA_VISIBLE_DEVICES='-1')

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

spec = importlib.util.spec_from_file_location('exported', pathlib.Path(__file__).parents[2] / 'resources/training-export/train.py')
exported = importlib.util.module_from_spec(spec)
spec.loader.exec_module(exported)
model, _ = exported.build(json.loads((folder / 'network.json').read_text()), size)
optimizer = keras.optimizers.AdamW(3e-4, weight_decay=0.01, global_clipnorm=2.0)
optimizer.build(model.trainable_variables)


@tf.function
def step(images, targets):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(targets, model(images, training=True)), 1))
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return loss


random = np.random.default_rng(1)
images = random.uniform(0, 255, (batch, size, size, 3)).astype(np.float32)
targets = random.integers(0, 2, (batch, model.output_shape[-1])).astype(np.float32)
times = []
for number in range(steps + 3):
    start = time.perf_counter()
    float(step(images, targets))
    if number >= 3:
        times.append((time.perf_counter() - start) * 1000 / batch)
print(json.dumps({'library': f'Keras {keras.__version__}, TensorFlow {tf.__version__}', 'msAPhotograph': statistics.median(times)}))
