"""Trains an exported data set by Keras under Ray Train, on one machine or a cluster:

    pip install -r requirements.txt
    python train.py                      # one worker on this machine
    python train.py --workers 4 --address auto   # on a running Ray cluster

Writes result.safetensors, which `netra import-model result.safetensors` checks, calibrates and makes a model of. What Netra does here and this script
does not: its whole augmentation (flips, quarter turns, brightness and contrast stand for it), stages of different sizes, the choice of the best epoch.

Every worker trains on its own part of each epoch's draws; after each epoch the workers' weights are averaged.
"""
import argparse
import json
import os
import pathlib

os.environ.setdefault('KERAS_BACKEND', 'tensorflow')
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
# Ray reads them when it is imported. A small or busy machine takes minutes for what Ray expects within seconds.
os.environ.setdefault('RAY_gcs_server_request_timeout_seconds', '300')
os.environ.setdefault('RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S', '600')

import numpy as np  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
# Of Ray's shared memory on one machine: the averaged weights of a few workers. Ray would take a third of the machine's memory.
OBJECT_STORE_BYTES = 400_000_000


def build(network, size):
    """The network of network.json (tfjs layers format) as a Keras model from bytes to logits; pixels enter as (v - 127) / 128."""
    import keras
    layers, outputs = {}, {}
    config = network['modelTopology']['model_config']['config']
    for entry in config['layers']:
        kind, name, given = entry['class_name'], entry['name'], entry['config']
        inputs = [outputs[node[0]] for node in (entry['inbound_nodes'][0] if entry['inbound_nodes'] else [])]
        if kind == 'InputLayer':
            images = keras.Input((size, size, 3))
            outputs[name] = keras.layers.Rescaling(1 / 128, offset=-127 / 128)(images)
            continue
        common = {'name': name.replace('.', '_')}
        activation = keras.activations.relu6 if given.get('activation') == 'relu6' else given.get('activation')
        if kind == 'Conv2D':
            layer = keras.layers.Conv2D(given['filters'], given['kernel_size'], given['strides'], given['padding'], activation=activation, use_bias=given['use_bias'], **common)
        elif kind == 'DepthwiseConv2D':
            layer = keras.layers.DepthwiseConv2D(given['kernel_size'], given['strides'], given['padding'], activation=activation, use_bias=given['use_bias'], **common)
        elif kind == 'Dense':
            layer = keras.layers.Dense(given['units'], activation=activation, use_bias=given['use_bias'], **common)
        elif kind == 'Activation':
            layer = keras.layers.Activation(activation, **common)
        elif kind == 'ZeroPadding2D':
            layer = keras.layers.ZeroPadding2D(given['padding'], **common)
        elif kind in ('MaxPooling2D', 'AveragePooling2D'):
            layer = getattr(keras.layers, kind)(given['pool_size'], given['strides'], given['padding'], **common)
        elif kind in ('Add', 'Concatenate', 'GlobalAveragePooling2D'):
            layer = getattr(keras.layers, kind)(**common)
        else:
            raise ValueError(f'layer {name} is a {kind}')
        outputs[name] = layer(inputs if kind in ('Add', 'Concatenate') else inputs[0])
        layers[name] = layer
    return keras.Model(images, outputs[config['output_layers'][0][0]]), layers


def weights_by_name(layers):
    """Keras weights under the names of our safetensors files."""
    named = {}
    for name, layer in layers.items():
        for weight in layer.weights:
            named[f"{name}.{'bias' if weight.name == 'bias' else 'kernel'}"] = weight
    return named


