// SPDX-License-Identifier: BSD-3-Clause
// LSTM, GRU and plain recurrent networks: layers, directions, projections, packed sequences, single cells.
//
// The input's share of all gates is one matrix product for the whole sequence; each step then adds the hidden
// state's share and applies the gates in place.  A padded batch is a packed one whose steps all have the same
// number of rows; sequences are sorted by length, so step t works on the first sizes[t] rows of the state, and
// a row that is not worked on keeps what it has: its final state going forward, its initial one going back.
#include <inttypes.h>
#include <math.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/matmul.h"
#include "backends/cpu/random_draw.h"
#include "backends/cpu/rnn.h"
#include "backends/cpu/view.h"

static int gate_count(Cell c)
{
	return c == CELL_LSTM ? 4 : c == CELL_GRU ? 3 : 1;
}

// One direction of one layer; parameters contiguous, of the working type; NULL where there are none.
typedef struct Weights { Tensor *w_ih, *w_hh, *b_ih, *b_hh, *w_hr; } Weights;

static void weights_free(Weights *w)
{
	tensor_unref(&w->w_ih);
	tensor_unref(&w->w_hh);
	tensor_unref(&w->b_ih);
	tensor_unref(&w->b_hh);
	tensor_unref(&w->w_hr);
}

// gates: rows × (gates·n), already holding the input's share; hidden: for GRU, the hidden share.
// h and c: rows × n, read and written; for LSTM with a projection h gets the unprojected value.
#define CELLS(NAME, T, EXP, TANH)                                                                               \
	static inline T NAME##_sigmoid(T v) { return 1 / (1 + EXP(-v)); }                                       \
	static void NAME(Cell cell, const T *gates, const T *hidden, T *h, T *c, int64_t rows, int64_t n)       \
	{                                                                                                       \
		for (int64_t r = 0; r < rows; r++, h += n) {                                                    \
			switch (cell) {                                                                         \
			case CELL_LSTM:                                                                         \
				for (int64_t j = 0; j < n; j++) {                                               \
					T i = NAME##_sigmoid(gates[j]), f = NAME##_sigmoid(gates[n + j]),       \
					  g = TANH(gates[2 * n + j]), o = NAME##_sigmoid(gates[3 * n + j]);     \
					c[j] = f * c[j] + i * g;                                                \
					h[j] = o * TANH(c[j]);                                                  \
				}                                                                               \
				gates += 4 * n;                                                                 \
				c += n;                                                                         \
				break;                                                                          \
			case CELL_GRU:                                                                          \
				for (int64_t j = 0; j < n; j++) {                                               \
					T reset = NAME##_sigmoid(gates[j] + hidden[j]),                         \
					  keep = NAME##_sigmoid(gates[n + j] + hidden[n + j]),                  \
					  fresh = TANH(gates[2 * n + j] + reset * hidden[2 * n + j]);           \
					h[j] = (h[j] - fresh) * keep + fresh;                                   \
				}                                                                               \
				gates += 3 * n;                                                                 \
				hidden += 3 * n;                                                                \
				break;                                                                          \
			case CELL_TANH:                                                                         \
				for (int64_t j = 0; j < n; j++)                                                 \
					h[j] = TANH(gates[j]);                                                  \
				gates += n;                                                                     \
				break;                                                                          \
			case CELL_RELU:                                                                         \
				for (int64_t j = 0; j < n; j++)                                                 \
					h[j] = gates[j] < 0 ? 0 : gates[j];                                     \
				gates += n;                                                                     \
				break;                                                                          \
			}                                                                                       \
		}                                                                                               \
	}
CELLS(cell_f32, float, expf, tanhf)
CELLS(cell_f64, double, exp, tanh)

static const RnnKernels *rnn_kernels(void) // NULL: the plain reference
{
	switch (cpu_isa()) {
#if defined(__x86_64__) || defined(__i386__)
	case ISA_AVX512:
		return &rnn_avx512;
	case ISA_AVX2:
		return &rnn_avx2;
#endif
	case ISA_REF:
		return NULL;
	default:
		return &rnn_base;
	}
}

