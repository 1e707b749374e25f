// SPDX-License-Identifier: BSD-3-Clause
// The one place through which every operation runs.
//
// An OpCall is what is known of an op before it runs: which tags its arguments may have, whether its kernel
// understands lazy conjugation, and how it is run: by a kernel, by a function of the library, or by its
// functional sibling followed by a copy into the written arguments.
// Arguments are checked by tag here, so that kernels may trust their types whatever a hostile archive claims.
#include "interp/autocast.h"
#include "interp/code.h"
#include "interp/kernels.h"
#include "interp/quantized.h"

#include "backends/cpu/cpu.h"
#include "backends/cpu/nested.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { MAX_RETS = 16 };

struct OpCall {
	const Op *op;
	OpForm form;
	Kernel kernel;
	int nargs;
	uint32_t *accepts;      // by argument: bit = tag
	bool lazy;              // reads no elements, or knows conj and neg bits
	bool is_view;           // its functional sibling returns a view of self
	Autocast autocast;
	QuantizedUse quantized;
	bool by_channel;        // takes tensors that are quantised per channel
	const OpCall *sibling;
	int *from;              // by argument of the sibling: argument of this op, -1 = the default
	int outs[MAX_RETS], nouts;
	_Atomic(Function *) lib;
};

static const Kernel kernels[] = {
#define OP(kernel, schema) op_##kernel,
#include "ir/ops.def"
#undef OP
};

Kernel op_kernel(const Op *op)
{
	return op->form == OP_NATIVE ? kernels[op->id] : NULL;
}

static Status (*lib_provider)(const Op *op, Function **out, Error *err);

void interp_set_lib_provider(Status (*provider)(const Op *op, Function **out, Error *err))
{
	lib_provider = provider;
}

// Ops, by name without namespace, that work on a tensor's geometry alone or treat the bits themselves.
static const char *const lazy_ops[] = {
	"alias", "chunk", "conj", "_conj", "conj_physical", "contiguous", "data", "detach", "device", "diagonal", "dim", "dtype",
	"element_size", "expand", "expand_as", "get_device", "grad", "id", "imag", "is_complex", "is_conj", "is_contiguous",
	"is_cpu", "is_cuda", "is_floating_point", "is_inference", "is_leaf", "is_meta", "is_neg", "is_non_overlapping_and_dense",
	"is_quantized", "is_same_size", "is_signed", "is_sparse", "itemsize", "layout", "len", "movedim", "name", "narrow",
	"nbytes", "_neg_view", "numel", "permute", "real", "requires_grad", "resolve_conj", "resolve_neg", "select", "size",
	"slice", "split", "split_with_sizes", "squeeze", "storage_offset", "stride", "swapaxes", "swapdims", "t", "transpose",
	"unbind", "unfold", "unsqueeze", "view_as_real", "__is__", "__isnot__", "_unwrap_optional", "unchecked_unwrap_optional",
	"append", "insert", "_set_item", "setdefault", "pop", "requires_grad_", "copy", "list", "extend", "reverse", "clear",
	"values", "items", "keys", "get", "update", "__getitem__", "sorted", "Print", "str", "format",
};

// Ops that know nested tensors.
static const char *const nested_ops[] = {
	"_nested_tensor_size", "_transformer_encoder_layer_fwd", "append", "clear", "detach", "device", "dim", "dtype", "is_cpu", "is_cuda",
	"is_nested", "__is__", "__isnot__", "layout", "list", "nested_to_padded_tensor", "pop", "requires_grad", "to_padded_tensor",
	"unchecked_unwrap_optional", "_unwrap_optional",
};

