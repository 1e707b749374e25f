// SPDX-License-Identifier: BSD-3-Clause
// wick test: replays recorded calls on a model and compares what comes out (docs/cases.md has the form).
//
// A case is a model.pt and an io.pt.  io.pt holds the calls with their arguments and results; it is loaded
// twice, once to be passed to the model, which may write into its arguments, and once to compare with.
#include "tools/cli.h"

#include "core/tensor.h"
#include "core/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- comparing

typedef struct Comparison {
	double rtol, atol;
	const wick_value *loose, *random; // lists of leaf numbers, or NULL
	bool check_random;
	int leaf;
	Text *why;
} Comparison;

static bool lists_leaf(const wick_value *list, int leaf)
{
	bool found = false;
	for (size_t i = 0; list && i < wick_size(list) && !found; i++) {
		wick_value *item = wick_item(list, i);
		found = wick_get_int(item) == leaf;
		wick_value_free(item);
	}
	return found;
}

static bool number_close(const Comparison *c, double want, double got)
{
	if (isnan(want) || isnan(got))
		return isnan(want) && isnan(got);
	if (isinf(want) || isinf(got))
		return want == got;
	return fabs(got - want) <= c->atol + c->rtol * fabs(want);
}

static const char *const kind_names[] = {"None", "bool", "int", "float", "complex", "str", "tensor", "list", "tuple",
	"dict", "device", "object", "enum", "value"};

static void shape_text(Text *out, const wick_value *v)
{
	text_addc(out, '[');
	for (int i = 0; i < wick_tensor_ndim(v); i++)
		text_addf(out, "%s%lld", i ? ", " : "", (long long)wick_tensor_sizes(v)[i]);
	text_addc(out, ']');
}

static bool elements_close(Comparison *c, const wick_value *want, const wick_value *got, const char *path)
{
	wick_context *cx = wick_context_new();
	DType d = (DType)wick_tensor_dtype(want);
	int64_t n = wick_tensor_numel(want);
	size_t size = dtype_size(d), bytes = (size_t)n * size;
	char *a = malloc(bytes + 1), *b = malloc(bytes + 1);
	bool same = a && b && wick_tensor_read(cx, want, a, bytes) == WICK_OK && wick_tensor_read(cx, got, b, bytes) == WICK_OK;
	if (!same)
		text_addf(c->why, "%s: %s", path, wick_error_message(cx));
	int64_t bad = 0, first = -1;
	for (int64_t i = 0; same && i < n; i++) {
		const char *p = a + (size_t)i * size, *q = b + (size_t)i * size;
		bool ok = memcmp(p, q, size) == 0;
		if (!ok && (dtype_is_float(d) || dtype_is_complex(d))) {
			double wr, wi, gr, gi;
			element_c128(p, d, &wr, &wi);
			element_c128(q, d, &gr, &gi);
			ok = number_close(c, wr, gr) && number_close(c, wi, gi);
			if (!ok && dtype_is_complex(d)) // as one number in the plane
				ok = hypot(gr - wr, gi - wi) <= c->atol + c->rtol * hypot(wr, wi);
		} else if (!ok && d == DT_BOOL) {
			ok = !*p == !*q;
		}
		if (!ok && !bad++)
			first = i;
	}
	if (bad) {
		double wr, wi, gr, gi;
		element_c128(a + (size_t)first * size, d, &wr, &wi);
		element_c128(b + (size_t)first * size, d, &gr, &gi);
		text_addf(c->why, "%s: values differ in %lld of %lld, first at %lld: %.9g wanted, %.9g given", path,
			(long long)bad, (long long)n, (long long)first, wr, gr);
		same = false;
	}
	free(a);
	free(b);
	wick_context_free(cx);
	return same;
}