static void cells_run(DType d, Cell cell, const void *gates, const void *hidden, void *h, void *c, int64_t rows, int64_t n)
{
	const RnnKernels *k = d == DT_F32 && cell != CELL_RELU ? rnn_kernels() : NULL;
	if (d != DT_F32) {
		cell_f64(cell, gates, hidden, h, c, rows, n);
	} else if (!k) {
		cell_f32(cell, gates, hidden, h, c, rows, n);
	} else {
		int64_t g = gate_count(cell) * n;
		for (int64_t r = 0; r < rows; r++) {
			const float *gr = (const float *)gates + r * g;
			float *hr = (float *)h + r * n;
			if (cell == CELL_LSTM)
				k->lstm(gr, hr, (float *)c + r * n, n);
			else if (cell == CELL_GRU)
				k->gru(gr, (const float *)hidden + r * g, hr, n);
			else
				k->tanh(gr, hr, n);
		}
	}
}

void rnn_cells_f32(Cell cell, const float *gates, const float *hidden, float *h, float *c, int64_t rows, int64_t n)
{
	cells_run(DT_F32, cell, gates, hidden, h, c, rows, n);
}

// Every row of dst (rows × n) gets the bias added.
static void bias_rows(DType d, void *dst, const void *bias, int64_t rows, int64_t n)
{
	const RnnKernels *k = d == DT_F32 ? rnn_kernels() : NULL;
	for (int64_t r = 0; r < rows; r++)
		if (k)
			k->add((float *)dst + r * n, bias, n);
		else
			for (int64_t j = 0; j < n; j++)
				if (d == DT_F32)
					((float *)dst)[r * n + j] += ((const float *)bias)[j];
				else
					((double *)dst)[r * n + j] += ((const double *)bias)[j];
}

typedef struct Sequence {
	int64_t steps, total, batch;
	const int64_t *sizes; // rows of each step; NULL: all batch
} Sequence;

static int64_t step_rows(const Sequence *s, int64_t t)
{
	return s->sizes ? s->sizes[t] : s->batch;
}

static void fill_rows(DType d, void *dst, const void *bias, int64_t rows, int64_t n)
{
	for (int64_t r = 0; r < rows; r++)
		memcpy((char *)dst + (size_t)(r * n) * dtype_size(d), bias, (size_t)n * dtype_size(d));
}

static Status shapes_check(Exec *x, Cell cell, const Weights *w, int64_t in, int64_t hidden, int64_t out)
{
	int64_t gates = gate_count(cell) * hidden;
	if (w->w_ih->ndim != 2 || w->w_hh->ndim != 2 || w->w_ih->sizes[0] != gates || w->w_hh->sizes[0] != gates)
		return xfail(x, "weights of a recurrent layer with hidden size %" PRId64 " must have %" PRId64 " rows", hidden, gates);
	if (w->w_ih->sizes[1] != in)
		return xfail(x, "input.size(-1) must be equal to input_size. Expected %" PRId64 ", got %" PRId64, w->w_ih->sizes[1], in);
	if (w->w_hh->sizes[1] != out)
		return xfail(x, "Expected hidden size %" PRId64 ", got %" PRId64, w->w_hh->sizes[1], out);
	if ((w->b_ih && w->b_ih->numel != gates) || (w->b_hh && w->b_hh->numel != gates))
		return xfail(x, "biases of a recurrent layer with hidden size %" PRId64 " must have %" PRId64 " entries", hidden, gates);
	if (w->w_hr && (w->w_hr->ndim != 2 || w->w_hr->sizes[0] != out || w->w_hr->sizes[1] != hidden))
		return xfail(x, "the projection of a recurrent layer must be %" PRId64 " x %" PRId64, out, hidden);
	return STATUS_OK;
}

