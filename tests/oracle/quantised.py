"""Cases from quantised models: layers, eager-mode static and dynamic quantisation, mobile archives."""
import sys
import warnings

import torch
from torch import nn

from record import record

warnings.filterwarnings("ignore")
try:
    from torch.ao import quantization as tq
except ImportError:
    from torch import quantization as tq


class Net(nn.Module):
    """A convolutional network with what eager-mode quantisation can fuse, a residual and a classifier."""
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = tq.QuantStub(), tq.DeQuantStub()
        self.first = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.depth = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.BatchNorm2d(16), nn.ReLU())
        self.point = nn.Sequential(nn.Conv2d(16, 16, 1), nn.BatchNorm2d(16))
        self.grouped = nn.Conv2d(16, 24, 3, groups=4, dilation=2)
        self.f = nn.quantized.FloatFunctional()
        self.g = nn.quantized.FloatFunctional()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        x = self.first(self.quant(x))
        x = self.f.add_relu(x, self.point(self.depth(x)))
        x = torch.max_pool2d(x, 2)
        x = self.grouped(x)
        x = self.g.mul_scalar(x, 0.5)
        x = torch.flatten(self.pool(torch.relu(x)), 1)
        return self.dequant(self.head(x))


def fuse(m):
    tq.fuse_modules(m, [["first.0", "first.1", "first.2"], ["depth.0", "depth.1", "depth.2"], ["point.0", "point.1"]],
                    inplace=True)
    return m


def static(m, data, engine):
    """Calibrates with data and converts."""
    torch.backends.quantized.engine = engine
    m.qconfig = tq.get_default_qconfig(engine)
    tq.prepare(m, inplace=True)
    for x in data:
        m(x)
    return tq.convert(m, inplace=True)


class Around(nn.Module):
    """One layer between quantising and dequantising."""
    def __init__(self, layer):
        super().__init__()
        self.quant, self.layer, self.dequant = tq.QuantStub(), layer, tq.DeQuantStub()

    def forward(self, x):
        return self.dequant(self.layer(self.quant(x)))


class Sequence(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.rnn = kind(12, 20, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(40, 5)

    def forward(self, x):
        y = self.rnn(x)[0]
        return self.head(y)


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(6, 8), nn.GRUCell(8, 8), nn.RNNCell(8, 8)

    def forward(self, x):
        h, c = self.lstm(x)
        return self.rnn(self.gru(h)), c


class Ordinary(nn.Module):
    """Ordinary operators on quantised tensors."""
    def forward(self, x):
        q = torch.quantize_per_tensor(x, 0.05, 100, torch.quint8)
        s = torch.quantize_per_tensor(x, 0.04, 3, torch.qint8)
        out = []
        for t in [q, s]:
            out += [torch.relu(t), torch.clamp(t, -1.0, 1.5), torch.sigmoid(t), torch.tanh(t), nn.functional.hardtanh(t),
                    nn.functional.leaky_relu(t, 0.07), t.reshape([2, -1]), t.permute([0, 2, 3, 1]), t[:, 1:], t.contiguous(),
                    torch.cat([t, t], 1), torch.max_pool2d(t, 2, 1, 1), nn.functional.adaptive_avg_pool2d(t, [2, 3]),
                    nn.functional.avg_pool2d(t, 2, 1), t.mean([2, 3], keepdim=True),
                    nn.functional.interpolate(t, scale_factor=2.0, mode="nearest"), t.flip([1]), t.clone(),
                    t.transpose(1, 2).contiguous(), nn.functional.relu6(t), nn.functional.hardsigmoid(t)]
        return [(t.dequantize(), t.int_repr(), t.q_scale(), t.q_zero_point()) for t in out]


class Functional(nn.Module):
    """The quantized:: operators on pairs of tensors."""
    def forward(self, x, y):
        a = torch.quantize_per_tensor(x, 0.05, 100, torch.quint8)
        b = torch.quantize_per_tensor(y, 0.03, 140, torch.quint8)
        out = [torch.ops.quantized.add(a, b, 0.06, 90), torch.ops.quantized.add_relu(a, b, 0.06, 90),
               torch.ops.quantized.mul(a, b, 0.02, 120), torch.ops.quantized.mul_relu(a, b, 0.02, 120),
               torch.ops.quantized.add_scalar(a, 0.7), torch.ops.quantized.add_scalar(a, -20.0),
               torch.ops.quantized.add_scalar(a, 20.0), torch.ops.quantized.add_scalar_relu(a, -0.3),
               torch.ops.quantized.mul_scalar(a, 0.7), torch.ops.quantized.mul_scalar(a, -0.7),
               torch.ops.quantized.mul_scalar(a, 0.0), torch.ops.quantized.mul_scalar_relu(a, -2.0),
               torch.ops.quantized.cat([a, b], 1, 0.05, 110), torch.ops.quantized.cat_relu([a, b], 1, 0.05, 110),
               torch.ops.quantized.elu(a, 0.04, 60), torch.ops.quantized.celu(a, 0.04, 60),
               torch.ops.quantized.hardswish(a, 0.05, 30), torch.ops.quantized.leaky_relu(a, 0.2, False, 0.05, 30),
               torch.ops.quantized.sigmoid(a, 0.004, 0), torch.ops.quantized.softmax(a, 1, 0.004, 0),
               torch.ops.quantized.relu6(a), torch.ops.quantized.clamp(a, -0.5, 0.9),
               torch.ops.quantized.batch_norm2d(a, torch.tensor([1.0, 2.0, 0.5]), torch.tensor([0.1, 0.2, 0.3]),
                                                torch.tensor([0.5, -0.1, 0.0]), torch.tensor([1.0, 2.0, 0.5]), 1e-5, 0.05, 120),
               torch.ops.quantized.max_pool2d(a, [2, 2], [1, 1], [0, 0], [1, 1], False)]
        return [(t.dequantize(), t.q_scale(), t.q_zero_point()) for t in out]


class Fake(nn.Module):
    def forward(self, x):
        c = torch.quantize_per_channel(x, torch.tensor([0.1, 0.2, 0.3]), torch.tensor([1, 2, 3]), 0, torch.qint8)
        f = torch.quantize_per_channel(x, torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5]), torch.tensor([1.5, 2.0, 3.0, 4.0, 5.0]), 1,
                                       torch.quint8)
        d = torch.quantize_per_tensor_dynamic(x, torch.quint8, True)
        return (c.dequantize(), c.int_repr(), c.q_per_channel_scales(), c.q_per_channel_zero_points(), c.q_per_channel_axis(),
                f.dequantize(), f.int_repr(), d.dequantize(), d.q_scale(), d.q_zero_point(),
                torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 255),
                torch.fake_quantize_per_channel_affine(x, torch.tensor([0.1, 0.2, 0.3]),
                                                       torch.tensor([1, 2, 3], dtype=torch.int32), 0, 0, 15),
                torch.choose_qparams_optimized(x, 15, 200, 0.16, 8))


