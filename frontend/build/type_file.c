// SPDX-License-Identifier: BSD-3-Clause
// Open files: open() and its objects, which are iterators over lines.  What may be opened is decided by files_may_read
// and files_may_write.
#include "frontend/build/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct File {
	FILE *f;              // NULL once closed
	char *name, *mode;
	bool binary, reads, writes;
} File;

static File *file_of(IValue v)
{
	return py_is(v, PY_ITER) ? PY_AS(PyIter, v)->data : NULL;
}

static void file_release(PyIter *it)
{
	File *f = it->data;
	it->data = NULL;
	if (!f)
		return;
	if (f->f)
		fclose(f->f);
	free(f->name);
	free(f->mode);
	free(f);
}

static Status usable(Build *b, IValue self, bool write, File **out)
{
	*out = file_of(self);
	if (!*out || !(*out)->f)
		return py_raise(b, "ValueError", "I/O operation on closed file.");
	if (write ? !(*out)->writes : !(*out)->reads)
		return raise_with(b, "OSError", py_tuple_of(b, &(IValue){.str = py_intern(b, write ? "not writable" :
			"not readable"), .tag = TAG_STR}, 1));
	return STATUS_OK;
}

// Text is read with universal newlines, as Python reads it.
static IValue file_value(Build *b, const File *f, Text *t)
{
	if (f->binary)
		return bytes_new(b, text_str(t), (int64_t)t->size);
	size_t k = 0;
	for (size_t i = 0; i < t->size; i++) {
		if (t->data[i] == '\r') {
			t->data[k++] = '\n';
			if (i + 1 < t->size && t->data[i + 1] == '\n')
				i++;
		} else {
			t->data[k++] = t->data[i];
		}
	}
	return iv_str(text_str(t), k);
}

static Status read_line(Build *b, File *f, IValue *out, bool *done)
{
	Text t = {0};
	int c;
	while ((c = getc(f->f)) != EOF) {
		text_addc(&t, (char)c);
		if (c == '\n')
			break;
		if (c == '\r' && !f->binary) {
			c = getc(f->f);
			if (c == '\n')
				text_addc(&t, '\n');
			else if (c != EOF)
				ungetc(c, f->f);
			break;
		}
		if (t.size > (size_t)1 << 30) {
			text_free(&t);
			return py_raise(b, "MemoryError", "a line of the file is longer than 1 GiB");
		}
	}
	*done = t.size == 0;
	*out = file_value(b, f, &t);
	text_free(&t);
	return STATUS_OK;
}

static Status next_line(Build *b, PyIter *it, IValue *out, bool *done)
{
	File *f;
	TRY(usable(b, py_value(it), false, &f));
	TRY(read_line(b, f, out, done));
	if (*done)
		ivalue_unref(out);
	return STATUS_OK;
}

static Status file_read(Build *b, const PyArgs *a, IValue *out)
{
	File *f;
	IValue size;
	TRY(usable(b, a->self, false, &f));
	TRY(args_parse(b, a, "read", "size:o=None", &size));
	int64_t want = -1;
	if (size.tag != TAG_NONE)
		TRY(number_index(b, size, &want));
	Text t = {0};
	char buf[8192];
	int64_t chars = 0;
	while (want < 0 || chars < want) {
		size_t n = sizeof buf;
		if (want >= 0 && (uint64_t)(want - chars) < n)
			n = (size_t)(want - chars); // never more bytes than characters are wanted
		n = fread(buf, 1, n, f->f);
		if (n == 0)
			break;
		text_addn(&t, buf, n);
		chars += f->binary ? (int64_t)n : utf8_count(buf, (int64_t)n);
		if (t.size > budget_default_cap() || t.size > (size_t)1 << 32) {
			text_free(&t);
			return py_raise(b, "MemoryError", "the file does not fit in memory");
		}
	}
	for (int c; !f->binary && want >= 0 && (c = getc(f->f)) != EOF;) { // the rest of the last character
		if ((c & 0xc0) != 0x80) {
			ungetc(c, f->f);
			break;
		}
		text_addc(&t, (char)c);
	}
	*out = file_value(b, f, &t);
	text_free(&t);
	return STATUS_OK;
}

static Status file_readline(Build *b, const PyArgs *a, IValue *out)
{
	File *f;
	bool done;
	TRY(usable(b, a->self, false, &f));
	return read_line(b, f, out, &done);
}

