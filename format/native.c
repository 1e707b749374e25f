// SPDX-License-Identifier: BSD-3-Clause
// Objects of the classes that PyTorch binds to C++: packed weights of quantised layers and of mobile kernels.
// Their pickled states are brought to one form per class (format/archive.h), which kernels read.
#include <string.h>

#include "format/archive.h"
#include "format/retype.h"
#include "frontend/frontend.h"

typedef struct NativeState {
	const char *name;   // within __torch__.torch.classes
	const char *type;   // of the pickled state
	Status (*unpack)(Unit *u, TupleObj *state, IValue *out, Error *err); // NULL: the state is kept as it is
	Status (*pack)(const TupleObj *slot, IValue *out, Error *err);       // the inverse, or NULL likewise
} NativeState;

static Status unpack_embedding(Unit *u, TupleObj *state, IValue *out, Error *err)
{
	(void)u;
	const ListObj *tensors = state->items[1].list;
	if (tensors->n != 1)
		return fail(err, STATUS_FORMAT, "packed embedding parameters hold %lld tensors instead of one",
			(long long)tensors->n);
	TupleObj *t = tuple_new(1, NULL);
	t->items[0] = ivalue_ref(tensors->items[0]);
	*out = iv_take_tuple(t);
	return STATUS_OK;
}

enum { MAX_SPACE = 3 };

// config: dim, then stride, padding, dilation, output padding (dim each), groups, transpose.
static Status conv_tuple(const int64_t *config, int64_t n, IValue weight, IValue bias, IValue *out, Error *err)
{
	int64_t dim = n ? config[0] : 0;
	if (dim < 1 || dim > MAX_SPACE || n != 1 + 4 * dim + 2)
		return fail(err, STATUS_FORMAT, "packed convolution parameters have an invalid configuration");
	int64_t wdim = weight.tensor->ndim;
	if (wdim != dim + 2 || (bias.tag == TAG_TENSOR && bias.tensor->ndim != 1))
		return fail(err, STATUS_FORMAT, "packed convolution parameters have a weight of %lld dimensions",
			(long long)wdim);
	const int64_t *stride = config + 1, *padding = stride + dim, *dilation = padding + dim;
	const int64_t *output_padding = dilation + dim;
	TupleObj *t = tuple_new(8, NULL);
	t->items[0] = ivalue_ref(weight);
	t->items[1] = ivalue_ref(bias);
	t->items[2] = iv_take_list(list_of_ints(stride, dim));
	t->items[3] = iv_take_list(list_of_ints(padding, dim));
	t->items[4] = iv_take_list(list_of_ints(output_padding, dim));
	t->items[5] = iv_take_list(list_of_ints(dilation, dim));
	t->items[6] = iv_int(output_padding[dim]);
	t->items[7] = iv_bool(output_padding[dim + 1] & 1);
	*out = iv_take_tuple(t);
	return STATUS_OK;
}

// Version 2: ("2", [configuration as int16, weight], [bias]).  Version 3: (3, configuration, [_, weight, bias]).
static Status unpack_conv(Unit *u, TupleObj *state, IValue *out, Error *err)
{
	(void)u;
	int64_t config[1 + 4 * MAX_SPACE + 2], n;
	IValue weight, bias = iv_none();
	if (state->items[0].tag == TAG_STR) {
		const ListObj *tensors = state->items[1].list, *optional = state->items[2].list;
		if (strcmp(state->items[0].str->s, "2") || tensors->n != 2 || optional->n > 1)
			return fail(err, STATUS_UNSUPPORTED, "packed convolution parameters of version '%.20s'",
				state->items[0].str->s);
		const Tensor *c = tensors->items[0].tensor;
		n = c->numel;
		if (c->ndim != 1 || tensor_dtype(c) != DT_I16 || n > (int64_t)(sizeof config / sizeof *config))
			return fail(err, STATUS_FORMAT, "packed convolution parameters have an invalid configuration");
		for (int64_t i = 0; i < n; i++)
			config[i] = element_i64((const uint8_t *)tensor_data(c) + 2 * i * c->strides[0], DT_I16);
		weight = tensors->items[1];
		bias = optional->n ? optional->items[0] : iv_none();
	} else {
		const ListObj *ints = state->items[1].list, *tensors = state->items[2].list;
		n = ints->n;
		if (state->items[0].i != 3 || tensors->n != 3 || tensors->items[1].tag != TAG_TENSOR ||
			n > (int64_t)(sizeof config / sizeof *config))
			return fail(err, STATUS_FORMAT, "packed convolution parameters of an unknown form");
		for (int64_t i = 0; i < n; i++)
			config[i] = ints->items[i].i;
		weight = tensors->items[1];
		bias = tensors->items[2];
	}
	return conv_tuple(config, n, weight, bias, out, err);
}