class Tables(nn.Module):
    """Embedding tables of eight, four and two bits, as tensors and as packed objects."""
    def __init__(self):
        super().__init__()
        w = torch.randn(10, 12)
        self.register_buffer("w", w)
        q = torch.quantize_per_channel(w, (w.amax(1) - w.amin(1)) / 255, -w.amin(1) * 255 / (w.amax(1) - w.amin(1)), 0,
                                       torch.quint8)
        self.packed = torch.ao.nn.quantized.Embedding(10, 12) if hasattr(torch, "ao") and hasattr(torch.ao, "nn") else \
            torch.nn.quantized.Embedding(10, 12)
        self.packed.set_weight(q)

    def forward(self, i, o):
        p8 = torch.ops.quantized.embedding_bag_byte_prepack(self.w)
        p4 = torch.ops.quantized.embedding_bag_4bit_prepack(self.w)
        p2 = torch.ops.quantized.embedding_bag_2bit_prepack(self.w)
        return (p8, p4, p2, torch.ops.quantized.embedding_bag_byte_unpack(p8), torch.ops.quantized.embedding_bag_4bit_unpack(p4),
                torch.ops.quantized.embedding_bag_2bit_unpack(p2),
                torch.ops.quantized.embedding_bag_byte_rowwise_offsets(p8, i, o, False, 0),
                torch.ops.quantized.embedding_bag_4bit_rowwise_offsets(p4, i, o, False, 0), self.packed(i))


class Integers(nn.Module):
    """Products with plain int8 matrices."""
    def forward(self, a, b):
        c = a.to(torch.int8)
        return torch._int_mm(c, b), torch._weight_int8pack_mm(a, b.t().contiguous(), torch.linspace(0.1, 0.2, 24))


