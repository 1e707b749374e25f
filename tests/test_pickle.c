// SPDX-License-Identifier: BSD-3-Clause
// The pickle machine: values of both dialects, sharing, geometry checks, and streams that must be refused.
#include "format/pickle.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// A storage whose bytes count up from 0; keys that start with 'x' do not exist.
static Status give_storage(void *ctx, const StorageId *id, Storage **out, Error *err)
{
	(void)ctx;
	if (id->key_len && id->key[0] == 'x')
		return (fail)(err, STATUS_FORMAT, "no record %s", id->key);
	if (id->nbytes > 1 << 20)
		return (fail)(err, STATUS_FORMAT, "record too short");
	TRY(storage_new((size_t)id->nbytes, out, err));
	for (int64_t i = 0; i < id->nbytes; i++)
		(*out)->data[i] = (uint8_t)i;
	return STATUS_OK;
}

static Status read_bytes(const char *bytes, size_t n, PickleDialect dialect, IValue *out, Error *err)
{
	PickleHost host = {.dialect = dialect, .storage = give_storage};
	// An exact copy on the heap, so that reading beyond the end is seen.
	uint8_t *copy = malloc(n ? n : 1);
	memcpy(copy, bytes, n);
	Status s = pickle_read(copy, n, &host, out, NULL, err);
	free(copy);
	return s;
}

static void print(Text *t, IValue v)
{
	switch (v.tag) {
	case TAG_NONE: text_add(t, "None"); break;
	case TAG_BOOL: text_add(t, v.b ? "True" : "False"); break;
	case TAG_INT: text_addf(t, "%" PRId64, v.i); break;
	case TAG_FLOAT: text_addf(t, "%.17gf", v.f); break;
	case TAG_COMPLEX: text_addf(t, "(%g%+gj)", v.complex_->re, v.complex_->im); break;
	case TAG_STR: text_addf(t, "'%s'", v.str->s); break;
	case TAG_DEVICE: {
		char name[32];
		device_format(v.device, name);
		text_add(t, name);
		break;
	}
	case TAG_LIST:
		type_print(t, v.list->elem);
		text_addc(t, '[');
		for (int64_t i = 0; i < v.list->n; i++) {
			text_add(t, i ? ", " : "");
			print(t, v.list->items[i]);
		}
		text_addc(t, ']');
		break;
	case TAG_TUPLE:
		text_addc(t, '(');
		for (int64_t i = 0; i < v.tuple->n; i++) {
			text_add(t, i ? ", " : "");
			print(t, v.tuple->items[i]);
		}
		text_addc(t, ')');
		break;
	case TAG_DICT: {
		int64_t pos = 0, i = 0;
		text_addc(t, '{');
		for (DictEntry *e; (e = dict_next(v.dict, &pos)); i++) {
			text_add(t, i ? ", " : "");
			print(t, e->key);
			text_add(t, ": ");
			print(t, e->value);
		}
		text_addc(t, '}');
		break;
	}
	case TAG_TENSOR:
		text_addf(t, "%s%s(", v.tensor->is_parameter ? "parameter " : "", dtype_name(tensor_dtype(v.tensor)));
		for (int i = 0; i < v.tensor->ndim; i++)
			text_addf(t, "%s%" PRId64 ":%" PRId64, i ? " " : "", v.tensor->sizes[i], v.tensor->strides[i]);
		text_addf(t, ")@%" PRId64 "%s%s%s", v.tensor->offset, v.tensor->requires_grad ? " grad" : "",
			v.tensor->conj ? " conj" : "", v.tensor->neg ? " neg" : "");
		break;
	default: text_add(t, "?");
	}
}

#define HEAD "\x80\x02"
#define STORAGE(type, key, numel) "(X\x07\0\0\0storagectorch\n" type "Storage\nX\x01\0\0\0" key "X\x03\0\0\0cpuK" numel "tQ"
#define TENSOR "ctorch._utils\n_rebuild_tensor_v2\n"
#define HOOKS "ccollections\nOrderedDict\n)R"

