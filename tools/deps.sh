#!/bin/sh
# Sees to it that what the build and the tests need is there: Debian packages, by what they provide.
set -eu
missing=
need() { # need PACKAGE COMMAND…: true when the package provides what is wanted
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
header() { echo "#include <$1>" | gcc -E -x c - ; }

need gcc command -v gcc
need binutils command -v objcopy
need libc6-dev header stdlib.h
need flex command -v flex
need bison command -v bison
need zlib1g-dev header zlib.h
need libjansson-dev header jansson.h
need libedit-dev header histedit.h
echo '#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>' | gcc -E -x c - >/dev/null 2>&1 || missing="$missing libcmocka-dev"
case " $* " in *" fuzz "*)
	need clang-14 command -v clang-14
esac
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null 2>&1 || { echo "These packages are missing:$missing; install them as root." >&2; exit 1; }
	sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing
