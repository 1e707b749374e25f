// SPDX-License-Identifier: BSD-3-Clause
// The prompt's questions about a text: does it go on, and what may stand at the cursor.
#include "frontend/build/frame.h"
#include "frontend/build/prompt.h"
#include "frontend/build/types.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// ---- does it go on?

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool opens_block(const char *line, size_t n)
{
	static const char *const words[] = {"if", "for", "while", "def", "class", "with", "try", "async", NULL};
	if (n && *line == '@')
		return true;
	for (int i = 0; words[i]; i++) {
		size_t k = strlen(words[i]);
		if (n > k && !memcmp(line, words[i], k) && !is_word(line[k]))
			return true;
	}
	return false;
}

// The end of the string literal that begins at i; n when it does not end.  A plain one ends with its line.
static size_t string_end(const char *s, size_t n, size_t i, bool *open)
{
	char quote = s[i];
	bool triple = i + 2 < n && s[i + 1] == quote && s[i + 2] == quote;
	*open = true;
	for (i += triple ? 3 : 1; i < n; i++) {
		if (s[i] == '\\') {
			i++;
		} else if (s[i] == quote && (!triple || (i + 2 < n && s[i + 1] == quote && s[i + 2] == quote))) {
			*open = false;
			return i + (triple ? 3 : 1);
		} else if (s[i] == '\n' && !triple) {
			*open = false; // a mistake, which the parser tells
			return i;
		}
	}
	return n;
}

// Reads logical lines: what matters is how the first begins, how the last ends, and whether a blank one follows.
bool build_incomplete(const char *s, size_t n)
{
	int brackets = 0;
	bool block = false, blank_follows = false, header = false, decorated = false;
	for (size_t i = 0; i < n;) {
		size_t start = i;
		char last = 0;
		while (i < n && (s[i] != '\n' || brackets > 0)) {
			char c = s[i];
			if (c == '#') {
				while (i < n && s[i] != '\n')
					i++;
				continue;
			}
			if (c == '"' || c == '\'') {
				bool open;
				i = string_end(s, n, i, &open);
				if (open)
					return true;
				last = c;
				continue;
			}
			if (c == '\\' && i + 1 < n && s[i + 1] == '\n') {
				i += 2;
				if (i >= n)
					return true;
				continue;
			}
			if (c == '(' || c == '[' || c == '{')
				brackets++;
			else if (brackets > 0 && (c == ')' || c == ']' || c == '}'))
				brackets--;
			if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
				last = c;
			i++;
		}
		if (brackets > 0 || (i >= n && last == '\\'))
			return true;
		bool ended = i < n;
		i++;
		if (!last) { // nothing but blanks or a comment
			blank_follows = blank_follows || (ended && s[start] == '\n') || (ended && s[start] == '\r');
			continue;
		}
		blank_follows = false;
		header = last == ':';
		decorated = s[start] == '@';
		if (s[start] != ' ' && s[start] != '\t')
			block = opens_block(s + start, n - start);
	}
	return header || decorated || (block && !blank_follows);
}

// ---- completion

typedef struct Words {
	const char *prefix;
	size_t n;
	Map found;
} Words;

static void offer(Words *w, const char *name)
{
	if (strncmp(name, w->prefix, w->n) || (!w->n && *name == '_'))
		return;
	if (*name == '_' && name[1] == '_' && w->n < 2) // __dunders__ only when asked for
		return;
	map_set(&w->found, name, w);
}

static void offer_keys(Words *w, const DictObj *d)
{
	int64_t pos = 0;
	for (DictEntry *e; d && (e = dict_next(d, &pos));)
		if (e->key.tag == TAG_STR)
			offer(w, e->key.str->s);
}

static void offer_keywords(Words *w)
{
	static const char *const keywords[] = {"False", "None", "True", "and", "as", "assert", "break", "class", "continue",
		"def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
		"nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", NULL};
	for (int i = 0; w->n && keywords[i]; i++)
		offer(w, keywords[i]);
}

// Importable names below `package` ("" for all), one level.
static void offer_modules(Words *w, const char *package)
{
	size_t n = strlen(package);
	const char *name;
	for (int i = 0; (name = module_library_name(i)); i++) {
		if (n && (strncmp(name, package, n) || name[n] != '.'))
			continue;
		const char *part = n ? name + n + 1 : name;
		char *level = xstrndup(part, strcspn(part, "."));
		offer(w, level);
		free(level);
	}
}

static Status offer_attributes(Build *b, Words *w, IValue v)
{
	IValue *dir = dict_find(b->builtins, py_name(b, "dir")), list;
	if (!dir)
		return STATUS_OK;
	TRY(py_call(b, *dir, &v, 1, &list));
	for (int64_t i = 0; list.tag == TAG_LIST && i < list.list->n; i++)
		if (list.list->items[i].tag == TAG_STR)
			offer(w, list.list->items[i].str->s);
	ivalue_unref(&list);
	if (py_is(v, PY_MODULE) && PY_AS(PyModule, v)->is_library)
		offer_modules(w, PY_AS(PyModule, v)->name.str->s);
	return STATUS_OK;
}