// ---- and back

// Version 2 of the convolutions' state, which is what PyTorch writes.
static Status pack_conv(const TupleObj *t, IValue *out, Error *err)
{
	const ListObj *geometry[4];
	const int order[4] = {2, 3, 5, 4}; // stride, padding, dilation, output padding
	for (int i = 0; i < 4; i++)
		geometry[i] = t->items[order[i]].list;
	int64_t dim = geometry[0]->n, n = 1 + 4 * dim + 2;
	for (int i = 0; i < 4; i++) {
		for (int64_t k = 0; k < dim; k++) {
			if (geometry[i]->items[k].i < INT16_MIN || geometry[i]->items[k].i > INT16_MAX)
				return fail(err, STATUS_LIMIT, "packed convolution parameters with a stride, padding or dilation of %lld "
					"cannot be saved", (long long)geometry[i]->items[k].i);
		}
	}
	if (t->items[6].i < 0 || t->items[6].i > INT16_MAX)
		return fail(err, STATUS_LIMIT, "packed convolution parameters with %lld groups cannot be saved",
			(long long)t->items[6].i);
	Tensor *config;
	TRY(tensor_empty(DT_I16, &n, 1, &config, err));
	int16_t *c = tensor_data(config);
	*c++ = (int16_t)dim;
	for (int i = 0; i < 4; i++) {
		for (int64_t k = 0; k < dim; k++)
			*c++ = (int16_t)geometry[i]->items[k].i;
	}
	*c++ = (int16_t)t->items[6].i;
	*c = t->items[7].b;
	TypePool *pool = type_pool_new();
	ListObj *tensors = list_new(&type_tensor, 2), *optional = list_new(type_optional(pool, &type_tensor), 1);
	type_pool_unref(&pool);
	TupleObj *state = tuple_new(3, NULL);
	state->items[0] = iv_cstr("2");
	state->items[1] = iv_take_list(tensors);
	state->items[2] = iv_take_list(optional);
	*out = iv_take_tuple(state);
	Status s = list_append_take(tensors, iv_take_tensor(config), err);
	if (s == STATUS_OK)
		s = list_append_take(tensors, ivalue_ref(t->items[0]), err);
	if (s == STATUS_OK)
		s = list_append_take(optional, ivalue_ref(t->items[1]), err);
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

// (version, [weight], [], [bits of an element])
static Status pack_embedding(const TupleObj *t, IValue *out, Error *err)
{
	const int64_t bits = 8;
	TupleObj *state = tuple_new(4, NULL);
	ListObj *tensors = list_new(&type_tensor, 1);
	state->items[0] = iv_int(1);
	state->items[1] = iv_take_list(tensors);
	state->items[2] = iv_take_list(list_new(&type_float, 0));
	state->items[3] = iv_take_list(list_of_ints(&bits, 1));
	*out = iv_take_tuple(state);
	Status s = list_append_take(tensors, ivalue_ref(t->items[0]), err);
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

#define CONV_STATE "Union[Tuple[str, List[Tensor], List[Optional[Tensor]]], Tuple[int, List[int], List[Optional[Tensor]]]]"

static const NativeState states[] = {
	{"quantized.LinearPackedParamsBase", "Tuple[Tensor, Optional[Tensor]]", NULL, NULL},
	{"quantized.Conv2dPackedParamsBase", CONV_STATE, unpack_conv, pack_conv},
	{"quantized.Conv3dPackedParamsBase", CONV_STATE, unpack_conv, pack_conv},
	{"quantized.ConvTranspose2dPackedParamsBase", CONV_STATE, unpack_conv, pack_conv},
	{"quantized.ConvTranspose3dPackedParamsBase", CONV_STATE, unpack_conv, pack_conv},
	{"quantized.EmbeddingPackedParamsBase", "Tuple[int, List[Tensor], List[float], List[int]]", unpack_embedding,
		pack_embedding},
	{"rnn.CellParamsBase", "Tuple[str, List[Tensor], List[float], List[int], "
		"List[__torch__.torch.classes.quantized.LinearPackedParamsBase]]", NULL, NULL},
	{"xnnpack.LinearOpContext", "Tuple[Tensor, Optional[Tensor], Optional[number], Optional[number]]", NULL, NULL},
	{"xnnpack.Conv2dOpContext", "Tuple[Tensor, Optional[Tensor], List[int], List[int], List[int], int, "
		"Optional[number], Optional[number]]", NULL, NULL},
	{"xnnpack.TransposeConv2dOpContext", "Tuple[Tensor, Optional[Tensor], List[int], List[int], List[int], List[int], int, "
		"Optional[number], Optional[number]]", NULL, NULL},
};

static Status unpack_state(Unit *u, const NativeState *n, IValue state, IValue *out, Error *err)
{
	const Type *type;
	IValue v = ivalue_ref(state);
	Status s = frontend_parse_type(u, n->type, &type, err);
	if (s == STATUS_OK)
		s = value_coerce(&v, type, err);
	if (s == STATUS_OK && n->unpack)
		s = n->unpack(u, v.tuple, out, err);
	else if (s == STATUS_OK)
		*out = ivalue_ref(v);
	ivalue_unref(&v);
	return s;
}

static const NativeState *find_state(const Type *cls)
{
	const char *prefix = "__torch__.torch.classes.";
	const char *name = !strncmp(cls->name, prefix, strlen(prefix)) ? cls->name + strlen(prefix) : cls->name;
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		if (!strcmp(states[i].name, name))
			return &states[i];
	}
	return NULL;
}

Status native_build(Unit *u, const Type *cls, IValue state, IValue *out, Error *err)
{
	const NativeState *n = find_state(cls);
	if (!n)
		return fail(err, STATUS_UNSUPPORTED, "objects of class '%s'", cls->name);
	IValue unpacked;
	Status s = unpack_state(u, n, state, &unpacked, err);
	if (s != STATUS_OK) {
		error_prefix(err, "the state of %s", n->name);
		return s;
	}
	Object *o = object_new(cls);
	*out = iv_take_object(o);
	if (o->nslots != 1) {
		ivalue_unref(&unpacked);
		ivalue_unref(out);
		return fail(err, STATUS_INTERNAL, "native class '%s' does not have one slot", n->name);
	}
	o->slots[0] = unpacked;
	return STATUS_OK;
}

Status native_state(const Object *o, IValue *out, Error *err)
{
	const NativeState *n = find_state(o->type);
	if (!n || o->nslots != 1 || o->slots[0].tag != TAG_TUPLE)
		return fail(err, STATUS_UNSUPPORTED, "objects of class '%s' cannot be saved", o->type->name);
	if (n->pack)
		return n->pack(o->slots[0].tuple, out, err);
	*out = ivalue_ref(o->slots[0]);
	return STATUS_OK;
}
