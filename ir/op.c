// SPDX-License-Identifier: BSD-3-Clause
// The op registry.
//
// The rows are one constant table of string pairs.  The first lookup hashes the names (not the schemas); a
// name's overloads are parsed together when the name is first asked for.  Parsed rows are immutable and live
// for ever, so readers need no lock: an entry's state is published with release order.
#include "ir/op.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
	const char *kernel, *text;
} Row;

static const Row rows[] = {
#define OP(kernel, schema) {#kernel, schema},
#include "ir/ops.def"
#undef OP
};
enum { NROWS = sizeof rows / sizeof *rows, INDEX_SIZE = 16384 };
static_assert(NROWS < INDEX_SIZE / 2, "the name index needs room");

// A run of rows with the same name.
typedef struct Entry {
	int first, count;
	int name_size;
	_Atomic int state; // 0 unread, 1 schemas parsed, 2 complete (siblings too)
} Entry;

static Op ops[NROWS];
static const Op *op_list[NROWS]; // op_list[i] == &ops[i]: what op_overloads hands out
static Entry entries[NROWS];
static uint16_t row_entry[NROWS];
static uint16_t name_index[INDEX_SIZE]; // entry + 1
static int nentries;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Arena arena;
static TypePool *pool;

static uint32_t hash_name(const char *s, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h ^ h >> 15;
}

static void index_names(void)
{
	for (int i = 0; i < NROWS; i++) {
		const char *text = rows[i].text;
		Entry *last = nentries ? &entries[nentries - 1] : NULL;
		size_t n = last ? (size_t)last->name_size : 0;
		op_list[i] = &ops[i];
		if (last && !strncmp(rows[last->first].text, text, n) && (text[n] == '.' || text[n] == '(')) {
			last->count++;
			row_entry[i] = (uint16_t)(nentries - 1);
			continue;
		}
		n = strcspn(text, ".(");
		row_entry[i] = (uint16_t)nentries;
		entries[nentries++] = (Entry){.first = i, .count = 1, .name_size = (int)n};
		uint32_t h = hash_name(text, n) % INDEX_SIZE;
		while (name_index[h])
			h = (h + 1) % INDEX_SIZE;
		name_index[h] = (uint16_t)nentries;
	}
}

static Entry *entry_find(const char *name, size_t n)
{
	pthread_once(&once, index_names);
	for (uint32_t h = hash_name(name, n) % INDEX_SIZE; name_index[h]; h = (h + 1) % INDEX_SIZE) {
		Entry *e = &entries[name_index[h] - 1];
		if ((size_t)e->name_size == n && !memcmp(rows[e->first].text, name, n))
			return e;
	}
	return NULL;
}

// Names whose result depends on more than their arguments, or that do something besides returning it.  Rows that
// take a Generator or write an argument are found by their schema.
static const char *const effects[] = {
	// draw random numbers
	"aten::alpha_dropout", "aten::dropout", "aten::feature_alpha_dropout", "aten::feature_dropout",
	"aten::native_dropout", "aten::_fused_dropout", "quantized::dropout", "aten::rand", "aten::randn",
	"aten::rand_like", "aten::randn_like", "aten::randint", "aten::randint_like", "aten::randperm",
	"aten::rrelu", "aten::lstm", "aten::gru", "aten::rnn_tanh", "aten::rnn_relu", "aten::quantized_lstm",
	"aten::quantized_gru", "aten::scaled_dot_product_attention", "aten::_scaled_dot_product_attention",
	"aten::_scaled_dot_product_attention_math", "aten::_scaled_dot_product_flash_attention",
	"aten::_scaled_dot_product_flash_attention_for_cpu", "aten::_scaled_dot_product_efficient_attention",
	"aten::_no_grad_uniform_", "aten::_no_grad_normal_",
	// update running statistics when training, without saying so in the schema
	"aten::batch_norm", "aten::instance_norm", "aten::native_batch_norm", "aten::_batch_norm_impl_index",
	"aten::_no_grad_embedding_renorm_",
	// speak, stop, or change what later operations do
	"aten::warn", "aten::wait", "aten::manual_seed", "aten::seed", "aten::save", "aten::set_grad_enabled",
	"aten::_assert_async", "aten::_assert_scalar", "aten::_assert_tensor_metadata", "aten::_functional_assert_async",
	"aten::_functional_assert_scalar", "aten::_functional_sym_constrain_range",
	"aten::_functional_sym_constrain_range_for_size", "aten::sym_constrain_range",
	"aten::sym_constrain_range_for_size", "aten::_test_warn_in_autograd", "aten::retain_grad", "aten::record_stream",
	"aten::_backward", "aten::backward", "aten::dist_backward", "aten::confirmed_by_owner",
	"prim::Print", "prim::RaiseException", "prim::awaitable_wait",
	"prim::CallFunction", "prim::CallMethod", "prim::SetAttr", "prim::If", "prim::Loop", "prim::With", "prim::fork",
};
// Names that do nothing but are not functions of their arguments alone.
static const char *const unstable[] = {
	"aten::empty", "aten::empty_like", "aten::empty_strided", "aten::empty_permuted", "aten::empty_quantized",
	"aten::new_empty", "aten::new_empty_strided", "aten::_empty_affine_quantized",
	"aten::_empty_per_channel_affine_quantized", "aten::is_grad_enabled", "aten::is_autocast_enabled",
	"aten::is_autocast_cpu_enabled", "aten::get_autocast_dtype", "aten::initial_seed", "aten::Generator",
	"aten::_get_tracing_state", "aten::is_scripting", "aten::_resize_output",
	"prim::requires_grad", "prim::GetAttr", "prim::CreateObject", "prim::Uninitialized", "prim::id", "prim::grad",
	"prim::data", "prim::fork",
};

