// SPDX-License-Identifier: BSD-3-Clause
// What os, time and sys need of C.  The rest of them is in frontend/lib/modules/.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// ---- os

static Status path_arg(Build *b, const PyArgs *a, const char *name, bool write, IValue *path)
{
	if (a->npos < 1)
		return raise_arity(b, name, 1, a->npos);
	TRY(path_text(b, a->pos[0], path));
	Status st = write ? files_may_write(b, path->str->s) : files_may_read(b, path->str->s);
	if (st != STATUS_OK)
		ivalue_unref(path);
	return st;
}

// Whether there is such a file.  One that may not be looked at is not there.
static Status exists(Build *b, const PyArgs *a, mode_t kind, IValue *out)
{
	IValue path;
	struct stat info;
	if (a->npos != 1)
		return raise_arity(b, "exists", 1, a->npos);
	TRY(path_text(b, a->pos[0], &path));
	bool is = false;
	if (files_may_read(b, path.str->s) != STATUS_OK)
		py_discard(b);
	else
		is = stat(path.str->s, &info) == 0 && (!kind || (info.st_mode & S_IFMT) == kind);
	ivalue_unref(&path);
	*out = iv_bool(is);
	return STATUS_OK;
}

static Status os_exists(Build *b, const PyArgs *a, IValue *out) { return exists(b, a, 0, out); }
static Status os_isfile(Build *b, const PyArgs *a, IValue *out) { return exists(b, a, S_IFREG, out); }
static Status os_isdir(Build *b, const PyArgs *a, IValue *out) { return exists(b, a, S_IFDIR, out); }

static Status os_getsize(Build *b, const PyArgs *a, IValue *out)
{
	IValue path;
	struct stat info;
	TRY(path_arg(b, a, "getsize", false, &path));
	Status st = stat(path.str->s, &info) ? raise_errno(b, errno, path.str->s) : STATUS_OK;
	*out = iv_int(st == STATUS_OK ? info.st_size : 0);
	ivalue_unref(&path);
	return st;
}

