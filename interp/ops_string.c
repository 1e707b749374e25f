// SPDX-License-Identifier: BSD-3-Clause
// String methods.  Strings are bytes; letters are ASCII letters; end = -1 means "to the end".
#include "interp/ops.h"

#include <ctype.h>

#define S(k) (args[k].str)

typedef const unsigned char *Bytes;

static Status ret_bytes(IValue *rets, const char *s, int64_t n) { return ret_value(rets, iv_str(s, (size_t)n)); }

// ---- letters

typedef int (*Change)(int c, bool first);
static int upper_of(int c, bool first) { (void)first; return c < 128 ? toupper(c) : c; }
static int lower_of(int c, bool first) { (void)first; return c < 128 ? tolower(c) : c; }
static int swap_of(int c, bool first) { (void)first; return c >= 128 ? c : isupper(c) ? tolower(c) : toupper(c); }
static int title_of(int c, bool first) { return first ? upper_of(c, true) : lower_of(c, true); }

// first is true at the start and, with words, after anything that is no letter.
static Status change(const StrObj *s, Change fn, bool words, IValue *rets)
{
	rets[0] = iv_str(s->s, (size_t)s->n);
	char *out = rets[0].str->s;
	bool first = true;
	for (int64_t i = 0; i < s->n; i++) {
		unsigned char c = (unsigned char)s->s[i];
		out[i] = (char)fn(c, first);
		first = words && !(c < 128 && isalpha(c));
	}
	return STATUS_OK;
}
KERNEL(upper) { return change(S(0), upper_of, false, rets); }
KERNEL(lower) { return change(S(0), lower_of, false, rets); }
KERNEL(swapcase) { return change(S(0), swap_of, false, rets); }
KERNEL(capitalize) { return change(S(0), title_of, false, rets); }
KERNEL(title) { return change(S(0), title_of, true, rets); }

// All bytes satisfy the class; an empty string does not, unless said otherwise.
#define EVERY(op, cls, empty)                                                           \
	KERNEL(op)                                                                      \
	{                                                                               \
		Bytes p = (Bytes)S(0)->s;                                               \
		for (int64_t i = 0; i < S(0)->n; i++)                                   \
			if (p[i] >= 128 || !cls(p[i]))                                  \
				return ret_bool(rets, false);                           \
		return ret_bool(rets, S(0)->n > 0 || empty);                            \
	}
EVERY(isalnum, isalnum, false)
EVERY(isalpha, isalpha, false)
EVERY(isdecimal, isdigit, false)
EVERY(isdigit, isdigit, false)
EVERY(isnumeric, isdigit, false)
EVERY(isspace, isspace, false)
EVERY(isprintable, isprint, true)

// Some letter, and none of the other case.
static Status one_case(const StrObj *s, bool upper, IValue *rets)
{
	bool any = false;
	for (int64_t i = 0; i < s->n; i++) {
		unsigned char c = (unsigned char)s->s[i];
		if (c >= 128 || !isalpha(c))
			continue;
		if ((isupper(c) != 0) != upper)
			return ret_bool(rets, false);
		any = true;
	}
	return ret_bool(rets, any);
}
KERNEL(islower) { return one_case(S(0), false, rets); }
KERNEL(isupper) { return one_case(S(0), true, rets); }

KERNEL(istitle) // words start in upper case and go on in lower case
{
	bool any = false, inside = false;
	for (int64_t i = 0; i < S(0)->n; i++) {
		unsigned char c = (unsigned char)S(0)->s[i];
		bool letter = c < 128 && isalpha(c);
		if (letter && (isupper(c) != 0) == inside)
			return ret_bool(rets, false);
		any |= letter;
		inside = letter;
	}
	return ret_bool(rets, any);
}
KERNEL(isidentifier) // the reference does not count the underscore
{
	Bytes p = (Bytes)S(0)->s;
	if (!S(0)->n || isdigit(p[0]))
		return ret_bool(rets, false);
	for (int64_t i = 0; i < S(0)->n; i++)
		if (p[i] >= 128 || !isalnum(p[i]))
			return ret_bool(rets, false);
	return ret_bool(rets, true);
}

// ---- stripping, padding

