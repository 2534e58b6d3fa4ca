"""Writes resources/training-graph: one training step of our network as a saved model that tfjs-node executes.

    python3 scripts/model/training_graph.py resources/training-graph/cumulative-4 --head cumulative-4
    python3 scripts/model/training_graph.py resources/training-graph/softmax-2 --head softmax-2

Why a graph: tfjs-node's own gradient loop calls hundreds of operations a step, each across the addon; here a step is one
call and the weights never leave the TensorFlow session. The folder holds the graph only: variables start at zero and are
filled by the signature `start` (from a bundle) or `set` (from a checkpoint), so it stays small and belongs to no model.

Network: EfficientNet-Lite0, batch norm folded; head `cumulative-4`: four linear logits P(grade >= 1..4), or `softmax-2`: 128 units, ReLU,
two logits (not referable, referable).
Parameters: every convolution is kept as kernel x scale (one scale an output channel) + bias. Folded batch norm leaves
channels whose kernels differ by orders of magnitude, and Adam moves every weight by the same amount: with the scale apart,
the kernels have one size again, as they had before folding. `folded` multiplies them back for the bundle.

Flat vectors: `start` and `folded` use the order of `folded` in parameters.json, `get` and `set` that of `state`.
Only operations that old libtensorflows know are used. Run with TensorFlow 2.12 (the oldest that installs on Python 3.11); tried with
libtensorflow 2.21. Activations in bfloat16 were tried on a CPU that has it: 13 % slower (2.21, 384 px), so there is one precision.
"""
import argparse
import json
import os

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
import tensorflow as tf  # noqa: E402

v1 = tf.compat.v1

# EfficientNet-Lite0 (tensorflow/tpu, efficientnet/lite): expansion, kernel, stride, repeats, channels; stem and top are not scaled.
STAGES = [(1, 3, 1, 1, 16), (6, 3, 2, 2, 24), (6, 5, 2, 2, 40), (6, 3, 2, 3, 80), (6, 5, 1, 3, 112), (6, 5, 2, 4, 192), (6, 3, 1, 1, 320)]
# Head -> hidden units, outputs.
HEADS = {'cumulative-4': (None, 4), 'softmax-2': (128, 2)}
EMBEDDING = 1280
# `tail` steps begin here, from feature maps that were computed once: what follows costs less than a third of the whole.
TAIL = 'block11.'
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7


def layers():
    """(name, kind, kernel shape HWIO or HWC1, stride, residual) in the order of the safetensors layer names."""
    result = [('stem', 'conv', (3, 3, 3, 32), 2, False)]
    channels, index = 32, 0
    for expansion, size, stride, repeats, out in STAGES:
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            wide = channels * expansion
            if expansion > 1:
                result.append((f'block{index}.expand', 'conv', (1, 1, channels, wide), 1, False))
            result.append((f'block{index}.depthwise', 'depthwise', (size, size, wide, 1), step, False))
            result.append((f'block{index}.project', 'linear', (1, 1, wide, out), 1, step == 1 and channels == out))
            channels, index = out, index + 1
    result.append(('top', 'conv', (1, 1, channels, EMBEDDING), 1, False))
    return result


def size_of(shape):
    count = 1
    for extent in shape:
        count *= extent
    return count


def split_flat(flat, entries):
    offset, parts = 0, []
    for _, shape in entries:
        count = size_of(shape)
        parts.append(tf.reshape(flat[offset:offset + count], shape))
        offset += count
    return parts


def join_flat(tensors):
    return tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], 0)


