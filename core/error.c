// SPDX-License-Identifier: BSD-3-Clause
// Building and reporting errors.  The report has the shape of PyTorch's tracebacks; positions are computed
// only here, when somebody wants to read them.
#include "core/error.h"
#include "core/arena.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAMES 1100 // a Python program nests 1000 calls

const char *status_name(Status s)
{
	static const char *const names[] = {
		[STATUS_OK] = "ok", [STATUS_MEMORY] = "memory", [STATUS_TIME] = "time",
		[STATUS_CANCELLED] = "cancelled", [STATUS_IO] = "io", [STATUS_FORMAT] = "format",
		[STATUS_LIMIT] = "limit", [STATUS_SYNTAX] = "syntax", [STATUS_COMPILE] = "compile",
		[STATUS_ARGUMENT] = "argument", [STATUS_RUNTIME] = "runtime", [STATUS_INDEX] = "index",
		[STATUS_VALUE] = "value", [STATUS_TYPE] = "type", [STATUS_RAISED] = "raised",
		[STATUS_UNSUPPORTED] = "unsupported", [STATUS_INTERNAL] = "internal",
	};
	return (unsigned)s < sizeof names / sizeof names[0] ? names[s] : "unknown";
}

Source *source_new(const char *name, const char *text, size_t size)
{
	Source *s = xcalloc(1, sizeof *s);
	s->refs = 1;
	s->name = xstrdup(name);
	s->text = xstrndup(text, size);
	s->size = size;
	s->first_line = 1;
	return s;
}

Source *source_ref(Source *s)
{
	if (s)
		s->refs++;
	return s;
}

void source_unref(Source **s)
{
	Source *p = *s;
	*s = NULL;
	if (!p || --p->refs)
		return;
	free(p->name);
	free(p->text);
	free(p);
}

void error_clear(Error *e)
{
	free(e->message);
	free(e->exception);
	free(e->before);
	for (int i = 0; i < e->nframes; i++) {
		source_unref(&e->frames[i].range.src);
		free(e->frames[i].function);
	}
	free(e->frames);
	*e = ERROR_INIT;
}

void error_move(Error *dst, Error *src)
{
	if (dst == src)
		return;
	error_clear(dst);
	*dst = *src;
	*src = ERROR_INIT;
}

Status vfail(Error *err, Status code, const char *fmt, va_list ap)
{
	if (err && err->code == STATUS_OK) {
		Text t = {0};
		text_vaddf(&t, fmt, ap);
		free(err->message);
		err->message = text_take(&t);
		err->code = code;
	}
	return code;
}

Status fail(Error *err, Status code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfail(err, code, fmt, ap);
	va_end(ap);
	return code;
}

Status fail_at(Error *err, Status code, Range at, const char *fmt, ...)
{
	bool fresh = err && err->code == STATUS_OK;
	va_list ap;
	va_start(ap, fmt);
	vfail(err, code, fmt, ap);
	va_end(ap);
	if (fresh) {
		err->is_compile = true;
		error_push_frame(err, at, NULL);
	}
	return code;
}

Status fail_memory(Error *err, size_t bytes)
{
	return fail(err, STATUS_MEMORY, "out of memory: %zu bytes could not be allocated", bytes);
}

void error_push_frame(Error *err, Range at, const char *function)
{
	if (!err || err->nframes >= MAX_FRAMES)
		return;
	source_ref(at.src);
	VEC_PUSH(err->frames, err->nframes, err->cap_frames,
		(ErrorFrame){at, function ? xstrdup(function) : NULL});
}

void error_prefix(Error *err, const char *fmt, ...)
{
	if (!err || !err->message)
		return;
	Text t = {0};
	va_list ap;
	va_start(ap, fmt);
	text_vaddf(&t, fmt, ap);
	va_end(ap);
	text_add(&t, ": ");
	text_add(&t, err->message);
	free(err->message);
	err->message = text_take(&t);
}

void source_position(const Source *s, uint32_t offset, uint32_t *line, uint32_t *column)
{
	uint32_t n = s->first_line, start = 0;
	if (offset > s->size)
		offset = (uint32_t)s->size;
	for (uint32_t i = 0; i < offset; i++)
		if (s->text[i] == '\n') {
			n++;
			start = i + 1;
		}
	*line = n;
	*column = offset - start + 1;
}

// Three lines before the range, the range underlined, three lines after.
static void highlight(Text *out, Range r)
{
	const char *text = r.src->text;
	uint32_t size = (uint32_t)r.src->size;
	uint32_t begin = r.begin > size ? size : r.begin, end = r.end > size ? size : r.end;
	if (end < begin)
		end = begin;

	uint32_t line_begin = begin;
	while (line_begin > 0 && text[line_begin - 1] != '\n')
		line_begin--;
	uint32_t first = line_begin;
	for (int i = 0; i < 3 && first > 0; i++) {
		first--;
		while (first > 0 && text[first - 1] != '\n')
			first--;
	}
	text_addn(out, text + first, line_begin - first);

	// Each line that the range touches is underlined, at most eight of them.
	uint32_t pos = line_begin;
	bool more = true;
	for (int i = 0; more && i < 8; i++) {
		uint32_t line_end = pos;
		while (line_end < size && text[line_end] != '\n')
			line_end++;
		text_addn(out, text + pos, line_end - pos);
		text_addc(out, '\n');
		uint32_t from = begin > pos ? begin : pos, to = end < line_end ? end : line_end;
		if (from > pos || i == 0) {
			for (uint32_t k = pos; k < from; k++)
				text_addc(out, text[k] == '\t' ? '\t' : ' ');
		} else { // continuation lines: underline from their first character
			while (from < to && (text[from] == ' ' || text[from] == '\t'))
				text_addc(out, text[from++]);
		}
		text_fill(out, '~', to > from ? to - from : 1);
		more = end > line_end + 1 && line_end < size && i < 7;
		text_add(out, more ? "\n" : " <--- HERE\n");
		pos = line_end < size ? line_end + 1 : size;
	}
	for (int i = 0; i < 3 && pos < size; i++) {
		uint32_t line_end = pos;
		while (line_end < size && text[line_end] != '\n')
			line_end++;
		text_addn(out, text + pos, line_end - pos);
		text_addc(out, '\n');
		pos = line_end < size ? line_end + 1 : size;
	}
}