// input: total × in.  h: batch × out, c: batch × hidden, both updated.  result: total × ld, this direction's
// columns; in: contiguous.
static Status direction_run(Exec *x, Cell cell, const Sequence *seq, const Tensor *input, const Weights *w, Tensor *h, Tensor *c,
	void *result, int64_t ld, bool reverse)
{
	DType d = tensor_dtype(input);
	int64_t es = (int64_t)dtype_size(d), in = input->sizes[1], out = h->sizes[1], n = c ? c->sizes[1] : out;
	int64_t g = gate_count(cell) * n;
	TRY(shapes_check(x, cell, w, in, n, out));
	Tensor *gates = NULL, *hidden = NULL, *raw = NULL;
	Status s = tensor_empty(d, (int64_t[]){seq->total, g}, 2, &gates, x->err);
	if (s == STATUS_OK && cell == CELL_GRU)
		s = tensor_empty(d, (int64_t[]){seq->batch, g}, 2, &hidden, x->err);
	if (s == STATUS_OK && w->w_hr)
		s = tensor_empty(d, (int64_t[]){seq->batch, n}, 2, &raw, x->err);
	if (s == STATUS_OK) {
		if (w->b_ih)
			fill_rows(d, tensor_data(gates), tensor_data(w->b_ih), seq->total, g);
		Gemm m = {.m = seq->total, .n = g, .k = in, .a = {.data = tensor_data(input), .rs = in, .cs = 1},
			.b = {.data = tensor_data(w->w_ih), .rs = 1, .cs = in}, .c = tensor_data(gates), .ldc = g, .alpha = 1,
			.beta = w->b_ih ? 1 : 0};
		s = gemm_float(d, &m, x->err);
		if (s == STATUS_OK && w->b_hh && cell != CELL_GRU)
			bias_rows(d, tensor_data(gates), tensor_data(w->b_hh), seq->total, g);
	}
	int64_t at = reverse ? seq->total : 0;
	for (int64_t i = 0; i < seq->steps && s == STATUS_OK; i++) {
		int64_t rows = step_rows(seq, reverse ? seq->steps - 1 - i : i);
		if (reverse)
			at -= rows;
		char *now = (char *)tensor_data(gates) + at * g * es;
		Gemm m = {.m = rows, .n = g, .k = out, .a = {.data = tensor_data(h), .rs = out, .cs = 1},
			.b = {.data = tensor_data(w->w_hh), .rs = 1, .cs = out}, .c = now, .ldc = g, .alpha = 1, .beta = 1};
		if (cell == CELL_GRU) {
			m.c = tensor_data(hidden);
			m.beta = w->b_hh ? 1 : 0;
			if (w->b_hh)
				fill_rows(d, m.c, tensor_data(w->b_hh), rows, g);
		}
		s = gemm_float(d, &m, x->err);
		if (s != STATUS_OK)
			break;
		void *state = raw ? tensor_data(raw) : tensor_data(h);
		cells_run(d, cell, now, hidden ? tensor_data(hidden) : NULL, state, c ? tensor_data(c) : NULL, rows, n);
		if (raw) {
			Gemm p = {.m = rows, .n = out, .k = n, .a = {.data = state, .rs = n, .cs = 1},
				.b = {.data = tensor_data(w->w_hr), .rs = 1, .cs = n}, .c = tensor_data(h), .ldc = out, .alpha = 1};
			s = gemm_float(d, &p, x->err);
		}
		for (int64_t r = 0; r < rows; r++)
			memcpy((char *)result + (at + r) * ld * es, (char *)tensor_data(h) + r * out * es, (size_t)(out * es));
		if (!reverse)
			at += rows;
		if (i % 256 == 255 && s == STATUS_OK)
			s = budget_check_time(x->budget, x->err);
	}
	tensor_unref(&gates);
	tensor_unref(&hidden);
	tensor_unref(&raw);
	return s;
}

typedef struct Net {
	Cell cell;
	const ListObj *params;
	bool biases, train, bidirectional;
	int64_t layers;
	double dropout;
} Net;

static Status param(Exec *x, const Net *net, int64_t i, DType work, Tensor **out)
{
	if (i >= net->params->n || net->params->items[i].tag != TAG_TENSOR)
		return xfail(x, "a recurrent network of %" PRId64 " layers needs more parameters than the %" PRId64 " it was given", net->layers,
			net->params->n);
	return cpu_prepare(x, net->params->items[i].tensor, work, out);
}

// Dropout of what goes from one layer to the next: h is contiguous, of float or double, and changed in place.
static Status layer_drop(Exec *x, Tensor *h, double p)
{
	Tensor *keep = NULL;
	TRY(tensor_empty_like(h, tensor_dtype(h), &keep, x->err));
	Status s = fill_bernoulli(x, keep, 1 - p, draw_generator(x, iv_none()));
	for (int64_t i = 0; i < h->numel && s == STATUS_OK; i++) {
		if (tensor_dtype(h) == DT_F64)
			((double *)tensor_data(h))[i] *= p == 1 ? 0 : ((double *)tensor_data(keep))[i] / (1 - p);
		else
			((float *)tensor_data(h))[i] *= p == 1 ? 0 : ((float *)tensor_data(keep))[i] / (float)(1 - p);
	}
	tensor_unref(&keep);
	return s;
}

