// SPDX-License-Identifier: BSD-3-Clause
// Methods of str that take a text apart, put texts together, or change case and width.
#include "frontend/build/str.h"

#include <stdlib.h>
#include <string.h>

static Status result(Text *t, IValue *out)
{
	*out = iv_str(text_str(t), t->size);
	text_free(t);
	return STATUS_OK;
}

static void add_char(Text *t, uint32_t c)
{
	char buf[4];
	text_addn(t, buf, (size_t)utf8_put(c, buf));
}

// ---- case

typedef enum Case { UPPER, LOWER, SWAP, TITLE, CAPITALIZE } Case;

static Status change_case(Build *b, const PyArgs *a, Case how, IValue *out)
{
	StrObj *s = NULL;
	TRY(str_self(b, a, &s));
	if (a->npos || a->nkw)
		return py_raise(b, "TypeError", "str method takes no arguments (%d given)", a->npos);
	Text t = {0};
	bool inside = false;
	int len;
	for (int64_t i = 0; i < s->n; i += len) {
		uint32_t c = utf8_get(s->s + i, s->n - i, &len), up = char_upper(c), low = char_lower(c);
		if (len == 1 && c >= 128) { // a byte that is no character stays
			text_addc(&t, s->s[i]);
			continue;
		}
		if (c == 0xdf && (how == UPPER || how == SWAP || ((how == TITLE || how == CAPITALIZE) && !inside))) {
			text_add(&t, how == UPPER || how == SWAP ? "SS" : "Ss");
			inside = true;
			continue;
		}
		switch (how) {
		case UPPER: add_char(&t, up); break;
		case LOWER: add_char(&t, low); break;
		case SWAP: add_char(&t, low != c ? low : up); break;
		case TITLE: add_char(&t, inside ? low : up); break;
		case CAPITALIZE: add_char(&t, inside ? low : up); break;
		}
		inside = how == CAPITALIZE || (how == TITLE && (up != c || low != c));
	}
	return result(&t, out);
}

#define CASE(name, how) \
	static Status name(Build *b, const PyArgs *a, IValue *out) { return change_case(b, a, how, out); }
CASE(str_upper, UPPER)
CASE(str_lower, LOWER)
CASE(str_swapcase, SWAP)
CASE(str_title, TITLE)
CASE(str_capitalize, CAPITALIZE)

// ---- stripping

static bool in_set(uint32_t c, const StrObj *set)
{
	int len;
	for (int64_t i = 0; i < set->n; i += len)
		if (utf8_get(set->s + i, set->n - i, &len) == c)
			return true;
	return false;
}

static Status strip(Build *b, const PyArgs *a, const char *name, bool left, bool right, IValue *out)
{
	StrObj *s = NULL;
	IValue chars;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, name, "chars:o=None /", &chars));
	StrObj *set = NULL;
	if (chars.tag != TAG_NONE && !py_as_str(chars, &set))
		return py_raise(b, "TypeError", "%s arg must be None or str", name);
	int64_t i = 0, j = s->n;
	int len;
	while (left && i < j) {
		uint32_t c = utf8_get(s->s + i, j - i, &len);
		if (!(set ? in_set(c, set) : char_is_space(c)))
			break;
		i += len;
	}
	while (right && i < j) {
		int64_t k = j - 1;
		while (k > i && ((unsigned char)s->s[k] & 0xc0) == 0x80)
			k--;
		uint32_t c = utf8_get(s->s + k, j - k, &len);
		if (!(set ? in_set(c, set) : char_is_space(c)))
			break;
		j = k;
	}
	*out = i == 0 && j == s->n && a->self.tag == TAG_STR ? ivalue_ref(a->self) : iv_str(s->s + i, (size_t)(j - i));
	return STATUS_OK;
}

static Status str_strip(Build *b, const PyArgs *a, IValue *out) { return strip(b, a, "strip", true, true, out); }
static Status str_lstrip(Build *b, const PyArgs *a, IValue *out) { return strip(b, a, "lstrip", true, false, out); }
static Status str_rstrip(Build *b, const PyArgs *a, IValue *out) { return strip(b, a, "rstrip", false, true, out); }