static bool is_named(const char *name, const char *const *names, size_t n)
{
	const char *colon = strrchr(name, ':');
	name = colon ? colon + 1 : name;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool is_lazy(const char *name) { return is_named(name, lazy_ops, sizeof lazy_ops / sizeof *lazy_ops); }
static bool is_for_nested(const char *name) { return is_named(name, nested_ops, sizeof nested_ops / sizeof *nested_ops); }

#define BIT(tag) (1u << TAG_##tag)
static uint32_t accepted(const Type *t)
{
	const uint32_t any = ~(uint32_t)BIT(UNINIT);
	switch (t->kind) {
	case TYPE_TENSOR:
		return BIT(TENSOR);
	case TYPE_INT:
	case TYPE_BOOL:
		return BIT(INT) | BIT(BOOL);
	case TYPE_FLOAT:
		return BIT(FLOAT) | BIT(INT) | BIT(BOOL);
	case TYPE_COMPLEX:
	case TYPE_NUMBER:
		return BIT(COMPLEX) | BIT(FLOAT) | BIT(INT) | BIT(BOOL);
	case TYPE_STR:
		return BIT(STR);
	case TYPE_NONE:
		return BIT(NONE);
	case TYPE_DEVICE:
		return BIT(DEVICE);
	case TYPE_GENERATOR:
		return BIT(GENERATOR);
	case TYPE_LIST:
	case TYPE_ANYLIST:
		return BIT(LIST);
	case TYPE_DICT:
		return BIT(DICT);
	case TYPE_TUPLE:
	case TYPE_ANYTUPLE:
		return BIT(TUPLE);
	case TYPE_OPTIONAL:
		return BIT(NONE) | accepted(t->elem[0]);
	case TYPE_UNION: {
		uint32_t m = 0;
		for (int i = 0; i < t->n; i++)
			m |= accepted(t->elem[i]);
		return m;
	}
	case TYPE_CLASS:
	case TYPE_INTERFACE:
	case TYPE_ANYCLASS:
		return BIT(OBJECT) | BIT(CAPSULE);
	case TYPE_ENUM:
	case TYPE_ANYENUM:
		return BIT(ENUM);
	default:
		return any;
	}
}

static pthread_mutex_t entries_lock;
static pthread_once_t entries_once = PTHREAD_ONCE_INIT;
static _Atomic(OpCall *) *entries;

static void entries_init(void)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE); // a sibling's entry is made within its op's
	pthread_mutex_init(&entries_lock, &a);
	pthread_mutexattr_destroy(&a);
	entries = xcalloc((size_t)op_count(), sizeof *entries);
}

static OpCall *entry_new(const Op *op)
{
	const Schema *s = op->schema;
	OpCall *c = xcalloc(1, sizeof *c);
	*c = (OpCall){.op = op, .form = op->form, .kernel = op_kernel(op), .nargs = s->nargs, .lazy = is_lazy(s->name),
		.autocast = autocast_of(s->name), .quantized = quantized_use(op), .by_channel = quantized_by_channel(op)};
	c->accepts = xcalloc((size_t)s->nargs + 1, sizeof *c->accepts);
	for (int i = 0; i < s->nargs; i++) {
		c->accepts[i] = accepted(s->args[i].type);
		if (s->args[i].fixed)
			c->accepts[i] |= BIT(INT) | BIT(FLOAT) | BIT(BOOL);
		if (s->args[i].is_out && c->nouts < MAX_RETS)
			c->outs[c->nouts++] = i;
	}
	if ((op->form == OP_INPLACE || op->form == OP_OUT) && op->sibling) {
		const Schema *b = op->sibling->schema;
		c->sibling = op_call_entry(op->sibling);
		c->from = xcalloc((size_t)b->nargs + 1, sizeof *c->from);
		for (int i = 0; i < b->nargs; i++) {
			c->from[i] = -1;
			for (int k = 0; k < s->nargs; k++)
				if (!s->args[k].is_out && !strcmp(s->args[k].name, b->args[i].name))
					c->from[i] = k;
			// dropout_(self, …) and dropout(input, …): the same argument under two names
			if (c->from[i] < 0 && !b->args[i].has_default && i < s->nargs && !s->args[i].is_out)
				c->from[i] = i;
		}
		c->is_view = op->form == OP_INPLACE && b->nrets == 1 && b->rets[0].alias.before && !b->rets[0].alias.written;
	}
	return c;
}