// data: total × in, any dtype.  h0, c0: (layers·directions) × batch × …; c0 NULL unless LSTM.
static Status net_run(Exec *x, const Net *net, const Sequence *seq, const Tensor *data, const Tensor *h0, const Tensor *c0, Tensor **out,
	Tensor **hn, Tensor **cn)
{
	DType d = tensor_dtype(data), work = d == DT_F64 ? DT_F64 : DT_F32;
	int dirs = net->bidirectional ? 2 : 1;
	if (!dtype_is_float(d))
		return xfail(x, "\"rnn\" not implemented for '%s'", dtype_class_name(d));
	if (h0->ndim != 3 || h0->sizes[0] != net->layers * dirs || h0->sizes[1] != seq->batch) {
		char text[SHAPE_TEXT];
		return xfail(x, "Expected hidden size (%" PRId64 ", %" PRId64 ", %" PRId64 "), got %s", net->layers * dirs, seq->batch,
			h0->ndim > 0 ? h0->sizes[h0->ndim - 1] : 0, shape_text(h0->sizes, h0->ndim, text));
	}
	if (c0 && (c0->ndim != 3 || c0->sizes[0] != h0->sizes[0] || c0->sizes[1] != seq->batch))
		return xfail(x, "Expected the cell state to have as many layers and rows as the hidden state");
	if (h0->dtype != data->dtype || (c0 && c0->dtype != data->dtype))
		return xfail(x, "Input and hidden tensors are not the same dtype, found input tensor with %s and hidden tensor with %s",
			dtype_class_name(d), dtype_class_name(tensor_dtype(h0)));
	int64_t width = h0->sizes[2], per = 2 + (net->biases ? 2 : 0);
	bool projected = c0 && c0->sizes[2] != width;
	per += projected ? 1 : 0;
	Tensor *in = NULL, *h = NULL, *c = NULL;
	Status s = cpu_prepare(x, data, work, &in);
	// states are written in place, so they must be copies
	if (s == STATUS_OK)
		s = tensor_empty(work, h0->sizes, 3, &h, x->err);
	if (s == STATUS_OK)
		s = cpu_copy(x, h, h0);
	if (s == STATUS_OK && c0)
		s = tensor_empty(work, c0->sizes, 3, &c, x->err);
	if (s == STATUS_OK && c0)
		s = cpu_copy(x, c, c0);
	for (int64_t l = 0; l < net->layers && s == STATUS_OK; l++) {
		Tensor *result = NULL;
		s = tensor_empty(work, (int64_t[]){seq->total, width * dirs}, 2, &result, x->err);
		for (int dir = 0; dir < dirs && s == STATUS_OK; dir++) {
			int64_t first = (l * dirs + dir) * per;
			Weights w = {0};
			s = param(x, net, first, work, &w.w_ih);
			if (s == STATUS_OK)
				s = param(x, net, first + 1, work, &w.w_hh);
			if (s == STATUS_OK && net->biases)
				s = param(x, net, first + 2, work, &w.b_ih);
			if (s == STATUS_OK && net->biases)
				s = param(x, net, first + 3, work, &w.b_hh);
			if (s == STATUS_OK && projected)
				s = param(x, net, first + per - 1, work, &w.w_hr);
			Tensor *hl = view_select(h, 0, l * dirs + dir), *cl = c ? view_select(c, 0, l * dirs + dir) : NULL;
			if (s == STATUS_OK)
				s = direction_run(x, net->cell, seq, in, &w, hl, cl,
					(char *)tensor_data(result) + (size_t)(dir * width) * dtype_size(work), width * dirs, dir == 1);
			tensor_unref(&hl);
			tensor_unref(&cl);
			weights_free(&w);
		}
		tensor_unref(&in);
		in = result;
		if (s == STATUS_OK && net->train && net->dropout > 0 && l + 1 < net->layers)
			s = layer_drop(x, in, net->dropout);
	}
	*out = *hn = NULL;
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, in, d, out);
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, h, d, hn);
	if (s == STATUS_OK && c)
		s = cpu_to_dtype(x, c, d, cn);
	tensor_unref(&in);
	tensor_unref(&h);
	tensor_unref(&c);
	if (s != STATUS_OK) {
		tensor_unref(out);
		tensor_unref(hn);
	}
	return s;
}

static Status states(Exec *x, IValue hx, const Tensor **h, const Tensor **c)
{
	*h = *c = NULL;
	if (hx.tag == TAG_TENSOR) {
		*h = hx.tensor;
		return STATUS_OK;
	}
	if (hx.tag != TAG_LIST || hx.list->n != 2)
		return xfail(x, "lstm expects two hidden states");
	*h = hx.list->items[0].tensor;
	*c = hx.list->items[1].tensor;
	return STATUS_OK;
}

