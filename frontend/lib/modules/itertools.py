# SPDX-License-Identifier: BSD-3-Clause
# itertools.

class chain:
    def __init__(self, *iterables):
        self._it = _chain(iterables)

    @classmethod
    def from_iterable(cls, iterables):
        self = cls()
        self._it = _chain(iterables)
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._it)


def _chain(iterables):
    for it in iterables:
        yield from it


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(iterable):
    saved = []
    for x in iterable:
        yield x
        saved.append(x)
    while saved:
        for x in saved:
            yield x


def repeat(value, times=None):
    if times is None:
        while True:
            yield value
    for _ in range(times):
        yield value


def islice(iterable, *args):
    s = slice(*args)
    start, stop, step = s.start or 0, s.stop, 1 if s.step is None else s.step
    if start < 0 or step < 1 or (stop is not None and stop < 0):
        raise ValueError("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    if stop is not None and stop <= start:
        return
    want = start
    i = -1
    for x in iterable:
        i += 1
        if i == want:
            yield x
            want += step
        if stop is not None and (i + 1 >= stop or want >= stop):
            return


_none = object()


def accumulate(iterable, func=None, *, initial=_none):
    it = iter(iterable)
    total = initial if initial is not _none and initial is not None else next(it, _none)
    if total is _none:
        return
    yield total
    for x in it:
        total = total + x if func is None else func(total, x)
        yield total


def product(*iterables, repeat=1):
    pools = [tuple(p) for p in iterables] * repeat
    if any(not p for p in pools):
        return
    index = [0] * len(pools)
    while True:
        yield tuple(p[i] for p, i in zip(pools, index))
        k = len(pools) - 1
        while k >= 0:
            index[k] += 1
            if index[k] < len(pools[k]):
                break
            index[k] = 0
            k -= 1
        if k < 0:
            return


def permutations(iterable, r=None):
    pool = tuple(iterable)
    r = len(pool) if r is None else r

    def extend(chosen, left):
        if len(chosen) == r:
            yield tuple(pool[i] for i in chosen)
            return
        for k, i in enumerate(left):
            yield from extend(chosen + [i], left[:k] + left[k + 1:])
    yield from extend([], list(range(len(pool))))


def combinations(iterable, r):
    pool = tuple(iterable)

    def extend(chosen, start):
        if len(chosen) == r:
            yield tuple(pool[i] for i in chosen)
            return
        for i in range(start, len(pool)):
            yield from extend(chosen + [i], i + 1)
    yield from extend([], 0)


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)

    def extend(chosen, start):
        if len(chosen) == r:
            yield tuple(pool[i] for i in chosen)
            return
        for i in range(start, len(pool)):
            yield from extend(chosen + [i], i)
    yield from extend([], 0)


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def takewhile(predicate, iterable):
    for x in iterable:
        if not predicate(x):
            return
        yield x


def dropwhile(predicate, iterable):
    dropping = True
    for x in iterable:
        if dropping and predicate(x):
            continue
        dropping = False
        yield x


def filterfalse(predicate, iterable):
    for x in iterable:
        if not (predicate(x) if predicate is not None else x):
            yield x


def compress(data, selectors):
    for x, keep in zip(data, selectors):
        if keep:
            yield x


def pairwise(iterable):
    it = iter(iterable)
    before = next(it, _none)
    if before is _none:
        return
    for x in it:
        yield before, x
        before = x


def zip_longest(*iterables, fillvalue=None):
    its = [iter(x) for x in iterables]
    open_ = [True] * len(its)
    while True:
        row = []
        for k, it in enumerate(its):
            x = next(it, _none) if open_[k] else _none
            if x is _none:
                open_[k] = False
                x = fillvalue
            row.append(x)
        if not any(open_):
            return
        yield tuple(row)


def tee(iterable, n=2):
    it = iter(iterable)
    queues = [[] for _ in range(n)]

    def read(queue):
        while True:
            if not queue:
                x = next(it, _none)
                if x is _none:
                    return
                for q in queues:
                    q.append(x)
            yield queue.pop(0)
    return tuple(read(q) for q in queues)


def groupby(iterable, key=None):
    group, current = [], _none
    for x in iterable:
        k = x if key is None else key(x)
        if current is not _none and k != current:
            yield current, iter(group)
            group = []
        current = k
        group.append(x)
    if current is not _none:
        yield current, iter(group)