static Status strip(const IValue *args, bool left, bool right, IValue *rets)
{
	const StrObj *s = S(0), *set = S(1);
	int64_t begin = 0, end = s->n;
	while (left && begin < end && memchr(set->s, s->s[begin], (size_t)set->n))
		begin++;
	while (right && end > begin && memchr(set->s, s->s[end - 1], (size_t)set->n))
		end--;
	return ret_bytes(rets, s->s + begin, end - begin);
}
KERNEL(strip) { return strip(args, true, true, rets); }
KERNEL(lstrip) { return strip(args, true, false, rets); }
KERNEL(rstrip) { return strip(args, false, true, rets); }

enum { MAX_TEXT = 1 << 28 }; // a width or a product beyond this is refused before memory is asked for

static Status too_long(Exec *x) { return fail(x->err, STATUS_MEMORY, "the string would be too long"); }

static Status pad(Exec *x, const IValue *args, int64_t before, int64_t after, IValue *rets)
{
	const StrObj *fill = S(2);
	if (fill->n != 1)
		return fail(x->err, STATUS_TYPE, "TypeError: The fill character must be exactly one character long");
	if (before + after > MAX_TEXT)
		return too_long(x);
	Text t = {0};
	text_fill(&t, fill->s[0], (size_t)before);
	text_addn(&t, S(0)->s, (size_t)S(0)->n);
	text_fill(&t, fill->s[0], (size_t)after);
	return ret_text(rets, &t);
}
static int64_t missing(const IValue *args) { return args[1].i > S(0)->n ? args[1].i - S(0)->n : 0; }
KERNEL(ljust) { return pad(x, args, 0, missing(args), rets); }
KERNEL(rjust) { return pad(x, args, missing(args), 0, rets); }
KERNEL(center)
{
	int64_t n = missing(args), before = n / 2 + (n & args[1].i & 1); // the odd one goes left if the width is odd
	return pad(x, args, before, n - before, rets);
}
KERNEL(zfill) // a sign gets no special treatment
{
	int64_t n = missing(args);
	if (n > MAX_TEXT)
		return too_long(x);
	Text t = {0};
	text_fill(&t, '0', (size_t)n);
	text_addn(&t, S(0)->s, (size_t)S(0)->n);
	return ret_text(rets, &t);
}
KERNEL(expandtabs)
{
	const StrObj *s = S(0);
	int64_t size = args[1].i, column = 0;
	if (size > 4096)
		return too_long(x);
	Text t = {0};
	for (int64_t i = 0; i < s->n; i++) {
		if (s->s[i] != '\t') {
			text_addc(&t, s->s[i]);
			column++; // line ends count too
			continue;
		}
		if (size > 0) {
			int64_t n = size - column % size;
			text_fill(&t, ' ', (size_t)n);
			column += n;
		}
	}
	return ret_text(rets, &t);
}

// ---- searching

static int64_t clamp_start(int64_t i, int64_t n) { return i >= 0 ? i : i + n < 0 ? 0 : i + n; }
static int64_t clamp_end(int64_t i, int64_t n) // -1 means the end, -2 the last byte's place, …
{
	i = i < 0 ? i + n + 1 : i;
	return i < 0 ? 0 : i > n ? n : i;
}

static bool match_at(const StrObj *s, int64_t i, const StrObj *sub)
{
	return !memcmp(s->s + i, sub->s, (size_t)sub->n);
}

// First or last place of sub that lies within [start, end), or -1.
static int64_t find_in(const StrObj *s, const StrObj *sub, int64_t start, int64_t end, bool last)
{
	if (start > s->n && sub->n == 0)
		return start; // as the reference has it
	int64_t highest = end - sub->n;
	if (last) {
		for (int64_t i = highest; i >= start; i--)
			if (match_at(s, i, sub))
				return i;
		return -1;
	}
	for (int64_t i = start; i <= highest; i++)
		if (match_at(s, i, sub))
			return i;
	return -1;
}