static Status ret_states(IValue *rets, Tensor *out, Tensor *h, Tensor *c)
{
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(h);
	if (c)
		rets[2] = iv_take_tensor(c);
	return STATUS_OK;
}

// (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
static Status padded(Exec *x, const IValue *args, Cell cell, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]), *h0, *c0;
	Net net = {.cell = cell, .params = args[2].list, .biases = arg_bool(args[3]), .layers = arg_int(args[4]),
		.dropout = arg_float(args[5]), .train = arg_bool(args[6]), .bidirectional = arg_bool(args[7])};
	bool first = arg_bool(args[8]);
	TRY(states(x, args[1], &h0, &c0));
	if (input->ndim != 3)
		return xfail(x, "input must have 3 dimensions, got %d", input->ndim);
	Tensor *turned = first ? view_transpose(input, 0, 1) : tensor_alias(input), *flat = NULL, *out = NULL, *h, *c = NULL;
	Sequence seq = {.steps = turned->sizes[0], .batch = turned->sizes[1], .total = turned->sizes[0] * turned->sizes[1]};
	Status s = seq.steps == 0 ? xfail(x, "Expected sequence length to be larger than 0 in RNN") :
		view_reshape(x, turned, (int64_t[]){seq.total, turned->sizes[2]}, 2, &flat);
	tensor_unref(&turned);
	if (s == STATUS_OK)
		s = net_run(x, &net, &seq, flat, h0, c0, &out, &h, &c);
	tensor_unref(&flat);
	TRY(s);
	Tensor *shaped = tensor_view(out, (int64_t[]){seq.steps, seq.batch, out->sizes[1]},
		(int64_t[]){seq.batch * out->sizes[1], out->sizes[1], 1}, 3, out->offset);
	tensor_unref(&out);
	if (first) {
		Tensor *back = view_transpose(shaped, 0, 1);
		tensor_unref(&shaped);
		shaped = back;
	}
	return ret_states(rets, shaped, h, c);
}

// (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)
static Status packed(Exec *x, const IValue *args, Cell cell, IValue *rets)
{
	const Tensor *data = arg_tensor(args[0]), *h0, *c0;
	Net net = {.cell = cell, .params = args[3].list, .biases = arg_bool(args[4]), .layers = arg_int(args[5]),
		.dropout = arg_float(args[6]), .train = arg_bool(args[7]), .bidirectional = arg_bool(args[8])};
	TRY(states(x, args[2], &h0, &c0));
	Tensor *sizes, *out, *h, *c = NULL;
	TRY(cpu_prepare(x, arg_tensor(args[1]), DT_I64, &sizes));
	const int64_t *p = tensor_data(sizes);
	Sequence seq = {.steps = sizes->numel, .batch = sizes->numel ? p[0] : 0, .sizes = p};
	Status s = sizes->numel == 0 ? xfail(x, "Expected a packed sequence with at least one step") : STATUS_OK;
	for (int64_t i = 0; i < seq.steps && s == STATUS_OK; i++) {
		if (p[i] < 1 || p[i] > (i ? p[i - 1] : p[i]))
			s = xfail(x, "batch sizes of a packed sequence must be positive and must not increase");
		seq.total += p[i];
	}
	if (s == STATUS_OK && (data->ndim != 2 || data->sizes[0] != seq.total))
		s = xfail(x, "expected the data of a packed sequence to have 2 dimensions and %" PRId64 " rows", seq.total);
	if (s == STATUS_OK)
		s = net_run(x, &net, &seq, data, h0, c0, &out, &h, &c);
	tensor_unref(&sizes);
	TRY(s);
	return ret_states(rets, out, h, c);
}

KERNEL(lstm_input) { return padded(x, args, CELL_LSTM, rets); }
KERNEL(lstm_data) { return packed(x, args, CELL_LSTM, rets); }
KERNEL(gru_input) { return padded(x, args, CELL_GRU, rets); }
KERNEL(gru_data) { return packed(x, args, CELL_GRU, rets); }
KERNEL(rnn_tanh_input) { return padded(x, args, CELL_TANH, rets); }
KERNEL(rnn_tanh_data) { return packed(x, args, CELL_TANH, rets); }
KERNEL(rnn_relu_input) { return padded(x, args, CELL_RELU, rets); }
KERNEL(rnn_relu_data) { return packed(x, args, CELL_RELU, rets); }

