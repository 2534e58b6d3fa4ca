"""Teaches EfficientNet-Lite0 to see the lesions of diabetic retinopathy before it grades: resources/models/lesions-lite0.

    python3 scripts/model/pretrain_lesions.py PHOTOS imagenet-lite0.safetensors lesions-lite0.safetensors
    node scripts/run-ts.mjs scripts/model/import-backbone.ts lesions lesions-lite0.safetensors lesions-lite0

PHOTOS holds index.csv and idrid-lesions (NAME.jpg with NAME_lesions.png, bits 1 microaneurysm, 2 haemorrhage, 4 hard exudate, 8 soft exudate);
imagenet-lite0.safetensors is what convert_imagenet.py writes. A grade says that something is wrong with a photograph, and not what or where: with a few
thousand photographs a network finds microaneurysms by grades hardly at all. Here it is asked of small patches, at the sizes that cameras give, which of the
four lesions they hold (four logits, the training graph of `cumulative-4` as it is), beside patches of healthy photographs of other cameras. The head is
thrown away; `netra train --from` goes on with the rest.

Locked test patients and those of the calibration part teach nothing, and neither does a drawn photograph that cannot be matched with a training patient: it may be
anybody's. Needs numpy, opencv-python-headless (5.0) and tensorflow (2.21); quarter of an hour on two cores.
"""
import collections
import csv
import hashlib
import json
import multiprocessing
import os
import struct
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
import cv2  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from convert_imagenet import write_safetensors  # noqa: E402

GRAPH = os.path.join(os.path.dirname(__file__), '../../resources/training-graph/cumulative-4')
# Whoever measures heat maps against drawn lesions leaves these out.
TAUGHT = os.path.join(os.path.dirname(__file__), '../../docs/model/lesions-taught.txt')
STEPS, BATCH, PATCH_PX = 1800, 24, 160
LEARNING_RATE, WARM_UP_STEPS = 4e-4, 150
# Diameter of the retina in pixels of which a patch is cut: from what grading at 256 px sees to what the better cameras give.
RETINA_PX = (300, 620)
# A healthy photograph's square is kept no larger than this.
SQUARE_PX = 448
# (bit of the mask, pixels of it at twice the patch's scale that count as seen)
LESIONS = ((1, 6), (2, 12), (4, 12), (8, 30))
MARGIN = 12
HEALTHY = {'aptos': 0.45, 'odir': 0.35, 'idrid': 0.2}
# Of thumbnails, normalised: the same photograph has 0.9999 and more, its most similar other one 0.998 at most.
SAME_PHOTOGRAPH = 0.9995


