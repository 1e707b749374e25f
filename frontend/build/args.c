// SPDX-License-Identifier: BSD-3-Clause
// Arguments of native functions, matched to a small signature text ("x:o n:i=1 *rest") with Python's rules and words.
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PARAMS 24

typedef struct Spec {
	char name[32];
	char letter;      // o i f b s S l; '*' rest, 'k' keywords
	char def[32];     // text after '='; "?" when absent gives TAG_UNINIT; "" required
	bool positional, keyword;
} Spec;

static int spec_read(const char *s, Spec *out)
{
	int n = 0;
	bool keyword_only = false;
	while (*s) {
		while (*s == ' ')
			s++;
		size_t len = strcspn(s, " ");
		if (len == 0)
			break;
		if (len == 1 && *s == '*') {
			keyword_only = true;
		} else if (len == 1 && *s == '/') {
			for (int i = 0; i < n; i++)
				out[i].keyword = false;
		} else {
			Spec *p = &out[n++];
			memset(p, 0, sizeof *p);
			p->positional = !keyword_only;
			p->keyword = true;
			const char *t = s;
			size_t left = len;
			if (*t == '*') {
				p->letter = t[1] == '*' ? 'k' : '*';
				keyword_only = true;
			} else {
				size_t name = 0;
				while (name < left && t[name] != ':')
					name++;
				memcpy(p->name, t, name < sizeof p->name ? name : sizeof p->name - 1);
				t += name + 1;
				p->letter = *t++;
				left = len - name - 2;
				if (left > 1 && *t == '=')
					memcpy(p->def, t + 1, left - 1 < sizeof p->def ? left - 1 : sizeof p->def - 1);
				else if (left && *t == '?')
					p->def[0] = '?';
			}
		}
		s += len;
	}
	return n;
}

static Status bad_type(Build *b, const char *fname, const Spec *p, const char *want, IValue v)
{
	return py_raise(b, "TypeError", "%s() argument '%s' must be %s, not %s", fname, p->name, want, py_type_name(b, v));
}

static Status store(Build *b, const char *fname, const Spec *p, IValue v, void *to)
{
	StrObj *s;
	switch (p->letter) {
	case 'i':
		return number_index(b, v, to);
	case 'f':
		return number_float(b, v, to);
	case 'b':
		return py_truth(b, v, to);
	case 's':
		if (!py_as_str(v, &s))
			return bad_type(b, fname, p, "str", v);
		if (memchr(s->s, 0, (size_t)s->n))
			return py_raise(b, "ValueError", "embedded null character");
		*(const char **)to = s->s;
		return STATUS_OK;
	case 'S':
		if (!py_as_str(v, &s))
			return bad_type(b, fname, p, "str", v);
		*(IValue *)to = (IValue){.str = s, .tag = TAG_STR};
		return STATUS_OK;
	case 'l': {
		IValue u = py_unwrap(v);
		if (u.tag != TAG_LIST && u.tag != TAG_TUPLE)
			return bad_type(b, fname, p, "list", v);
		*(IValue *)to = u;
		return STATUS_OK;
	}
	default:
		*(IValue *)to = v;
		return STATUS_OK;
	}
}

static void store_default(const Spec *p, void *to)
{
	const char *d = p->def;
	bool none = !strcmp(d, "None") || !strcmp(d, "?");
	switch (p->letter) {
	case 'i':
		*(int64_t *)to = none ? 0 : strtoll(d, NULL, 10);
		break;
	case 'f':
		*(double *)to = none ? 0 : strtod(d, NULL);
		break;
	case 'b':
		*(bool *)to = !strcmp(d, "True") || !strcmp(d, "1");
		break;
	case 's':
		*(const char **)to = NULL;
		break;
	default:
		*(IValue *)to = !strcmp(d, "?") ? iv_uninit() : none ? iv_none() : !strcmp(d, "True") ? iv_bool(true) :
			!strcmp(d, "False") ? iv_bool(false) : strpbrk(d, ".en") ? iv_float(strtod(d, NULL)) :
			iv_int(strtoll(d, NULL, 10));
	}
}