const OpCall *op_call_entry(const Op *op)
{
	pthread_once(&entries_once, entries_init);
	OpCall *c = atomic_load_explicit(&entries[op->id], memory_order_acquire);
	if (c)
		return c;
	pthread_mutex_lock(&entries_lock);
	c = atomic_load_explicit(&entries[op->id], memory_order_acquire);
	if (!c) {
		c = entry_new(op);
		atomic_store_explicit(&entries[op->id], c, memory_order_release);
	}
	pthread_mutex_unlock(&entries_lock);
	return c;
}

const Op *op_call_op(const OpCall *c) { return c->op; }

bool op_is_runnable(const Op *op)
{
	switch (op->form) {
	case OP_NATIVE:
		return op_kernel(op) != NULL;
	case OP_INPLACE:
	case OP_OUT:
		return op->sibling && op_is_runnable(op->sibling);
	case OP_LIB: {
		Function *f = NULL;
		Error e = ERROR_INIT;
		bool ok = lib_provider && lib_provider(op, &f, &e) == STATUS_OK && f;
		error_clear(&e);
		return ok;
	}
	case OP_COMPOSITE:
		return true;
	case OP_NONE:
		break;
	}
	return false;
}

static Status not_runnable(Exec *x, const Op *op)
{
	Text key = {0};
	op_key(op, &key);
	Status s = fail(x->err, STATUS_UNSUPPORTED, "the operator %s is not supported", text_str(&key));
	text_free(&key);
	return s;
}

static Status wrong_argument(Exec *x, const OpCall *c, int i, IValue v)
{
	const Arg *a = &c->op->schema->args[i];
	if (v.tag == TAG_NONE && a->type->kind == TYPE_TENSOR)
		return xfail(x, "Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument #%d '%s'", i,
			a->name);
	Text want = {0}, have = {0};
	type_print_schema(&want, a->type);
	if (v.tag == TAG_UNINIT) {
		text_add(&have, "a value that was never set");
	} else {
		TypePool *p = type_pool_new();
		char *t = type_str_repr(ivalue_type(p, v));
		text_addf(&have, "type '%s'", t);
		free(t);
		type_pool_unref(&p);
	}
	Status s = fail(x->err, STATUS_TYPE, "%s() Expected a value of type '%s' for argument '%s' but instead found %s.",
		c->op->schema->name, text_str(&want), a->name, text_str(&have));
	text_free(&want);
	text_free(&have);
	return s;
}

// ---- lazy bits

static inline bool is_plain(const Tensor *t)
{
	return !t->conj && !t->neg && !nested_lengths(t) && t->storage->device == DEVICE_CPU;
}

static void flip_elements(Tensor *t, bool conj, bool neg) // t is dense
{
	DType d = tensor_dtype(t);
	size_t size = dtype_size(d);
	uint8_t *p = tensor_data(t);
	for (int64_t i = 0; i < t->numel; i++, p += size) {
		if (dtype_is_complex(d)) {
			double re, im;
			element_c128(p, d, &re, &im);
			if (conj)
				im = -im;
			element_set_c128(p, d, neg ? -re : re, neg ? -im : im);
		} else if (neg && dtype_is_int(d)) {
			element_set_i64(p, d, (int64_t)(0 - (uint64_t)element_i64(p, d)));
		} else if (neg) {
			element_set_f64(p, d, -element_f64(p, d));
		}
	}
}

static Status resolve(Exec *x, const Tensor *t, Tensor **out)
{
	Tensor *raw = tensor_alias(t);
	raw->conj = raw->neg = false;
	Status s = cpu_clone(x, raw, out);
	tensor_unref(&raw);
	if (s == STATUS_OK)
		flip_elements(*out, t->conj, t->neg);
	return s;
}

