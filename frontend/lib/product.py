# SPDX-License-Identifier: BSD-3-Clause
# Products that are made of matrix products: outer, inner, tensordot, bilinear, einsum.

def outer(self: Tensor, vec2: Tensor) -> Tensor:
    if self.dim() != 1:
        raise RuntimeError("outer: Expected 1-D argument self, but got {}-D".format(self.dim()))
    if vec2.dim() != 1:
        raise RuntimeError("outer: Expected 1-D argument vec2, but got {}-D".format(vec2.dim()))
    return self.unsqueeze(1) * vec2

def ger(self: Tensor, vec2: Tensor) -> Tensor:
    return outer(self, vec2)

def tensordot(self: Tensor, other: Tensor, dims_self: List[int], dims_other: List[int]) -> Tensor:
    if len(dims_self) != len(dims_other):
        raise RuntimeError("both dimension lists should have same length")
    if self.dtype != other.dtype:
        raise RuntimeError("both inputs should have same dtype")
    a = self
    b = other
    keep_a: List[int] = []
    keep_b: List[int] = []
    sum_a: List[int] = []
    sum_b: List[int] = []
    inner_size = 1
    for i in range(len(dims_self)):
        da = dims_self[i] + a.dim() if dims_self[i] < 0 else dims_self[i]
        db = dims_other[i] + b.dim() if dims_other[i] < 0 else dims_other[i]
        na = a.size(dims_self[i])
        nb = b.size(dims_other[i])
        if nb == 1:
            a = a.sum(da, True)
        elif na == 1:
            b = b.sum(db, True)
        else:
            if na != nb:
                raise RuntimeError("contracted dimensions need to match, but first has size {} in dim {} and second has size {} in dim {}".format(
                    na, dims_self[i], nb, dims_other[i]))
        if da in sum_a or db in sum_b:
            raise RuntimeError("dim {} appears multiple times in the list of dims".format(da if da in sum_a else db))
        sum_a.append(da)
        sum_b.append(db)
        inner_size *= a.size(da)
    shape: List[int] = []
    for d in range(a.dim()):
        if d not in sum_a:
            keep_a.append(d)
            shape.append(a.size(d))
    for d in range(b.dim()):
        if d not in sum_b:
            keep_b.append(d)
            shape.append(b.size(d))
    rows = 1
    for d in keep_a:
        rows *= a.size(d)
    columns = 1
    for d in keep_b:
        columns *= b.size(d)
    left = a.permute(keep_a + sum_a).reshape([rows, inner_size])
    right = b.permute(sum_b + keep_b).reshape([inner_size, columns])
    return torch.mm(left, right).reshape(shape)

def inner(self: Tensor, other: Tensor) -> Tensor:
    if self.dtype != other.dtype:
        raise RuntimeError("both inputs should have same dtype")
    if self.dim() == 0 or other.dim() == 0:
        return self * other
    if self.size(-1) != other.size(-1):
        raise RuntimeError("inner() the last dimension must match on both input tensors but got shapes {} and {}".format(
            self.size(), other.size()))
    return torch.tensordot(self, other, [-1], [-1])

def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    if input1.dim() != input2.dim():
        raise RuntimeError("bilinear(): input dimensions do not match: got {} and {}".format(input1.dim(), input2.dim()))
    for i in range(input1.dim() - 1):
        if input1.size(i) != input2.size(i):
            raise RuntimeError("bilinear(): input batch dimensions do not match at dim {}: got {} and {}".format(
                i, input1.size(i), input2.size(i)))
    if input1.size(-1) != weight.size(1):
        raise RuntimeError("bilinear(): input1 size does not match weight size: got {} but expected {}".format(
            input1.size(-1), weight.size(1)))
    if input2.size(-1) != weight.size(2):
        raise RuntimeError("bilinear(): input2 size does not match weight size: got {} but expected {}".format(
            input2.size(-1), weight.size(2)))
    if bias is not None and bias.size(0) != weight.size(0):
        raise RuntimeError("bilinear(): bias size does not match weight size: got {} but expected {}".format(
            bias.size(0), weight.size(0)))
    shape: List[int] = []
    rows = 1
    for i in range(input1.dim() - 1):
        shape.append(input1.size(i))
        rows *= input1.size(i)
    shape.append(weight.size(0))
    left = input1.reshape([rows, input1.size(-1)])
    right = input2.reshape([rows, 1, input2.size(-1)])
    # (rows, out·in2) from one product, then the sum over in2
    half = torch.mm(left, weight.transpose(0, 1).reshape([weight.size(1), -1]))
    out = (half.view([rows, weight.size(0), weight.size(2)]) * right).sum(-1).reshape(shape)
    if bias is not None:
        out = out + bias
    return out