class Graph:
    def __init__(self, head):
        self.head = head
        hidden, outputs = HEADS[head]
        self.outputs = outputs
        self.layers = layers()
        self.tail = next(index for index, layer in enumerate(self.layers) if layer[0].startswith(TAIL))
        self.tail_channels = self.layers[self.tail][2][2]
        self.folded_entries, self.state_entries = [], []
        for name, kind, shape, _, _ in self.layers:
            channels = shape[2] if kind == 'depthwise' else shape[3]
            self.folded_entries += [(f'{name}.kernel', shape), (f'{name}.bias', (channels,))]
            self.state_entries += [(f'{name}.kernel', shape), (f'{name}.scale', (channels,)), (f'{name}.bias', (channels,))]
        entries = [('head.kernel', (hidden or EMBEDDING, outputs)), ('head.bias', (outputs,))]
        if hidden:
            entries = [('hidden.kernel', (EMBEDDING, hidden)), ('hidden.bias', (hidden,))] + entries
        self.head_size = len(entries)
        self.folded_entries += entries
        self.state_entries += entries
        self.values = self.variables('w')
        self.average = self.variables('average')
        self.first = self.variables('first')
        self.second = self.variables('second')
        self.step_count = self.variable('step_count', ())

    def variable(self, name, shape):
        # In no collection: the saver would write 50 MB of zeros.
        return v1.get_variable(name.replace('.', '_'), initializer=lambda: tf.zeros(shape), collections=[], use_resource=True, dtype=tf.float32)

    def variables(self, prefix):
        return [self.variable(f'{prefix}_{name}', shape) for name, shape in self.state_entries]

    def effective(self, parameters):
        """State parameters (kernel, scale, bias) -> folded ones (kernel, bias)."""
        result, remaining = [], iter(parameters)
        for _, kind, shape, _, _ in self.layers:
            kernel, scale, bias = next(remaining), next(remaining), next(remaining)
            per_channel = tf.reshape(scale, (1, 1, shape[2], 1) if kind == 'depthwise' else (1, 1, 1, shape[3]))
            result += [kernel * per_channel, tf.identity(bias)]
        return result + [tf.identity(parameter) for parameter in remaining]

    def separated(self, folded):
        """Folded parameters -> kernels of root mean square 1 / sqrt(fan in) per channel, and the scale that was taken out."""
        result, remaining = [], iter(folded)
        for _, kind, shape, _, _ in self.layers:
            kernel, bias = next(remaining), next(remaining)
            axes = (0, 1, 3) if kind == 'depthwise' else (0, 1, 2)
            # A channel that batch norm switched off has a kernel of zeros: a tiny scale keeps it finite.
            scale = tf.maximum(tf.sqrt(tf.reduce_sum(kernel * kernel, axes, keepdims=True)), 1e-4)
            channels = shape[2] if kind == 'depthwise' else shape[3]
            result += [kernel / scale, tf.reshape(scale, (channels,)), bias]
        return result + list(remaining)

    def early(self, images, parameters):
        """images N x S x S x 3, 0..255 -> what enters the tail, N x S/16 x S/16 x 112."""
        # Cast to float first: 8-bit arithmetic wraps silently.
        return self.through((tf.cast(images, tf.float32) - 127.0) / 128.0, parameters, 0, self.tail)

    def features(self, images, parameters):
        """images N x S x S x 3, 0..255 -> feature map N x s x s x 1280."""
        return self.late(self.early(images, parameters), parameters)

    def late(self, maps, parameters):
        return self.through(maps, parameters, self.tail, len(self.layers))

    def through(self, x, parameters, first, last):
        remaining = iter(self.effective(parameters)[2 * first:])
        entry = None
        for name, kind, _, stride, residual in self.layers[first:last]:
            kernel, bias = next(remaining), next(remaining)
            if name.endswith('.expand') or (name.endswith('.depthwise') and entry is None):
                entry = x
            if kind == 'depthwise':
                y = tf.nn.depthwise_conv2d(x, kernel, (1, stride, stride, 1), 'SAME')
            else:
                y = tf.nn.conv2d(x, kernel, stride, 'SAME')
            y = tf.nn.bias_add(y, bias)
            if kind == 'linear':
                x, entry = (y + entry if residual else y), None
            else:
                x = tf.nn.relu6(y)
        return x

    def logits(self, feature_map, parameters, dropout=None, seed=None):
        embedding = tf.reduce_mean(feature_map, (1, 2))
        if dropout is not None:
            keep = tf.cast(tf.random.stateless_uniform(tf.shape(embedding), seed) >= dropout, tf.float32)
            embedding = embedding * keep / (1.0 - dropout)
        if self.head_size == 4:
            embedding = tf.nn.relu(tf.matmul(embedding, parameters[-4]) + parameters[-3])
        return tf.matmul(embedding, parameters[-2]) + parameters[-1]

    def loss(self, logits, inputs):
        if self.head == 'softmax-2':
            each = -inputs['targets'] * tf.nn.log_softmax(logits)
        else:
            each = tf.nn.sigmoid_cross_entropy_with_logits(labels=inputs['targets'], logits=logits)
        return tf.reduce_mean(tf.reduce_sum(each * inputs['target_weights'], 1))

    def update(self, loss, trained, inputs):
        """One AdamW step with clipping by global norm, then the weight average. `trained`: the indices of the trained parameters."""
        gradients = tf.gradients(loss, [self.reads[index] for index in trained])
        gradients, norm = tf.clip_by_global_norm(gradients, inputs['clip_norm'])
        # All reads of the old weights come before the first write.
        with tf.control_dependencies([loss, norm] + gradients):
            step = self.step_count.assign_add(1.0, read_value=True)
        applied = []
        for index, gradient in zip(trained, gradients):
            name = self.state_entries[index][0]
            rate = inputs['head_learning_rate'] if name.startswith(('head.', 'hidden.')) else inputs['learning_rate']
            variable, average = self.values[index], self.average[index]
            with tf.control_dependencies([step, gradient]):
                decay = rate * inputs['weight_decay'] if name.endswith('.kernel') else tf.zeros(())
                shrink = variable.assign(self.reads[index] * (1.0 - decay), read_value=False)
            with tf.control_dependencies([shrink]):
                moved = tf.raw_ops.ResourceApplyAdam(
                    var=variable.handle, m=self.first[index].handle, v=self.second[index].handle, beta1_power=tf.pow(BETA1, step),
                    beta2_power=tf.pow(BETA2, step), lr=rate, beta1=BETA1, beta2=BETA2, epsilon=EPSILON, grad=gradient, use_locking=True)
            with tf.control_dependencies([moved]):
                applied.append(average.assign(average * inputs['average_decay'] + variable.read_value() * (1.0 - inputs['average_decay']), read_value=False))
        with tf.control_dependencies(applied):
            return {'loss': tf.identity(loss), 'gradient_norm': tf.identity(norm)}

    def step(self, inputs, first_trained):
        self.reads = [variable.read_value() for variable in self.values]
        names = [name for name, _ in self.state_entries]
        first = len(names) - self.head_size if first_trained == 'head' else next(
            index for index, name in enumerate(names) if name.startswith(first_trained))
        parameters = [tf.stop_gradient(value) for value in self.reads[:first]] + self.reads[first:]
        features = self.late if first_trained == TAIL else self.features
        logits = self.logits(features(inputs['images'], parameters), parameters, inputs['dropout'], inputs['seed'])
        loss = self.loss(logits, inputs)
        outputs = self.update(loss, range(first, len(names)), inputs)
        outputs['logits'] = tf.identity(logits)
        return outputs


