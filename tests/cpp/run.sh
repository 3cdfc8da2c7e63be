#!/usr/bin/env bash
# Builds and runs the C++ self-tests:  run.sh DIRECTORY COMPILER [EMULATOR ...]
#   bash tests/cpp/run.sh /tmp/selftests g++
#   FLAGS="-O1 -g -fsanitize=thread" bash tests/cpp/run.sh /tmp/selftests g++
set -euo pipefail
cd "$(dirname "$0")/../.."
directory=$1 compiler=$2
shift 2
for test in tests/cpp/*_selftest.cpp; do
  program=$directory/$(basename "$test" .cpp)-$(basename "$compiler")
  sources=(cpp/core/*.cpp)
  case $test in
    *kernel*) sources+=(cpp/blas/*.cpp cpp/linalg/*.cpp) ;;
    *tape*) sources+=(cpp/blas/*.cpp cpp/calculus/*.cpp) ;;
  esac
  # shellcheck disable=SC2086
  "$compiler" -std=c++20 ${FLAGS:--O2} -Wno-psabi -pthread -Icpp "$test" "${sources[@]}" -o "$program"
  echo "$(basename "$program")"
  "$@" "$program"
done
