#!/bin/sh
# The core has no I/O, no allocation and no state of its own: what its library leaves undefined is
# memcpy, memmove, memset and memcmp, and it has no writable data. Checked with every compiler that
# is here, as are three impure files that must be found out.
#   test/purity_test.sh [compiler ...]
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 passed=0

# -fno-builtin-bcmp: clang turns memcmp(...) != 0 into bcmp; the Apple build says the same.
# -fno-stack-protector: some systems' compilers add calls of their own.
flags='-std=c11 -O2 -fPIC -fno-builtin-bcmp -fno-stack-protector -Iinclude -Icore'

# Prints what is impure about a library; nothing when all is well.
impurities() {
  nm "$1" | awk '
    $1 == "U" { used[$2] = 1 }
    NF == 3 && $2 == "C" { print "writable: " $3 }
    NF == 3 && $2 ~ /[A-TV-Z]/ { defined[$3] = 1 }
    END { for (s in used) if (!(s in defined) && s !~ /^(memcpy|memmove|memset|memcmp|_GLOBAL_OFFSET_TABLE_)$/) print "undefined: " s }'
  size -A "$1" | awk '
    $1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print "writable: " $2 " bytes of " $1 }'
}

check() { # name, expectation: clean or impure, library
  found=$(impurities "$3")
  if [ -n "$found" ]; then is=impure; else is=clean; fi
  if [ $is = "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "purity: $1 is $is, expected $2" >&2
    echo "$found" >&2
  fi
}

library() { # compiler, library, sources
  compiler=$1 archive=$2
  shift 2
  rm -rf "$work/o" && mkdir "$work/o"
  for source; do
    "$compiler" $flags -c "$source" -o "$work/o/$(echo "$source" | tr / _).o"
  done
  rm -f "$archive" && ar rcs "$archive" "$work"/o/*.o
}

echo 'int puts(const char *); int core_speaks(void); int core_speaks(void) { return puts("x"); }' >"$work/speaks.c"
echo 'int core_counts(void); int core_counts(void) { static int n; return ++n; }' >"$work/counts.c"
echo 'extern int core_level; int core_level = 3;' >"$work/level.c"

for compiler in ${*:-gcc clang}; do
  command -v "$compiler" >/dev/null || continue
  library "$compiler" "$work/core.a" core/*.c core/sniff/*.c
  check "the core ($compiler)" clean "$work/core.a"
  for impure in speaks counts level; do
    "$compiler" $flags -c "$work/$impure.c" -o "$work/$impure.o"
    cp "$work/core.a" "$work/impure.a"
    ar rs "$work/impure.a" "$work/$impure.o" 2>/dev/null
    check "the core with $impure.c ($compiler)" impure "$work/impure.a"
  done
done
echo "purity: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