static Status copy_into(Exec *x, Tensor *dst, const Tensor *src)
{
	Tensor *from = NULL;
	if (src->conj || src->neg) {
		TRY(resolve(x, src, &from));
		src = from;
	}
	Status s;
	if (dst->conj || dst->neg) {
		Tensor *raw = tensor_alias(dst), *flipped = NULL;
		raw->conj = raw->neg = false;
		s = cpu_to_dtype(x, src, tensor_dtype(dst), &flipped);
		if (s == STATUS_OK) {
			Tensor *own = NULL;
			s = cpu_clone(x, flipped, &own);
			if (s == STATUS_OK) {
				flip_elements(own, dst->conj, dst->neg);
				s = cpu_copy(x, raw, own);
			}
			tensor_unref(&own);
		}
		tensor_unref(&flipped);
		tensor_unref(&raw);
	} else {
		s = cpu_copy(x, dst, src);
	}
	tensor_unref(&from);
	return s;
}

static Status run_form(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets);

static bool is_nested(IValue v)
{
	for (int64_t i = 0; v.tag == TAG_LIST && i < v.list->n; i++)
		if (is_nested(v.list->items[i]))
			return true;
	return v.tag == TAG_TENSOR && nested_lengths(v.tensor);
}

// Some argument has a lazy bit, or lives where kernels cannot read it: run on resolved copies.
static Status run_resolved(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	IValue *own = xcalloc((size_t)nargs + 1, sizeof *own);
	Status s = STATUS_OK;
	int n = 0;
	for (; n < nargs && s == STATUS_OK; n++) {
		IValue v = args[n];
		own[n] = ivalue_ref(v);
		if (v.tag == TAG_TENSOR && !is_plain(v.tensor)) {
			if (tensor_device(v.tensor) != DEVICE_CPU) {
				char device[32];
				device_format(tensor_device(v.tensor), device);
				Text key = {0};
				op_key(c->op, &key);
				s = fail(x->err, STATUS_UNSUPPORTED, "%s is not available for tensors on device %s",
					text_str(&key), device);
				text_free(&key);
				continue;
			}
			Tensor *t = NULL;
			s = resolve(x, v.tensor, &t);
			if (s == STATUS_OK)
				ivalue_set(&own[n], iv_take_tensor(t));
		} else if (v.tag == TAG_LIST && v.list->n && n < c->nargs && !c->op->schema->args[n].alias.written) {
			bool plain = true;
			for (int64_t i = 0; i < v.list->n && plain; i++)
				plain = v.list->items[i].tag != TAG_TENSOR || is_plain(v.list->items[i].tensor);
			if (plain)
				continue;
			ListObj *l = list_new(v.list->elem, v.list->n);
			ivalue_set(&own[n], iv_take_list(l));
			for (int64_t i = 0; i < v.list->n && s == STATUS_OK; i++) {
				IValue e = v.list->items[i];
				if (e.tag == TAG_TENSOR && tensor_device(e.tensor) != DEVICE_CPU) {
					s = fail(x->err, STATUS_UNSUPPORTED, "%s of tensors that are not on the CPU", c->op->schema->name);
				} else if (e.tag == TAG_TENSOR && !is_plain(e.tensor)) {
					Tensor *t = NULL;
					s = resolve(x, e.tensor, &t);
					e = iv_take_tensor(t);
				} else {
					ivalue_ref(e);
				}
				if (s == STATUS_OK)
					s = list_append_take(l, e, x->err);
			}
		}
	}
	if (s == STATUS_OK)
		s = run_form(x, c, own, nargs, rets);
	if (s == STATUS_OK && c->op->writes)
		for (int i = 0; i < nargs && i < c->nargs; i++) {
			if (args[i].tag != TAG_TENSOR || args[i].tensor == own[i].tensor || !c->op->schema->args[i].alias.written)
				continue;
			if (s == STATUS_OK)
				s = copy_into(x, args[i].tensor, own[i].tensor);
			for (int k = 0; k < c->op->schema->nrets; k++)
				if (rets[k].tag == TAG_TENSOR && rets[k].tensor == own[i].tensor)
					ivalue_set(&rets[k], ivalue_ref(args[i]));
		}
	for (int i = 0; i < nargs; i++)
		ivalue_unref(&own[i]);
	free(own);
	return s;
}

