"""A heap of whole numbers, the largest on top; the caller keeps the array and the count."""

from core.proposers.selective_search.kernel import in_place, inner


@in_place()
def push(heap, count, key):  # type: ignore[no-untyped-def]
    """Add a key to a heap of so many."""
    place = count
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent] >= key:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = key


@inner()
def pop(heap, count):  # type: ignore[no-untyped-def]
    """Drop the largest key of a heap of so many."""
    key = heap[count - 1]
    count -= 1
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = key
