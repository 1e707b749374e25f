// SPDX-License-Identifier: BSD-3-Clause
// Writing archives: models that are compiled from source here, saved, looked at and loaded again.
#include "format/model_save.h"
#include "frontend/frontend.h"
#include "interp/interp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[64], path2[64];
static Error err;

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/wick-save-%d-a.pt", (int)getpid());
	snprintf(path2, sizeof path2, "/tmp/wick-save-%d-b.pt", (int)getpid());
	return 0;
}
static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(path2);
	error_clear(&err);
	return 0;
}

static void ok(Status s)
{
	if (s != STATUS_OK)
		print_error("%s\n", err.message ? err.message : status_name(s));
	assert_int_equal(s, STATUS_OK);
}

static Unit *compile(const char *text)
{
	Unit *u = unit_new();
	Source *src = source_new("model.py", text, strlen(text));
	ok(frontend_compile_source(u, src, &err));
	source_unref(&src);
	return u;
}

// A model whose root is an object of class __torch__.NAME with the values in its slots, which are taken.
static Model *model(Unit *u, const char *name, const IValue *slots, int n)
{
	const Type *t = type_find_nominal(u->pool, name);
	assert_non_null(t);
	Object *o = object_new(t);
	assert_int_equal(o->nslots, n);
	for (int i = 0; i < n; i++)
		o->slots[i] = slots[i];
	Model *m = model_new(u, iv_take_object(o), "archive");
	unit_unref(&u);
	return m;
}

static char *read_file(const char *name, size_t *size)
{
	FILE *f = fopen(name, "rb");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	char *data = malloc(*size + 1);
	assert_int_equal(fread(data, 1, *size, f), *size);
	data[*size] = 0;
	fclose(f);
	return data;
}

static void assert_same_files(void)
{
	size_t na, nb;
	char *a = read_file(path, &na), *b = read_file(path2, &nb);
	assert_int_equal(na, nb);
	assert_memory_equal(a, b, na);
	free(a);
	free(b);
}

// Saves, saves again, loads, saves what was loaded: all the same bytes.
static Model *round_trip(Model *m)
{
	ok(model_save(m, path, NULL, &err));
	ok(model_save(m, path2, NULL, &err));
	assert_same_files();
	model_unref(&m);
	Model *loaded;
	ok(model_load_file(path, &(LoadOptions){.verify = true}, &loaded, &err));
	ok(model_save(loaded, path2, NULL, &err));
	assert_same_files();
	return loaded;
}

static char *record(const Model *m, const char *name)
{
	char *data;
	size_t size;
	ok(model_record_read(m, name, &data, &size, &err));
	return data;
}

static void assert_code(const Model *m, const char *name, const char *want)
{
	char *text = record(m, name);
	if (!strstr(text, want))
		print_error("%s\n", text);
	assert_non_null(strstr(text, want));
	free(text);
}

static IValue call(const Model *m, const char *method, const IValue *args, int n)
{
	IValue all[5] = {m->root}, ret;
	for (int i = 0; i < n; i++)
		all[i + 1] = args[i];
	Generator *rng = generator_new(0);
	Exec x;
	exec_init(&x, &err, rng);
	ok(interp_call(&x, class_find_method(m->root.object->type->cls, method), all, n + 1, &ret));
	generator_unref(&rng);
	return ret;
}

static Tensor *ramp(DType d, const int64_t *sizes, int ndim)
{
	Tensor *t;
	ok(tensor_empty(d, sizes, ndim, &t, &err));
	for (int64_t i = 0; i < t->numel; i++)
		element_set_f64((char *)tensor_data(t) + i * (int64_t)dtype_size(d), d, (double)i);
	return t;
}

// ---- code

static void test_statements(void **state)
{
	(void)state;
	Unit *u = compile(
		"from typing import List, Optional\n"
		"class M(Module):\n"
		"    n: int\n"
		"    def find(self, words: List[str], what: str) -> int:\n"
		"        found = 0\n"
		"        for i in range(len(words)):\n"
		"            if words[i] == what:\n"
		"                found = i\n"
		"                break\n"
		"            print(words[i])\n"
		"        else_ = self.n\n"
		"        best: Optional[int] = None\n"
		"        while else_ > 0:\n"
		"            else_ = else_ - 1\n"
		"            best = else_\n"
		"        return 0 if best is None else best + found\n"
		"    def order(self, l: List[int]) -> List[int]:\n"
		"        return [l.pop(), len(l), l.pop(), len(l)]\n");
	Model *m = round_trip(model(u, "__torch__.M", (IValue[]){iv_int(3)}, 1));
	assert_code(m, "code/__torch__.py", "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  n : int\n"
		"  def find(self: __torch__.M,\n    words: List[str],\n    what: str) -> int:\n");
	assert_code(m, "code/__torch__.py", "    while _1:\n"); // the for with a break
	assert_code(m, "code/__torch__.py", "best: Optional[int] = None\n");
	assert_code(m, "code/__torch__.py", "_0 = [torch.pop(l), torch.len(l), torch.pop(l), torch.len(l)]\n");
	assert_code(m, "version", "3\n");
	IValue l = iv_take_list(list_of_ints((int64_t[]){5, 6, 7}, 3)), r = call(m, "order", &l, 1);
	assert_int_equal(r.list->n, 4);
	int64_t want[4] = {7, 2, 6, 1};
	for (int i = 0; i < 4; i++)
		assert_int_equal(r.list->items[i].i, want[i]);
	ivalue_unref(&l);
	ivalue_unref(&r);
	model_unref(&m);
}

