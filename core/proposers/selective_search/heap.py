"""A binary heap of integers, the largest on top; the caller holds the array and the count."""

from core.proposers.selective_search.kernel import in_place, inner


@in_place()
def push(heap, count, key):  # type: ignore[no-untyped-def]
    """Add a key to a heap of `count` keys."""
    position = count
    while position > 0:
        parent = (position - 1) >> 1
        if heap[parent] >= key:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = key


@inner()
def pop(heap, count):  # type: ignore[no-untyped-def]
    """Remove the largest key of a heap of `count` keys."""
    key = heap[count - 1]
    count -= 1
    position = 0
    while True:
        child = 2 * position + 1
        if child >= count:
            break
        if child + 1 < count and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= key:
            break
        heap[position] = heap[child]
        position = child
    heap[position] = key