static Status find_args(Exec *x, const IValue *args, bool last, bool must, IValue *rets)
{
	const StrObj *s = S(0);
	int64_t start = clamp_start(args[2].i, s->n), end = clamp_end(args[3].i, s->n);
	int64_t at = find_in(s, S(1), start, end, last);
	if (at < 0 && must)
		return fail(x->err, STATUS_VALUE, "ValueError: substring not found");
	return ret_int(rets, at);
}
KERNEL(str_find) { return find_args(x, args, false, false, rets); }
KERNEL(rfind) { return find_args(x, args, true, false, rets); }
KERNEL(index_str) { return find_args(x, args, false, true, rets); }
KERNEL(rindex) { return find_args(x, args, true, true, rets); }

KERNEL(str_count)
{
	const StrObj *s = S(0), *sub = S(1);
	int64_t start = clamp_start(args[2].i, s->n), end = clamp_end(args[3].i, s->n), n = 0;
	if (sub->n == 0)
		return ret_int(rets, start > end ? 0 : end - start + 1);
	for (int64_t i = start; i < end && i + sub->n <= s->n;) { // a match has to begin before the end
		if (match_at(s, i, sub)) {
			n++;
			i += sub->n;
		} else {
			i++;
		}
	}
	return ret_int(rets, n);
}

// An end before the start stands for the string's end.
static int64_t part_end(const IValue *args, int64_t start)
{
	int64_t end = clamp_end(args[3].i, S(0)->n);
	return end < start ? S(0)->n : end;
}
KERNEL(startswith)
{
	const StrObj *s = S(0), *sub = S(1);
	int64_t start = clamp_start(args[2].i, s->n), end = part_end(args, start);
	return ret_bool(rets, start + sub->n <= end && match_at(s, start, sub));
}
KERNEL(endswith)
{
	const StrObj *s = S(0), *sub = S(1);
	int64_t start = clamp_start(args[2].i, s->n), end = part_end(args, start);
	return ret_bool(rets, end - sub->n >= start && match_at(s, end - sub->n, sub));
}

KERNEL(replace)
{
	const StrObj *s = S(0), *old = S(1), *new_ = S(2);
	int64_t left = args[3].i < 0 ? INT64_MAX : args[3].i;
	Text t = {0};
	for (int64_t i = 0; i <= s->n;) {
		if (left > 0 && i + old->n <= s->n && match_at(s, i, old)) {
			text_addn(&t, new_->s, (size_t)new_->n);
			left--;
			i += old->n;
			if (old->n)
				continue;
		}
		if (i < s->n)
			text_addc(&t, s->s[i]);
		i++;
		if (t.size > MAX_TEXT) {
			text_free(&t);
			return too_long(x);
		}
	}
	return ret_text(rets, &t);
}

// ---- cutting and joining

static Status push(Exec *x, ListObj *l, const char *s, int64_t n)
{
	return list_append_take(l, iv_str(s, (size_t)n), x->err);
}

static Status finish_list(Status s, ListObj *l, IValue *rets)
{
	IValue v = iv_take_list(l);
	if (s == STATUS_OK)
		rets[0] = v;
	else
		ivalue_unref(&v);
	return s;
}

KERNEL(split_str)
{
	const StrObj *s = S(0), *sep = args[1].tag == TAG_STR ? S(1) : NULL;
	int64_t left = args[2].i < 0 ? INT64_MAX : args[2].i;
	if (sep && !sep->n)
		return fail(x->err, STATUS_VALUE, "ValueError: empty separator");
	ListObj *l = list_new(&type_str, 0);
	Status status = STATUS_OK;
	if (!sep) { // runs of white space; the limit does not count here
		for (int64_t i = 0; i < s->n && status == STATUS_OK;) {
			while (i < s->n && isspace((unsigned char)s->s[i]))
				i++;
			int64_t begin = i;
			while (i < s->n && !isspace((unsigned char)s->s[i]))
				i++;
			if (i > begin)
				status = push(x, l, s->s + begin, i - begin);
		}
		return finish_list(status, l, rets);
	}
	int64_t begin = 0;
	for (int64_t i = 0; left > 0 && i + sep->n <= s->n && status == STATUS_OK;) {
		if (!match_at(s, i, sep)) {
			i++;
			continue;
		}
		status = push(x, l, s->s + begin, i - begin);
		begin = i += sep->n;
		left--;
	}
	if (status == STATUS_OK)
		status = push(x, l, s->s + begin, s->n - begin);
	return finish_list(status, l, rets);
}