def _trilinear(i1: Tensor, i2: Tensor, i3: Tensor, expand1: List[int], expand2: List[int], expand3: List[int], sumdim: List[int],
               unroll_dim: int) -> Tensor:
    for d in expand1:
        i1 = i1.unsqueeze(d)
    for d in expand2:
        i2 = i2.unsqueeze(d)
    for d in expand3:
        i3 = i3.unsqueeze(d)
    out = i1 * i2 * i3
    return out.sum(sumdim) if len(sumdim) > 0 else out

def chain_matmul(matrices: List[Tensor]) -> Tensor:
    if len(matrices) == 0:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for m in matrices:
        if m.dim() != 2:
            raise RuntimeError("Tensor dimension is {}, expected 2 instead.".format(m.dim()))
    if len(matrices) == 1:
        return matrices[0]
    # cost[i][j]: multiplications for the product of i … j, cut: where it is split
    n = len(matrices)
    sizes: List[int] = [matrices[0].size(0)]
    for m in matrices:
        sizes.append(m.size(1))
    cost: List[int] = []
    cut: List[int] = []
    for i in range(n * n):
        cost.append(0)
        cut.append(0)
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            best = -1
            for k in range(i, j):
                c = cost[i * n + k] + cost[(k + 1) * n + j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                if best < 0 or c < best:
                    best = c
                    cut[i * n + j] = k
            cost[i * n + j] = best
    # spans are multiplied from the shortest up, so that both halves exist when they are needed
    made: Dict[int, Tensor] = {}
    for i in range(n):
        made[i * n + i] = matrices[i]
    wanted: List[int] = [n - 1]
    at = 0
    while at < len(wanted):
        span = wanted[at]
        at += 1
        i = span // n
        j = span % n
        if i < j:
            wanted.append(i * n + cut[span])
            wanted.append((cut[span] + 1) * n + j)
    for back in range(len(wanted)):
        span = wanted[len(wanted) - 1 - back]
        if span not in made:
            k = cut[span]
            made[span] = torch.mm(made[span // n * n + k], made[(k + 1) * n + span % n])
    return made[n - 1]

# The contraction of two operands whose dimensions are aligned (size 1 where a label is absent): dimensions in
# `gone` are summed away (and stay, with size 1).
def _contract_pair(a: Tensor, b: Tensor, gone: List[int]) -> Tensor:
    both: List[int] = []
    only_a: List[int] = []
    only_b: List[int] = []
    summed: List[int] = []
    for d in range(a.dim()):
        in_a = a.size(d) != 1
        in_b = b.size(d) != 1
        if d in gone:
            if in_a and in_b:
                summed.append(d)
            elif in_a:
                a = a.sum(d, True)
            elif in_b:
                b = b.sum(d, True)
            if not (in_a and in_b):
                only_b.append(d)
        elif in_a and in_b:
            both.append(d)
        elif in_a:
            only_a.append(d)
        else:
            only_b.append(d)
    nboth = 1
    nleft = 1
    nright = 1
    nsum = 1
    shape: List[int] = []
    for d in both:
        nboth *= a.size(d)
        shape.append(a.size(d))
    for d in only_a:
        nleft *= a.size(d)
        shape.append(a.size(d))
    for d in only_b:
        nright *= b.size(d)
        shape.append(b.size(d))
    for d in summed:
        nsum *= a.size(d)
        shape.append(1)
    left = a.permute(both + only_a + summed + only_b).reshape([nboth, nleft, nsum])
    right = b.permute(both + summed + only_b + only_a).reshape([nboth, nsum, nright])
    out = torch.bmm(left, right).reshape(shape)
    order = both + only_a + only_b + summed
    back: List[int] = []
    for d in range(len(order)):
        back.append(order.index(d))
    return out.permute(back)

# Labels of one operand: indices into "A…Za…z", -1 for the ellipsis.
def _einsum_labels(text: str, what: str) -> List[int]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    labels: List[int] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == " ":
            i += 1
            continue
        if c == ".":
            if text[i:i + 3] != "...":
                raise RuntimeError("einsum(): found '.' for {} that is not part of any ellipsis".format(what))
            if -1 in labels:
                raise RuntimeError("einsum(): found '.' for {} for which an ellipsis was already found".format(what))
            labels.append(-1)
            i += 3
            continue
        at = letters.find(c)
        if at < 0:
            raise RuntimeError("einsum(): invalid subscript given at index {} in the equation string, subscripts must be in [a-zA-Z]".format(i))
        labels.append(at)
        i += 1
    return labels

def einsum(equation: str, tensors: List[Tensor], *, path: Optional[List[int]]) -> Tensor:
    if len(tensors) == 0:
        raise RuntimeError("einsum(): must provide at least one operand")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    arrow = equation.find("->")
    lhs = equation if arrow < 0 else equation[:arrow]
    terms = lhs.split(",")
    if len(terms) > len(tensors):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    if len(terms) < len(tensors):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    labels: List[List[int]] = []
    dots = 0
    count: List[int] = []
    for i in range(52):
        count.append(0)
    for i in range(len(terms)):
        mine = _einsum_labels(terms[i], "operand {}".format(i))
        labels.append(mine)
        nd = tensors[i].dim()
        if -1 in mine:
            if len(mine) - 1 > nd:
                raise RuntimeError("einsum(): the number of subscripts in the equation ({}) is more than the number of dimensions ({}) for operand {}".format(
                    len(mine) - 1, nd, i))
            dots = max(dots, nd - len(mine) + 1)
        elif len(mine) != nd:
            if len(mine) > nd:
                raise RuntimeError("einsum(): the number of subscripts in the equation ({}) is more than the number of dimensions ({}) for operand {}".format(
                    len(mine), nd, i))
            raise RuntimeError("einsum(): the number of subscripts in the equation ({}) does not match the number of dimensions ({}) for operand {} and no ellipsis was given".format(
                len(mine), nd, i))
        for c in mine:
            if c >= 0:
                count[c] += 1
    # the result's labels, then those that are summed; -1 stands for all dimensions of the ellipsis
    out: List[int] = []
    if arrow < 0:
        if dots > 0:
            out.append(-1)
        for c in range(52):
            if count[c] == 1:
                out.append(c)
    else:
        out = _einsum_labels(equation[arrow + 2:], "output")
        for i in range(len(out)):
            if out[i] >= 0:
                if out[i] in out[:i]:
                    raise RuntimeError("einsum(): output subscript {} appears more than once in the output".format(letters[out[i]]))
                if count[out[i]] == 0:
                    raise RuntimeError("einsum(): output subscript {} does not appear in the equation for any input operand".format(letters[out[i]]))
    place: List[int] = []
    for i in range(52):
        place.append(-1)
    n = 0
    first_dot = -1
    for c in out:
        if c < 0:
            first_dot = n
            n += dots
        else:
            place[c] = n
            n += 1
    kept = n
    if first_dot < 0 and dots > 0:
        first_dot = n
        n += dots
    for c in range(52):
        if count[c] > 0 and place[c] < 0:
            place[c] = n
            n += 1
    sizes: List[int] = []
    last: List[int] = []
    for i in range(n):
        sizes.append(1)
        last.append(-1)
    operands: List[Tensor] = []
    for i in range(len(tensors)):
        t = tensors[i]
        where: List[int] = []
        d = 0
        for c in labels[i]:
            if c < 0:
                # dimensions of an ellipsis align at their ends
                span = tensors[i].dim() - (len(labels[i]) - 1)
                for k in range(span):
                    where.append(first_dot + dots - span + k)
                    d += 1
            elif place[c] in where:
                other = where.index(place[c])
                if t.size(other) != t.size(d):
                    raise RuntimeError("einsum(): subscript {} is repeated for operand {} but the sizes don't match, {} != {}".format(
                        letters[c], i, t.size(d), t.size(other)))
                # the diagonal comes last; move it to where the first of the two was
                t = t.diagonal(0, other, d).movedim(-1, other)
            else:
                where.append(place[c])
                d += 1
        order: List[int] = []
        shape: List[int] = []
        for p in range(n):
            if p in where:
                q = where.index(p)
                order.append(q)
                size = t.size(q)
                shape.append(size)
                if size != 1:
                    if sizes[p] != 1 and sizes[p] != size:
                        raise RuntimeError("einsum(): subscript {} has size {} for operand {} which does not broadcast with previously seen size {}".format(
                            letters[place.index(p)] if p in place else "...", size, i, sizes[p]))
                    sizes[p] = size
                last[p] = i
            else:
                shape.append(1)
        operands.append(t.permute(order).reshape(shape))
    result = operands[0]
    for p in range(kept, n):
        if last[p] == 0:
            result = result.sum(p, True)
    for i in range(1, len(operands)):
        gone: List[int] = []
        for p in range(kept, n):
            if last[p] == i:
                gone.append(p)
        result = _contract_pair(result, operands[i], gone)
    for p in range(kept, n):
        result = result.squeeze(kept)
    return result
