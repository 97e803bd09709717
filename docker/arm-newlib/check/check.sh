#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, checks which cores they are for, and runs them in QEMU's machine for the
# row. Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${CPU_ARCH:?}" "${FLASH:?}" "${RAM:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=$(from_env "CARGO_TARGET_${upper}_RUNNER")

# inspect <program>: checks that it is for the row's core, with its libraries, and that it passes floating-point numbers as the row
# requires.
inspect() {
	attributes=$("$TRIPLE-readelf" -A "$1")
	arch=$(echo "$attributes" | sed -n 's/^ *Tag_CPU_arch: //p')
	[ "$arch" = "$CPU_ARCH" ] || fail "$1 is for '$arch', not for '$CPU_ARCH'"
	case $TRIPLE in
	*hf) echo "$attributes" | grep -q 'Tag_ABI_VFP_args: VFP registers' || fail "$1 is for soft floating point" ;;
	*) ! echo "$attributes" | grep -Eq 'Tag_FP_arch|Tag_ABI_VFP_args' || fail "$1 is for cores with an FPU" ;;
	esac
	echo "$1: $arch" >>"$report"
}

# ends_with <status> <command>...: checks the exit code of a command, whose output goes to the file `said`.
ends_with() {
	expected=$1
	shift
	status=0
	"$@" >said 2>&1 || status=$?
	[ "$status" = "$expected" ] || fail "'$*' ended with status $status, not $expected: $(cat said)"
}

: >"$report"
"$cc" -E -P -x c -DROM_START="$FLASH" -DRAM_START="$RAM" -o link.ld "$source/link.ld.in"

"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
"$cc" -O2 -DRDIMON --specs=rdimon.specs -nostartfiles -T link.ld -o c.elf "$source/start.c" "$source/main.c" -L. -lstatic -lm
inspect c.elf
# arguments, standard streams and exit codes
expect 'C 42 a b,c' "$runner" ./c.elf a b,c
expect 'C 42 --both' sh -c "'$runner' ./c.elf --both 2>errors"
[ "$(cat errors)" = error ] || fail "standard error is '$(cat errors)'"
echo text >text
expect text sh -c "'$runner' ./c.elf --read <text"
ends_with 7 "$runner" ./c.elf --exit 7
# A fault ends the program with an explanation. A name that is no machine of QEMU's is an error.
ends_with 134 "$runner" ./c.elf --fault
grep -q 'in Cross.toml names another' said || fail 'a fault is not explained'
ends_with 1 env CROSS_MACHINE=none-such "$runner" ./c.elf
# A program runs without the image's environment.
expect 'C 42' env -i "$(command -v "$runner")" "$work/c.elf"

# rustc's linker, called without rustc
"$cc" -O2 -c -o start.o "$source/start.c"
"$cc" -O2 -c -o linked.o "$source/linked.c"
"$linker" -T link.ld start.o linked.o -o linked.elf
inspect linked.elf
ends_with 3 "$runner" ./linked.elf
grep -qx 'linked 42.00' said || fail "linked.elf said '$(cat said)'"

"$cc" -O2 -DRDIMON -c -o start.o "$source/start.c"
"$cxx" -O2 -std=c++17 --specs=rdimon.specs -nostartfiles -T link.ld -o cxx.elf start.o "$source/main.cc"
inspect cxx.elf
expect 'C++ 42 caught' "$runner" ./cxx.elf

with_cmake "$source" -DSCRIPT="$work/link.ld"
inspect cmake/c.elf
expect 'C 42' "$runner" cmake/c.elf

if has_part libclang; then
	with_libclang header.h
fi

# Build scripts run on this machine, so its own compiler has to make programs for it.
printf 'int main(void) { return 0; }\n' | gcc -o host -x c -
./host

cat "$report"