static bool tensors_close(Comparison *c, const wick_value *want, const wick_value *got, const char *path, bool free_)
{
	if (wick_tensor_dtype(want) != wick_tensor_dtype(got)) {
		text_addf(c->why, "%s: dtype %s wanted, %s given", path, wick_dtype_name(wick_tensor_dtype(want)),
			wick_dtype_name(wick_tensor_dtype(got)));
		return false;
	}
	bool same = wick_tensor_ndim(want) == wick_tensor_ndim(got);
	for (int i = 0; same && !free_ && i < wick_tensor_ndim(want); i++)
		same = wick_tensor_sizes(want)[i] == wick_tensor_sizes(got)[i];
	if (!same) {
		text_addf(c->why, "%s: shape ", path);
		shape_text(c->why, want);
		text_add(c->why, " wanted, ");
		shape_text(c->why, got);
		text_add(c->why, " given");
		return false;
	}
	return free_ || elements_close(c, want, got, path);
}

static bool values_close(Comparison *c, const wick_value *want, const wick_value *got, const char *path);

static bool items_close(Comparison *c, const wick_value *want, const wick_value *got, const char *path)
{
	size_t n = wick_size(want);
	if (n != wick_size(got)) {
		text_addf(c->why, "%s: length %zu wanted, %zu given", path, n, wick_size(got));
		return false;
	}
	bool same = true, dict = wick_value_kind(want) == WICK_KIND_DICT;
	for (size_t i = 0; same && i < n; i++) {
		Text sub = {0};
		if (dict) {
			wick_value *k1 = wick_key(want, i), *k2 = wick_key(got, i);
			char *s1 = wick_value_repr(k1), *s2 = wick_value_repr(k2);
			same = strcmp(s1, s2) == 0;
			if (!same)
				text_addf(c->why, "%s: dict keys differ: %s wanted, %s given", path, s1, s2);
			text_addf(&sub, "%s[%s]", path, s1);
			wick_value_free(k1);
			wick_value_free(k2);
			wick_free(s1);
			wick_free(s2);
		} else {
			text_addf(&sub, "%s[%zu]", path, i);
		}
		wick_value *x = wick_item(want, i), *y = wick_item(got, i);
		same = same && values_close(c, x, y, text_str(&sub));
		wick_value_free(x);
		wick_value_free(y);
		text_free(&sub);
	}
	return same;
}

static bool values_close(Comparison *c, const wick_value *want, const wick_value *got, const char *path)
{
	wick_kind kw = wick_value_kind(want), kg = wick_value_kind(got);
	// Devices are recorded as their text.
	bool device = kw == WICK_KIND_STRING && kg == WICK_KIND_DEVICE;
	if (kw != kg && !device) {
		text_addf(c->why, "%s: %s wanted, %s given", path, kind_names[kw], kind_names[kg]);
		return false;
	}
	if (kw == WICK_KIND_LIST || kw == WICK_KIND_TUPLE || kw == WICK_KIND_DICT)
		return items_close(c, want, got, path);

	int leaf = c->leaf++;
	bool free_ = lists_leaf(c->loose, leaf) || (!c->check_random && lists_leaf(c->random, leaf));
	if (kw == WICK_KIND_TENSOR)
		return tensors_close(c, want, got, path, free_);
	if (free_)
		return true;
	if (kw == WICK_KIND_FLOAT && number_close(c, wick_get_float(want), wick_get_float(got)))
		return true;
	if (kw == WICK_KIND_COMPLEX) {
		double wr, wi, gr, gi;
		wick_get_complex(want, &wr, &wi);
		wick_get_complex(got, &gr, &gi);
		if (number_close(c, wr, gr) && number_close(c, wi, gi))
			return true;
	}
	char *a = device ? wick_value_str(want) : wick_value_repr(want), *b = device ? wick_value_str(got) : wick_value_repr(got);
	bool same = kw != WICK_KIND_FLOAT && kw != WICK_KIND_COMPLEX && strcmp(a, b) == 0;
	if (!same)
		text_addf(c->why, "%s: %s wanted, %s given", path, a, b);
	wick_free(a);
	wick_free(b);
	return same;
}