static bool name_in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

// The type's spelling without alias annotations and with SymInt read as int.
static void plain_decl(const char *decl, char *out, size_t size)
{
	size_t n = 0;
	for (const char *p = decl; *p && n + 1 < size; p++) {
		size_t alias = *p == '(' ? strcspn(p, ")") : 0;
		bool is_alias = alias && (p[2] == '!' || p[2] == ')' || p[2] == ' ' || p[2] == '|') && p > decl
			&& !strchr("(, ", p[-1]);
		if (is_alias) {
			p += alias;
			continue;
		}
		if (!strncmp(p, "SymInt", 6)) {
			memcpy(out + n, "int", n + 4 < size ? 3 : 0);
			n += n + 4 < size ? 3 : 0;
			p += 5;
			continue;
		}
		out[n++] = *p;
	}
	out[n] = 0;
}

// Does argument i of a mean what argument j of b means?  The first ones may have different names (dropout's
// input is dropout_'s self).
static bool same_arg(const Schema *a, int i, const Schema *b, int j)
{
	char x[160], y[160];
	plain_decl(a->args[i].decl, x, sizeof x);
	plain_decl(b->args[j].decl, y, sizeof y);
	return ((i == 0 && j == 0) || !strcmp(a->args[i].name, b->args[j].name)) && !strcmp(x, y);
}

static bool arg_written(const Arg *a)
{
	return a->alias.written || a->elem_alias.written;
}

// How many arguments the functional op has that the row lacks; -1 when it cannot stand in for the row.
static int sibling_distance(const Schema *row, const Schema *functional)
{
	int matched = 0, wanted = 0;
	if (row->vararg != functional->vararg || functional->nrets == 0)
		return -1;
	for (int i = 0; i < row->nargs; i++) {
		if (row->args[i].is_out)
			continue;
		wanted++;
		for (int j = 0; j < functional->nargs; j++)
			if (same_arg(row, i, functional, j)) {
				if (arg_written(&functional->args[j]) && (i == 0 || !arg_written(&row->args[i])))
					return -1;
				matched++;
				break;
			}
	}
	if (matched != wanted)
		return -1;
	for (int j = 0; j < functional->nargs; j++) {
		const Arg *extra = &functional->args[j];
		for (int i = 0; i < row->nargs && extra; i++)
			if (!row->args[i].is_out && same_arg(row, i, functional, j))
				extra = NULL;
		if (extra && (!extra->has_default || arg_written(extra)))
			return -1;
	}
	return functional->nargs - wanted;
}

static const Op *sibling_among(const Op *op, const Entry *e)
{
	const Op *best = NULL;
	int best_distance = 0;
	for (int i = e->first; i < e->first + e->count; i++) {
		if (&ops[i] == op)
			continue;
		int d = sibling_distance(op->schema, ops[i].schema);
		// Of two that fit equally well the one with the same overload name is meant.
		bool better = d >= 0 && (!best || d < best_distance
			|| (d == best_distance && !strcmp(ops[i].schema->overload, op->schema->overload)));
		if (better) {
			best = &ops[i];
			best_distance = d;
		}
	}
	return best;
}

