#!/bin/sh
# Prints a C table of the files given: struct LibFile { name, text }, ended by NULLs (frontend/lib.c reads it).
set -eu
echo 'struct LibFile { const char *name, *text; };'
echo 'extern const struct LibFile lib_files[];'
echo 'const struct LibFile lib_files[] = {'
for f in "$@"; do
	printf '{ "%s",\n' "$(basename "$f")"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$f"
	echo '},'
done
echo '{ 0, 0 } };'