static Status remove_affix(Build *b, const PyArgs *a, bool suffix, IValue *out)
{
	StrObj *s = NULL;
	IValue p;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, suffix ? "removesuffix" : "removeprefix", "affix:S /", &p));
	int64_t m = p.str->n;
	bool has = m <= s->n && memcmp(suffix ? s->s + s->n - m : s->s, p.str->s, (size_t)m) == 0;
	*out = has ? iv_str(suffix ? s->s : s->s + m, (size_t)(s->n - m)) : iv_str(s->s, (size_t)s->n);
	return STATUS_OK;
}

static Status str_removeprefix(Build *b, const PyArgs *a, IValue *out) { return remove_affix(b, a, false, out); }
static Status str_removesuffix(Build *b, const PyArgs *a, IValue *out) { return remove_affix(b, a, true, out); }

// ---- splitting

static Status push(Build *b, IValue list, const char *s, int64_t n)
{
	return list_append_take(list.list, iv_str(s, (size_t)n), b->x.err);
}

static Status split_blanks(Build *b, const StrObj *s, int64_t max, IValue list)
{
	int64_t i = 0;
	int len;
	for (;;) {
		while (i < s->n && char_is_space(utf8_get(s->s + i, s->n - i, &len)))
			i += len;
		if (i >= s->n)
			return STATUS_OK;
		if (max-- == 0)
			return push(b, list, s->s + i, s->n - i);
		int64_t from = i;
		while (i < s->n && !char_is_space(utf8_get(s->s + i, s->n - i, &len)))
			i += len;
		TRY(push(b, list, s->s + from, i - from));
	}
}

static Status rsplit_blanks(Build *b, const StrObj *s, int64_t max, IValue list)
{
	int64_t j = s->n;
	for (;;) {
		while (j > 0 && char_is_space((unsigned char)s->s[j - 1]))
			j--;
		if (j == 0)
			return STATUS_OK;
		if (max-- == 0)
			return push(b, list, s->s, j);
		int64_t to = j;
		while (j > 0 && !char_is_space((unsigned char)s->s[j - 1]))
			j--;
		TRY(push(b, list, s->s + j, to - j));
	}
}

static Status split(Build *b, const PyArgs *a, bool right, IValue *out)
{
	StrObj *s, *p;
	IValue sep;
	int64_t max;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, right ? "rsplit" : "split", "sep:o=None maxsplit:i=-1", &sep, &max));
	if (sep.tag != TAG_NONE && !py_as_str(sep, &p))
		return py_raise(b, "TypeError", "must be str or None, not %s", py_type_name(b, sep));
	if (sep.tag != TAG_NONE && p->n == 0)
		return py_raise(b, "ValueError", "empty separator");
	IValue list = py_list(b, 4);
	Status st = STATUS_OK;
	if (sep.tag == TAG_NONE) {
		st = (right ? rsplit_blanks : split_blanks)(b, s, max, list);
	} else if (!right) {
		int64_t i = 0;
		for (const char *at; st == STATUS_OK && max-- != 0 && (at = text_find(s->s + i, s->n - i, p->s, p->n, false));) {
			st = push(b, list, s->s + i, at - s->s - i);
			i = at - s->s + p->n;
		}
		if (st == STATUS_OK)
			st = push(b, list, s->s + i, s->n - i);
	} else {
		int64_t j = s->n;
		for (const char *at; st == STATUS_OK && max-- != 0 && (at = text_find(s->s, j, p->s, p->n, true));) {
			st = push(b, list, at + p->n, s->s + j - at - p->n);
			j = at - s->s;
		}
		if (st == STATUS_OK)
			st = push(b, list, s->s, j);
	}
	for (int64_t i = 0, j = list.list->n - 1; right && i < j; i++, j--) {
		IValue t = list.list->items[i];
		list.list->items[i] = list.list->items[j];
		list.list->items[j] = t;
	}
	if (st != STATUS_OK)
		ivalue_unref(&list);
	*out = list;
	return st;
}