typedef struct Case { PickleDialect dialects; size_t n; const char *bytes, *want; } Case;
#define JIT(want, b) {PICKLE_JIT, sizeof(b) - 1, b, want}
#define SAVE(want, b) {PICKLE_SAVE, sizeof(b) - 1, b, want}
#define BOTH(want, b) {PICKLE_JIT | PICKLE_SAVE, sizeof(b) - 1, b, want}

static const Case good[] = {
	BOTH("None", HEAD "N."),
	BOTH("None", HEAD "N.garbage after the end"),
	BOTH("(True, False)", HEAD "\x88\x89\x86."),
	BOTH("(255, 65535, -2)", HEAD "K\xffM\xff\xffJ\xfe\xff\xff\xff\x87."),
	BOTH("-9223372036854775808", HEAD "\x8a\x08\0\0\0\0\0\0\0\x80."),
	SAVE("(0, -1, 1, 9223372036854775807)", HEAD "(\x8a\0\x8a\1\xff\x8a\2\1\0\x8a\x09\xff\xff\xff\xff\xff\xff\xff\x7f\0t."),
	BOTH("1.5f", HEAD "G\x3f\xf8\0\0\0\0\0\0."),
	BOTH("'abc'", HEAD "X\3\0\0\0abc."),
	JIT("'ab'", HEAD "\x8d\2\0\0\0\0\0\0\0ab."),
	SAVE("'ab'", HEAD "U\2ab."),
	BOTH("((), (1))", HEAD ")K\1\x85\x86."),
	JIT("Any[1, 2]", HEAD "](K\1K\2e."),
	SAVE("int[1, 2]", HEAD "](K\1K\2e."),
	SAVE("Any[1, 'a']", HEAD "](K\1X\1\0\0\0ae."),
	SAVE("List[int][int[1], int[]]", HEAD "](]K\1a](ee."),
	SAVE("Optional[int][1, None]", HEAD "](K\1Ne."),
	SAVE("{None: 1, (1, 'a'): 2}", HEAD "}(NK\1K\1X\1\0\0\0a\x86K\2u."),
	JIT("(Any[1], {2: 3})", HEAD "(K\1l(K\2K\3d\x86."),
	BOTH("{'a': 1, 'b': 2}", HEAD "}(X\1\0\0\0aK\1X\1\0\0\0bK\2u."),
	BOTH("{'a': 2}", HEAD "}(X\1\0\0\0aK\1X\1\0\0\0aK\2u."),
	BOTH("{1: 2}", HEAD "}K\1K\2s."),
	SAVE("(int[1], int[1])", HEAD "](K\1eq\0h\0\x86."),
	SAVE("(int[7], int[7])", HEAD "]q\0K\x07" "ah\0\x86."),
	SAVE("(1, 1)", HEAD "K\1r\5\0\0\0j\5\0\0\0\x86."),
	BOTH("(1+2j)", HEAD "cbuiltins\ncomplex\nG\x3f\xf0\0\0\0\0\0\0G\x40\0\0\0\0\0\0\0\x86R."),
	BOTH("cuda:1", HEAD "ctorch\ndevice\nX\6\0\0\0cuda:1\x85R."),
	SAVE("cuda:1", HEAD "ctorch\ndevice\nX\4\0\0\0cudaK\1\x86R."),
	SAVE("5", HEAD "ctorch\nfloat16\n."),
	SAVE("int[2, 3]", HEAD "ctorch\nSize\nK\2K\3\x86\x85R."),
	SAVE("int[1]", HEAD "c__builtin__\nset\n]K\1a\x85R."),
	SAVE("'\xff'", HEAD "c_codecs\nencode\nX\2\0\0\0\xc3\xbfX\6\0\0\0latin1\x86R."),
	JIT("None", HEAD HOOKS "."),
	SAVE("{'a': 1}", HEAD HOOKS "q\0X\1\0\0\0aK\1s}X\1\0\0\0mK\1sb."),
	SAVE("{'a': 2}", HEAD "ccollections\nCounter\n}X\1\0\0\0aK\2s\x85R."),
	BOTH("float32(2:3 3:1)@0", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\0(K\2K\3t(K\3K\1t\x89" HOOKS "tR."),
	BOTH("float32(2:1 2:3)@1 grad", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\1K\2K\2\x86K\1K\3\x86\x88" HOOKS "tR."),
	BOTH("int64()@0", HEAD TENSOR "(" STORAGE("Long", "0", "\1") "K\0))\x89NtR."),
	BOTH("float32(0:9)@1", HEAD TENSOR "(" STORAGE("Float", "0", "\1") "K\5K\0\x85K\x09\x85\x89NtR."),
	BOTH("complex64(1:1)@0 conj", HEAD TENSOR "(" STORAGE("ComplexFloat", "0", "\1")
		"K\0K\1\x85K\1\x85\x89N}X\4\0\0\0conj\x88stR."),
	BOTH("parameter float32(1:1)@0 grad", HEAD "ctorch._utils\n_rebuild_parameter\n" TENSOR "(" STORAGE("Float", "0", "\1")
		"K\0K\1\x85K\1\x85\x89NtR\x88N\x87R."),
	SAVE("uint16(2:1)@0", HEAD "ctorch._utils\n_rebuild_tensor_v3\n((X\7\0\0\0storagectorch.storage\nUntypedStorage\n"
		"X\1\0\0\0" "0X\3\0\0\0cpuK\4tQK\0K\2\x85K\1\x85\x89Nctorch\nuint16\ntR."),
	BOTH("float32(3:1)@0", HEAD TENSOR "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0xX\4\0\0\0metaK\3tQ"
		"K\0K\3\x85K\1\x85\x89NtR."),
	SAVE("float32(2:1)@0", HEAD STORAGE("Float", "0", "\2") "."),
	SAVE("float32(1:1)@0", HEAD "ctorch._tensor\n_rebuild_from_type_v2\n(" TENSOR "cmy\nTensorClass\n("
		STORAGE("Float", "0", "\1") "K\0K\1\x85K\1\x85\x89Nt}tR."),
	BOTH("qint8(2:1)@0", HEAD "ctorch._utils\n_rebuild_qtensor\n(" STORAGE("QInt8", "0", "\2")
		"K\0K\2\x85K\1\x85(ctorch\nper_tensor_affine\nG\x3f\xf0\0\0\0\0\0\0K\0t\x89NtR."),
};

static const Case bad[] = {
	BOTH("truncated", ""),
	BOTH("truncated", HEAD),
	BOTH("protocol 4", "\x80\4N."),
	JIT("protocol 3", "\x80\3N."),
	BOTH("stack is empty", HEAD "."),
	BOTH("opcode 0x30", HEAD "N0."),              // POP
	BOTH("opcode 0x93", HEAD "\x93."),            // STACK_GLOBAL
	BOTH("opcode 0x95", HEAD "\x95\1\0\0\0\0\0\0\0N."),
	SAVE("BINUNICODE8", HEAD "\x8d\2\0\0\0\0\0\0\0ab."),
	JIT("SHORT_BINSTRING", HEAD "U\2ab."),
	JIT("8", HEAD "\x8a\1\1."),
	SAVE("64 bits", HEAD "\x8a\x09\0\0\0\0\0\0\0\0\1."),
	SAVE("64 bits", HEAD "\x8a\x09\0\0\0\0\0\0\0\x80\0."),
	BOTH("truncated", HEAD "X\xff\xff\xff\xff" "abc."),
	JIT("truncated", HEAD "\x8d\xff\xff\xff\xff\xff\xff\xff\xff" "abc."),
	BOTH("stack is empty", HEAD "\x85."),
	BOTH("stack is empty", HEAD "N(\x85."),       // does not reach below the mark
	BOTH("no mark", HEAD "t."),
	BOTH("no mark", HEAD "]e."),
	BOTH("list was expected", HEAD "N(Ne."),
	BOTH("list", HEAD "(Ne."),
	BOTH("dict was expected", HEAD "](NNu."),
	BOTH("without a value", HEAD "}(Nu."),
	BOTH("dict key", HEAD "}]Ns."),
	JIT("dict key", HEAD "}NNs."),
	JIT("dict key", HEAD "}K\1\x85Ns."),
	SAVE("dict key", HEAD "})\x85Ns."),
	BOTH("memo entry 7", HEAD "h\7."),
	BOTH("memo index", HEAD "Nr\xff\xff\xff\x0f."),
	BOTH("recursive", HEAD "]q\0h\0a."),
	BOTH("recursive", HEAD "]q\0(h\0\x85" "e."),
	BOTH("recursive", HEAD "}q\0K\1h\0s."),
	BOTH("recursive", HEAD "]q\0]h\0ah\0h\0a."),
	BOTH("recursive", HEAD "]q\0q\1h\0a."),
	BOTH("not a function", HEAD "N)R."),
	BOTH("not a tuple", HEAD "cbuiltins\ncomplex\nNR."),
	BOTH("not a class", HEAD "N)\x81."),
	BOTH("not a new object", HEAD "NNb."),
	BOTH("not a value", HEAD "cbuiltins\ncomplex\n."),
	BOTH("not a value", HEAD "]cbuiltins\ncomplex\na."),
	BOTH("stands where a value", HEAD "]cbuiltins\ncomplex\n\x85" "a."),
	JIT("unknown global 'os.system'", HEAD "cos\nsystem\nX\2\0\0\0ls\x85R."),
	SAVE("'os.system' is not among", HEAD "cos\nsystem\nX\2\0\0\0ls\x85R."),
	SAVE("'os.system' is not a value", HEAD "cos\nsystem\n."),
	SAVE("object of class 'a.B'", HEAD "ca\nB\n)\x81}b."),
	JIT("unknown global", HEAD "ctorch._utils\n_rebuild_tensor_v3\n)R."),
	BOTH("does not end", HEAD "ctorch"),
	BOTH("NUL", HEAD "cto\0rch\nx\n."),
	BOTH("1 arguments", HEAD "cbuiltins\ncomplex\nN\x85R."),
	BOTH("wrong types", HEAD "cbuiltins\ncomplex\nNN\x86R."),
	BOTH("persistent id", HEAD "NQ."),
	BOTH("persistent id", HEAD ")Q."),
	BOTH("torch.StrangeStorage", HEAD STORAGE("Strange", "0", "\1") "."),
	JIT("UntypedStorage", HEAD "(X\7\0\0\0storagectorch.storage\nUntypedStorage\nX\1\0\0\0" "0X\3\0\0\0cpuK\4tQ."),
	BOTH("no record x", HEAD STORAGE("Float", "x", "\1") "."),
	BOTH("storage of -1", HEAD "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" "0X\3\0\0\0cpuJ\xff\xff\xff\xfftQ."),
	BOTH("storage of", HEAD "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" "0X\3\0\0\0cpu"
		"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ftQ."),
	BOTH("outside its storage of 6", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\1K\2K\3\x86K\3K\1\x86\x89NtR."),
	BOTH("negative storage offset", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "J\xff\xff\xff\xffK\1\x85K\1\x85\x89NtR."),
	BOTH("negative size", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\0J\xff\xff\xff\xff\x85K\1\x85\x89NtR."),
	BOTH("negative stride", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\0K\1\x85J\xff\xff\xff\xff\x85\x89NtR."),
	BOTH("1 sizes but 0 strides", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\0K\1\x85)\x89NtR."),
	BOTH("", HEAD TENSOR "(" STORAGE("Float", "0", "\6") "K\0\x8a\x08\0\0\0\0\0\0\0\x40K\4\x86K\0K\0\x86\x89NtR."),
	BOTH("outside", HEAD TENSOR "(" STORAGE("Float", "0", "\6")
		"K\0\x8a\x08\0\0\0\0\0\0\0\x10\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85\x89NtR."),
	BOTH("quantised storage", HEAD TENSOR "(" STORAGE("QInt8", "0", "\6") "K\0K\1\x85K\1\x85\x89NtR."),
	BOTH("conj flag", HEAD TENSOR "(" STORAGE("Float", "0", "\1") "K\0K\1\x85K\1\x85\x89N}X\4\0\0\0conj\x88stR."),
	BOTH("torch.sparse_coo", HEAD "ctorch._utils\n_rebuild_sparse_tensor\n(K\1N\x89t\x52."),
	SAVE("torch.sparse_csr", HEAD "ctorch._utils\n_rebuild_sparse_tensor\nctorch.serialization\n_get_layout\n"
		"X\x10\0\0\0torch.sparse_csr\x85RN\x86R."),
};

static void reads_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		for (int d = PICKLE_JIT; d <= PICKLE_SAVE; d++) {
			Error err = ERROR_INIT;
			IValue v;
			Text t = {0};
			if (!(good[i].dialects & d))
				continue;
			if (read_bytes(good[i].bytes, good[i].n, (PickleDialect)d, &v, &err) != STATUS_OK)
				fail_msg("%s: %s", good[i].want, err.message);
			print(&t, v);
			if (strcmp(text_str(&t), good[i].want))
				fail_msg("expected %s, got %s", good[i].want, text_str(&t));
			text_free(&t);
			ivalue_unref(&v);
		}
	}
}

static void refuses_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		for (int d = PICKLE_JIT; d <= PICKLE_SAVE; d++) {
			Error err = ERROR_INIT;
			IValue v;
			if (!(bad[i].dialects & d))
				continue;
			if (read_bytes(bad[i].bytes, bad[i].n, (PickleDialect)d, &v, &err) == STATUS_OK)
				fail_msg("stream %zu should fail: %s", i, bad[i].want);
			if (!strstr(err.message, bad[i].want))
				fail_msg("stream %zu: '%s' does not say '%s'", i, err.message, bad[i].want);
			error_clear(&err);
		}
	}
}

// Every prefix and every flipped bit of the good streams: any answer will do, as long as there is one.
static void survives_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char damaged[512];
		size_t n = good[i].n;
		assert_true(n <= sizeof damaged);
		for (size_t at = 0; at < n; at++) {
			for (int change = 0; change < 9; change++) {
				IValue v;
				memcpy(damaged, good[i].bytes, n);
				if (change < 8)
					damaged[at] ^= (char)(1 << change);
				for (int d = PICKLE_JIT; d <= PICKLE_SAVE; d++)
					if (read_bytes(damaged, change < 8 ? n : at, (PickleDialect)d, &v, NULL) == STATUS_OK)
						ivalue_unref(&v);
			}
		}
	}
}

static void limits_depth(void **state)
{
	(void)state;
	Text t = {0};
	Error err = ERROR_INIT;
	IValue v;
	text_add(&t, "\x80\x02)");
	text_fill(&t, '\x85', 100000);
	text_addc(&t, '.');
	assert_int_equal(read_bytes(t.data, t.size, PICKLE_SAVE, &v, &err), STATUS_LIMIT);
	error_clear(&err);
	text_free(&t);
	// A value with 2^400 paths is no more than 400 tuples.
	text_add(&t, "\x80\x02)");
	for (int i = 0; i < 400; i++)
		text_addn(&t, "q\0h\0\x86", 5);
	text_addc(&t, '.');
	assert_int_equal(read_bytes(t.data, t.size, PICKLE_SAVE, &v, &err), STATUS_OK);
	ivalue_unref(&v);
	text_free(&t);
}

static void reports_what_it_used(void **state)
{
	(void)state;
	PickleHost host = {.dialect = PICKLE_SAVE, .storage = give_storage};
	IValue v;
	size_t used;
	assert_int_equal(pickle_read((const uint8_t *)"\x80\x02K\x07.rest", 9, &host, &v, &used, NULL), STATUS_OK);
	assert_int_equal(used, 5);
	assert_int_equal(v.i, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),
		cmocka_unit_test(refuses_streams),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(limits_depth),
		cmocka_unit_test(reports_what_it_used),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