// ---- adaptors

static void add_sizes(Text *t, const Tensor *v)
{
	text_addc(t, '[');
	for (int i = 0; i < v->ndim; i++)
		text_addf(t, i ? ", %lld" : "%lld", (long long)v->sizes[i]);
	text_addc(t, ']');
}

static Status check_cast(Exec *x, DType from, DType to)
{
	if (dtype_can_cast(from, to))
		return STATUS_OK;
	return xfail(x, "result type %s can't be cast to the desired output type %s", dtype_class_name(from),
		dtype_class_name(to));
}

static Status store_inplace(Exec *x, Tensor *self, const Tensor *r)
{
	if (!sizes_equal(self, r)) {
		Text a = {0}, b = {0};
		add_sizes(&a, self);
		add_sizes(&b, r);
		Status s = xfail(x, "output with shape %s doesn't match the broadcast shape %s", text_str(&a), text_str(&b));
		text_free(&a);
		text_free(&b);
		return s;
	}
	TRY(check_cast(x, tensor_dtype(r), tensor_dtype(self)));
	for (int i = 0; i < self->ndim; i++)
		if (self->sizes[i] > 1 && self->strides[i] == 0)
			return xfail(x, "unsupported operation: more than one element of the written-to tensor refers to a single "
				"memory location. Please clone() the tensor before performing the operation.");
	return copy_into(x, self, r);
}

static Status store_list(Exec *x, const OpCall *c, ListObj *self, IValue result)
{
	if (result.tag != TAG_LIST)
		return xfail(x, "%s: expected a list", c->op->schema->name);
	ListObj *r = result.list;
	if (c->op->schema->args[0].elem_alias.written) { // the tensors are written, not the list
		if (r->n != self->n)
			return xfail(x, "%s: expected %lld results", c->op->schema->name, (long long)self->n);
		for (int64_t i = 0; i < r->n; i++)
			if (self->items[i].tag == TAG_TENSOR && r->items[i].tag == TAG_TENSOR)
				TRY(store_inplace(x, self->items[i].tensor, r->items[i].tensor));
		return STATUS_OK;
	}
	TRY(list_reserve(self, r->n, x->err));
	IValue *old = xcalloc((size_t)self->n + 1, sizeof *old);
	int64_t n = self->n;
	memcpy(old, self->items, (size_t)n * sizeof *old);
	for (int64_t i = 0; i < r->n; i++)
		self->items[i] = ivalue_ref(r->items[i]);
	self->n = r->n;
	for (int64_t i = 0; i < n; i++)
		ivalue_unref(&old[i]);
	free(old);
	return STATUS_OK;
}

// Runs the functional sibling; results go to r.
static Status run_sibling(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *r)
{
	const OpCall *b = c->sibling;
	IValue few[16] = {{.i = 0}}, *own = b->nargs <= 16 ? few : xcalloc((size_t)b->nargs, sizeof *own);
	for (int i = 0; i < b->nargs; i++)
		own[i] = c->from[i] >= 0 && c->from[i] < nargs ? args[c->from[i]] : b->op->schema->args[i].def;
	Status s = dispatch(x, b, own, b->nargs, r);
	if (own != few)
		free(own);
	return s;
}

static Status run_inplace(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	if (!c->sibling)
		return not_runnable(x, c->op);
	IValue r[MAX_RETS] = {{.i = 0}};
	TRY(run_sibling(x, c, args, nargs, r));
	Status s = STATUS_OK;
	if (args[0].tag == TAG_LIST) {
		s = c->sibling->op->schema->nrets ? store_list(x, c, args[0].list, r[0]) : STATUS_OK;
	} else if (args[0].tag == TAG_TENSOR && r[0].tag == TAG_TENSOR) {
		Tensor *self = args[0].tensor, *t = r[0].tensor;
		if (t == self)
			;
		else if (c->is_view && t->storage == self->storage && t->dtype == self->dtype)
			tensor_set_geometry(self, t->sizes, t->strides, t->ndim, t->offset);
		else
			s = store_inplace(x, self, t);
	}
	for (int i = 0; i < c->sibling->op->schema->nrets; i++)
		ivalue_unref(&r[i]);
	if (s == STATUS_OK && c->op->schema->nrets)
		rets[0] = ivalue_ref(args[0]);
	return s;
}