static Status file_readlines(Build *b, const PyArgs *a, IValue *out)
{
	return py_to_list(b, a->self, out);
}

static Status file_write(Build *b, const PyArgs *a, IValue *out)
{
	File *f;
	StrObj *s;
	TRY(usable(b, a->self, true, &f));
	if (a->npos != 1)
		return raise_arity(b, "write", 1, a->npos);
	const char *p;
	size_t n;
	if (f->binary) {
		if (!py_is(a->pos[0], PY_BYTES))
			return py_raise(b, "TypeError", "a bytes-like object is required, not '%s'", py_type_name(b, a->pos[0]));
		p = PY_AS(PyBytes, a->pos[0])->s;
		n = (size_t)PY_AS(PyBytes, a->pos[0])->n;
	} else {
		if (!py_as_str(a->pos[0], &s))
			return py_raise(b, "TypeError", "write() argument must be str, not %s", py_type_name(b, a->pos[0]));
		p = s->s;
		n = (size_t)s->n;
	}
	if (fwrite(p, 1, n, f->f) != n)
		return raise_errno(b, errno, f->name);
	*out = iv_int(f->binary ? (int64_t)n : utf8_count(p, (int64_t)n));
	return STATUS_OK;
}

static Status write_line(Build *b, IValue item, void *arg)
{
	IValue r;
	TRY(file_write(b, &(PyArgs){.self = *(IValue *)arg, .pos = &item, .npos = 1}, &r));
	return STATUS_OK;
}

static Status file_writelines(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1)
		return raise_arity(b, "writelines", 1, a->npos);
	IValue self = a->self;
	*out = iv_none();
	return py_each(b, a->pos[0], write_line, &self);
}

static Status file_close(Build *b, const PyArgs *a, IValue *out)
{
	File *f = file_of(a->self);
	*out = iv_none();
	if (!f || !f->f)
		return STATUS_OK;
	FILE *stream = f->f;
	f->f = NULL;
	return fclose(stream) ? raise_errno(b, errno, f->name) : STATUS_OK;
}

static Status file_flush(Build *b, const PyArgs *a, IValue *out)
{
	File *f = file_of(a->self);
	*out = iv_none();
	return f && f->f && fflush(f->f) ? raise_errno(b, errno, f->name) : STATUS_OK;
}

static Status file_seek(Build *b, const PyArgs *a, IValue *out)
{
	int64_t offset, whence;
	TRY(args_parse(b, a, "seek", "offset:i whence:i=0 /", &offset, &whence));
	File *f = file_of(a->self);
	if (!f || !f->f)
		return py_raise(b, "ValueError", "I/O operation on closed file.");
	if (fseeko(f->f, offset, whence == 1 ? SEEK_CUR : whence == 2 ? SEEK_END : SEEK_SET))
		return raise_errno(b, errno, f->name);
	*out = iv_int(ftello(f->f));
	return STATUS_OK;
}

static Status file_tell(Build *b, const PyArgs *a, IValue *out)
{
	File *f = file_of(a->self);
	if (!f || !f->f)
		return py_raise(b, "ValueError", "I/O operation on closed file.");
	*out = iv_int(ftello(f->f));
	return STATUS_OK;
}

static Status file_enter(Build *b, const PyArgs *a, IValue *out)
{
	File *f = file_of(a->self);
	if (!f || !f->f)
		return py_raise(b, "ValueError", "I/O operation on closed file.");
	*out = ivalue_ref(a->self);
	return STATUS_OK;
}

static Status file_readable(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_bool(file_of(a->self) && file_of(a->self)->reads);
	return STATUS_OK;
}

static Status file_writable(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_bool(file_of(a->self) && file_of(a->self)->writes);
	return STATUS_OK;
}

static Status file_closed(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_bool(!file_of(a->self) || !file_of(a->self)->f);
	return STATUS_OK;
}

static Status file_name(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = file_of(a->self) ? iv_cstr(file_of(a->self)->name) : iv_none();
	return STATUS_OK;
}

static Status file_mode(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = file_of(a->self) ? iv_cstr(file_of(a->self)->mode) : iv_none();
	return STATUS_OK;
}