static void test_constants(void **state)
{
	(void)state;
	Unit *u = compile(
		"class M(Module):\n"
		"    def forward(self, x: float):\n"
		"        return ('na\xc3\xafve', 'tab\\t\"', -9223372036854775807 - 1, 0.1, 1e300, -x, 3 + 2j, 1.5 - 0.5j,\n"
		"            [1, 2], {'a': 1})\n");
	Model *m = round_trip(model(u, "__torch__.M", NULL, 0));
	assert_code(m, "code/__torch__.py", "CONSTANTS.c0");
	assert_code(m, "code/__torch__.py", "\"tab\\t\\\"\"");
	assert_code(m, "code/__torch__.py", "0.10000000000000001");
	IValue r = call(m, "forward", (IValue[]){iv_float(0)}, 1);
	assert_string_equal(r.tuple->items[0].str->s, "na\xc3\xafve");
	assert_int_equal(r.tuple->items[2].i, INT64_MIN);
	assert_true(r.tuple->items[7].complex_->re == 1.5 && r.tuple->items[7].complex_->im == -0.5);
	ivalue_unref(&r);
	model_unref(&m);
}

static void test_versions(void **state)
{
	(void)state;
	static const struct { const char *expr, *record, *version; } rows[] = {
		{"x + 1", "version", "3\n"}, {"x / 2", "version", "4\n"}, {"x + float(3 / 2)", "version", "3\n"},
		{"torch.full([2], 1.0)", "version", "5\n"}, {"torch.linspace(0, 1, 3)", ".data/version", "8\n"},
		{"torch.nn.functional.gelu(x) / 2", ".data/version", "10\n"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Text t = {0};
		text_addf(&t, "class M(Module):\n    def forward(self, x):\n        return %s\n", rows[i].expr);
		Model *m = round_trip(model(compile(text_str(&t)), "__torch__.M", NULL, 0));
		assert_code(m, rows[i].record, rows[i].version);
		text_free(&t);
		model_unref(&m);
	}
}

// Classes and functions of another unit, with names that are taken here.
static void test_other_units(void **state)
{
	(void)state;
	Unit *lib = compile(
		"class Box:\n    def __init__(self, n: int):\n        self.n = n\n"
		"def twice(x: int) -> int:\n    return Box(2 * x).n\n");
	Unit *u = compile(
		"class Box(Module):\n    s: str\n"
		"    def forward(self, x: int) -> int:\n        return other(x) + twice(x)\n"
		"def twice(x: int) -> int:\n    return 200 * x\n"
		"def other(x: int) -> int:\n    return 0\n");
	Function *forward = class_find_method(type_find_nominal(u->pool, "__torch__.Box")->cls, "forward");
	block_foreach(n, forward->graph->block)
		if (n->kind == NODE_CALL_FUNCTION && !strcmp(n->attr.fn->name, "other"))
			n->attr.fn = unit_function(lib, "twice");
	Model *m = round_trip(model(u, "__torch__.Box", (IValue[]){iv_cstr("é")}, 1));
	unit_unref(&lib);
	IValue r = call(m, "forward", (IValue[]){iv_int(3)}, 1);
	assert_int_equal(r.i, 606);
	assert_code(m, "code/__torch__.py", "__torch__.___torch_mangle_0.twice(x, )");
	assert_code(m, "code/__torch__/___torch_mangle_0.py", "class Box:\n");
	model_unref(&m);
}

static void squeeze(const char *text, size_t n, Text *out) // without blanks, which break long lines
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != ' ' && text[i] != '\n')
			text_addc(out, text[i]);
}