static Status str_split(Build *b, const PyArgs *a, IValue *out) { return split(b, a, false, out); }
static Status str_rsplit(Build *b, const PyArgs *a, IValue *out) { return split(b, a, true, out); }

static Status str_splitlines(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	bool keep;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, "splitlines", "keepends:b=False", &keep));
	*out = py_list(b, 4);
	for (int64_t i = 0; i < s->n;) {
		int64_t from = i, end;
		int len = 1;
		for (;; i += len) {
			if (i >= s->n)
				break;
			uint32_t c = utf8_get(s->s + i, s->n - i, &len);
			if ((c >= 10 && c <= 13) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029)
				break;
		}
		end = i;
		if (i < s->n)
			i += s->s[i] == '\r' && i + 1 < s->n && s->s[i + 1] == '\n' ? 2 : len;
		Status st = push(b, *out, s->s + from, (keep ? i : end) - from);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status partition(Build *b, const PyArgs *a, bool right, IValue *out)
{
	StrObj *s = NULL;
	IValue sep;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, right ? "rpartition" : "partition", "sep:S /", &sep));
	if (sep.str->n == 0)
		return py_raise(b, "ValueError", "empty separator");
	const char *at = text_find(s->s, s->n, sep.str->s, sep.str->n, right);
	TupleObj *t = tuple_new(3, NULL);
	if (at) {
		t->items[0] = iv_str(s->s, (size_t)(at - s->s));
		t->items[1] = ivalue_ref(sep);
		t->items[2] = iv_str(at + sep.str->n, (size_t)(s->s + s->n - at - sep.str->n));
	} else {
		t->items[right ? 2 : 0] = iv_str(s->s, (size_t)s->n);
		t->items[1] = ivalue_ref(b->types->empty_str);
		t->items[right ? 0 : 2] = ivalue_ref(b->types->empty_str);
	}
	*out = iv_take_tuple(t);
	return STATUS_OK;
}

static Status str_partition(Build *b, const PyArgs *a, IValue *out) { return partition(b, a, false, out); }
static Status str_rpartition(Build *b, const PyArgs *a, IValue *out) { return partition(b, a, true, out); }

// ---- joining, replacing

static Status str_join(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s, *p;
	TRY(str_self(b, a, &s));
	if (a->npos != 1 || a->nkw)
		return raise_arity(b, "str.join", 1, a->npos);
	IValue list;
	Status st = py_to_list(b, a->pos[0], &list);
	if (st == STATUS_TYPE && !py_is(a->pos[0], PY_INSTANCE) && !py_is(a->pos[0], PY_GENERATOR) && !py_is(a->pos[0], PY_ITER))
		return py_raise(b, "TypeError", "can only join an iterable");
	TRY(st);
	Text t = {0};
	size_t total = 0;
	for (int64_t i = 0; i < list.list->n; i++)
		total += (size_t)s->n + (py_as_str(list.list->items[i], &p) ? (size_t)p->n : 0);
	st = build_memory_check(b, total);
	if (st != STATUS_OK) {
		ivalue_unref(&list);
		return st;
	}
	for (int64_t i = 0; i < list.list->n; i++) {
		if (!py_as_str(list.list->items[i], &p)) {
			text_free(&t);
			st = py_raise(b, "TypeError", "sequence item %lld: expected str instance, %s found", (long long)i,
				py_type_name(b, list.list->items[i]));
			ivalue_unref(&list);
			return st;
		}
		if (i)
			text_addn(&t, s->s, (size_t)s->n);
		text_addn(&t, p->s, (size_t)p->n);
	}
	ivalue_unref(&list);
	return result(&t, out);
}

