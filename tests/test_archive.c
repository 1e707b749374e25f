// SPDX-License-Identifier: BSD-3-Clause
// TorchScript archives: what loads and what it becomes, what is refused and how that is said, and damage.
#include "format/model.h"
#include "interp/interp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/pickle_words.h"
#include "tests/zip_bytes.h"

static const char code[] =
	"class P(NamedTuple):\n"
	"  a : Tensor\n"
	"  b : int\n"
	"class Color(Enum):\n"
	"  RED = 1\n"
	"  BLUE = 2\n"
	"class Plain:\n"
	"  n : int\n"
	"  def __getstate__(self: __torch__.Plain) -> int:\n"
	"    return self.n\n"
	"  def __setstate__(self: __torch__.Plain, state: int) -> NoneType:\n"
	"    self.n = torch.add(state, 1)\n"
	"    return None\n"
	"class M(Module):\n"
	"  __parameters__ = [\"w\", ]\n"
	"  __buffers__ = [\"buf\", ]\n"
	"  w : Tensor\n"
	"  buf : Tensor\n"
	"  training : bool\n"
	"  scale : float\n"
	"  names : List[str]\n"
	"  floats : List[float]\n"
	"  table : Dict[str, int]\n"
	"  pairs : List[__torch__.P]\n"
	"  color : __torch__.Color\n"
	"  maybe : Optional[Tuple[int, float]]\n"
	"  either : Union[int, List[int], NoneType]\n"
	"  plain : __torch__.Plain\n"
	"  sub : __torch__.sub.S\n"
	"  tied : __torch__.sub.S\n"
	"  def forward(self: __torch__.M,\n"
	"    x: Tensor) -> Tensor:\n"
	"    return torch.add(x, CONSTANTS.c0)\n";
static const char sub_code[] =
	"class S(Module):\n"
	"  __parameters__ = [\"v\", ]\n"
	"  __buffers__ = []\n"
	"  v : Tensor\n"
	"  training : bool\n";

#define STORAGE(key, type, numel) "( 'storage @torch." type "Storage '" key " 'cpu " numel " t Q "
#define TENSOR(key, numel) "@torch._utils._rebuild_tensor_v2 ( " STORAGE(key, "Float", numel) \
	"0 ( " numel " t ( 1 t True @collections.OrderedDict ) R t R "
#define SUB "@__torch__.sub.S ) new } ( 'v " TENSOR("1", "3") "'training False u b put:9 "
#define PLAIN "@__torch__.Plain ) new 4 b "

