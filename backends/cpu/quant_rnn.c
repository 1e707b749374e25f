// SPDX-License-Identifier: BSD-3-Clause
// Recurrent networks with quantised weights: float states, dynamically quantised or float16 linear layers.
//
// The input's share of all gates is one linear layer over the whole sequence, so its range is that of all steps;
// each step then quantises the hidden rows it works on by their own range.  Sequences are as in rnn.c: step t works
// on the first sizes[t] rows.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/packed.h"
#include "backends/cpu/quant_linear.h"
#include "backends/cpu/rnn.h"
#include "backends/cpu/view.h"

static int gate_count(Cell c)
{
	return c == CELL_LSTM ? 4 : c == CELL_GRU ? 3 : 1;
}

typedef struct CellWeights {
	IValue ih, hh;           // borrowed LinearPackedParamsBase
	bool reduce_range;
} CellWeights;

static Status cell_weights(Exec *x, IValue v, CellWeights *w)
{
	const IValue *items;
	TRY(packed_items(x, v, PACKED_CELL, &items));
	const char *kind = items[0].tag == TAG_STR ? items[0].str->s : "";
	bool half = !strcmp(kind, "quantized_fp16");
	if (!half && strcmp(kind, "quantized_dynamic"))
		return fail(x->err, STATUS_UNSUPPORTED, "recurrent cell parameters of kind '%.40s'", kind);
	if (items[3].tag != TAG_LIST || items[4].tag != TAG_LIST || items[4].list->n != 2)
		return xfail(x, "recurrent cell parameters of an unknown form");
	const ListObj *ints = items[3].list;
	*w = (CellWeights){items[4].list->items[0], items[4].list->items[1], !half && ints->n && arg_bool(ints->items[0])};
	return STATUS_OK;
}

typedef struct Sequence {
	int64_t steps, total, batch;
	const int64_t *sizes;    // rows of each step; NULL: all batch
} Sequence;

static int64_t step_rows(const Sequence *s, int64_t t)
{
	return s->sizes ? s->sizes[t] : s->batch;
}

static Tensor *first_rows(const Tensor *t, int64_t rows)
{
	int64_t sizes[2] = {rows, t->sizes[1]};
	return tensor_view(t, sizes, t->strides, 2, t->offset);
}

// One step: gates (rows × g, the input's share) and the first rows of h and c, updated.
static Status step(Exec *x, Cell cell, const CellWeights *w, float *gates, int64_t rows, Tensor *h, Tensor *c)
{
	int64_t n = h->sizes[1], g = gate_count(cell) * n;
	Tensor *now = first_rows(h, rows), *share = NULL;
	Status s = quant_linear_dynamic(x, now, w->hh, w->reduce_range, false, &share);
	tensor_unref(&now);
	TRY(s);
	if (share->sizes[1] != g) {
		s = xfail(x, "recurrent weights give %" PRId64 " gates instead of %" PRId64, share->sizes[1], g);
	} else {
		const float *p = tensor_data(share);
		if (cell != CELL_GRU)
			for (int64_t i = 0; i < rows * g; i++)
				gates[i] += p[i];
		rnn_cells_f32(cell, gates, p, tensor_data(h), c ? tensor_data(c) : NULL, rows, n);
	}
	tensor_unref(&share);
	return s;
}

// result: total × ld, this direction's columns from `column` on; h, c: contiguous batch × n, updated.
static Status direction(Exec *x, Cell cell, const Sequence *seq, const Tensor *in, const CellWeights *w, Tensor *h, Tensor *c,
	Tensor *result, int64_t column, bool reverse)
{
	int64_t n = h->sizes[1], g = gate_count(cell) * n, ld = result->sizes[1];
	Tensor *gates;
	TRY(quant_linear_dynamic(x, in, w->ih, w->reduce_range, false, &gates));
	Status s = STATUS_OK;
	if (gates->sizes[1] != g)
		s = xfail(x, "recurrent weights give %" PRId64 " gates instead of %" PRId64, gates->sizes[1], g);
	int64_t at = reverse ? seq->total : 0;
	for (int64_t i = 0; i < seq->steps && s == STATUS_OK; i++) {
		int64_t rows = step_rows(seq, reverse ? seq->steps - 1 - i : i);
		if (reverse)
			at -= rows;
		s = step(x, cell, w, (float *)tensor_data(gates) + at * g, rows, h, c);
		for (int64_t r = 0; r < rows; r++)
			memcpy((float *)tensor_data(result) + (at + r) * ld + column, (float *)tensor_data(h) + r * n,
				(size_t)n * sizeof(float));
		if (!reverse)
			at += rows;
	}
	tensor_unref(&gates);
	return s;
}

typedef struct Net {
	Cell cell;
	const ListObj *params;
	int64_t layers;
	bool bidirectional;
	double dropout;          // 0 unless training
} Net;

static Status own_state(Exec *x, const Tensor *t, int64_t count, int64_t batch, Tensor **out)
{
	if (t->ndim != 3 || t->sizes[0] != count || t->sizes[1] != batch || tensor_dtype(t) != DT_F32)
		return xfail(x, "Expected hidden states of %" PRId64 " layers and %" PRId64 " rows in float", count, batch);
	TRY(tensor_empty(DT_F32, t->sizes, 3, out, x->err));
	return cpu_copy(x, *out, t);
}

