#!/bin/sh
# Prints a C table of the importable modules given by path: struct LibModule { name, path, package, text }, ended by
# NULLs (frontend/build/module.c reads it).  frontend/lib/modules/torch/nn/__init__.py is the package torch.nn.
set -eu
echo '#include <stdbool.h>'
echo 'struct LibModule { const char *name, *path; bool package; const char *text; };'
echo 'extern const struct LibModule lib_modules[];'
echo 'const struct LibModule lib_modules[] = {'
for f in "$@"; do
	path=${f#frontend/lib/modules/}
	name=$(echo "${path%.py}" | tr / .)
	package=false
	case $name in
	*.__init__) name=${name%.__init__}; package=true ;;
	esac
	printf '{ "%s", "%s", %s,\n' "$name" "$path" $package
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$f"
	echo '"" },'
done
echo '{ 0, 0, false, 0 } };'