KERNEL(rsplit)
{
	const StrObj *s = S(0), *sep = S(1);
	int64_t left = args[2].i < 0 ? INT64_MAX : args[2].i, end = s->n;
	if (!sep->n)
		return fail(x->err, STATUS_VALUE, "ValueError: empty separator");
	ListObj *l = list_new(&type_str, 0);
	Status status = STATUS_OK;
	for (int64_t i = s->n - sep->n; left > 0 && i >= 0 && status == STATUS_OK;) {
		if (!match_at(s, i, sep)) {
			i--;
			continue;
		}
		status = push(x, l, s->s + i + sep->n, end - i - sep->n);
		end = i;
		i -= sep->n;
		left--;
	}
	if (status == STATUS_OK)
		status = push(x, l, s->s, end);
	for (int64_t i = 0, j = l->n - 1; i < j; i++, j--) {
		IValue v = l->items[i];
		l->items[i] = l->items[j];
		l->items[j] = v;
	}
	return finish_list(status, l, rets);
}

KERNEL(splitlines) // every single separator byte ends a line; with keepends it is an entry of its own
{
	const StrObj *s = S(0);
	ListObj *l = list_new(&type_str, 0);
	Status status = STATUS_OK;
	int64_t begin = 0;
	for (int64_t i = 0; i < s->n && status == STATUS_OK; i++) {
		if (!strchr("\n\r\v\f\x1c\x1d\x1e", s->s[i]) || !s->s[i])
			continue;
		status = push(x, l, s->s + begin, i - begin);
		if (arg_bool(args[1]) && status == STATUS_OK)
			status = push(x, l, s->s + i, 1);
		begin = i + 1;
	}
	if (begin < s->n && status == STATUS_OK)
		status = push(x, l, s->s + begin, s->n - begin);
	return finish_list(status, l, rets);
}

KERNEL(join)
{
	const ListObj *l = args[1].list;
	Text t = {0};
	for (int64_t i = 0; i < l->n; i++) {
		if (i)
			text_addn(&t, S(0)->s, (size_t)S(0)->n);
		text_addn(&t, l->items[i].str->s, (size_t)l->items[i].str->n);
		if (t.size > MAX_TEXT) {
			text_free(&t);
			return too_long(x);
		}
	}
	return ret_text(rets, &t);
}

static Status partition(Exec *x, const IValue *args, bool last, IValue *rets)
{
	const StrObj *s = S(0), *sep = S(1);
	(void)x;
	int64_t at = find_in(s, sep, 0, s->n, last);
	bool found = at >= 0;
	if (!found)
		at = last ? 0 : s->n;
	int64_t after = found ? at + sep->n : at;
	rets[0] = iv_str(s->s, (size_t)at);
	rets[1] = iv_str(s->s + at, (size_t)(after - at));
	rets[2] = iv_str(s->s + after, (size_t)(s->n - after));
	return STATUS_OK;
}
KERNEL(partition) { return partition(x, args, false, rets); }
KERNEL(rpartition) { return partition(x, args, true, rets); }

KERNEL(add_str)
{
	Text t = {0};
	if (S(0)->n + S(1)->n > MAX_TEXT)
		return too_long(x);
	text_addn(&t, S(0)->s, (size_t)S(0)->n);
	text_addn(&t, S(1)->s, (size_t)S(1)->n);
	return ret_text(rets, &t);
}
KERNEL(len_str) { return ret_int(rets, S(0)->n); }
KERNEL(list) // characters
{
	ListObj *l = list_new(&type_str, S(0)->n);
	Status s = STATUS_OK;
	for (int64_t i = 0; i < S(0)->n && s == STATUS_OK; i++)
		s = push(x, l, S(0)->s + i, 1);
	return finish_list(s, l, rets);
}
KERNEL(__getitem___str)
{
	int64_t i = args[1].i < 0 ? args[1].i + S(0)->n : args[1].i;
	if (i < 0 || i >= S(0)->n)
		return fail(x->err, STATUS_INDEX, "string index out of range");
	return ret_bytes(rets, S(0)->s + i, 1);
}
KERNEL(prim_StringIndex) { return op___getitem___str(x, args, nargs, rets); }