// The functions of the language's own tests, each called by a method: saved and loaded they return what they should.
static void language(const char *file)
{
	size_t size;
	char *text = read_file(file, &size);
	Text src = {0};
	text_addf(&src, "%s\nclass Root(Module):\n", text);
	char name[64], method[72];
	for (const char *p = text; (p = strstr(p, "\n# = "));) {
		p = strchr(p + 5, '\n');
		assert_int_equal(sscanf(p + 1, "def %63[a-z0-9_]", name), 1);
		text_addf(&src, "    def call_%s(self):\n        return %s()\n", name, name);
	}
	Model *m = round_trip(model(compile(text_str(&src)), "__torch__.Root", NULL, 0));
	Generator *rng = generator_new(0);
	for (const char *p = text; (p = strstr(p, "\n# = "));) {
		const char *want = p + 5;
		p = strchr(want, '\n');
		sscanf(p + 1, "def %63[a-z0-9_]", name);
		snprintf(method, sizeof method, "call_%s", name);
		Exec x;
		exec_init(&x, &err, rng);
		IValue v;
		Text got = {0}, a = {0}, b = {0};
		if (interp_call(&x, class_find_method(m->root.object->type->cls, method), &m->root, 1, &v) == STATUS_OK) {
			ivalue_repr(&got, v);
			ivalue_unref(&v);
		} else {
			text_add(&got, err.message);
			error_clear(&err);
		}
		squeeze(want, (size_t)(p - want), &a);
		squeeze(text_str(&got), got.size, &b);
		if (strcmp(text_str(&a), text_str(&b)))
			fail_msg("%s: %s: wanted %s, given %s", file, name, text_str(&a), text_str(&b));
		text_free(&got);
		text_free(&a);
		text_free(&b);
	}
	generator_unref(&rng);
	model_unref(&m);
	text_free(&src);
	free(text);
}

static void test_language(void **state)
{
	(void)state;
	language("tests/lower/language.py");
	language("tests/lower/control.py");
	language("tests/lower/classes.py");
	language("tests/lower/larger.py");
}

// ---- values

static void test_tensors(void **state)
{
	(void)state;
	Unit *u = compile("class M(Module):\n    a: Tensor\n    b: Tensor\n    c: Tensor\n    h: Tensor\n    nan: Tensor\n"
		"    meta: Tensor\n");
	Tensor *a = ramp(DT_F32, (int64_t[]){3, 4}, 2), *h = ramp(DT_F16, (int64_t[]){3}, 1), *n = ramp(DT_F32, (int64_t[]){2}, 1);
	a->requires_grad = true;
	Tensor *b = tensor_view(a, (int64_t[]){2, 3}, (int64_t[]){1, 4}, 2, 1), *meta = NULL;
	uint32_t payload[2] = {0x7fc12345, 0xffabcdef};
	memcpy(tensor_data(n), payload, 8);
	Storage *none = storage_wrap(NULL, 0, NULL, NULL);
	none->device = DEVICE_META;
	none->nbytes = 24;
	meta = tensor_over(none, DT_F32, (int64_t[]){2, 3}, (int64_t[]){3, 1}, 2, 0);
	storage_unref(&none);
	IValue slots[] = {iv_take_tensor(a), iv_take_tensor(b), iv_take_tensor(tensor_ref(a)), iv_take_tensor(h),
		iv_take_tensor(n), iv_take_tensor(meta)};
	Model *m = round_trip(model(u, "__torch__.M", slots, 6));
	const IValue *s = m->root.object->slots;
	assert_ptr_equal(s[0].tensor, s[2].tensor);
	assert_ptr_equal(s[0].tensor->storage, s[1].tensor->storage);
	assert_true(s[0].tensor->requires_grad);
	assert_int_equal(s[1].tensor->offset, 1);
	assert_int_equal(s[1].tensor->strides[0], 1);
	assert_int_equal((uintptr_t)s[0].tensor->storage->data % 64, 0);
	assert_int_equal(tensor_dtype(s[3].tensor), DT_F16);
	assert_memory_equal(tensor_data(s[4].tensor), payload, 8);
	assert_int_equal(tensor_device(s[5].tensor), DEVICE_META);
	model_unref(&m);
}

static void test_state_methods(void **state)
{
	(void)state;
	Unit *u = compile(
		"class Kept:\n"
		"    def __init__(self, n: int):\n        self.n = n\n"
		"    def __getstate__(self) -> int:\n        return self.n * 10\n"
		"    def __setstate__(self, state: int) -> None:\n        self.n = state // 10\n"
		"class M(Module):\n    kept: Kept\n    def forward(self) -> int:\n        return self.kept.n\n");
	Object *kept = object_new(type_find_nominal(u->pool, "__torch__.Kept"));
	kept->slots[0] = iv_int(7);
	Model *m = round_trip(model(u, "__torch__.M", (IValue[]){iv_take_object(kept)}, 1));
	IValue r = call(m, "forward", NULL, 0);
	assert_int_equal(r.i, 7);
	model_unref(&m);
}