// The value of "a.b.c": names and attributes only; *found false when there is none.
static Status dotted_value(Build *b, PyModule *in, const char *path, size_t n, IValue *out, bool *found)
{
	IValue v = iv_none();
	*found = false;
	for (size_t at = 0, k = 0; at < n; at += k + 1, k = 0) {
		while (at + k < n && path[at + k] != '.')
			k++;
		char *part = xstrndup(path + at, k);
		StrObj *name = py_intern(b, part);
		free(part);
		Status st = STATUS_OK;
		if (at == 0) {
			IValue *slot = in->ns ? dict_find(in->ns, str_value(name)) : NULL;
			slot = slot ? slot : dict_find(b->builtins, str_value(name));
			*found = slot;
			v = slot ? ivalue_ref(*slot) : iv_none();
		} else {
			IValue next;
			st = py_getattr_opt(b, v, name, &next, found);
			ivalue_unref(&v);
			v = st == STATUS_OK && *found ? next : iv_none();
		}
		if (st != STATUS_OK || !*found) {
			ivalue_unref(&v);
			return st;
		}
	}
	*out = v;
	return STATUS_OK;
}

// "import a.b" and "from a.b import c": whether the line is one, and the module that the names at the cursor belong to.
// keyword: the module is named, and `import` is what follows.
static bool import_line(const char *line, const char *word, char **package, bool *names, bool *keyword)
{
	const char *s = line + strspn(line, " \t");
	bool from = !strncmp(s, "from ", 5);
	*names = *keyword = false;
	*package = NULL;
	if (!from && strncmp(s, "import ", 7))
		return false;
	const char *clause = from ? strstr(s, " import ") : NULL;
	if (clause && clause < word) {
		s += 5 + strspn(s + 5, " \t");
		*package = xstrndup(s, strcspn(s, " \t"));
		*names = true;
	} else if (from) {
		*keyword = s + 5 + strspn(s + 5, " \t") < word;
	}
	return true;
}

static Status complete_import(Build *b, Words *w, const char *word, const char *dot, const char *package, bool names)
{
	if (names) {
		PyModule *m;
		TRY(module_import(b, package, &m));
		return m->is_absent ? STATUS_OK : offer_attributes(b, w, py_value(m));
	}
	char *below = dot ? xstrndup(word, (size_t)(dot - word)) : xstrdup("");
	offer_modules(w, below);
	free(below);
	return STATUS_OK;
}

static int by_text(const void *a, const void *b)
{
	const IValue *x = a, *y = b;
	return strcmp(x->str->s, y->str->s);
}

static bool in_string(const char *s, size_t n)
{
	char quote = 0;
	for (size_t i = 0; i < n; i++) {
		if (quote && s[i] == '\\')
			i++;
		else if (quote ? s[i] == quote : s[i] == '"' || s[i] == '\'')
			quote = quote ? 0 : s[i];
		else if (!quote && s[i] == '#')
			return true;
	}
	return quote;
}

Status build_complete(Build *b, PyModule *in, const char *line, size_t cursor, size_t *from, IValue *out)
{
	size_t start = cursor, dot_at = 0;
	bool dotted = false;
	*out = py_list(b, 8);
	while (start && (is_word(line[start - 1]) || line[start - 1] == '.')) {
		start--;
		if (line[start] == '.' && !dotted) {
			dotted = true;
			dot_at = start;
		}
	}
	*from = dotted ? dot_at + 1 : start;
	if (in_string(line, start) || (dotted && (line[start] == '.' || isdigit((unsigned char)line[start]))))
		return STATUS_OK; // an attribute of what is no plain name: it would have to be evaluated
	char *prefix = xstrndup(line + *from, cursor - *from), *package;
	Words w = {.prefix = prefix, .n = cursor - *from};
	bool names, keyword, found;
	Status st = STATUS_OK;
	if (import_line(line, line + start, &package, &names, &keyword)) {
		if (keyword)
			offer(&w, "import");
		else
			st = complete_import(b, &w, line + start, dotted ? line + dot_at : NULL, package, names);
		free(package);
	} else if (dotted) {
		IValue v;
		st = dotted_value(b, in, line + start, dot_at - start, &v, &found);
		if (st == STATUS_OK && found) {
			st = offer_attributes(b, &w, v);
			ivalue_unref(&v);
		}
	} else {
		offer_keys(&w, in->ns);
		offer_keys(&w, b->builtins);
		offer_keywords(&w);
	}
	for (int i = 0; i < w.found.n && st == STATUS_OK; i++)
		st = list_append_take(out->list, iv_cstr(w.found.entries[i].key), b->x.err);
	if (st == STATUS_OK && out->list->n)
		qsort(out->list->items, (size_t)out->list->n, sizeof(IValue), by_text);
	map_free(&w.found);
	free(prefix);
	return st;
}
