"""Slow, obvious twins of the parts of selective search, in plain Python and numpy."""

import cv2
import numpy as np

# ---- segmentation: Felzenszwalb and Huttenlocher 2004, as OpenCV has it


class Sets:
    """Disjoint sets of whole numbers: a list that names each one's set."""

    def __init__(self, count):
        self.name = list(range(count))
        self.members = {n: [n] for n in range(count)}

    def size(self, member):
        return len(self.members[self.name[member]])

    def join(self, a, b) -> int:
        """Join two sets by their names; returns the name of the larger, which both keep."""
        if len(self.members[a]) < len(self.members[b]):
            a, b = b, a
        for member in self.members.pop(b):
            self.name[member] = a
            self.members[a].append(member)
        return a


def edges(blurred):
    """List (weight, row, 0 right or 1 down, column, pixel, other pixel), lightest first."""
    height, width, channels = blurred.shape
    found = []
    for y in range(height):
        for x in range(width):
            for down, (y1, x1) in enumerate([(y, x + 1), (y + 1, x)]):
                if y1 == height or x1 == width:
                    continue
                total = np.float32(0)
                for c in range(channels):
                    difference = float(blurred[y, x, c] - blurred[y1, x1, c])
                    total = np.float32(float(total) + difference * difference)
                found.append((np.sqrt(total), y, down, x, y * width + x, y1 * width + x1))
    return sorted(found)


def segmentation(image, k, sigma, min_size):
    """Number the region of each pixel, in raster order: (H, W)."""
    height, width = image.shape[:2]
    blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), sigma, sigmaY=sigma).reshape(image.shape)
    ordered = edges(blurred)
    sets = Sets(height * width)
    threshold = [np.float32(k)] * (height * width)
    for weight, *_, a, b in ordered:
        a, b = sets.name[a], sets.name[b]
        if a != b and weight <= threshold[a] and weight <= threshold[b]:
            joined = sets.join(a, b)
            threshold[joined] = weight + np.float32(k) / np.float32(sets.size(joined))
    for *_, a, b in ordered:
        a, b = sets.name[a], sets.name[b]
        if a != b and min(sets.size(a), sets.size(b)) < min_size:
            sets.join(a, b)
    numbers = {name: n for n, name in enumerate(dict.fromkeys(sets.name))}
    return np.array([numbers[name] for name in sets.name]).reshape(height, width)


# ---- what is known of regions


def parts_of(mask) -> int:
    """Count the parts of a mask that are connected by sides."""
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] - 1


def sizes_and_boxes(labels):
    """Count each region's pixels and bound it: two lists."""
    sizes, boxes = [], []
    for region in range(labels.max() + 1):
        y, x = np.nonzero(labels == region)
        sizes.append(len(x))
        boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1])
    return sizes, boxes


def neighbours(labels):
    """List pairs that touch to the left, above or above left, from the second row and column on."""
    height, width = labels.shape
    pairs = set()
    for y in range(1, height):
        for x in range(1, width):
            for other in (labels[y, x - 1], labels[y - 1, x], labels[y - 1, x - 1]):
                if other != labels[y, x]:
                    pairs.add((int(min(other, labels[y, x])), int(max(other, labels[y, x]))))
    return sorted(pairs)


def texture_bins(derivative):
    """Cut both halves of a derivative into ten bins: two (H, W).

    Each is stretched from what lies between 0 and its extreme to 0-255, rounded with halves to even; a
    bin is 25.6 wide. A half without anything in it is all in bin 0.
    """
    derivative = derivative.astype(np.float32)
    positive, negative = np.maximum(derivative, 0), np.minimum(derivative, 0)
    if positive.max() > 0:
        positive = np.rint(positive * np.float32(255 / float(positive.max())))
    if negative.min() < 0:
        negative = np.rint(negative * np.float32(255 / -float(negative.min())) + np.float32(255))
    return (positive / 25.6).astype(int), (negative / 25.6).astype(int)


def colour_histograms(labels, image):
    """Share of each of 25 bins a channel: (R, 25 channels)."""
    bins = image.astype(int) * 25 // 256
    return _histograms(labels, [bins[..., c] for c in range(image.shape[2])], 25)


def texture_histograms(labels, derivatives):
    """Share of each of 10 bins of 8 halves a channel; `derivatives` are lists of four, one a channel."""
    halves = [half for planes in derivatives for plane in planes for half in texture_bins(plane)]
    return _histograms(labels, halves, 10)


def _histograms(labels, planes, bins):
    found = []
    for region in range(labels.max() + 1):
        counts = [np.bincount(plane[labels == region], minlength=bins) for plane in planes]
        found.append(np.concatenate(counts) / np.sum(counts))
    return np.array(found)


# ---- grouping: Uijlings et al. 2013, algorithm 1


def similarity(a, b, pixels, strategy) -> float:
    """Add up what two regions (size, box, colour, texture) have in common."""
    both = a[0] + b[0]
    box = _around(a[1], b[1])
    hole = (box[2] - box[0]) * (box[3] - box[1]) - both
    found = {
        "colour": np.minimum(a[2], b[2]).sum(),
        "fill": np.clip(1 - hole / pixels, 0, 1),
        "texture": np.minimum(a[3], b[3]).sum(),
        "size": np.clip(1 - both / pixels, 0, 1),
    }
    weights = strategy._asdict()
    return sum(weights[name] * found[name] for name in weights) / sum(weights.values())


def group(regions, pairs, pixels, strategy):
    """Merge the most similar neighbours until there are none.

    Returns
    -------
    boxes, levels, parts
        Of the initial regions, then the merged ones; the parts of an initial one are (-1, -1).
    gap : float
        The smallest lead that any pair taken had over the next: 0 where there was a tie.
    """
    regions, levels, parts, gap = list(regions), [1] * len(regions), [(-1, -1)] * len(regions), 1.0
    similarities = {(a, b): similarity(regions[a], regions[b], pixels, strategy) for a, b in pairs}
    while similarities:
        a, b = max(similarities, key=similarities.get)
        ranked = sorted(similarities.values())
        gap = min([gap, *(ranked[-1] - other for other in ranked[-2:-1])])
        near = {n for pair in similarities if {a, b} & set(pair) for n in pair} - {a, b}
        similarities = {pair: value for pair, value in similarities.items() if not {a, b} & set(pair)}
        made = len(regions)
        regions.append(_merged(regions[a], regions[b]))
        levels.append(max(levels[a], levels[b]) + 1)
        parts.append((min(a, b), max(a, b)))
        for n in near:
            similarities[n, made] = similarity(regions[n], regions[made], pixels, strategy)
    return [region[1] for region in regions], levels, parts, gap


def _merged(a, b):
    size = a[0] + b[0]
    colour, texture = ((a[n] * a[0] + b[n] * b[0]) / size for n in (2, 3))
    return size, _around(a[1], b[1]), colour, texture


def _around(a, b):
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