def bucket(text):
    """As electron/services/train/partitions.ts: 0..99."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 100


def teaches(patient):
    return bucket(f'netra-locked-1:{patient}') >= 15 and bucket(f'netra-calibration-1:{patient}') >= 15


def find_retina(image):
    """Centre and radius of the bright field."""
    brightest = image.max(2).astype(np.int32)
    bright = (brightest > max(12, 0.12 * np.percentile(brightest, 90))).astype(np.uint8)
    count, _, regions, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
    if count < 2:
        return None
    x, y, width, height, _ = regions[1 + np.argmax(regions[1:, 4])]
    return x + width / 2, y + height / 2, max(width, height) / 2


def square(image):
    """The retina in a square, at most SQUARE_PX wide."""
    found = find_retina(image)
    if found is None:
        return None
    x, y, radius = found
    size = min(SQUARE_PX, int(round(2 * radius)))
    scale = size / (2 * radius)
    if scale >= 1:
        move = np.array([[scale, 0, size / 2 - scale * x], [0, scale, size / 2 - scale * y]])
        return cv2.warpAffine(image, move, (size, size), flags=cv2.INTER_LINEAR)
    border = int(radius)
    wide = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_CONSTANT)
    left, top, extent = int(round(x - radius)) + border, int(round(y - radius)) + border, int(round(2 * radius))
    return cv2.resize(wide[top:top + extent, left:left + extent], (size, size), interpolation=cv2.INTER_AREA)


def thumbnail(path):
    small = cv2.resize(cv2.imread(path, 0), (48, 32), interpolation=cv2.INTER_AREA).astype(float).ravel()
    return (small - small.mean()) / small.std()


def read_drawn(photos, rows):
    """Squares with drawn lesions of training patients: (RGB, mask, points of each lesion), and their names."""
    graded = [row for row in rows if row['source'] == 'idrid']
    known = np.stack([thumbnail(os.path.join(photos, row['file'])) for row in graded])
    folder, drawn, names = os.path.join(photos, 'idrid-lesions'), [], []
    for name in sorted(os.listdir(folder)):
        if not name.endswith('.jpg'):
            continue
        path = os.path.join(folder, name)
        likeness = known @ thumbnail(path) / known.shape[1]
        best = int(likeness.argmax())
        if likeness[best] < SAME_PHOTOGRAPH or not teaches(graded[best]['patient']):
            continue
        image, mask = cv2.imread(path), cv2.imread(path.replace('.jpg', '_lesions.png'), 0)
        x, y, radius = find_retina(image)
        size = int(2 * radius)
        move = np.array([[1, 0, size / 2 - x], [0, 1, size / 2 - y]], float)
        image = cv2.warpAffine(image, move, (size, size))[:, :, ::-1].copy()
        mask = cv2.warpAffine(mask, move, (size, size), flags=cv2.INTER_NEAREST)
        drawn.append((image, mask, [np.argwhere(mask & bit) for bit, _ in LESIONS]))
        names.append(name.replace('.jpg', ''))
    return drawn, names


def read_healthy(photos, rows):
    """Squares of training patients without retinopathy, by source."""
    healthy = {source: [] for source in HEALTHY}
    for row in rows:
        if row['source'] in healthy and row['grade'] == '0' and teaches(row['patient']):
            retina = square(cv2.imread(os.path.join(photos, row['file'])))
            if retina is not None:
                healthy[row['source']].append(np.ascontiguousarray(retina[:, :, ::-1]))
    return healthy


def photometric(patch, random):
    """Other cameras: sharpness, saturation, gain of each channel, contrast, gamma, noise, JPEG."""
    uniform = random.uniform
    patch = patch.astype(np.float32)
    if uniform() < 0.35:
        blurred = cv2.GaussianBlur(patch, (3, 3), 0.9) if uniform() < 0.5 else cv2.GaussianBlur(patch, (5, 5), 1.6)
        patch = patch + uniform(-0.8, 0.9) * (patch - blurred)
    if uniform() < 0.7:
        grey = patch.mean(2, keepdims=True)
        patch = grey + uniform(0.6, 1.3) * (patch - grey)
    gain, contrast, gamma = np.exp(uniform(-0.25, 0.25, 3) + uniform(-0.3, 0.3)), np.exp(uniform(-0.3, 0.3)), np.exp(uniform(-0.3, 0.3))
    middle = patch.mean((0, 1))
    patch = 255 * np.power(np.clip(((patch - middle) * contrast + middle) * gain, 0, 255) / 255, gamma)
    if uniform() < 0.25:
        patch = patch + random.randn(*patch.shape) * uniform(1, 6)
    patch = np.clip(patch, 0, 255).astype(np.uint8)
    if uniform() < 0.3:
        patch = cv2.imdecode(cv2.imencode('.jpg', patch, [1, int(uniform(40, 92))])[1], 1)
    return patch


def cut(retina, mask, centre, diameter, random):
    """A turned, perhaps mirrored patch of a retina shrunk to `diameter` px, and which lesions its inner part holds."""
    uniform = random.uniform
    scale, angle, mirrored = retina.shape[0] / diameter * uniform(0.9, 1.1), uniform(0, 2 * np.pi), 1 if uniform() < 0.5 else -1
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = scale * np.array([[cosine * mirrored, -sine], [sine * mirrored, cosine]])
    shift = (np.array(centre) - turn @ np.array([PATCH_PX / 2, PATCH_PX / 2]))[:, None]
    if scale > 1.5:
        retina = cv2.GaussianBlur(retina, (0, 0), scale * 0.35)
    patch = cv2.warpAffine(retina, np.hstack([turn, shift]), (PATCH_PX, PATCH_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if mask is None:
        return patch, [0.0] * len(LESIONS)
    twice = (2 * PATCH_PX, 2 * PATCH_PX)
    seen = cv2.warpAffine(mask, np.hstack([turn / 2, shift]), twice, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return patch, [float(((seen & bit) > 0).sum() >= least) for bit, least in LESIONS]


def draw(drawn, healthy, random):
    """One patch and its four answers: 28 % healthy photographs, 40 % beside a drawn lesion, the rest anywhere on a drawn photograph."""
    uniform = random.uniform
    diameter = np.exp(uniform(*np.log(RETINA_PX)))
    if uniform() < 0.28:
        of = healthy[random.choice(list(HEALTHY), p=list(HEALTHY.values()))]
        retina = of[random.randint(len(of))]
        size = retina.shape[0]
        angle, away = uniform(0, 2 * np.pi), size / 2 * np.sqrt(uniform()) * 0.8
        centre = (size / 2 + away * np.cos(angle), size / 2 + away * np.sin(angle))
        patch, answers = cut(retina, None, centre, min(diameter, size * 1.5), random)
        return photometric(patch, random), answers
    retina, mask, points = drawn[random.randint(len(drawn))]
    size = retina.shape[0]
    if uniform() < 0.55:
        present = [of for of in points if len(of)]
        of = present[random.randint(len(present))]
        y, x = of[random.randint(len(of))]
        reach = PATCH_PX * 0.4 * size / diameter
        beside = uniform(-reach, reach, 2)
        centre = (x + beside[0], y + beside[1])
    else:
        angle, away = uniform(0, 2 * np.pi), size / 2 * np.sqrt(uniform()) * 0.85
        centre = (size / 2 + away * np.cos(angle), size / 2 + away * np.sin(angle))
    patch, answers = cut(retina, mask, centre, diameter, random)
    return photometric(patch, random), answers


def batch(step):
    """Every draw is a function of the step alone."""
    random = np.random.RandomState(7919 * 3 + step)
    patches = [draw(*batch.photographs, random) for _ in range(BATCH)]
    return np.stack([patch for patch, _ in patches]), np.array([answers for _, answers in patches], np.float32)


class Graph:
    """The training graph: `step`, `start`, `folded` ... are its signatures."""

    def __init__(self, folder):
        v1 = tf.compat.v1
        options = v1.ConfigProto(intra_op_parallelism_threads=2, inter_op_parallelism_threads=1)
        self.session = v1.Session(graph=tf.Graph(), config=options)
        self.signatures = v1.saved_model.load(self.session, ['serve'], folder).signature_def
        with open(os.path.join(folder, 'parameters.json')) as file:
            self.entries = json.load(file)['folded']

    def run(self, signature, **inputs):
        of = self.signatures[signature]
        return self.session.run({key: output.name for key, output in of.outputs.items()}, {of.inputs[key].name: value for key, value in inputs.items()})


def read_safetensors(path):
    with open(path, 'rb') as file:
        data = file.read()
    (length,) = struct.unpack('<Q', data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    return {name: np.frombuffer(body[slice(*entry['data_offsets'])], '<f4') for name, entry in header.items() if name != '__metadata__'}


def new_head(entries):
    random = np.random.RandomState(1)
    kernel, bias = entries
    return [(random.randn(*kernel['shape']) * 0.01).astype(np.float32).ravel(), np.array([-0.6, -1, -2.5, -3], np.float32).reshape(bias['shape'])]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    photos, source, output = sys.argv[1:]
    cv2.setNumThreads(1)
    with open(os.path.join(photos, 'index.csv')) as file:
        rows = list(csv.DictReader(file))
    drawn, names = read_drawn(photos, rows)
    healthy = read_healthy(photos, rows)
    with open(TAUGHT, 'w') as file:
        file.write('\n'.join(names) + '\n')
    batch.photographs = (drawn, healthy)
    print(f'{len(drawn)} drawn photographs (named in {TAUGHT}), {sum(map(len, healthy.values()))} healthy ones', flush=True)
    # Before TensorFlow's threads start: they do not survive a fork.
    crew = multiprocessing.get_context('fork').Pool(1)
    graph, initial = Graph(GRAPH), read_safetensors(source)
    convolutions, head = graph.entries[:-2], graph.entries[-2:]
    graph.run('start', folded=np.concatenate([initial[entry['name']] for entry in convolutions] + new_head(head)))
    waiting, losses, started = collections.deque(), [], time.time()
    for step in range(STEPS):
        while step + len(waiting) < STEPS and len(waiting) < 6:
            waiting.append(crew.apply_async(batch, (step + len(waiting),)))
        patches, answers = waiting.popleft().get()
        rate = LEARNING_RATE * min(1, (step + 1) / WARM_UP_STEPS) * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        result = graph.run(
            'step', images=patches.astype(np.float32), targets=answers * 0.98 + 0.01,
            target_weights=np.ones((BATCH, len(LESIONS)), np.float32), seed=np.array([11, step], np.int32), learning_rate=rate, head_learning_rate=5 * rate,
            weight_decay=1e-2, clip_norm=2.0, average_decay=min(0.997, (1 + step) / (10 + step)), dropout=0.2)
        losses.append(result['loss'])
        if step % 100 == 99:
            per_patch = (time.time() - started) / (step + 1) / BATCH * 1000
            print(f'step {step + 1} of {STEPS}: loss {np.mean(losses[-100:]):.3f}, {per_patch:.1f} ms a patch', flush=True)
    flat, offset, tensors = graph.run('folded')['average'], 0, {}
    for entry in convolutions:
        count = int(np.prod(entry['shape']))
        tensors[entry['name']] = flat[offset:offset + count].reshape(entry['shape'])
        offset += count
    with open(source, 'rb') as file:
        start = hashlib.sha256(file.read()).hexdigest()
    write_safetensors(output, tensors, {'source': 'pretrain_lesions.py', 'sha256': start, 'input': '(RGB - 127) / 128'})
    print(f'{output}: {len(tensors)} tensors')


if __name__ == '__main__':
    main()