// What PyTorch looks at before a step: sizes of the input and of hidden state i against the weights.
static Status cell_check(Exec *x, const Tensor *input, const Tensor *w_ih, const Tensor *h, const Tensor *w_hh, int i)
{
	if (input->ndim != 2 || w_ih->ndim != 2 || w_hh->ndim != 2)
		return STATUS_OK;
	if (input->sizes[1] != w_ih->sizes[1])
		return xfail(x, "input has inconsistent input_size: got %" PRId64 " expected %" PRId64, input->sizes[1],
			w_ih->sizes[1]);
	if (h->ndim > 0 && input->sizes[0] != h->sizes[0])
		return xfail(x, "Input batch size %" PRId64 " doesn't match hidden%d batch size %" PRId64, input->sizes[0], i,
			h->sizes[0]);
	if (h->ndim > 1 && h->sizes[1] != w_hh->sizes[1])
		return xfail(x, "hidden%d has inconsistent hidden_size: got %" PRId64 ", expected %" PRId64, i, h->sizes[1],
			w_hh->sizes[1]);
	return STATUS_OK;
}

// (input, hx, w_ih, w_hh, b_ih?, b_hh?): one step.  A cell is a network of one layer and one step.
static Status cell_step(Exec *x, const IValue *args, Cell cell, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]), *h0, *c0;
	TRY(states(x, args[1], &h0, &c0));
	if (input->ndim != 1 && input->ndim != 2)
		return xfail(x, "Expected input of a recurrent cell to be 1D or 2D, got %dD instead", input->ndim);
	bool single = input->ndim == 1;
	TRY(cell_check(x, input, arg_tensor(args[2]), h0, arg_tensor(args[3]), 0));
	if (c0)
		TRY(cell_check(x, input, arg_tensor(args[2]), c0, arg_tensor(args[3]), 1));
	if (h0->ndim != input->ndim || (c0 && c0->ndim != input->ndim))
		return xfail(x, "Expected the hidden state of a recurrent cell to have %d dimensions, got %d", input->ndim, h0->ndim);
	Tensor *rows = single ? view_unsqueeze(input, 0) : tensor_alias(input);
	Tensor *hb = single ? view_unsqueeze(h0, 0) : tensor_alias(h0), *cb = NULL;
	if (c0)
		cb = single ? view_unsqueeze(c0, 0) : tensor_alias(c0);
	Tensor *h3 = view_unsqueeze(hb, 0), *c3 = cb ? view_unsqueeze(cb, 0) : NULL;
	ListObj *params = list_new(&type_tensor, 4);
	bool biases = !iv_is_none(args[4]) && !iv_is_none(args[5]);
	Status s = STATUS_OK;
	for (int i = 2; i < (biases ? 6 : 4) && s == STATUS_OK; i++)
		s = list_append_take(params, ivalue_ref(args[i]), x->err);
	Net net = {.cell = cell, .params = params, .biases = biases, .layers = 1};
	Sequence seq = {.steps = 1, .batch = rows->sizes[0], .total = rows->sizes[0]};
	Tensor *out = NULL, *h = NULL, *c = NULL;
	if (s == STATUS_OK)
		s = net_run(x, &net, &seq, rows, h3, c3, &out, &h, &c);
	tensor_unref(&rows);
	tensor_unref(&hb);
	tensor_unref(&cb);
	tensor_unref(&h3);
	tensor_unref(&c3);
	IValue list = iv_take_list(params);
	ivalue_unref(&list);
	TRY(s);
	tensor_unref(&out);
	for (int i = 0; i < 2; i++) { // drop the layer, and the row that was added
		Tensor *t = i ? c : h;
		if (!t)
			continue;
		Tensor *v = view_squeeze_dim(t, 0), *w = single ? view_squeeze_dim(v, 0) : tensor_alias(v);
		tensor_unref(&v);
		tensor_unref(&t);
		rets[i] = iv_take_tensor(w);
	}
	return STATUS_OK;
}

KERNEL(lstm_cell) { return cell_step(x, args, CELL_LSTM, rets); }
KERNEL(gru_cell) { return cell_step(x, args, CELL_GRU, rets); }
KERNEL(rnn_tanh_cell) { return cell_step(x, args, CELL_TANH, rets); }
KERNEL(rnn_relu_cell) { return cell_step(x, args, CELL_RELU, rets); }
