#!/bin/sh
# Runs every test: the C programs, the fuzz corpora, the golden files of the program, and the comparison with
# PyTorch where that is installed.  Usage: tests/run.sh BUILD
set -u
build=$1
passed=0 failed=0 skipped=0
log=$build/test.log
: > "$log"

fail() { failed=$((failed + ${2:-1})); echo "FAILED: $1"; }

for t in "$build"/tests/test_*; do
	case $t in *.d | *.o | *.dSYM | *.log) continue ;; esac
	name=$(basename "$t")
	"$t" > "$build/tests/$name.log" 2>&1
	status=$?
	ok=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$build/tests/$name.log" | awk '{s += $1} END {print s + 0}')
	bad=$(grep -c '^\[  FAILED  \] [^0-9]' "$build/tests/$name.log")
	passed=$((passed + ok))
	cat "$build/tests/$name.log" >> "$log"
	if [ $status -ne 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
		fail "$name (exit status $status)" "$bad"
		grep -v '^\[ RUN  \|^\[       OK ' "$build/tests/$name.log" | tail -n 40
	fi
done

for t in "$build"/tests/replay_fuzz_*; do
	[ -x "$t" ] || continue
	name=$(basename "$t")
	case $name in *.d) continue ;; esac
	if "$t" "tests/fuzz/corpus/${name#replay_fuzz_}" >> "$log" 2>&1; then
		passed=$((passed + 1))
	else
		fail "$name"
		tail -n 20 "$log"
	fi
done

mkdir -p "$build/cli"
# A golden test: NAME.cmd is run by sh in tests/cli with `wick` on the path; NAME.out is all that it prints, and its status.
path=$(cd "$build" && pwd):$PATH
for t in tests/cli/*.cmd; do
	[ -e "$t" ] || continue
	want=${t%.cmd}.out
	got=$build/cli/$(basename "${t%.cmd}").got
	(cd tests/cli && PATH=$path sh "$(basename "$t")"; echo "[exit $?]") > "$got" 2>&1
	if [ "${UPDATE_GOLDEN:-}" = 1 ]; then
		cp "$got" "$want"
	fi
	if cmp -s "$got" "$want"; then
		passed=$((passed + 1))
	else
		fail "$t"
		diff -u "$want" "$got" | head -n 40
	fi
done

# A script that ends with the line "NAME: N passed, N failed[, N skipped]".
counted() { # counted NAME COMMAND…
	name=$1
	shift
	"$@" > "$build/tests/$name.log" 2>&1
	status=$?
	line=$(grep -E "^$name: [0-9]+ passed, [0-9]+ failed" "$build/tests/$name.log" | tail -n 1)
	grep -v "^$name: " "$build/tests/$name.log" | tail -n 60
	passed=$((passed + $(echo "$line" | sed -n 's/^[a-z]*: \([0-9]*\) passed.*/\1/p' | grep . || echo 0)))
	failed=$((failed + $(echo "$line" | sed -n 's/.*passed, \([0-9]*\) failed.*/\1/p' | grep . || echo 0)))
	skipped=$((skipped + $(echo "$line" | sed -n 's/.*failed, \([0-9]*\) skipped.*/\1/p' | grep . || echo 0)))
	if [ -z "$line" ]; then
		fail "$name (exit status $status)"
	fi
}

# For the sanitizer's runs; elsewhere it means nothing.
LSAN_OPTIONS=suppressions=$PWD/tests/leaks.txt:print_suppressions=0
export LSAN_OPTIONS
counted docs sh tests/docs.sh "$build" README.md docs/tutorial.md docs/language.md
if python3 -c 'import pty' 2>/dev/null; then
	counted terminal python3 tests/terminal.py "$build/wick"
else
	echo "SKIPPED: the prompt on a terminal, because there is no python3"
	skipped=$((skipped + 1))
	[ "${CI:-}" != true ] || fail "in CI nothing may be skipped"
fi

if [ "${WICK_TEST_SHORT:-}" = 1 ]; then
	:
elif python3 -c 'import torch' 2>/dev/null; then
	python3 tests/oracle/run.py "$build/wick" > "$build/tests/oracle.log" 2>&1
	status=$?
	tail -n 30 "$build/tests/oracle.log" | grep -v '^PASS'
	line=$(grep -E '^oracle: [0-9]+ passed, [0-9]+ failed' "$build/tests/oracle.log" | tail -n 1)
	ok=$(echo "$line" | sed -n 's/^oracle: \([0-9]*\) passed.*/\1/p')
	bad=$(echo "$line" | sed -n 's/.*passed, \([0-9]*\) failed.*/\1/p')
	skip=$(echo "$line" | sed -n 's/.*failed, \([0-9]*\) skipped.*/\1/p')
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-0}))
	skipped=$((skipped + ${skip:-0}))
	if [ -z "$line" ] || { [ $status -ne 0 ] && [ "${bad:-0}" = 0 ]; }; then
		fail "tests/oracle/run.py (exit status $status)"
	fi
else
	echo "SKIPPED: the comparison with PyTorch, because python3 cannot import torch"
	skipped=$((skipped + 1))
	[ "${CI:-}" != true ] || fail "in CI nothing may be skipped"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