// data: total × in, float.  rets: output (total × width), h, c.
static Status net_run(Exec *x, const Net *net, const Sequence *seq, const Tensor *data, const Tensor *h0, const Tensor *c0,
	Tensor **out, Tensor **hn, Tensor **cn)
{
	int dirs = net->bidirectional ? 2 : 1;
	if (net->layers < 1 || net->params->n / dirs < net->layers)
		return xfail(x, "a recurrent network of %" PRId64 " layers needs more parameters than the %" PRId64 " it was given",
			net->layers, net->params->n);
	if (net->dropout > 0 && net->layers > 1)
		return fail(x->err, STATUS_UNSUPPORTED, "dropout in training between quantised recurrent layers");
	Tensor *in = NULL, *h = NULL, *c = NULL;
	Status s = own_state(x, h0, net->layers * dirs, seq->batch, &h);
	if (s == STATUS_OK && c0)
		s = own_state(x, c0, net->layers * dirs, seq->batch, &c);
	if (s == STATUS_OK && c0 && c0->sizes[2] != h0->sizes[2])
		s = xfail(x, "projections are not supported by quantised recurrent networks");
	if (s == STATUS_OK)
		s = cpu_prepare(x, data, DT_F32, &in);
	int64_t width = s == STATUS_OK ? h->sizes[2] : 0;
	for (int64_t l = 0; l < net->layers && s == STATUS_OK; l++) {
		Tensor *result = NULL;
		s = tensor_empty(DT_F32, (int64_t[]){seq->total, width * dirs}, 2, &result, x->err);
		for (int d = 0; d < dirs && s == STATUS_OK; d++) {
			CellWeights w;
			Tensor *hl = view_select(h, 0, l * dirs + d), *cl = c ? view_select(c, 0, l * dirs + d) : NULL;
			s = cell_weights(x, net->params->items[l * dirs + d], &w);
			if (s == STATUS_OK)
				s = direction(x, net->cell, seq, in, &w, hl, cl, result, d * width, d == 1);
			tensor_unref(&hl);
			tensor_unref(&cl);
		}
		tensor_unref(&in);
		in = result;
	}
	if (s != STATUS_OK) {
		tensor_unref(&in);
		tensor_unref(&h);
		tensor_unref(&c);
	}
	*out = in;
	*hn = h;
	*cn = c;
	return s;
}

static Status states(Exec *x, IValue hx, Cell cell, const Tensor **h, const Tensor **c)
{
	*h = arg_tensor(hx);
	*c = NULL;
	if (cell != CELL_LSTM)
		return STATUS_OK;
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
	Net net = {.cell = cell, .params = args[2].list, .layers = arg_int(args[4]),
		.dropout = arg_bool(args[6]) ? arg_float(args[5]) : 0, .bidirectional = arg_bool(args[7])};
	bool first = arg_bool(args[8]);
	TRY(states(x, args[1], cell, &h0, &c0));
	if (input->ndim != 3)
		return xfail(x, "input must have 3 dimensions, got %d", input->ndim);
	Tensor *turned = first ? view_transpose(input, 0, 1) : tensor_alias(input), *flat = NULL, *out, *h, *c;
	Sequence seq = {.steps = turned->sizes[0], .batch = turned->sizes[1], .total = turned->sizes[0] * turned->sizes[1]};
	Status s = seq.steps == 0 ? xfail(x, "Expected sequence length to be larger than 0 in RNN") :
		view_reshape(x, turned, (int64_t[]){seq.total, turned->sizes[2]}, 2, &flat);
	tensor_unref(&turned);
	if (s == STATUS_OK)
		s = net_run(x, &net, &seq, flat, h0, c0, &out, &h, &c);
	tensor_unref(&flat);
	TRY(s);
	int64_t sizes[3] = {seq.steps, seq.batch, out->sizes[1]}, strides[3];
	contiguous_strides(sizes, 3, strides);
	Tensor *steps = tensor_view(out, sizes, strides, 3, out->offset);
	tensor_unref(&out);
	if (first) {
		Tensor *back = view_transpose(steps, 0, 1);
		tensor_unref(&steps);
		steps = back;
	}
	return ret_states(rets, steps, h, c);
}