// ---- leaves of arguments

typedef struct Leaves {
	wick_value **items;
	int n, cap;
} Leaves;

enum { MAX_LEAF_DEPTH = 600 }; // what a file can hold nests less; a model may have made a list that holds itself

static void collect_leaves(Leaves *out, const wick_value *v, int depth)
{
	wick_kind k = wick_value_kind(v);
	if (depth > MAX_LEAF_DEPTH || (k != WICK_KIND_LIST && k != WICK_KIND_TUPLE && k != WICK_KIND_DICT)) {
		if (out->n == out->cap) {
			out->cap = out->cap ? 2 * out->cap : 16;
			out->items = realloc(out->items, (size_t)out->cap * sizeof *out->items);
			if (!out->items)
				abort();
		}
		out->items[out->n++] = wick_value_ref((wick_value *)v);
		return;
	}
	for (size_t i = 0; i < wick_size(v); i++) {
		wick_value *item = wick_item(v, i);
		collect_leaves(out, item, depth + 1);
		wick_value_free(item);
	}
}

static void free_leaves(Leaves *l)
{
	for (int i = 0; i < l->n; i++)
		wick_value_free(l->items[i]);
	free(l->items);
}

// Arguments after the call: those in `mutated` must have the recorded value, the others their old one.
static bool arguments_close(Comparison *c, const wick_value *before, const wick_value *after, const wick_value *call)
{
	wick_value *mutated = wick_get(call, "mutated"), *random = wick_get(call, "random_mutated");
	Leaves want = {0}, got = {0};
	collect_leaves(&want, before, 0);
	collect_leaves(&got, after, 0);
	bool same = true;
	for (int i = 0; same && i < want.n && i < got.n; i++) {
		if (wick_value_kind(want.items[i]) != WICK_KIND_TENSOR)
			continue;
		wick_value *expected = NULL;
		for (size_t k = 0; mutated && k < wick_size(mutated) && !expected; k++) {
			wick_value *key = wick_key(mutated, k);
			if (wick_get_int(key) == i)
				expected = wick_item(mutated, k);
			wick_value_free(key);
		}
		bool free_ = !c->check_random && lists_leaf(random, i);
		char path[48];
		snprintf(path, sizeof path, "argument leaf %d", i);
		c->leaf = -1;
		same = tensors_close(c, expected ? expected : want.items[i], got.items[i], path, free_);
		wick_value_free(expected);
	}
	free_leaves(&want);
	free_leaves(&got);
	wick_value_free(mutated);
	wick_value_free(random);
	return same;
}

// ---- one case

static double get_number(const wick_value *dict, const char *key, double missing)
{
	wick_value *v = wick_get(dict, key);
	double x = v ? wick_get_float(v) : missing;
	wick_value_free(v);
	return x;
}

static wick_value **unpack(const wick_value *v, int *n)
{
	*n = v ? (int)wick_size(v) : 0;
	wick_value **items = calloc((size_t)*n + 1, sizeof *items);
	if (!items)
		abort();
	for (int i = 0; i < *n; i++)
		items[i] = wick_item(v, (size_t)i);
	return items;
}