static Status store_out(Exec *x, IValue *out, IValue result)
{
	if (out->tag == TAG_LIST && result.tag == TAG_LIST) {
		for (int64_t i = 0; i < out->list->n && i < result.list->n; i++)
			TRY(store_out(x, &out->list->items[i], result.list->items[i]));
		return STATUS_OK;
	}
	if (out->tag != TAG_TENSOR || result.tag != TAG_TENSOR)
		return STATUS_OK;
	Tensor *dst = out->tensor, *src = result.tensor;
	if (dst == src)
		return STATUS_OK;
	TRY(check_cast(x, tensor_dtype(src), tensor_dtype(dst)));
	if (!sizes_equal(dst, src))
		TRY(cpu_resize(x, dst, src->sizes, src->ndim));
	return copy_into(x, dst, src);
}

static Status run_out(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	if (!c->sibling)
		return not_runnable(x, c->op);
	int nres = c->sibling->op->schema->nrets;
	IValue r[MAX_RETS] = {{.i = 0}};
	TRY(run_sibling(x, c, args, nargs, r));
	Status s = STATUS_OK;
	for (int i = 0; i < c->nouts && i < nres && s == STATUS_OK; i++) {
		IValue out = args[c->outs[i]];
		s = store_out(x, &out, r[i]);
	}
	for (int i = 0; i < nres; i++)
		ivalue_unref(&r[i]);
	if (s == STATUS_OK)
		for (int i = 0; i < c->op->schema->nrets; i++)
			rets[i] = i < c->nouts ? ivalue_ref(args[c->outs[i]]) : iv_none();
	return s;
}

static Status run_lib(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	Function *f = atomic_load_explicit(&((OpCall *)c)->lib, memory_order_acquire);
	if (!f) {
		if (!lib_provider)
			return not_runnable(x, c->op);
		TRY(lib_provider(c->op, &f, x->err));
		if (!f)
			return not_runnable(x, c->op);
		atomic_store_explicit(&((OpCall *)c)->lib, f, memory_order_release);
	}
	IValue ret;
	TRY(interp_call(x, f, args, nargs, &ret));
	int n = c->op->schema->nrets;
	if (n == 1) {
		rets[0] = ret;
		return STATUS_OK;
	}
	Status s = STATUS_OK;
	if (n > 1) {
		if (ret.tag == TAG_TUPLE && ret.tuple->n == n)
			for (int i = 0; i < n; i++)
				rets[i] = ivalue_ref(ret.tuple->items[i]);
		else
			s = fail(x->err, STATUS_INTERNAL, "%s: expected %d results", c->op->schema->name, n);
	}
	ivalue_unref(&ret);
	return s;
}

static Status run_form(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	switch (c->form) {
	case OP_NATIVE:
		return c->kernel ? c->kernel(x, args, nargs, rets) : not_runnable(x, c->op);
	case OP_INPLACE:
		return run_inplace(x, c, args, nargs, rets);
	case OP_OUT:
		return run_out(x, c, args, nargs, rets);
	case OP_LIB:
		return run_lib(x, c, args, nargs, rets);
	case OP_COMPOSITE:
	case OP_NONE:
		break;
	}
	return not_runnable(x, c->op);
}

