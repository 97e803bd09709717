#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, runs them, and checks what they need of the machine that runs them.
# Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${PE_FORMAT:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=$(from_env "CARGO_TARGET_${upper}_RUNNER")

# inspect <file>: checks that it is for the row's machine, that it is a program for a console, and that it only needs DLLs of every
# Windows.
inspect() {
	"$TRIPLE-objdump" -p "$1" >headers
	format=$(sed -n 's/.*file format //p' headers)
	[ "$format" = "$PE_FORMAT" ] || fail "$1 is for '$format', not '$PE_FORMAT'"
	grep -q '^Subsystem.*(Windows CUI)' headers || fail "$1 is no program for a console"
	dlls=$(sed -n 's/.*DLL Name: //p' headers | tr '[:upper:]' '[:lower:]' | sort -u | tr '\n' ' ')
	for dll in $dlls; do
		case $dll in
		advapi32.dll | api-ms-win-*.dll | bcrypt.dll | bcryptprimitives.dll | crypt32.dll | gdi32.dll | kernel32.dll | msvcrt.dll | \
			ntdll.dll | user32.dll | userenv.dll | ws2_32.dll | from-shared.dll) ;;
		*) fail "$1 needs $dll" ;;
		esac
	done
	echo "$1: $format, $dlls" >>"$report"
}

# expect <text> <command>...: checks that the command succeeds and prints exactly this text. Carriage returns do not count.
expect() {
	expected=$1
	shift
	printed=$("$@" 2>errors) || fail "'$*' ended with status $? and '$(cat errors)'"
	printed=$(printf '%s' "$printed" | tr -d '\r')
	[ "$printed" = "$expected" ] || fail "'$*' printed '$printed', not '$expected'"
	[ ! -s errors ] || fail "'$*' wrote '$(cat errors)' to standard error"
}

"$cc" -O2 -shared -o from-shared.dll "$source/shared.c" -Wl,--out-implib,libshared.dll.a
inspect from-shared.dll
"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
# rustc's linker
"$linker" -O2 -o c.exe "$source/program.c" -L. -lstatic -lshared
inspect c.exe
expect 'C 42' "$runner" ./c.exe
# A program runs without the image's environment and without variables for Wine.
expect 'C 42' env -i "$(command -v "$runner")" "$work/c.exe"
# arguments, files by relative and absolute paths, standard input, and exit codes
# shellcheck disable=SC1003
expect 'C 42 [a b] ["] [] [c:\d e\\]' "$runner" ./c.exe 'a b' '"' '' 'c:\d e\\'
echo text >file
expect text "$runner" ./c.exe --read file
expect text "$runner" ./c.exe --read "$work/file"
expect text "$runner" ./c.exe --stdin <file
status=0
"$runner" ./c.exe --exit 7 || status=$?
[ "$status" = 7 ] || fail "a program that ends with 7 ended with $status"
# a DLL in another directory, found by LD_LIBRARY_PATH, which cargo sets on this machine
mkdir libraries
mv from-shared.dll libraries
expect 'C 42' env "LD_LIBRARY_PATH=$work/libraries" "$runner" ./c.exe
status=0
"$runner" ./c.exe 2>errors || status=$?
grep -q 'from-shared.dll' errors || fail "a library is missing and '$(cat errors)' does not name it"
# link-time optimisation
"$cc" -O2 -flto -o lto.exe "$source/program.c" "$source/static.c" "$source/shared.c"
inspect lto.exe
expect 'C 42' "$runner" ./lto.exe
# old C, which GCC accepted for decades
"$cc" -w -o old.exe "$source/old.c"
expect 7 "$runner" ./old.exe

"$cxx" -O2 -std=c++17 -o cxx.exe "$source/main.cc"
inspect cxx.exe
expect 'C++ caught 42' "$runner" ./cxx.exe
# DLLs that rustc's own DLLs need are found with and without LD_LIBRARY_PATH.
"$cxx" -O2 -std=c++17 -shared-libgcc -o shared-unwinder.exe "$source/main.cc"
"$TRIPLE-objdump" -p shared-unwinder.exe | grep -q 'DLL Name: libgcc_s_' || fail 'there is no shared unwinder'
for dirs in '' "$work/libraries"; do
	expect 'C++ caught 42' env "LD_LIBRARY_PATH=$dirs" "$runner" ./shared-unwinder.exe
done
# A DLL has its own copy of the C++ library.
"$cxx" -O2 -std=c++17 -shared -Dmain=from_cxx -o cxx.dll "$source/main.cc"
inspect cxx.dll

with_cmake "$source/cmake"
if has_part openssl; then
	with_openssl ssl.exe
	for program in ssl.exe cmake/ssl.exe; do
		inspect "$program"
		expect 'OpenSSL ba7816bf' "$runner" "$program"
	done
fi
inspect cmake/cxx.exe
expect 'C++ caught 42' "$runner" cmake/cxx.exe

# Crates with a version or an icon compile resources, with either name of the tool.
for tool in "$TRIPLE-windres" "$GCC_TRIPLE-windres"; do
	"$tool" -O coff -o version.o "$source/version.rc"
done
"$cc" -o version.exe "$source/program.c" "$source/static.c" "$source/shared.c" version.o
"$TRIPLE-objdump" -p version.exe | grep -q 'The .rsrc Resource Directory' || fail 'a program with resources has none'
# rustc starts the second name for crates that import from a DLL without an import library (`raw-dylib`).
printf 'EXPORTS\nGetTickCount\n' >one.def
for tool in "$TRIPLE-dlltool" "$GCC_TRIPLE-dlltool"; do
	"$tool" -d one.def -D kernel32.dll -l libone.a
done

has_headers_of_libclang
if has_part libclang; then
	with_libclang windows.h "-DPOINTER=$(echo __SIZEOF_POINTER__ | "$cc" -E -P -)"
fi

# Build scripts run on this machine, so its own compiler has to make programs for it.
gcc -o host "$source/program.c" "$source/static.c" "$source/shared.c"
expect 'C 42' ./host

cat "$report"