// (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)
static Status packed(Exec *x, const IValue *args, Cell cell, IValue *rets)
{
	const Tensor *data = arg_tensor(args[0]), *h0, *c0;
	Net net = {.cell = cell, .params = args[3].list, .layers = arg_int(args[5]),
		.dropout = arg_bool(args[7]) ? arg_float(args[6]) : 0, .bidirectional = arg_bool(args[8])};
	TRY(states(x, args[2], cell, &h0, &c0));
	Tensor *sizes, *out, *h, *c;
	if (data->ndim != 2 || arg_tensor(args[1])->ndim != 1 || arg_tensor(args[1])->numel < 1)
		return xfail(x, "a packed sequence needs data of 2 dimensions and a vector of batch sizes");
	TRY(cpu_prepare(x, arg_tensor(args[1]), DT_I64, &sizes));
	const int64_t *p = tensor_data(sizes);
	Sequence seq = {.steps = sizes->numel, .total = data->sizes[0], .batch = p[0], .sizes = p};
	int64_t sum = 0;
	Status s = STATUS_OK;
	for (int64_t i = 0; i < seq.steps && s == STATUS_OK; i++) {
		if (p[i] < 1 || (i && p[i] > p[i - 1]) || p[i] > seq.total - sum)
			s = xfail(x, "batch sizes of a packed sequence must fall, be positive and add up to the rows of its data");
		else
			sum += p[i];
	}
	if (s == STATUS_OK && sum != seq.total)
		s = xfail(x, "batch sizes of a packed sequence must add up to the rows of its data");
	if (s == STATUS_OK)
		s = net_run(x, &net, &seq, data, h0, c0, &out, &h, &c);
	tensor_unref(&sizes);
	return s == STATUS_OK ? ret_states(rets, out, h, c) : s;
}

KERNEL(quantized_lstm_input) { return padded(x, args, CELL_LSTM, rets); }
KERNEL(quantized_lstm_data) { return packed(x, args, CELL_LSTM, rets); }
KERNEL(quantized_gru_input) { return padded(x, args, CELL_GRU, rets); }
KERNEL(quantized_gru_data) { return packed(x, args, CELL_GRU, rets); }

// ---- single cells: (input, hx, w_ih, w_hh, b_ih, b_hh); the biases are those inside the weights

static Status single(Exec *x, const IValue *args, Cell cell, IValue *rets)
{
	const Tensor *in = arg_tensor(args[0]), *h0, *c0;
	CellWeights w = {args[2], args[3], true};
	TRY(states(x, args[1], cell, &h0, &c0));
	if (in->ndim != 2 || h0->ndim != 2 || h0->sizes[0] != in->sizes[0] || tensor_dtype(h0) != DT_F32 ||
		(c0 && (!sizes_equal(h0, c0) || tensor_dtype(c0) != DT_F32)))
		return xfail(x, "a recurrent cell expects an input and float states of as many rows");
	Tensor *h = NULL, *c = NULL, *result = NULL;
	Sequence seq = {.steps = 1, .total = in->sizes[0], .batch = in->sizes[0]};
	Status s = tensor_empty(DT_F32, h0->sizes, 2, &h, x->err);
	if (s == STATUS_OK)
		s = cpu_copy(x, h, h0);
	if (s == STATUS_OK && c0)
		s = tensor_empty(DT_F32, c0->sizes, 2, &c, x->err);
	if (s == STATUS_OK && c0)
		s = cpu_copy(x, c, c0);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F32, h0->sizes, 2, &result, x->err);
	if (s == STATUS_OK)
		s = direction(x, cell, &seq, in, &w, h, c, result, 0, false);
	tensor_unref(&result);
	if (s != STATUS_OK) {
		tensor_unref(&h);
		tensor_unref(&c);
		return s;
	}
	rets[0] = iv_take_tensor(h);
	if (c)
		rets[1] = iv_take_tensor(c);
	return STATUS_OK;
}

KERNEL(quantized_quantized_lstm_cell_dynamic) { return single(x, args, CELL_LSTM, rets); }
KERNEL(quantized_quantized_gru_cell_dynamic) { return single(x, args, CELL_GRU, rets); }
KERNEL(quantized_quantized_rnn_tanh_cell_dynamic) { return single(x, args, CELL_TANH, rets); }
KERNEL(quantized_quantized_rnn_relu_cell_dynamic) { return single(x, args, CELL_RELU, rets); }

// ---- making cell parameters

static Status make_cell(const char *kind, const IValue *linears, const IValue *biases, int64_t reduce_range, IValue *rets)
{
	IValue *items;
	rets[0] = packed_new(PACKED_CELL, &items);
	ListObj *tensors = list_new(&type_tensor, 2), *packs = list_new(linears[0].object->type, 2);
	items[0] = iv_cstr(kind);
	items[1] = iv_take_list(tensors);
	items[2] = iv_take_list(list_new(&type_float, 0));
	items[3] = iv_take_list(list_of_ints(&reduce_range, reduce_range >= 0));
	items[4] = iv_take_list(packs);
	for (int i = 0; i < 2; i++) {
		if (biases)
			(void)list_append_take(tensors, ivalue_ref(biases[i]), NULL); // there is room for two
		(void)list_append_take(packs, ivalue_ref(linears[i]), NULL);
	}
	return STATUS_OK;
}

KERNEL(quantized_make_quantized_cell_params_dynamic)
{
	PackedLinear p;
	TRY(packed_linear(x, args[0], &p));
	TRY(packed_linear(x, args[1], &p));
	return make_cell("quantized_dynamic", args, args + 2, arg_bool(args[4]), rets);
}

KERNEL(quantized_make_quantized_cell_params_fp16)
{
	PackedLinear p;
	TRY(packed_linear(x, args[0], &p));
	TRY(packed_linear(x, args[1], &p));
	return make_cell("quantized_fp16", args, NULL, -1, rets);
}
