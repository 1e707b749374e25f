// SPDX-License-Identifier: BSD-3-Clause
// Which files a program may touch: what the options allow, and to import, what lies beside the main file.
//
// Paths are compared after all symbolic links are followed, so that a link inside an allowed folder opens nothing
// outside of it.  A program has no means to make a link between the check and the opening.
#include "frontend/build/build.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// Where a path leads to.  Of a file that is yet to be made the folder must exist; a link that leads nowhere, which
// writing would fill, does not resolve.
static bool resolve(const char *path, char real[PATH_MAX])
{
	struct stat info;
	if (realpath(path, real))
		return true;
	if (errno != ENOENT || lstat(path, &info) == 0)
		return false;
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	char folder[PATH_MAX];
	size_t n = slash ? (size_t)(slash - path) : 0;
	if (!*last || !strcmp(last, ".") || !strcmp(last, "..") || n >= PATH_MAX)
		return false;
	memcpy(folder, path, n);
	folder[n] = '\0';
	if (!realpath(!slash ? "." : n ? folder : "/", real))
		return false;
	size_t have = strlen(real), add = strlen(last);
	if (have + add + 2 > PATH_MAX)
		return false;
	if (have > 1)
		real[have++] = '/';
	memcpy(real + have, last, add + 1);
	return true;
}

static bool is_below(const char *real, const char *allowed)
{
	char base[PATH_MAX];
	if (!resolve(allowed, base))
		return false;
	size_t n = strlen(base);
	return !strncmp(real, base, n) && (real[n] == '/' || real[n] == '\0' || n == 1);
}

static bool is_allowed(const char *real, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (is_below(real, list[i]))
			return true;
	return false;
}

static Status refuse(Build *b, const char *path, const char *what, const char *option)
{
	return py_raise(b, "PermissionError", "%s '%s' is not allowed; %s=PATH allows it", what, path, option);
}

Status files_may_read(Build *b, const char *path)
{
	char real[PATH_MAX];
	bool allowed = resolve(path, real) && is_allowed(real, b->access.read, b->access.nread);
	return allowed ? STATUS_OK : refuse(b, path, "reading", "--allow-read");
}

Status files_may_write(Build *b, const char *path)
{
	char real[PATH_MAX];
	bool allowed = resolve(path, real) && is_allowed(real, b->access.write, b->access.nwrite);
	return allowed ? STATUS_OK : refuse(b, path, "writing", "--allow-write");
}

Status files_may_import(Build *b, const char *path)
{
	char real[PATH_MAX];
	bool allowed = resolve(path, real) && ((b->main_dir && is_below(real, b->main_dir)) ||
		(b->package_root && is_below(real, b->package_root)) || is_allowed(real, b->access.read, b->access.nread));
	return allowed ? STATUS_OK : refuse(b, path, "reading", "--allow-read");
}
