#!/bin/sh
# Runs the C tests of a build for another machine, but SKIP, and adds up what they count.
#   [SKIP=TEST] test/machine_test.sh NAME BUILD EMULATOR...
set -u
name=$1 build=$2
shift 2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for test in "$build"/test/*_test; do
  [ "${test##*/}" = "${SKIP:-}" ] && continue
  timeout 100 "$@" "$test" >"$log.one" 2>&1 && status=0 || status=$?
  if [ $status -ne 0 ]; then
    echo "$name: ${test##*/} ended with $status" >&2
    tail -n 20 "$log.one" >&2
    echo "${test##*/}: 0 passed, 1 failed" >>"$log"
  fi
  cat "$log.one" >>"$log"
done
rm -f "$log.one"
awk -v name="$name" '
  /^[^ ]+: [0-9]+ passed, [0-9]+ failed$/ { p += $2; f += $4 }
  END { printf "%s: %d passed, %d failed\n", name, p, f; exit f > 0 || !p }' "$log"