static Status str_replace(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	IValue old, new;
	int64_t count;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, "replace", "old:S new:S count:i=-1 /", &old, &new, &count));
	Text t = {0};
	int64_t i = 0;
	if (new.str->n > old.str->n && s->n > 1 << 10) { // it grows: by how much?
		int64_t places = old.str->n ? 0 : s->n + 1, from = 0;
		for (const char *at; old.str->n && (count < 0 || places < count) &&
			(at = text_find(s->s + from, s->n - from, old.str->s, old.str->n, false)); places++)
			from = at - s->s + old.str->n;
		TRY(build_memory_check(b, (size_t)s->n + (size_t)places * (size_t)new.str->n));
	}
	if (old.str->n == 0) {
		for (int len; count-- != 0;) {
			text_addn(&t, new.str->s, (size_t)new.str->n);
			if (i >= s->n)
				break;
			utf8_get(s->s + i, s->n - i, &len);
			text_addn(&t, s->s + i, (size_t)len);
			i += len;
		}
	}
	for (const char *at; old.str->n && count-- != 0 &&
		(at = text_find(s->s + i, s->n - i, old.str->s, old.str->n, false));) {
		text_addn(&t, s->s + i, (size_t)(at - s->s - i));
		text_addn(&t, new.str->s, (size_t)new.str->n);
		i = at - s->s + old.str->n;
	}
	text_addn(&t, s->s + i, (size_t)(s->n - i));
	return result(&t, out);
}

static Status str_expandtabs(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	int64_t size, column = 0;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, "expandtabs", "tabsize:i=8", &size));
	if (size > 1000)
		return py_raise(b, "OverflowError", "new string is too long");
	Text t = {0};
	for (int64_t i = 0; i < s->n; i++) {
		if (s->s[i] == '\t') {
			int64_t n = size > 0 ? size - column % size : 0;
			text_fill(&t, ' ', (size_t)n);
			column += n;
			continue;
		}
		text_addc(&t, s->s[i]);
		column = s->s[i] == '\n' || s->s[i] == '\r' ? 0 : column + (((unsigned char)s->s[i] & 0xc0) != 0x80);
	}
	return result(&t, out);
}

// ---- width

static Status pad(Build *b, const PyArgs *a, const char *name, int how, IValue *out) // how: -1 left, 0 center, 1 right
{
	StrObj *s = NULL;
	int64_t width;
	IValue fill;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, name, "width:i fillchar:S=None /", &width, &fill));
	if (fill.tag == TAG_STR && utf8_count(fill.str->s, fill.str->n) != 1)
		return py_raise(b, "TypeError", "The fill character must be exactly one character long");
	if (width > 1 << 28)
		return py_raise(b, "OverflowError", "padded string is too long");
	int64_t n = utf8_count(s->s, s->n), missing = width > n ? width - n : 0;
	int64_t left = how < 0 ? 0 : how > 0 ? missing : missing / 2 + (missing & width & 1);
	Text t = {0};
	for (int64_t i = 0; i <= missing; i++) {
		if (i == left)
			text_addn(&t, s->s, (size_t)s->n);
		if (i < missing)
			text_addn(&t, fill.tag == TAG_STR ? fill.str->s : " ", fill.tag == TAG_STR ? (size_t)fill.str->n : 1);
	}
	return result(&t, out);
}

static Status str_ljust(Build *b, const PyArgs *a, IValue *out) { return pad(b, a, "ljust", -1, out); }
static Status str_rjust(Build *b, const PyArgs *a, IValue *out) { return pad(b, a, "rjust", 1, out); }
static Status str_center(Build *b, const PyArgs *a, IValue *out) { return pad(b, a, "center", 0, out); }

static Status str_zfill(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	int64_t width;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, "zfill", "width:i /", &width));
	if (width > 1 << 28)
		return py_raise(b, "OverflowError", "padded string is too long");
	int64_t n = utf8_count(s->s, s->n), sign = s->n && (s->s[0] == '-' || s->s[0] == '+');
	Text t = {0};
	text_addn(&t, s->s, (size_t)sign);
	if (width > n)
		text_fill(&t, '0', (size_t)(width - n));
	text_addn(&t, s->s + sign, (size_t)(s->n - sign));
	return result(&t, out);
}

// ---- translate