static void entry_parse(Entry *e)
{
	if (!pool)
		pool = type_pool_immortal();
	for (int i = e->first; i < e->first + e->count; i++) {
		Error err = ERROR_INIT;
		Schema *schema = arena_new(&arena, Schema);
		if (schema_parse(pool, &arena, rows[i].text, schema, &err) != STATUS_OK) {
			fprintf(stderr, "broken row in ir/ops/: %s: %s\n", rows[i].text, err.message);
			abort();
		}
		Op *op = &ops[i];
		op->id = i;
		op->text = rows[i].text;
		op->kernel_name = rows[i].kernel;
		op->form = !strcmp(rows[i].kernel, "inplace") ? OP_INPLACE
			: !strcmp(rows[i].kernel, "out") ? OP_OUT
			: !strcmp(rows[i].kernel, "lib") ? OP_LIB
			: !strcmp(rows[i].kernel, "composite") ? OP_COMPOSITE
			: !strcmp(rows[i].kernel, "none") ? OP_NONE : OP_NATIVE;
		op->schema = schema;
		bool random = false;
		for (int k = 0; k < schema->nargs; k++) {
			const Arg *arg = &schema->args[k];
			op->writes |= arg->alias.written || arg->elem_alias.written;
			random |= !strncmp(arg->decl, "Generator", 9);
		}
		op->effect = op->writes || (random && strcmp(schema->name, "aten::initial_seed"))
			|| name_in(schema->name, effects, sizeof effects / sizeof *effects);
		op->pure = !op->effect && !name_in(schema->name, unstable, sizeof unstable / sizeof *unstable);
	}
	e->state = 1;
}

static const Op *sibling_in(const Op *op, Entry *e)
{
	if (!e)
		return NULL;
	if (e->state == 0)
		entry_parse(e);
	return sibling_among(op, e);
}

static void entry_complete(Entry *e)
{
	const char *name = rows[e->first].text;
	if (e->state == 0)
		entry_parse(e);
	for (int i = e->first; i < e->first + e->count; i++) {
		Op *op = &ops[i];
		if (!op->writes)
			continue;
		bool has_out = false;
		for (int k = 0; k < op->schema->nargs; k++)
			has_out |= op->schema->args[k].is_out;
		Entry *from = has_out ? e : NULL;
		size_t n = (size_t)e->name_size;
		if (!has_out && n > 1 && name[n - 1] == '_' && name[n - 2] != '_') {
			from = entry_find(name, n - 1);
		} else if (!has_out && n > 9 && !memcmp(name, "aten::__i", 9)) { // aten::__iand__ → aten::__and__
			char plain[64];
			snprintf(plain, sizeof plain, "aten::__%.*s", (int)n - 9, name + 9);
			from = entry_find(plain, strlen(plain));
		}
		if (!from)
			continue;
		op->sibling = sibling_in(op, from);
		// normal_ has its sibling under the name normal_functional, adaptive_avg_pool3d_backward.grad_input
		// under _adaptive_avg_pool3d_backward.
		static const char *const forms[] = {"%.*s%.*s_functional", "%.*s_%.*s"};
		for (int k = 0; k < 2 && !op->sibling; k++) {
			const char *text = rows[from->first].text, *colon = strstr(text, "::");
			int space = (int)(colon - text) + 2;
			char other[100];
			snprintf(other, sizeof other, forms[k], space, text, from->name_size - space, text + space);
			op->sibling = sibling_in(op, entry_find(other, strlen(other)));
		}
	}
	__atomic_store_n((int *)&e->state, 2, __ATOMIC_RELEASE);
}

static void entry_ready(Entry *e)
{
	if (__atomic_load_n((int *)&e->state, __ATOMIC_ACQUIRE) == 2)
		return;
	pthread_mutex_lock(&mutex);
	if (e->state != 2)
		entry_complete(e);
	pthread_mutex_unlock(&mutex);
}

int op_count(void)
{
	return NROWS;
}