static bool replay_call(wick_context *cx, wick_model *model, const wick_value *call, const wick_value *pristine,
	double seed, Comparison *c, int number)
{
	wick_value *args = wick_get(call, "args"), *before = wick_get(pristine, "args"), *kwargs = wick_get(call, "kwargs");
	wick_value *method = wick_get(call, "method"), *want = wick_get(pristine, "out"), *got = NULL;
	bool same = false;
	if (!args || !before || !method || !want) {
		text_addf(c->why, "call %d: io.pt lacks one of args, method, out", number);
	} else {
		int nargs, nkw;
		wick_value **list = unpack(args, &nargs), **kwlist = unpack(kwargs, &nkw);
		const char **names = calloc((size_t)nkw + 1, sizeof *names);
		wick_value **keys = calloc((size_t)nkw + 1, sizeof *keys);
		if (!names || !keys)
			abort();
		for (int i = 0; i < nkw; i++) {
			keys[i] = wick_key(kwargs, (size_t)i);
			names[i] = wick_get_string(keys[i], NULL);
		}
		wick_seed(cx, (uint64_t)(int64_t)seed);
		wick_status s = wick_call_kw(cx, model, wick_get_string(method, NULL), list, nargs, names, kwlist, nkw, &got);
		if (s != WICK_OK) {
			text_addf(c->why, "call %d: %s error: %s", number, wick_status_name(s), wick_error_message(cx));
		} else {
			char path[32];
			snprintf(path, sizeof path, "call %d out", number);
			wick_value *loose = wick_get(pristine, "loose"), *random = wick_get(pristine, "random");
			c->loose = loose;
			c->random = random;
			c->leaf = 0;
			same = values_close(c, want, got, path);
			c->loose = c->random = NULL;
			same = same && arguments_close(c, before, args, pristine);
			wick_value_free(loose);
			wick_value_free(random);
		}
		for (int i = 0; i < nargs; i++)
			wick_value_free(list[i]);
		for (int i = 0; i < nkw; i++) {
			wick_value_free(kwlist[i]);
			wick_value_free(keys[i]);
		}
		free(list);
		free(kwlist);
		free(keys);
		free(names);
	}
	wick_value_free(args);
	wick_value_free(before);
	wick_value_free(kwargs);
	wick_value_free(method);
	wick_value_free(want);
	wick_value_free(got);
	return same;
}

// A case without calls: loading the archive must give exactly the recorded attributes.
static bool check_state(wick_context *cx, wick_model *model, const wick_value *want, Comparison *c)
{
	wick_value *state = NULL;
	if (wick_model_state(cx, model, &state) != WICK_OK) {
		text_addf(c->why, "%s", wick_error_message(cx));
		return false;
	}
	bool same = true;
	for (size_t i = 0; same && i < wick_size(want); i++) {
		wick_value *key = wick_key(want, i), *expected = wick_item(want, i);
		const char *name = wick_get_string(key, NULL);
		wick_value *found = name ? wick_get(state, name) : NULL;
		if (!found) {
			text_addf(c->why, "state: attribute '%s' is missing", name ? name : "?");
			same = false;
		} else {
			same = values_close(c, expected, found, name);
		}
		wick_value_free(key);
		wick_value_free(expected);
		wick_value_free(found);
	}
	wick_value_free(state);
	return same;
}

static bool replay(wick_context *cx, const char *model_path, const char *io_path, bool check_random, Text *why)
{
	wick_value *io = NULL, *pristine = NULL;
	wick_model *model = NULL;
	bool same = true;
	if (wick_value_load(cx, io_path, &io) != WICK_OK || wick_value_load(cx, io_path, &pristine) != WICK_OK) {
		text_addf(why, "%s: %s", io_path, wick_error_message(cx));
		same = false;
	} else if (wick_value_kind(io) != WICK_KIND_DICT) {
		text_addf(why, "%s: a dict with 'calls' or 'state' is wanted", io_path);
		same = false;
	} else if (wick_model_load(cx, model_path, NULL, &model) != WICK_OK) {
		text_addf(why, "load: %s error: %s", wick_status_name(wick_error_status(cx)), wick_error_message(cx));
		same = false;
	}
	if (same) {
		Comparison c = {.rtol = get_number(io, "rtol", 1e-4), .atol = get_number(io, "atol", 1e-5),
			.check_random = check_random, .why = why};
		double seed = get_number(io, "seed", 0);
		wick_value *mode = wick_get(io, "mode"), *calls = wick_get(io, "calls"), *expected = wick_get(pristine, "calls");
		wick_value *state = wick_get(pristine, "state");
		const char *mode_name = mode ? wick_get_string(mode, NULL) : NULL;
		if (mode_name && strcmp(mode_name, "eval") == 0)
			wick_model_train(cx, model, false);
		if (!calls && !state) {
			text_addf(why, "%s: neither 'calls' nor 'state' is there", io_path);
			same = false;
		}
		if (state)
			same = check_state(cx, model, state, &c);
		for (size_t i = 0; same && calls && i < wick_size(calls); i++) {
			wick_value *call = wick_item(calls, i), *want = wick_item(expected, i);
			same = replay_call(cx, model, call, want, seed, &c, (int)i);
			wick_value_free(call);
			wick_value_free(want);
		}
		wick_value_free(mode);
		wick_value_free(calls);
		wick_value_free(expected);
		wick_value_free(state);
	}
	wick_value_free(io);
	wick_value_free(pristine);
	wick_model_free(model);
	return same;
}