class Observed(nn.Module):
    """Observers of training, in all states of their switches."""
    def forward(self, x, lo, hi, lo1, hi1):
        lo, hi, lo1, hi1 = lo.clone(), hi.clone(), lo1.clone(), hi1.clone()
        on, off = torch.ones(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
        s, z = torch.ones(1), torch.zeros(1, dtype=torch.int32)
        sc, zc = torch.ones(4), torch.zeros(4, dtype=torch.int32)
        f = torch.fused_moving_avg_obs_fake_quant
        return (f(x, on, on, lo1, hi1, s, z, 0.01, 0, 255, -1, False, False), f(x, on, on, lo, hi, sc, zc, 0.01, -128, 127, 0, True, True),
                f(x, off, on, lo, hi, sc, zc, 0.01, -128, 127, 0, True, True),
                f(x, off, off, lo, hi, sc, zc, 0.01, -128, 127, 0, True, True), s, z, sc, zc, lo, hi)


def quantum(module):
    """The step of a converted module's last layer with a scale: two results may differ by one such step."""
    steps = [float(m.scale) for m in module.modules() if hasattr(m, "scale") and hasattr(m, "zero_point")]
    return 1.01 * max(steps) if steps else 1e-5


def cases(engine):
    f = torch.randn
    data = [f(4, 3, 24, 24) for _ in range(3)]
    net = static(fuse(Net().eval()), data, engine)
    yield "net", net, [(f(2, 3, 24, 24),), (f(1, 3, 33, 21),)], quantum(net)
    for name, layer, x in [
            ("linear", nn.Linear(13, 7), f(5, 13)), ("conv1d", nn.Conv1d(4, 6, 3, stride=2, padding=1), f(2, 4, 15)),
            ("conv2d", nn.Conv2d(4, 8, (3, 2), padding=(1, 0), stride=(2, 1)), f(2, 4, 9, 8)),
            ("conv3d", nn.Conv3d(3, 5, 3, padding=1), f(1, 3, 5, 6, 7)),
            ("leaky", nn.Sequential(nn.Linear(6, 6), nn.LeakyReLU()), f(4, 6)),
            ("norms", nn.Sequential(nn.LayerNorm(8), nn.Hardswish(), nn.ELU()), f(4, 6, 8)),
            ("group_norm", nn.GroupNorm(2, 6), f(4, 6, 8))]:
        if engine == "qnnpack" and name in ("conv3d",):
            continue
        m = static(Around(layer).eval(), [x, f(x.shape)], engine)
        yield name, m, [(x,), (f(x.shape),)], quantum(m)
    if engine == "qnnpack":
        return  # it ignores reduce_range, so its dynamic layers give other numbers than those of fbgemm, which are ours
    for kind in (nn.LSTM, nn.GRU):
        m = tq.quantize_dynamic(Sequence(kind).eval(), {nn.Linear, kind}, dtype=torch.qint8)
        yield "dynamic_" + kind.__name__.lower(), m, [(f(3, 7, 12),)], 1e-3
    yield "dynamic_mlp", tq.quantize_dynamic(nn.Sequential(nn.Linear(9, 30), nn.ReLU(), nn.Linear(30, 4)).eval(), {nn.Linear},
                                             dtype=torch.qint8), [(f(5, 9),), (f(2, 3, 9),)], 1e-4
    yield "dynamic_cells", tq.quantize_dynamic(Cells().eval(), {nn.LSTMCell, nn.GRUCell, nn.RNNCell}, dtype=torch.qint8), \
        [(f(5, 6),)], 1e-3
    for kind in (nn.LSTM, nn.Linear):
        m = tq.quantize_dynamic(Sequence(nn.LSTM).eval(), {kind}, dtype=torch.float16)
        yield "float16_" + kind.__name__.lower(), m, [(f(3, 7, 12),)], 1e-3
    yield "ordinary", Ordinary(), [(f(2, 3, 6, 6),)], 1e-6
    yield "functional", Functional(), [(2 * f(2, 3, 4, 5), f(2, 3, 4, 5))], 0.0601
    yield "tables", Tables().eval(), [(torch.tensor([1, 3, 9, 0, 1]), torch.tensor([0, 2]))], 1e-5
    if hasattr(torch, "_weight_int8pack_mm"):
        yield "integers", Integers(), [(torch.randint(-9, 9, (20, 32)).float(), torch.randint(-128, 127, (32, 24)).to(torch.int8))], \
            1e-3
    inf = float("inf")
    yield "observed", Observed(), [(f(4, 6), torch.full((4,), inf), torch.full((4,), -inf), torch.tensor([-1.0]),
                                    torch.tensor([1.5]))], 1e-6
    yield "fake", Fake(), [(4 * f(3, 5),), (1e-5 * f(3, 5),), (f(5, 3).t().abs(),)], 1e-6


class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, stride=2)
        self.up = nn.ConvTranspose2d(8, 4, 3, stride=2)
        self.head = nn.Linear(4, 6)

    def forward(self, x):
        x = nn.functional.hardtanh(self.up(torch.relu(self.conv(x))), -0.2, 0.3)
        return torch.relu(self.head(x.mean([2, 3])))


def main():
    root = sys.argv[1]
    engines = [e for e in ("fbgemm", "qnnpack") if e in torch.backends.quantized.supported_engines]
    for engine in engines:
        torch.backends.quantized.engine = engine
        torch.manual_seed(1)
        for name, module, calls, atol in cases(engine):
            print(record(root, "%s_%s" % (name, engine), torch.jit.script(module), calls, rtol=1e-5, atol=atol))
    from torch.utils.mobile_optimizer import optimize_for_mobile
    try:
        m = optimize_for_mobile(torch.jit.script(Mobile().eval()))
        print(record(root, "mobile", m, [(torch.randn(2, 3, 12, 10),)]))
    except RuntimeError:
        pass  # a PyTorch without XNNPACK


if __name__ == "__main__":
    main()