const Op *op_at(int id)
{
	assert(id >= 0 && id < NROWS);
	pthread_once(&once, index_names);
	entry_ready(&entries[row_entry[id]]);
	return &ops[id];
}

int op_overloads(const char *name, const Op *const **out)
{
	Entry *e = entry_find(name, strlen(name));
	if (!e) {
		*out = NULL;
		return 0;
	}
	entry_ready(e);
	*out = &op_list[e->first];
	return e->count;
}

static const Op *find_overload(const char *name, size_t n, const char *overload)
{
	Entry *e = entry_find(name, n);
	if (!e)
		return NULL;
	entry_ready(e);
	for (int i = e->first; i < e->first + e->count; i++)
		if (!strcmp(ops[i].schema->overload, overload))
			return &ops[i];
	return NULL;
}

const Op *op_find(const char *name, const char *overload)
{
	return find_overload(name, strlen(name), overload);
}

const Op *op_find_key(const char *key)
{
	const char *dot = strchr(key, '.');
	return dot ? find_overload(key, (size_t)(dot - key), dot + 1) : find_overload(key, strlen(key), "");
}

void op_key(const Op *op, Text *out)
{
	text_addn(out, op->text, strcspn(op->text, "("));
}

bool op_name_exists(const char *name)
{
	return entry_find(name, strlen(name)) != NULL;
}

// PyTorch writes the second name into archives where a program used the first.  Sorted by the first.
static const char *const aliases[][2] = {
	{"absolute", "abs"}, {"adjoint", "mH"}, {"arccos", "acos"}, {"arccosh", "acosh"}, {"arcsin", "asin"},
	{"arcsinh", "asinh"}, {"arctan", "atan"}, {"arctan2", "atan2"}, {"arctanh", "atanh"}, {"clip", "clamp"},
	{"concat", "cat"}, {"concatenate", "cat"}, {"det", "linalg_det"}, {"divide", "div"}, {"fix", "trunc"},
	{"ger", "outer"}, {"greater", "gt"}, {"greater_equal", "ge"}, {"inverse", "linalg_inv"}, {"less", "lt"},
	{"less_equal", "le"}, {"linalg_matmul", "matmul"}, {"matrix_exp", "linalg_matrix_exp"},
	{"matrix_power", "linalg_matrix_power"}, {"moveaxis", "movedim"}, {"multiply", "mul"}, {"negative", "neg"},
	{"not_equal", "ne"}, {"orgqr", "linalg_householder_product"}, {"row_stack", "vstack"},
	{"special_digamma", "digamma"}, {"special_erf", "erf"}, {"special_erfc", "erfc"}, {"special_erfinv", "erfinv"},
	{"special_exp2", "exp2"}, {"special_expit", "sigmoid"}, {"special_expm1", "expm1"},
	{"special_gammainc", "igamma"}, {"special_gammaincc", "igammac"}, {"special_gammaln", "lgamma"},
	{"special_i0", "i0"}, {"special_log1p", "log1p"}, {"special_log_softmax", "log_softmax"},
	{"special_logit", "logit"}, {"special_logsumexp", "logsumexp"}, {"special_multigammaln", "mvlgamma"},
	{"special_polygamma", "polygamma"}, {"special_psi", "digamma"}, {"special_round", "round"},
	{"special_sinc", "sinc"}, {"special_softmax", "softmax"}, {"special_xlogy", "xlogy"}, {"subtract", "sub"},
	{"swapaxes", "transpose"}, {"swapdims", "transpose"}, {"true_divide", "div"},
};

static int compare_alias(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

const char *op_canonical_name(const char *name)
{
	if (strncmp(name, "aten::", 6))
		return name;
	size_t n = strlen(name + 6);
	char key[64];
	bool inplace = n > 1 && name[6 + n - 1] == '_' && name[6 + n - 2] != '_';
	n -= inplace;
	if (n >= sizeof key)
		return name;
	memcpy(key, name + 6, n);
	key[n] = 0;
	const char *const *pair = bsearch(key, aliases, sizeof aliases / sizeof *aliases, sizeof *aliases, compare_alias);
	if (!pair)
		return name;
	char full[80];
	snprintf(full, sizeof full, "aten::%s%s", pair[1], inplace ? "_" : "");
	const Entry *e = entry_find(full, strlen(full));
	if (!e)
		return name;
	entry_ready((Entry *)e);
	return ops[e->first].schema->name;
}