static Status run_autocast(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	IValue *own = xcalloc((size_t)nargs + 1, sizeof *own);
	x->autocast_cpu = false; // not again inside
	Status s = autocast_args(x, c->autocast, args, nargs, own);
	if (s == STATUS_OK)
		s = dispatch(x, c, own, nargs, rets);
	x->autocast_cpu = true;
	for (int i = 0; i < nargs; i++)
		ivalue_unref(&own[i]);
	free(own);
	return s;
}

// Some argument is quantised and the kernel is not for that.
static Status run_quantized(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	if (c->quantized == QUANTIZED_REFUSED) {
		Text key = {0};
		op_key(c->op, &key);
		Status s = fail(x->err, STATUS_UNSUPPORTED, "Could not run '%s' with arguments from the 'QuantizedCPU' backend",
			text_str(&key));
		text_free(&key);
		return s;
	}
	IValue *own = xcalloc((size_t)nargs + 1, sizeof *own);
	QuantizedResult r = {.dtype = DT_NONE};
	Status s = quantized_unwrap(x, c->quantized, args, nargs, own, &r);
	if (s == STATUS_OK)
		s = dispatch(x, c, own, nargs, rets);
	if (s == STATUS_OK) {
		for (int i = 0; i < c->op->schema->nrets && s == STATUS_OK; i++)
			s = quantized_wrap(x, &r, &rets[i]);
		for (int i = 0; i < c->op->schema->nrets && s != STATUS_OK; i++)
			ivalue_unref(&rets[i]);
	}
	quantized_result_free(&r);
	for (int i = 0; i < nargs; i++)
		ivalue_unref(&own[i]);
	free(own);
	return s;
}

static inline bool is_quantized(const Tensor *t)
{
	return dtype_is_quantized(tensor_dtype(t));
}

static bool is_by_channel(const Tensor *t)
{
	return t->quant && t->quant->scales && !nested_lengths(t);
}

Status dispatch(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets)
{
	if (nargs < c->nargs)
		return fail(x->err, STATUS_ARGUMENT, "%s takes %d arguments but %d were given", c->op->schema->name, c->nargs,
			nargs);
	bool plain = true, quantized = false, by_channel = false;
	for (int i = 0; i < c->nargs; i++) {
		IValue v = args[i];
		if (!(c->accepts[i] >> v.tag & 1))
			return wrong_argument(x, c, i, v);
		if (v.tag == TAG_TENSOR) {
			plain &= is_plain(v.tensor);
			quantized |= is_quantized(v.tensor);
			by_channel |= is_by_channel(v.tensor);
		} else if (v.tag == TAG_LIST && v.list->elem && v.list->elem->kind != TYPE_INT) {
			bool tensors = v.list->elem->kind == TYPE_TENSOR;
			for (int64_t k = 0; k < v.list->n; k++) {
				IValue e = v.list->items[k];
				if (e.tag == TAG_TENSOR) {
					plain &= is_plain(e.tensor);
					quantized |= is_quantized(e.tensor);
				} else if (tensors)
					return wrong_argument(x, c, i, e);
				else if (e.tag != TAG_NONE)
					break;
			}
		}
	}
	if (x->autocast_cpu && c->autocast != AUTOCAST_NONE)
		return run_autocast(x, c, args, nargs, rets);
	if (by_channel && !c->by_channel)
		return xfail(x, "%s is possible only on uniformly quantized tensor", c->op->schema->name);
	if (quantized && c->quantized != QUANTIZED_AS_IS)
		return run_quantized(x, c, args, nargs, rets);
	for (int i = 0; i < nargs && !plain; i++)
		if (is_nested(args[i]))
			return is_for_nested(c->op->schema->name) ? run_form(x, c, args, nargs, rets)
				: fail(x->err, STATUS_UNSUPPORTED, "%s is not available for nested tensors", c->op->schema->name);
	if (!plain && !c->lazy)
		return run_resolved(x, c, args, nargs, rets);
	return run_form(x, c, args, nargs, rets);
}

Status op_call(Exec *x, const Op *op, const IValue *args, int nargs, IValue *rets)
{
	return dispatch(x, op_call_entry(op), args, nargs, rets);
}
