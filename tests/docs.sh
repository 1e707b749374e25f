#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs the examples of documents.  Usage: tests/docs.sh BUILD FILE.md…
#
#   ```python NAME.py    becomes a file             ```python     is run by `wick -`; a ```text block after it is what it
#   ```pycon             is typed at `wick repl`                  prints (```text error: it fails, and this is all it prints)
#   ```console           lines after "$ " are commands, the rest is what they print
#
# All examples of a document share a folder.  A line "…" stands for any lines.  Commands of python3 are left out, aloud,
# where it has no PyTorch.
set -u
build=$(cd "$1" && pwd)
shift
PATH=$build:$PATH
export PATH
passed=0 failed=0 skipped=0

split='
function path(kind) { return sprintf("%s/%03d.%s", dir, ++n, kind) }
/^```/ {
	if (out) { close(out); out = ""; next }
	lang = substr($1, 4)
	if (lang == "python" && NF > 1) { out = path("file"); print $2 > (out ".name") }
	else if (lang == "text") out = path(NF > 1 ? "error" : "text")
	else if (lang == "python" || lang == "pycon" || lang == "console") out = path(lang)
	else { out = path("other") }
	printf "" > out
	print NR > (out ".line")
	next
}
out { print > out }'

# Does the text of file 2 fit the pattern in file 1?
fits='
NR == FNR { want[++nw] = $0; next }
{ got[++ng] = $0 }
END {
	i = j = 1
	while (i <= nw) {
		if (want[i] == "…") {
			i++
			if (i > nw) exit 0
			while (j <= ng && got[j] != want[i]) j++
			if (j > ng) exit 1
		} else if (j > ng || got[j] != want[i]) exit 1
		i++; j++
	}
	exit j <= ng
}'

compare() { # compare DOC LINE WANT GOT
	# what the address sanitizer says of every program that has generators is no output of the example
	sed -i "/WARNING: ASan doesn't fully support makecontext/d" "$4"
	if awk "$fits" "$3" "$4"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1:$2"
		diff "$3" "$4" | head -n 30
	fi
}

has_torch=no
python3 -c 'import torch' 2>/dev/null && has_torch=yes

for doc; do
	work=$(mktemp -d)
	mkdir "$work/parts" "$work/run"
	awk -v dir="$work/parts" "$split" "$doc"
	pending=
	for part in "$work"/parts/*; do
		[ -e "$part" ] || continue
		case $part in *.name | *.line) continue ;; *) read -r line < "$part.line" ;; esac
		kind=${part##*.}
		# A program whose output is not shown must succeed.
		if [ -n "$pending" ] && [ "$kind" != text ] && [ "$kind" != error ]; then
			if [ "$status" = 0 ]; then passed=$((passed + 1)); else
				failed=$((failed + 1))
				echo "FAILED: $doc:$pending (status $status)"
				head -n 20 "$work/got"
			fi
			pending=
		fi
		case $kind in
		file)
			read -r name < "$part.name"
			cp "$part" "$work/run/$name" ;;
		python)
			(cd "$work/run" && ${WICK_DOCS_RUN:-wick} -) < "$part" > "$work/got" 2>&1
			status=$?
			pending=$line ;;
		text | error)
			[ -n "$pending" ] || continue
			if [ "$kind" = text ] && [ "$status" != 0 ]; then echo "(status $status)" >> "$work/got"; fi
			if [ "$kind" = error ] && [ "$status" = 0 ]; then echo "(no error)" >> "$work/got"; fi
			compare "$doc" "$pending" "$part" "$work/got"
			pending= ;;
		pycon)
			sed -n 's/^\(>>>\|\.\.\.\)\( \|$\)//p' "$part" > "$work/input"
			sed '/^\(>>>\|\.\.\.\)\( \|$\)/d' "$part" > "$work/want"
			(cd "$work/run" && wick repl) < "$work/input" > "$work/got" 2>&1
			compare "$doc" "$line" "$work/want" "$work/got" ;;
		console)
			if [ $has_torch = no ] && grep -q '^\$ python3' "$part"; then
				echo "SKIPPED: $doc:$line, because python3 cannot import torch"
				skipped=$((skipped + 1))
				continue
			fi
			sed -n 's/^\$ //p' "$part" > "$work/input"
			sed '/^\$ /d' "$part" > "$work/want"
			(cd "$work/run" && sh "$work/input") > "$work/got" 2>&1
			compare "$doc" "$line" "$work/want" "$work/got" ;;
		esac
	done
	if [ -n "$pending" ] && [ "$status" != 0 ]; then
		failed=$((failed + 1))
		echo "FAILED: $doc:$pending (status $status)"
	fi
	rm -rf "$work"
done
echo "docs: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