def targets_of(labels, recipe):
    """(n, outputs) targets and weights, as netra's sampler makes them."""
    smooth = recipe['labelSmoothing'] / 2
    rows = []
    for label in labels:
        grade, referable, certainty = label['grade'], label['referable'], label['certainty']
        if recipe['head'] == 'softmax-2':
            positive = 1 - smooth if referable else smooth
            rows.append(([1 - positive, positive], [certainty, certainty]))
            continue
        target, weight = [], []
        for threshold in (1, 2, 3, 4):
            known = None
            if threshold == 2:
                known = referable
            elif grade is not None and (grade >= 2) == referable:
                known = grade >= threshold
            elif referable:
                known = True if threshold < 2 else None
            else:
                known = False if threshold > 2 else (None if grade is None else grade >= threshold)
            target.append(0.0 if known is None else 1 - smooth if known else smooth)
            weight.append(0.0 if known is None else recipe['outputWeights'][threshold - 1] * certainty)
        rows.append((target, weight))
    return np.array([row[0] for row in rows], np.float32), np.array([row[1] for row in rows], np.float32)


def draws_of(labels, recipe, random, count):
    """Indices, by source and class: the share of referable ones that the recipe asks for, no image more often than it allows."""
    sources = sorted({label['source'] for label in labels})
    bins = []
    for source in sources:
        of = [index for index, label in enumerate(labels) if label['source'] == source]
        weight = recipe['sampling']['sources'].get(source, {}).get('weight', len(of) ** 0.5)
        positives = [index for index in of if labels[index]['referable']]
        negatives = [index for index in of if not labels[index]['referable']]
        wanted = recipe['sampling']['sources'].get(source, {}).get('positiveShare', recipe['sampling']['positiveShare'])
        share = 0 if not positives else 1 if not negatives else min(wanted, len(positives) * recipe['sampling']['maxRepeats'] / count)
        bins += [(weight * share, positives), (weight * (1 - share), negatives)]
    bins = [(weight, of) for weight, of in bins if weight > 0 and of]
    shares = np.array([weight for weight, _ in bins])
    chosen = random.choice(len(bins), count, p=shares / shares.sum())
    return np.array([bins[index][1][random.integers(len(bins[index][1]))] for index in chosen])


def augmented(images, random):
    """Flips, quarter turns, brightness and contrast; bytes in, floats 0..255 out (floats first: bytes wrap)."""
    out = images.astype(np.float32)
    for index in range(len(out)):
        view = np.rot90(out[index], random.integers(4))
        if random.random() < 0.5:
            view = view[:, ::-1]
        inside = view.sum(-1, keepdims=True) > 0
        changed = (view - 100) * np.exp(random.uniform(-0.2, 0.2)) + 100 * np.exp(random.uniform(-0.2, 0.2))
        out[index] = np.where(inside, np.clip(changed, 0, 255), 0)
    return out


def auc(scores, positive):
    order = np.argsort(scores)
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    n = positive.sum()
    m = len(scores) - n
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float('nan')