static void test_extra(void **state)
{
	(void)state;
	Model *m = model(compile("class M(Module):\n    n: int\n"), "__torch__.M", (IValue[]){iv_int(1)}, 1), *loaded;
	SaveRecord extra[] = {{"notes.txt", "first", 5}, {"deep/er", "", 0}};
	ok(model_save(m, path, &(ModelSaveOptions){.extra = extra, .nextra = 2}, &err));
	model_unref(&m);
	ok(model_load_file(path, NULL, &loaded, &err));
	SaveRecord second[] = {{"notes.txt", "second", 6}};
	ok(model_save(loaded, path2, &(ModelSaveOptions){.extra = second, .nextra = 1}, &err));
	model_unref(&loaded);
	ok(model_load_file(path2, NULL, &loaded, &err));
	assert_code(loaded, "extra/notes.txt", "second");
	free(record(loaded, "extra/deep/er"));
	model_unref(&loaded);
}

// ---- refusals

static void refused(Model *m, const ModelSaveOptions *opt, const char *message)
{
	unlink(path);
	assert_int_not_equal(model_save(m, path, opt, &err), STATUS_OK);
	if (!strstr(err.message, message))
		print_error("%s\n", err.message);
	assert_non_null(strstr(err.message, message));
	assert_int_not_equal(access(path, F_OK), 0);
	error_clear(&err);
	model_unref(&m);
}

static void test_values_without_form(void **state)
{
	(void)state;
	static const char text[] = "from typing import Any, Dict, List\nclass S(Module):\n    items: Dict[str, List[Any]]\n"
		"class M(Module):\n    s: S\n";
	for (int i = 0; i < 3; i++) {
		Unit *u = compile(text);
		IValue bad = i == 0 ? iv_take_future(iv_int(1)) : i == 1 ? (IValue){.generator = generator_new(1), .tag = TAG_GENERATOR}
			: iv_none();
		ListObj *l = list_new(&type_any, 2);
		ok(list_append_take(l, iv_int(1), &err));
		ok(list_append_take(l, bad, &err));
		DictObj *d = dict_new(&type_str, &type_any);
		ok(dict_set_take(d, iv_cstr("k"), iv_take_list(l), &err));
		Object *s = object_new(type_find_nominal(u->pool, "__torch__.S"));
		IValue dict = iv_take_dict(d);
		if (i < 2)
			s->slots[0] = dict;
		else
			ivalue_unref(&dict);
		refused(model(u, "__torch__.M", (IValue[]){iv_take_object(s)}, 1), NULL,
			i == 0 ? "Unknown IValue type for pickling: Future, the value of s.items['k'][1]"
			: i == 1 ? "Unknown IValue type for pickling: Generator, the value of s.items['k'][1]"
			: "the attribute s.items was never set");
	}
}

static void test_older_target(void **state)
{
	(void)state;
	static const struct { const char *body, *message; } rows[] = {
		{"return x / 2 + torch.full([1], 3)", NULL},
		{"return x[1:, :2]", NULL},
		{"return torch.nn.functional.gelu(x)", NULL},
		{"return torch.nn.functional.gelu(x, approximate='tanh')", "aten::gelu with the argument approximate"},
		{"return torch.linalg.vector_norm(x)", "aten::linalg_vector_norm"},
		{"return torch.div(x, x, rounding_mode='floor')", "aten::div.Tensor_mode"},
		{"return 2j", "a complex number"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Text t = {0};
		text_addf(&t, "class M(Module):\n    def forward(self, x):\n        %s\n", rows[i].body);
		Model *m = model(compile(text_str(&t)), "__torch__.M", NULL, 0), *loaded;
		text_free(&t);
		ModelSaveOptions opt = {.target = TARGET_1_6};
		if (rows[i].message) {
			Text why = {0};
			text_addf(&why, "__torch__.M.forward: %s cannot be written for PyTorch 1.6", rows[i].message);
			refused(m, &opt, text_str(&why));
			text_free(&why);
			continue;
		}
		ok(model_save(m, path, &opt, &err));
		ok(model_load_file(path, NULL, &loaded, &err));
		assert_code(loaded, "version", "3\n");
		IValue x = iv_take_tensor(ramp(DT_F32, (int64_t[]){2, 3}, 2)), a = call(m, "forward", &x, 1),
			b = call(loaded, "forward", &x, 1);
		Text ta = {0}, tb = {0};
		ivalue_repr(&ta, a);
		ivalue_repr(&tb, b);
		assert_string_equal(text_str(&ta), text_str(&tb));
		text_free(&ta);
		text_free(&tb);
		ivalue_unref(&x);
		ivalue_unref(&a);
		ivalue_unref(&b);
		model_unref(&m);
		model_unref(&loaded);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements), cmocka_unit_test(test_constants), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_other_units), cmocka_unit_test(test_language),
		cmocka_unit_test(test_tensors), cmocka_unit_test(test_state_methods),
		cmocka_unit_test(test_extra), cmocka_unit_test(test_values_without_form), cmocka_unit_test(test_older_target),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