// A path as text: str, or what __fspath__ gives.  Owned.
Status path_text(Build *b, IValue v, IValue *out)
{
	StrObj *s;
	IValue r, *fn = types_override(b, v, D_fspath);
	if (fn)
		TRY(types_call_special(b, *fn, v, NULL, 0, &r));
	else
		r = ivalue_ref(v);
	Status st = STATUS_OK;
	if (!py_as_str(r, &s))
		st = py_raise(b, "TypeError", "expected str, bytes or os.PathLike object, not %s", py_type_name(b, v));
	else if (memchr(s->s, 0, (size_t)s->n))
		st = py_raise(b, "ValueError", "embedded null byte");
	else
		*out = iv_str(s->s, (size_t)s->n);
	ivalue_unref(&r);
	return st;
}

static Status mode_read(Build *b, const char *mode, File *f, const char **c_mode)
{
	char kind = 0;
	bool plus = false, text = false;
	for (const char *p = mode; *p; p++) {
		if (strchr("rwax", *p) && !kind)
			kind = *p;
		else if (*p == 'b' && !text)
			f->binary = true;
		else if (*p == 't' && !f->binary)
			text = true;
		else if (*p == '+' && !plus)
			plus = true;
		else if (strchr("rwax", *p))
			return py_raise(b, "ValueError", "must have exactly one of create/read/write/append mode");
		else
			return py_raise(b, "ValueError", "invalid mode: '%s'", mode);
	}
	if (!kind)
		return py_raise(b, "ValueError", "Must have exactly one of create/read/write/append mode and at most one plus");
	f->reads = kind == 'r' || plus;
	f->writes = kind != 'r' || plus;
	*c_mode = kind == 'r' ? (plus ? "r+b" : "rb") : kind == 'w' ? (plus ? "w+b" : "wb") :
		kind == 'a' ? (plus ? "a+b" : "ab") : plus ? "w+bx" : "wbx";
	return STATUS_OK;
}

Status file_open(Build *b, const PyArgs *a, IValue *out)
{
	IValue file, rest[5], path;
	const char *mode, *c_mode = "rb";
	TRY(args_parse(b, a, "open", "file:o mode:s=None buffering:o=-1 encoding:o=None errors:o=None newline:o=None "
		"closefd:o=True", &file, &mode, &rest[0], &rest[1], &rest[2], &rest[3], &rest[4]));
	File probe = {0};
	TRY(mode_read(b, mode ? mode : "r", &probe, &c_mode));
	TRY(path_text(b, file, &path));
	Status st = STATUS_OK;
	if (probe.reads)
		st = files_may_read(b, path.str->s);
	if (st == STATUS_OK && probe.writes)
		st = files_may_write(b, path.str->s);
	struct stat info;
	if (st == STATUS_OK && stat(path.str->s, &info) == 0 && S_ISDIR(info.st_mode))
		st = raise_errno(b, EISDIR, path.str->s);
	FILE *stream = st == STATUS_OK ? fopen(path.str->s, c_mode) : NULL;
	if (st == STATUS_OK && !stream)
		st = raise_errno(b, errno, path.str->s);
	if (st == STATUS_OK) {
		File *f = xcalloc(1, sizeof *f);
		*f = probe;
		f->f = stream;
		f->name = xstrdup(path.str->s);
		f->mode = xstrdup(mode ? mode : "r");
		PyIter *it = py_iter_new(b, f->binary ? "_io.BufferedReader" : "_io.TextIOWrapper", next_line);
		it->data = f;
		it->release = file_release;
		*out = py_value(it);
	}
	ivalue_unref(&path);
	return st;
}

void types_init_file(Build *b)
{
	static const NativeMethod methods[] = {{"read", file_read}, {"readline", file_readline}, {"readlines", file_readlines},
		{"write", file_write}, {"writelines", file_writelines}, {"close", file_close}, {"flush", file_flush},
		{"seek", file_seek}, {"tell", file_tell}, {"readable", file_readable}, {"writable", file_writable},
		{"__enter__", file_enter}, {"__exit__", file_close}, {0}};
	Types *t = b->types;
	static const char *const names[] = {"_io.TextIOWrapper", "_io.BufferedReader"};
	for (int i = 0; i < 2; i++) {
		PyClass *c = py_native_class(b, names[i], t->iterator, PAYLOAD_NONE, NULL, methods);
		py_class_property(b, c, "closed", file_closed, NULL);
		py_class_property(b, c, "name", file_name, NULL);
		py_class_property(b, c, "mode", file_mode, NULL);
		map_set(&t->iterators, names[i], c);
		if (i == 0)
			t->file = c;
	}
}
