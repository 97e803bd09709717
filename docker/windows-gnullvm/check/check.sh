#!/bin/sh
# usage: check.sh <report>
# Compiles programs for the target in every way that crates do, runs them with RUNNER if the row has one, and checks what they need of the
# machine that runs them. Needs the image's environment. Writes its findings to <report>.
set -eu

: "${TRIPLE:?}" "${MINGW_TRIPLE:?}" "${PE_FORMAT:?}"

# shellcheck source=docker/check/setup.sh
. "$(dirname "$0")/setup.sh"
runner=${RUNNER:-}
[ -z "$runner" ] || [ "$(from_env "CARGO_TARGET_${upper}_RUNNER")" = "$runner" ] || fail "$runner is not what runs programs"

# inspect <file>: checks that it is for the row's machine, that it is a program for a console, and that it only needs DLLs of every
# Windows since version 10.
inspect() {
	"$TRIPLE-objdump" -p "$1" >headers
	format=$(sed -n 's/.*file format //p' headers)
	[ "$format" = "$PE_FORMAT" ] || fail "$1 is for '$format', not '$PE_FORMAT'"
	case $1 in
	*.exe) grep -q '^Subsystem.*(Windows CUI)' headers || fail "$1 is no program for a console" ;;
	esac
	dlls=$(sed -n 's/.*DLL Name: //p' headers | tr '[:upper:]' '[:lower:]' | sort -u | tr '\n' ' ')
	for dll in $dlls; do
		case $dll in
		advapi32.dll | api-ms-win-*.dll | bcrypt.dll | bcryptprimitives.dll | crypt32.dll | gdi32.dll | kernel32.dll | ntdll.dll | \
			user32.dll | userenv.dll | ws2_32.dll | from-shared.dll) ;;
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
# runs <text> <program> [argument]...: checks the program's output, if the row has a runner.
runs() {
	text=$1
	shift
	[ -z "$runner" ] || expect "$text" "$runner" "$@"
}

"$cc" -O2 -shared -o from-shared.dll "$source/shared.c" -Wl,--out-implib,libshared.dll.a
inspect from-shared.dll
"$cc" -O2 -c -o static.o "$source/static.c"
"$ar" crs libstatic.a static.o
# rustc's linker
"$linker" -O2 -o c.exe "$source/program.c" -L. -lstatic -lshared -lm
inspect c.exe
runs 'C 42' ./c.exe
# arguments, files by relative and absolute paths, standard input, and exit codes
# shellcheck disable=SC1003
runs 'C 42 [a b] ["] [] [c:\d e\\]' ./c.exe 'a b' '"' '' 'c:\d e\\'
echo text >file
runs text ./c.exe --read file
runs text ./c.exe --read "$work/file"
if [ -n "$runner" ]; then
	expect text "$runner" ./c.exe --stdin <file
	# A program runs without the image's environment and without variables for Wine.
	expect 'C 42' env -i "$runner" "$work/c.exe"
	status=0
	"$runner" ./c.exe --exit 7 || status=$?
	[ "$status" = 7 ] || fail "a program that ends with 7 ended with $status"
	# a DLL in another directory, found by LD_LIBRARY_PATH, which cargo sets on this machine
	mkdir libraries
	mv from-shared.dll libraries
	expect 'C 42' env "LD_LIBRARY_PATH=$work/libraries" "$runner" ./c.exe
fi
# a program whose arguments are UTF-16, and one with POSIX threads
"$cc" -O2 -municode -o wide.exe "$source/wide.c"
inspect wide.exe
runs 'wide 1' ./wide.exe
"$cc" -O2 -pthread -o threads.exe "$source/threads.c"
inspect threads.exe
runs 'threads 42' ./threads.exe

"$cxx" -O2 -std=c++17 -o cxx.exe "$source/main.cc"
inspect cxx.exe
runs 'C++ caught 42' ./cxx.exe
# A DLL has its own copy of the C++ library.
"$cxx" -O2 -std=c++17 -shared -Dmain=from_cxx -o cxx.dll "$source/main.cc"
inspect cxx.dll
# Crates give rustc's linker C++ objects, and the name of the C++ library behind them. The other libraries are rustc's.
"$cxx" -O2 -std=c++17 -c -o cxx.o "$source/main.cc"
for name in c++ stdc++; do
	"$linker" --unwindlib=none -o "cxx-$name.exe" cxx.o "-l$name" -lunwind -lmingw32 -lmingwex -lmsvcrt -lkernel32 -luser32
	inspect "cxx-$name.exe"
	runs 'C++ caught 42' "./cxx-$name.exe"
done

with_cmake "$source/cmake"
if has_part openssl; then
	with_openssl ssl.exe
	for program in ssl.exe cmake/ssl.exe; do
		inspect "$program"
		runs 'OpenSSL ba7816bf' "$program"
	done
fi
inspect cmake/cxx.exe
runs 'C++ caught 42' cmake/cxx.exe

# Crates with a version or an icon compile resources, with either name of the tool.
for tool in "$TRIPLE-windres" "$MINGW_TRIPLE-windres"; do
	"$tool" -O coff -o version.o "$source/version.rc"
	"$cc" -o version.exe "$source/program.c" "$source/static.c" "$source/shared.c" version.o
	"$TRIPLE-readobj" --coff-resources version.exe | grep -q VERSIONINFO || fail 'a program with resources has none'
done
# an import library that a user makes
printf 'LIBRARY kernel32.dll\nEXPORTS\nGetTickCount\n' >one.def
for tool in "$TRIPLE-dlltool" "$MINGW_TRIPLE-dlltool"; do
	"$tool" -d one.def -l libone.a
	"$TRIPLE-nm" libone.a | grep -q GetTickCount || fail "$tool"
done

has_headers_of_libclang
if has_part libclang; then
	with_libclang windows.h "-DPOINTER=$(echo __SIZEOF_POINTER__ | "$cc" -E -P -)"
fi

# Build scripts run on this machine, so its own compiler has to make programs for it.
gcc -o host "$source/program.c" "$source/static.c" "$source/shared.c"
[ "$(./host)" = 'C 42' ] || fail "the machine's own compiler"

cat "$report"