static Status too_many(Build *b, const char *fname, const Spec *p, int n, int got)
{
	int most = 0, least = 0;
	for (int i = 0; i < n; i++) {
		most += p[i].positional && p[i].letter != '*' && p[i].letter != 'k';
		least += p[i].positional && p[i].letter != '*' && p[i].letter != 'k' && !p[i].def[0];
	}
	if (most == 0)
		return n ? py_raise(b, "TypeError", "%s() takes no positional arguments", fname) :
			py_raise(b, "TypeError", "%s() takes no arguments (%d given)", fname, got);
	if (most == least && most == 1)
		return py_raise(b, "TypeError", "%s() takes exactly one argument (%d given)", fname, got);
	return py_raise(b, "TypeError", "%s() takes %s %d argument%s (%d given)", fname, most == least ? "exactly" : "at most",
		most, most == 1 ? "" : "s", got);
}

Status args_parse(Build *b, const PyArgs *a, const char *fname, const char *spec, ...)
{
	Spec p[MAX_PARAMS];
	void *to[MAX_PARAMS];
	IValue given[MAX_PARAMS];
	int n = spec_read(spec, p), next = 0, rest = -1, keywords = -1;
	va_list ap;
	va_start(ap, spec);
	for (int i = 0; i < n; i++) {
		to[i] = va_arg(ap, void *);
		given[i] = iv_uninit();
	}
	va_end(ap);
	for (int i = 0; i < n; i++) {
		if (p[i].letter == '*')
			rest = i;
		else if (p[i].letter == 'k')
			keywords = i;
		else if (!strcmp(p[i].name, "self") && a->self.tag != TAG_UNINIT && i == 0)
			given[i] = a->self;
		else if (p[i].positional && next < a->npos)
			given[i] = a->pos[next++];
	}
	if (next < a->npos && rest < 0)
		return too_many(b, fname, p, n, a->npos);
	IValue kw = keywords >= 0 ? py_dict(b) : iv_none();
	Status st = STATUS_OK;
	for (int k = 0; k < a->nkw && st == STATUS_OK; k++) {
		int i = 0;
		while (i < n && !(p[i].keyword && p[i].name[0] && !strcmp(p[i].name, a->kwnames[k].str->s)))
			i++;
		if (i < n && given[i].tag != TAG_UNINIT)
			st = py_raise(b, "TypeError", "%s() got multiple values for argument '%s'", fname, p[i].name);
		else if (i < n)
			given[i] = a->kw[k];
		else if (keywords >= 0)
			st = py_dict_set(b, kw.dict, a->kwnames[k], a->kw[k]);
		else
			st = py_raise(b, "TypeError", "%s() got an unexpected keyword argument '%s'", fname, a->kwnames[k].str->s);
	}
	for (int i = 0; i < n && st == STATUS_OK; i++) {
		if (i == rest || i == keywords)
			continue;
		if (given[i].tag == TAG_UNINIT && !p[i].def[0])
			st = py_raise(b, "TypeError", "%s() missing required argument '%s' (pos %d)", fname, p[i].name, i + 1);
		else if (given[i].tag == TAG_UNINIT)
			store_default(&p[i], to[i]);
		else if (given[i].tag == TAG_NONE && !strcmp(p[i].def, "None") && strchr("ifsSl", p[i].letter))
			store_default(&p[i], to[i]);
		else
			st = store(b, fname, &p[i], given[i], to[i]);
	}
	if (st != STATUS_OK) {
		ivalue_unref(&kw);
		return st;
	}
	if (rest >= 0)
		*(IValue *)to[rest] = py_tuple_of(b, a->pos + next, a->npos - next);
	if (keywords >= 0)
		*(IValue *)to[keywords] = kw;
	return STATUS_OK;
}