static void report_frame(Text *out, const ErrorFrame *f)
{
	if (!f->range.src) {
		if (f->function)
			text_addf(out, "  in %s\n", f->function);
		return;
	}
	uint32_t line, column;
	source_position(f->range.src, f->range.begin, &line, &column);
	text_addf(out, "  File \"%s\", line %u", f->range.src->name, line);
	if (f->function) { // the short name, as Python's tracebacks have it
		const char *dot = strrchr(f->function, '.');
		text_addf(out, ", in %s", dot ? dot + 1 : f->function);
	}
	text_addc(out, '\n');
	highlight(out, f->range);
}

// A line of a Python traceback: the first line of the place without its indentation, marked where it is not the whole.
static void report_python_frame(Text *out, const ErrorFrame *f)
{
	const Source *src = f->range.src;
	if (!src)
		return;
	uint32_t line, column;
	source_position(src, f->range.begin, &line, &column);
	text_addf(out, "  File \"%s\", line %u, in %s\n", src->name, line, f->function ? f->function : "<module>");
	uint32_t size = (uint32_t)src->size, begin = f->range.begin > size ? size : f->range.begin;
	uint32_t from = begin - (column - 1), to = begin;
	while (from < begin && (src->text[from] == ' ' || src->text[from] == '\t'))
		from++;
	while (to < size && src->text[to] != '\n')
		to++;
	while (to > from && (src->text[to - 1] == ' ' || src->text[to - 1] == '\t' || src->text[to - 1] == '\r'))
		to--;
	if (from == to)
		return;
	text_add(out, "    ");
	text_addn(out, src->text + from, to - from);
	text_addc(out, '\n');
	uint32_t end = f->range.end < to ? f->range.end : to;
	if (begin == from && end == to)
		return;
	text_fill(out, ' ', 4);
	for (uint32_t i = from; i < end; i++)
		if (((unsigned char)src->text[i] & 0xc0) != 0x80) // one mark a character
			text_addc(out, i >= begin ? '^' : src->text[i] == '\t' ? '\t' : ' ');
	text_addc(out, '\n');
}

static void report_python(Text *out, const Error *e, const char *message)
{
	if (e->before)
		text_add(out, e->before);
	if (e->nframes)
		text_add(out, "Traceback (most recent call last):\n");
	for (int i = e->nframes - 1, same = 0; i >= 0; i--) {
		const ErrorFrame *f = &e->frames[i], *last = i + 1 < e->nframes ? f + 1 : NULL;
		same = last && last->range.src == f->range.src && last->range.begin == f->range.begin ? same + 1 : 0;
		if (same < 3)
			report_python_frame(out, f);
		else if (i == 0 || f[-1].range.src != f->range.src || f[-1].range.begin != f->range.begin)
			text_addf(out, "  [Previous line repeated %d more time%s]\n", same - 2, same == 3 ? "" : "s");
	}
	const char *name = e->exception ? e->exception : e->code == STATUS_TYPE ? "TypeError" :
		e->code == STATUS_VALUE ? "ValueError" : e->code == STATUS_INDEX ? "IndexError" :
		e->code == STATUS_MEMORY ? "MemoryError" : e->code == STATUS_UNSUPPORTED ? "NotImplementedError" :
		e->code == STATUS_IO ? "OSError" : e->code == STATUS_TIME ? "TimeoutError" :
		e->code == STATUS_CANCELLED ? "KeyboardInterrupt" : e->code == STATUS_SYNTAX ? "SyntaxError" : "RuntimeError";
	if (!strncmp(name, "builtins.", 9) || !strncmp(name, "__main__.", 9))
		name += 9;
	text_addf(out, *message ? "%s: %s\n" : "%s%s\n", name, message);
}

char *error_report(const Error *e)
{
	Text out = {0};
	const char *message = e->message ? e->message : status_name(e->code);

	if (e->is_python) {
		report_python(&out, e, message);
	} else if (e->is_compile) {
		text_add(&out, message);
		text_add(&out, e->nframes ? ":\n" : "\n");
		for (int i = 0; i < e->nframes; i++) {
			if (i > 0 && e->frames[i].function)
				text_addf(&out, "'%s' is being compiled since it was called from here\n",
					e->frames[i].function);
			ErrorFrame f = e->frames[i];
			f.function = NULL;
			report_frame(&out, &f);
		}
	} else if (e->nframes) {
		text_add(&out, "The following operation failed in the TorchScript interpreter.\n"
			       "Traceback of TorchScript (most recent call last):\n");
		for (int i = e->nframes - 1; i >= 0; i--)
			report_frame(&out, &e->frames[i]);
		text_addf(&out, "%s: %s\n", e->exception ? e->exception : "RuntimeError", message);
	} else {
		text_add(&out, message);
		text_addc(&out, '\n');
	}
	return text_take(&out);
}