Status str_maketrans(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos < 1 || a->npos > 3)
		return py_raise(b, "TypeError", "maketrans expected 1 to 3 arguments, got %d", a->npos);
	*out = py_dict(b);
	Status st = STATUS_OK;
	StrObj *s[3] = {0};
	int len, len2;
	if (a->npos == 1) {
		int64_t pos = 0;
		if (a->pos[0].tag != TAG_DICT)
			st = py_raise(b, "TypeError", "if you give only one argument to maketrans it must be a dict");
		for (DictEntry *e; st == STATUS_OK && (e = dict_next(a->pos[0].dict, &pos));) {
			IValue key = e->key;
			if (key.tag == TAG_STR) {
				if (utf8_count(key.str->s, key.str->n) != 1) {
					st = py_raise(b, "ValueError", "string keys in translate table must be of length 1");
					break;
				}
				key = iv_int(utf8_get(key.str->s, key.str->n, &len));
			}
			st = py_dict_set(b, out->dict, key, e->value);
		}
	} else {
		for (int i = 0; i < a->npos && st == STATUS_OK; i++)
			if (!py_as_str(a->pos[i], &s[i]))
				st = py_raise(b, "TypeError", "maketrans() argument %d must be str, not %s", i + 1,
					py_type_name(b, a->pos[i]));
		if (st == STATUS_OK && utf8_count(s[0]->s, s[0]->n) != utf8_count(s[1]->s, s[1]->n))
			st = py_raise(b, "ValueError", "the first two maketrans arguments must have equal length");
		for (int64_t i = 0, j = 0; st == STATUS_OK && i < s[0]->n; i += len, j += len2)
			st = py_dict_set(b, out->dict, iv_int(utf8_get(s[0]->s + i, s[0]->n - i, &len)),
				iv_int(utf8_get(s[1]->s + j, s[1]->n - j, &len2)));
		for (int64_t i = 0; st == STATUS_OK && s[2] && i < s[2]->n; i += len)
			st = py_dict_set(b, out->dict, iv_int(utf8_get(s[2]->s + i, s[2]->n - i, &len)), iv_none());
	}
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status str_translate(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s, *with;
	TRY(str_self(b, a, &s));
	if (a->npos != 1)
		return raise_arity(b, "str.translate", 1, a->npos);
	Text t = {0};
	int len;
	for (int64_t i = 0; i < s->n; i += len) {
		uint32_t c = utf8_get(s->s + i, s->n - i, &len);
		IValue to;
		Status st = py_getitem(b, a->pos[0], iv_int(c), &to);
		if (st != STATUS_OK && py_exception_matches(b, st, "LookupError")) {
			py_discard(b);
			text_addn(&t, s->s + i, (size_t)len);
			continue;
		}
		if (st == STATUS_OK && to.tag == TAG_INT && to.i >= 0 && to.i < 0x110000)
			add_char(&t, (uint32_t)to.i);
		else if (st == STATUS_OK && py_as_str(to, &with))
			text_addn(&t, with->s, (size_t)with->n);
		else if (st == STATUS_OK && to.tag != TAG_NONE)
			st = py_raise(b, "TypeError", "character mapping must return integer, None or str");
		if (st != STATUS_OK) {
			text_free(&t);
			return st;
		}
		ivalue_unref(&to);
	}
	return result(&t, out);
}

const NativeMethod str_methods[] = {{"upper", str_upper}, {"lower", str_lower}, {"casefold", str_lower},
	{"swapcase", str_swapcase}, {"title", str_title}, {"capitalize", str_capitalize}, {"strip", str_strip},
	{"lstrip", str_lstrip}, {"rstrip", str_rstrip}, {"removeprefix", str_removeprefix}, {"removesuffix", str_removesuffix},
	{"split", str_split}, {"rsplit", str_rsplit}, {"splitlines", str_splitlines}, {"partition", str_partition},
	{"rpartition", str_rpartition}, {"join", str_join}, {"replace", str_replace}, {"expandtabs", str_expandtabs},
	{"ljust", str_ljust}, {"rjust", str_rjust}, {"center", str_center}, {"zfill", str_zfill},
	{"translate", str_translate}, {0}};