def worker(config):
    import keras
    import ray.train
    import tensorflow as tf
    from safetensors.numpy import load_file, save_file
    context = ray.train.get_context()
    rank, world = context.get_world_rank(), context.get_world_size()
    here = pathlib.Path(config['folder'])
    recipe = json.loads((here / 'recipe.json').read_text())
    facts = json.loads((here / 'export.json').read_text())
    model, layers = build(json.loads((here / 'network.json').read_text()), facts['sizePx'])
    named = weights_by_name(layers)
    for name, value in load_file(here / 'initial.safetensors').items():
        named[name].assign(value)
    parts = {part: (np.load(here / f'{part}.npy', mmap_mode='r'), json.loads((here / f'{part}.json').read_text())) for part in ('training', 'calibration')}
    images, labels = parts['training']
    targets, weights = targets_of(labels, recipe)
    stage = recipe['stages'][-1]
    epochs, batch = config['epochs'] or stage['epochs'], recipe['batchSize']
    steps = max(1, (config['draws'] or recipe['drawsPerEpoch']) // batch // world)
    optimizer = keras.optimizers.AdamW(stage['learningRate'], weight_decay=recipe['weightDecay'], global_clipnorm=recipe['clipNorm'], epsilon=1e-7)
    trained = [weight for weight in model.trainable_variables if stage['trained'] != 'head' or weight.path.split('/')[0] in ('head', 'hidden')]
    optimizer.build(trained)

    @tf.function
    def step(x, target, weight):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            if recipe['head'] == 'softmax-2':
                each = -target * tf.nn.log_softmax(logits)
            else:
                each = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
            loss = tf.reduce_mean(tf.reduce_sum(each * weight, 1))
        optimizer.apply(tape.gradient(loss, trained), trained)
        return loss

    for epoch in range(epochs):
        random = np.random.default_rng([facts['seed'], epoch, rank])
        chosen = draws_of(labels, recipe, random, steps * batch)
        total = 0.0
        for number in range(steps):
            done = (epoch * steps + number) / (epochs * steps)
            warm = min(1.0, (epoch * steps + number + 1) / max(1, stage['warmUpSteps']))
            optimizer.learning_rate.assign(stage['learningRate'] * warm * 0.5 * (1 + np.cos(np.pi * done)))
            of = chosen[number * batch:(number + 1) * batch]
            total += float(step(augmented(images[of], random), targets[of], weights[of]))
        if world > 1:
            # Every worker gives its weights and takes the mean: no framework's own cluster is needed.
            mean = ray.get(config['averager'].mean.remote(epoch, [weight.numpy() for weight in trained], world))
            for weight, value in zip(trained, mean):
                weight.assign(value)
        metrics = {'epoch': epoch + 1, 'loss': total / steps}
        if rank == 0:
            held, facts_of = parts['calibration']
            if len(held):
                logits = np.concatenate([model(held[at:at + 16].astype(np.float32), training=False).numpy() for at in range(0, len(held), 16)])
                score = logits[:, 1] - (logits[:, 0] if recipe['head'] == 'softmax-2' else 0)
                metrics['auc'] = auc(score, np.array([label['referable'] for label in facts_of]))
            save_file({name: np.asarray(weight.numpy(), np.float32) for name, weight in named.items()}, str(here / 'result.safetensors'))
            print(json.dumps(metrics), flush=True)
        ray.train.report(metrics)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--workers', type=int, default=1)
    parser.add_argument('--address', default=None, help='of a running Ray cluster; every node must see this folder under the same path')
    parser.add_argument('--epochs', type=int, default=None)
    parser.add_argument('--draws', type=int, default=None, help='an epoch')
    parser.add_argument('--gpu', action='store_true')
    arguments = parser.parse_args()
    import ray
    from ray.train import ScalingConfig
    # Ray Train V2 (ray 2.51 and up); the same name at the old place is refused by newer versions.
    from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer
    if arguments.address is None:
        # One processor for each worker, whatever the machine has: Ray starts as many processes as it believes to have processors.
        ray.init(num_cpus=arguments.workers, object_store_memory=OBJECT_STORE_BYTES, include_dashboard=False)
    else:
        ray.init(address=arguments.address)

    @ray.remote(num_cpus=0)
    class Averager:
        """Takes every worker's weights of an epoch; whoever asks gets their mean when all have come."""

        def __init__(self):
            self.sums, self.events = {}, {}

        async def mean(self, epoch, weights, world):
            import asyncio
            event = self.events.setdefault(epoch, asyncio.Event())
            count, sums = self.sums.get(epoch, (0, None))
            sums = [value.copy() for value in weights] if sums is None else [a + b for a, b in zip(sums, weights)]
            self.sums[epoch] = (count + 1, sums)
            if count + 1 == world:
                event.set()
            await event.wait()
            return [value / world for value in self.sums[epoch][1]]

    config = {'folder': str(HERE), 'epochs': arguments.epochs, 'draws': arguments.draws, 'averager': Averager.remote() if arguments.workers > 1 else None}
    trainer = DataParallelTrainer(worker, train_loop_config=config, scaling_config=ScalingConfig(num_workers=arguments.workers, use_gpu=arguments.gpu))
    trainer.fit()
    print(HERE / 'result.safetensors')


if __name__ == '__main__':
    main()