static Status os_listdir(Build *b, const PyArgs *a, IValue *out)
{
	IValue path;
	TRY(path_arg(b, a, "listdir", false, &path));
	DIR *d = opendir(path.str->s);
	Status st = d ? STATUS_OK : raise_errno(b, errno, path.str->s);
	*out = py_list(b, 8);
	for (struct dirent *e; d && st == STATUS_OK && (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			st = list_append_take(out->list, iv_cstr(e->d_name), b->x.err);
	if (d)
		closedir(d);
	ivalue_unref(&path);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status os_mkdir(Build *b, const PyArgs *a, IValue *out)
{
	IValue path;
	TRY(path_arg(b, a, "mkdir", true, &path));
	Status st = mkdir(path.str->s, 0777) ? raise_errno(b, errno, path.str->s) : STATUS_OK;
	ivalue_unref(&path);
	*out = iv_none();
	return st;
}

static Status os_remove(Build *b, const PyArgs *a, IValue *out)
{
	IValue path;
	TRY(path_arg(b, a, "remove", true, &path));
	Status st = unlink(path.str->s) ? raise_errno(b, errno, path.str->s) : STATUS_OK;
	ivalue_unref(&path);
	*out = iv_none();
	return st;
}

static Status os_getcwd(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	char buf[4096];
	if (!getcwd(buf, sizeof buf))
		return raise_errno(b, errno, NULL);
	*out = iv_cstr(buf);
	return STATUS_OK;
}

static Status os_fspath(Build *b, const PyArgs *a, IValue *out)
{
	return a->npos == 1 ? path_text(b, a->pos[0], out) : raise_arity(b, "fspath", 1, a->npos);
}

static Status os_cpu_count(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_int(sysconf(_SC_NPROCESSORS_ONLN));
	return STATUS_OK;
}

static Status os_getpid(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_int(getpid());
	return STATUS_OK;
}

static void natives(PyModule *m, const NativeMethod *f)
{
	for (; f->name; f++)
		module_native(m, f->name, f->fn);
}

Status lib_os(Build *b, PyModule *m)
{
	(void)b;
	static const NativeMethod functions[] = {{"exists", os_exists}, {"isfile", os_isfile}, {"isdir", os_isdir},
		{"getsize", os_getsize}, {"listdir", os_listdir}, {"mkdir", os_mkdir}, {"remove", os_remove},
		{"getcwd", os_getcwd}, {"fspath", os_fspath}, {"cpu_count", os_cpu_count}, {"getpid", os_getpid}, {0}};
	natives(m, functions);
	return STATUS_OK;
}

// ---- time

static Status clock_value(clockid_t id, bool ns, IValue *out)
{
	struct timespec t;
	clock_gettime(id, &t);
	*out = ns ? iv_int((int64_t)t.tv_sec * 1000000000 + t.tv_nsec) : iv_float((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
	return STATUS_OK;
}

#define CLOCK(name, id, ns)                                              \
	static Status name(Build *b, const PyArgs *a, IValue *out)       \
	{                                                                \
		(void)b, (void)a;                                        \
		return clock_value(id, ns, out);                         \
	}
CLOCK(time_time, CLOCK_REALTIME, false)
CLOCK(time_time_ns, CLOCK_REALTIME, true)
CLOCK(time_perf_counter, CLOCK_MONOTONIC, false)
CLOCK(time_perf_counter_ns, CLOCK_MONOTONIC, true)
CLOCK(time_process_time, CLOCK_PROCESS_CPUTIME_ID, false)

static Status time_sleep(Build *b, const PyArgs *a, IValue *out)
{
	double left;
	TRY(args_parse(b, a, "sleep", "seconds:f /", &left));
	if (left < 0)
		return py_raise(b, "ValueError", "sleep length must be non-negative");
	*out = iv_none();
	while (left > 0) { // in pieces, so that limits and Ctrl-C are seen
		double piece = left < 0.05 ? left : 0.05;
		struct timespec t = {0, (long)(piece * 1e9)};
		nanosleep(&t, NULL);
		left -= piece;
		TRY(build_tick(b));
	}
	return STATUS_OK;
}

static Status time_parts(Build *b, const PyArgs *a, bool utc, IValue *out)
{
	IValue v;
	TRY(args_parse(b, a, utc ? "gmtime" : "localtime", "seconds:o=None /", &v));
	time_t now = time(NULL);
	if (v.tag != TAG_NONE) {
		double d;
		TRY(number_float(b, v, &d));
		if (!(fabs(d) < 1e11))
			return py_raise(b, "OverflowError", "timestamp out of range");
		now = (time_t)floor(d);
	}
	struct tm t;
	if (!(utc ? gmtime_r(&now, &t) : localtime_r(&now, &t)))
		return py_raise(b, "OverflowError", "timestamp out of range");
	IValue parts[9] = {iv_int(t.tm_year + 1900), iv_int(t.tm_mon + 1), iv_int(t.tm_mday), iv_int(t.tm_hour),
		iv_int(t.tm_min), iv_int(t.tm_sec), iv_int((t.tm_wday + 6) % 7), iv_int(t.tm_yday + 1), iv_int(t.tm_isdst)};
	*out = py_tuple_of(b, parts, 9);
	return STATUS_OK;
}

static Status time_localtime(Build *b, const PyArgs *a, IValue *out) { return time_parts(b, a, false, out); }
static Status time_gmtime(Build *b, const PyArgs *a, IValue *out) { return time_parts(b, a, true, out); }

static Status time_strftime(Build *b, const PyArgs *a, IValue *out)
{
	const char *form;
	IValue v;
	TRY(args_parse(b, a, "strftime", "format:s t:o=None /", &form, &v));
	struct tm t;
	time_t now = time(NULL);
	localtime_r(&now, &t);
	IValue u = py_unwrap(v);
	if (u.tag != TAG_NONE) {
		if (u.tag != TAG_TUPLE || u.tuple->n < 9)
			return py_raise(b, "TypeError", "Tuple or struct_time argument required");
		int64_t p[9];
		for (int i = 0; i < 9; i++) {
			TRY(number_index(b, u.tuple->items[i], &p[i]));
			if (p[i] < -100000 || p[i] > 100000)
				return py_raise(b, "ValueError", "time value out of range");
		}
		if (p[1] < 1 || p[1] > 12 || p[6] < 0 || p[6] > 6)
			return py_raise(b, "ValueError", "month or weekday out of range");
		t = (struct tm){.tm_year = (int)p[0] - 1900, .tm_mon = (int)p[1] - 1, .tm_mday = (int)p[2], .tm_hour = (int)p[3],
			.tm_min = (int)p[4], .tm_sec = (int)p[5], .tm_wday = (int)(p[6] + 1) % 7, .tm_yday = (int)p[7] - 1,
			.tm_isdst = (int)p[8]};
	}
	char buf[1024];
	size_t n = strftime(buf, sizeof buf, form, &t);
	*out = iv_str(buf, n);
	return STATUS_OK;
}

Status lib_time(Build *b, PyModule *m)
{
	(void)b;
	static const NativeMethod functions[] = {{"time", time_time}, {"time_ns", time_time_ns},
		{"perf_counter", time_perf_counter}, {"perf_counter_ns", time_perf_counter_ns}, {"monotonic", time_perf_counter},
		{"process_time", time_process_time}, {"sleep", time_sleep}, {"localtime", time_localtime},
		{"gmtime", time_gmtime}, {"strftime", time_strftime}, {0}};
	natives(m, functions);
	return STATUS_OK;
}

// ---- sys

static Status sys_write_stdout(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	TRY(args_parse(b, a, "write", "text:S /", &v));
	build_print(b, v.str->s, (size_t)v.str->n);
	*out = iv_int(utf8_count(v.str->s, v.str->n));
	return STATUS_OK;
}

static Status sys_write_stderr(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	TRY(args_parse(b, a, "write", "text:S /", &v));
	fwrite(v.str->s, 1, (size_t)v.str->n, stderr);
	*out = iv_int(utf8_count(v.str->s, v.str->n));
	return STATUS_OK;
}

static Status sys_getsizeof(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos < 1)
		return raise_arity(b, "getsizeof", 1, a->npos);
	IValue u = py_unwrap(a->pos[0]);
	*out = iv_int(u.tag == TAG_STR ? 49 + u.str->n : u.tag == TAG_LIST ? 56 + 8 * u.list->n : u.tag == TAG_TUPLE ?
		40 + 8 * u.tuple->n : u.tag == TAG_DICT ? 64 + 40 * u.dict->n : 28);
	return STATUS_OK;
}

static Status sys_exc_info(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	IValue parts[3] = {iv_none(), iv_none(), iv_none()};
	for (const Frame *f = b->frame; f && parts[1].tag == TAG_NONE; f = f->back)
		if (f->handling) {
			parts[1] = f->handling->exc;
			parts[0] = py_value(py_type(b, parts[1]));
		}
	*out = py_tuple_of(b, parts, 3);
	return STATUS_OK;
}

Status lib_sys(Build *b, PyModule *m)
{
	static const NativeMethod functions[] = {{"_write_stdout", sys_write_stdout}, {"_write_stderr", sys_write_stderr},
		{"getsizeof", sys_getsizeof}, {"exc_info", sys_exc_info}, {0}};
	natives(m, functions);
	IValue argv = py_list(b, b->argc);
	for (int i = 0; i < b->argc; i++)
		TRY(list_append_take(argv.list, iv_cstr(b->argv[i]), b->x.err));
	if (!b->argc)
		TRY(list_append_take(argv.list, iv_str("", 0), b->x.err));
	module_set_take(m, "argv", argv);
	module_set_take(m, "maxsize", iv_int(INT64_MAX));
	module_set_take(m, "modules", ivalue_ref(iv_take_dict(b->modules)));
	module_set_take(m, "byteorder", iv_cstr("little"));
	module_set_take(m, "platform", iv_cstr("linux"));
	return STATUS_OK;
}