// ---- the command

static void one_line(FILE *out, const char *s)
{
	bool blank = false;
	for (; *s; s++) {
		if (*s == '\n' || *s == '\t' || *s == ' ' || *s == '\r') {
			blank = true;
		} else {
			if (blank)
				putc(' ', out);
			blank = false;
			putc(*s, out);
		}
	}
}

static int test_list(wick_context *cx, const char *list_path, bool check_random)
{
	FILE *list = strcmp(list_path, "-") ? fopen(list_path, "r") : stdin;
	if (!list) {
		perror(list_path);
		return EXIT_WORK;
	}
	char *line = NULL;
	size_t cap = 0;
	int passed = 0, failed = 0;
	ssize_t n;
	while ((n = getline(&line, &cap, list)) >= 0) {
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == '/'))
			line[--n] = '\0';
		if (!n)
			continue;
		Text model = {0}, io = {0}, why = {0};
		text_addf(&model, "%s/model.pt", line);
		text_addf(&io, "%s/io.pt", line);
		const char *name = strrchr(line, '/');
		name = name ? name + 1 : line;
		if (replay(cx, text_str(&model), text_str(&io), check_random, &why)) {
			printf("PASS %s\n", name);
			passed++;
		} else {
			printf("FAIL %s ", name);
			one_line(stdout, text_str(&why));
			putchar('\n');
			failed++;
		}
		fflush(stdout);
		text_free(&model);
		text_free(&io);
		text_free(&why);
	}
	free(line);
	if (list != stdin)
		fclose(list);
	fprintf(stderr, "%d passed, %d failed\n", passed, failed);
	return failed ? EXIT_WORK : 0;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	const char *cases = NULL;
	bool loose_random = false;
	Option options[] = {
		{.name = "--cases", .value = "LISTFILE", .help = "replay many: a case folder (model.pt, io.pt) a line",
			.text = &cases},
		{.name = "--loose-random", .help = "do not compare values that depend on the seed", .flag = &loose_random},
		COMMON_OPTIONS(common),
		{0},
	};
	int n = parse_options(&command_test, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (cases ? n != 0 : n != 2) {
		fprintf(stderr, "Usage: wick test %s\n", command_test.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	int status = 0;
	if (cases) {
		status = test_list(cx, cases, !loose_random);
	} else {
		Text why = {0};
		bool same = replay(cx, argv[1], argv[2], !loose_random, &why);
		if (same)
			printf("PASS %s\n", argv[1]);
		else
			fprintf(stderr, "FAIL %s: %s\n", argv[1], text_str(&why));
		status = same ? 0 : EXIT_WORK;
		text_free(&why);
	}
	wick_context_free(cx);
	return status;
}

const Command command_test = {
	.name = "test",
	.arguments = "MODEL IO | --cases LISTFILE",
	.summary = "replay recorded calls and compare",
	.run = run,
};