def build(out, head):
    with v1.Graph().as_default(), v1.Session() as session:
        graph = Graph(head)
        outputs = graph.outputs
        states = {'weights': graph.values, 'average': graph.average, 'first': graph.first, 'second': graph.second}

        def place(name, dtype, shape):
            return v1.placeholder(dtype, shape, name)

        signatures = {}

        def sign(name, inputs, outputs):
            info = v1.saved_model.build_tensor_info
            # The name of a node, so that a session asked for it never meets a name of its own making.
            outputs = {key: tf.identity(value, f'{name}_{key}') for key, value in outputs.items()}
            signatures[name] = v1.saved_model.build_signature_def(
                {key: info(value) for key, value in inputs.items()}, {key: info(value) for key, value in outputs.items()}, 'netra/' + name)

        image_shape = (None, None, None, 3)
        # From block 3 on (a quarter of the input's side) a step costs two thirds of a whole one: the early layers are the widest.
        map_shape = (None, None, None, graph.tail_channels)
        for name, first_trained in (('step', 'stem'), ('step_late', 'block3.'), ('step_tail', TAIL), ('step_head', 'head')):
            inputs = {
                'images': place(f'{name}_in_images', tf.float32, map_shape if first_trained == TAIL else image_shape),
                'targets': place(f'{name}_in_targets', tf.float32, (None, outputs)),
                # Weight of the sample times that of the output; 0 where a label does not say.
                'target_weights': place(f'{name}_in_target_weights', tf.float32, (None, outputs)), 'seed': place(f'{name}_in_seed', tf.int32, (2,))}
            for scalar in ('learning_rate', 'head_learning_rate', 'weight_decay', 'clip_norm', 'average_decay', 'dropout'):
                inputs[scalar] = place(f'{name}_in_{scalar}', tf.float32, ())
            sign(name, inputs, graph.step(inputs, first_trained))

        average = [variable.read_value() for variable in graph.average]
        images = place('predict_in_images', tf.float32, image_shape)
        sign('predict', {'images': images}, {'logits': graph.logits(graph.features(images, average), average)})
        early = place('early_in_images', tf.float32, image_shape)
        sign('early', {'images': early}, {'maps': graph.early(early, average)})
        maps = place('predict_tail_in_images', tf.float32, map_shape)
        sign('predict_tail', {'images': maps}, {'logits': graph.logits(graph.late(maps, average), average)})

        sign('get', {}, {**{name: join_flat([variable.read_value() for variable in variables]) for name, variables in states.items()},
                         'step_count': graph.step_count.read_value()})

        def write(pairs):
            assigned = [variable.assign(value, read_value=False) for variable, value in pairs]
            with tf.control_dependencies(assigned):
                return {'done': tf.constant(1.0)}

        vectors = {name: place(f'set_in_{name}', tf.float32, (None,)) for name in states}
        count = place('set_in_step_count', tf.float32, ())
        pairs = [(graph.step_count, count)]
        for name, variables in states.items():
            pairs += list(zip(variables, split_flat(vectors[name], graph.state_entries)))
        sign('set', {**vectors, 'step_count': count}, write(pairs))

        folded = place('start_in_folded', tf.float32, (None,))
        fresh = graph.separated(split_flat(folded, graph.folded_entries))
        zeros = [(variable, tf.zeros(variable.shape)) for name in ('first', 'second') for variable in states[name]]
        sign('start', {'folded': folded}, write(
            [(graph.step_count, tf.zeros(()))] + zeros + list(zip(graph.values, fresh)) + list(zip(graph.average, fresh))))

        sign('folded', {}, {name: join_flat(graph.effective([variable.read_value() for variable in states[name]])) for name in ('weights', 'average')})

        everything = [variable for variables in states.values() for variable in variables] + [graph.step_count]
        builder = v1.saved_model.Builder(out)
        builder.add_meta_graph_and_variables(session, ['serve'], signatures, main_op=tf.group(*[variable.initializer for variable in everything]))
        builder.save()
        with open(os.path.join(out, 'parameters.json'), 'w', encoding='utf-8') as file:
            json.dump({
                'tensorflow': tf.__version__, 'head': head, 'outputs': outputs, 'tailChannels': graph.tail_channels,
                'folded': [{'name': name, 'shape': list(shape)} for name, shape in graph.folded_entries],
                'state': [{'name': name, 'shape': list(shape)} for name, shape in graph.state_entries]}, file, separators=(',', ':'))
            file.write('\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--head', choices=HEADS, default='cumulative-4')
    arguments = parser.parse_args()
    build(arguments.out, arguments.head)