// The attributes of M, one word list each, so that a test can replace one.
static const struct { const char *name, *words; } attributes[] = {
	{"w", TENSOR("0", "4") "put:1"},
	{"buf", "get:1"},
	{"training", "True"},
	{"scale", "2"},
	{"names", "] ( 'a 'b e"},
	{"floats", "@torch.jit._pickle.build_doublelist ( ] ( f:1.5 2 e t R"},
	{"table", "@torch.jit._pickle.restore_type_tag } ( 'k 7 u 'Dict[str,int] T2 R"},
	{"pairs", "] ( get:1 5 T2 e"},
	{"color", "@__torch__.Color 2 R"},
	{"maybe", "3 4 T2"},
	{"either", "] ( 1 e"},
	{"plain", PLAIN},
	{"sub", SUB},
	{"tied", "get:9"},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

// A record of the archive other than the one that a working archive has; text NULL leaves it out.
typedef struct Change { const char *record, *text; } Change;

static void add_record(ZipBytes *z, const char *record, const void *data, size_t size, const Change *change)
{
	Text name = {0};
	text_addf(&name, "model/%s", record);
	if (!change || strcmp(change->record, record))
		zip_record(z, text_str(&name), name.size, data, size, false, &(ZipLie){.no_crc = true});
	else if (change->text)
		zip_add_text(z, text_str(&name), change->text);
	text_free(&name);
}

// attribute NULL, or the name of one whose words are replaced; words NULL leaves it out.
static void make_archive(ZipBytes *z, const char *attribute, const char *words, const Change *change)
{
	static const float numbers[4] = {1, 2, 3, 4};
	Text pickle = {0}, all = {0}, constants = {0};
	text_add(&all, "@__torch__.M ) new } ( ");
	for (int i = 0; i < ATTRIBUTES; i++) {
		bool other = attribute && !strcmp(attribute, attributes[i].name);
		if (other && !words)
			continue;
		text_addf(&all, "'%s %s ", attributes[i].name, other ? words : attributes[i].words);
	}
	text_add(&all, "u b .");
	pickle_words(&pickle, attribute && !strcmp(attribute, "root") ? words : text_str(&all));
	pickle_words(&constants, TENSOR("0", "1") "T1 .");
	z->align = 64;
	add_record(z, "version", "3\n", 2, change);
	add_record(z, "data.pkl", pickle.data, pickle.size, change);
	add_record(z, "constants.pkl", constants.data, constants.size, change);
	add_record(z, "code/__torch__.py", code, sizeof code - 1, change);
	add_record(z, "code/__torch__/sub.py", sub_code, sizeof sub_code - 1, change);
	add_record(z, "data/0", numbers, 16, change);
	add_record(z, "data/1", numbers, 12, change);
	add_record(z, "constants/0", numbers, 4, change);
	add_record(z, "extra/notes/a.txt", "hello", 5, change);
	if (change && !strncmp(change->record, "+", 1))
		zip_add_text(z, change->record + 1, change->text);
	zip_end(z);
	text_free(&pickle);
	text_free(&all);
	text_free(&constants);
}

static Status load(const ZipBytes *z, bool lazy, Model **m, Error *err)
{
	return model_load_memory(z->file.data, z->file.size, &(LoadOptions){.lazy = lazy, .max_inflated = 1 << 24}, m, err);
}

static Model *load_good(void)
{
	ZipBytes z = {0};
	Error err = ERROR_INIT;
	Model *m;
	make_archive(&z, NULL, NULL, NULL);
	if (load(&z, true, &m, &err) != STATUS_OK)
		fail_msg("%s", err.message);
	zip_bytes_free(&z);
	return m;
}

static IValue slot(const Model *m, const char *name)
{
	int i = class_find_attr(m->root.object->type->cls, name);
	assert_true(i >= 0);
	return m->root.object->slots[i];
}

static void loads_every_kind_of_slot(void **state)
{
	(void)state;
	Model *m = load_good();
	assert_string_equal(m->name, "model");
	Tensor *w = slot(m, "w").tensor, *buf = slot(m, "buf").tensor;
	assert_ptr_equal(w, buf);
	assert_true(w->is_parameter && w->requires_grad);
	assert_true(slot(m, "training").b);
	assert_int_equal(slot(m, "scale").tag, TAG_FLOAT);
	assert_true(slot(m, "scale").f == 2);
	assert_int_equal(slot(m, "names").list->elem->kind, TYPE_STR);
	assert_int_equal(slot(m, "floats").list->elem->kind, TYPE_FLOAT);
	assert_true(slot(m, "floats").list->items[1].f == 2);
	assert_int_equal(slot(m, "table").dict->value->kind, TYPE_INT);
	const TupleObj *pair = slot(m, "pairs").list->items[0].tuple;
	assert_string_equal(pair->type->name, "__torch__.P");
	assert_ptr_equal(pair->items[0].tensor, w);
	assert_int_equal(slot(m, "color").enm->member, 1);
	assert_int_equal(slot(m, "maybe").tuple->items[1].tag, TAG_FLOAT);
	assert_int_equal(slot(m, "either").list->elem->kind, TYPE_INT);
	assert_int_equal(slot(m, "plain").object->slots[0].i, 5); // __setstate__ ran
	assert_ptr_equal(slot(m, "sub").object, slot(m, "tied").object);
	Storage *kept = storage_ref(w->storage);
	model_unref(&m);
	assert_true(((float *)kept->data)[3] == 4);
	storage_unref(&kept);
}

static void tells_its_state_and_records(void **state)
{
	(void)state;
	Model *m = load_good();
	IValue v;
	assert_int_equal(model_state(m, &v, NULL), STATUS_OK);
	static const char *const paths[] = {"w", "buf", "training", "scale", "names", "floats", "table", "pairs", "color",
		"maybe", "either", "plain", "sub.v", "sub.training", "tied.v", "tied.training"};
	int64_t pos = 0;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_string_equal(dict_next(v.dict, &pos)->key.str->s, paths[i]);
	assert_null(dict_next(v.dict, &pos));
	ivalue_unref(&v);
	assert_string_equal(model_record_name(m, 8), "extra/notes/a.txt");
	assert_null(model_record_name(m, 9));
	char *data;
	size_t size;
	Error err = ERROR_INIT;
	assert_int_equal(model_record_read(m, "extra/notes/a.txt", &data, &size, &err), STATUS_OK);
	assert_int_equal(size, 5);
	assert_string_equal(data, "hello");
	free(data);
	assert_int_equal(model_record_read(m, "extra/b", &data, &size, &err), STATUS_ARGUMENT);
	error_clear(&err);
	model_unref(&m);
}

static void methods_run(void **state)
{
	(void)state;
	Model *m = load_good();
	Error err = ERROR_INIT;
	Exec x;
	Generator *rng = generator_new(0);
	exec_init(&x, &err, rng);
	Function *f = class_find_method(m->root.object->type->cls, "forward");
	assert_non_null(f);
	int64_t n = 2;
	Tensor *t;
	IValue ret;
	assert_int_equal(tensor_zeros(DT_F32, &n, 1, &t, &err), STATUS_OK);
	if (interp_call(&x, f, (IValue[]){m->root, iv_take_tensor(t)}, 2, &ret) != STATUS_OK)
		fail_msg("%s", err.message);
	assert_true(((float *)tensor_data(ret.tensor))[1] == 1);
	ivalue_unref(&ret);
	tensor_unref(&t);
	generator_unref(&rng);
	model_unref(&m);
}

static void refuse(const char *attribute, const char *words, Change change, const char *why)
{
	ZipBytes z = {0};
	Error err = ERROR_INIT;
	Model *m;
	make_archive(&z, attribute, words, change.record ? &change : NULL);
	if (load(&z, false, &m, &err) == STATUS_OK)
		fail_msg("should fail: %s", why);
	assert_null(m);
	if (!strstr(err.message, why))
		fail_msg("'%s' does not say '%s'", err.message, why);
	error_clear(&err);
	zip_bytes_free(&z);
}

static void refuses_wrong_slots(void **state)
{
	(void)state;
	static const struct { const char *attribute, *words, *why; } bad[] = {
		{"scale", NULL, "'scale'"},
		{"scale", "'x", "expected a value of type 'float', found a str"},
		{"training", "1", "found an int"},
		{"w", "None put:1", "found None"},
		{"names", "] ( 'a 1 e", "found an int"},
		{"names", "@torch.jit._pickle.build_intlist ( ] t R", "another element type"},
		{"floats", "@torch.jit._pickle.build_doublelist ( ] ( 'x e t R", "found a str"},
		{"table", "] 1 a", "found a list"},
		{"table", "} ( 1 1 u", "found an int"},
		{"table", "@torch.jit._pickle.restore_type_tag } ( 'k 7 u 'List[int] T2 R", "found a dict"},
		{"table", "@torch.jit._pickle.restore_type_tag } 'int T2 R", "type tag 'int'"},
		{"pairs", "] ( get:1 T1 e", "another length"},
		{"pairs", "] ( get:1 'x T2 e", "found a str"},
		{"color", "@__torch__.Color 3 R", "no member"},
		{"color", "@__torch__.Color 1 T1 R", "no member"},
		{"color", "2", "found an int"},
		{"either", "'x", "found a str"},
		{"sub", "@__torch__.Plain ) new 4 b put:9", "found __torch__.Plain"},
		{"sub", "@__torch__.Nothing ) new } b put:9", "Nothing"},
		{"sub", "@os.system ) new } b put:9", "os.system"},
		{"sub", "@__torch__.sub.S ) new 3 b put:9", "not a dict"},
		{"sub", "@__torch__.sub.S ) new put:9 } ( 'v get:9 u b", "not built yet"},
		{"plain", "@__torch__.Plain ) new 'x b", "found a str"},
		{"w", TENSOR("0", "5") "put:1", "holds 16 bytes"},
		{"w", TENSOR("7", "4") "put:1", "'data/7'"},
		{"root", "1 .", "object"},
		{"root", "@__torch__.M .", "not a value"},
		{"root", "@__torch__.M ) new .", "unfinished object"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuse(bad[i].attribute, bad[i].words, (Change){0}, bad[i].why);
}

static void refuses_other_archives(void **state)
{
	(void)state;
	static const struct { Change change; const char *why; } bad[] = {
		{{"version", NULL}, "version"},
		{{"version", "0\n"}, "version 0"},
		{{"version", "11\n"}, "version 11"},
		{{"version", "99999999999999999999\n"}, "versions 1 to 10"},
		{{"version", "x"}, "not a number"},
		{{"constants.pkl", NULL}, "constants.pkl"},
		{{"constants.pkl", "\x80\x02N."}, "not a tuple"},
		{{"constants/0", NULL}, "'constants/0'"},
		{{"data.pkl", NULL}, "data.pkl"},
		{{"data.pkl", ""}, "truncated"},
		{{"data/0", NULL}, "'data/0'"},
		{{"data/1", ""}, "holds 0 bytes"},
		{{"code/__torch__/sub.py", NULL}, "__torch__.sub.S"},
		{{"code/__torch__.py", "class M(Module):\n  x : ConstantMKLDNNTensor\n"}, "optimize_for_inference"},
		{{"+model/model.json", "{}"}, "model.json"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuse(NULL, NULL, bad[i].change, bad[i].why);
	ZipBytes mobile = {0};
	zip_add_text(&mobile, "m/data.pkl", "x");
	zip_add_text(&mobile, "m/constants.pkl", "x");
	zip_add_text(&mobile, "m/bytecode.pkl", "x");
	zip_end(&mobile);
	Error only = ERROR_INIT;
	Model *none;
	assert_int_equal(load(&mobile, true, &none, &only), STATUS_UNSUPPORTED);
	assert_non_null(strstr(only.message, "only bytecode"));
	error_clear(&only);
	zip_bytes_free(&mobile);
	static const struct { const char *bytes, *why; } files[] = {{"", "zip"}, {"PYTORCH1....", "PYTORCH1"},
		{"\x18..\x01PTMF....", "flatbuffer"}, {"\x80\x02}.", "torch.save"}, {"hello", "zip"}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		Error err = ERROR_INIT;
		Model *m;
		assert_int_not_equal(model_load_memory(files[i].bytes, strlen(files[i].bytes), NULL, &m, &err), STATUS_OK);
		if (!strstr(err.message, files[i].why))
			fail_msg("'%s' does not say '%s'", err.message, files[i].why);
		error_clear(&err);
	}
}

static void accepts_what_the_reference_accepts(void **state)
{
	(void)state;
	static const Change changes[] = {{"version", "  3abc"}, {"version", "10"}, {"+model/.data/version", "3"},
		{"+model/bytecode.pkl", "x"}, {"+model/unknown", "x"}, {"+other/data.pkl", "x"}, {"+model/byteorder", "big"}};
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		ZipBytes z = {0};
		Error err = ERROR_INIT;
		Model *m;
		make_archive(&z, NULL, NULL, &changes[i]);
		if (load(&z, false, &m, &err) != STATUS_OK)
			fail_msg("%s: %s", changes[i].record, err.message);
		model_unref(&m);
		zip_bytes_free(&z);
	}
}

static void survives_damage(void **state)
{
	(void)state;
	ZipBytes z = {0};
	make_archive(&z, NULL, NULL, NULL);
	size_t n = z.file.size;
	Model *m;
	for (size_t cut = 0; cut < n; cut += 1) {
		uint8_t *part = malloc(cut + 1); // of its own, so that reading beyond it is seen
		memcpy(part, z.file.data, cut);
		assert_int_not_equal(model_load_memory(part, cut, NULL, &m, NULL), STATUS_OK);
		free(part);
	}
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	for (size_t at = 0; at < n; at++) {
		char was = z.file.data[at];
		for (size_t i = 0; i < sizeof changes; i++) {
			z.file.data[at] = (char)(was ^ changes[i]);
			load(&z, true, &m, NULL);
			model_unref(&m);
		}
		z.file.data[at] = was;
	}
	zip_bytes_free(&z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_every_kind_of_slot),
		cmocka_unit_test(tells_its_state_and_records),
		cmocka_unit_test(methods_run),
		cmocka_unit_test(refuses_wrong_slots),
		cmocka_unit_test(refuses_other_archives),
		cmocka_unit_test(accepts_what_the_reference_accepts),
		cmocka_unit_test(survives_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
