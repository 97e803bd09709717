# shellcheck shell=sh
# Sourced by the checks of families that are made of kits, behind `setup.sh`: what they have in common. Nothing here can run their programs.

# only_calls_known <file> <library>...: all that it calls is in the file `known`, which lists what the libraries that it needs have.
only_calls_known() {
	file=$1
	shift
	# `w` are those that may be missing.
	nm -D --undefined-only "$file" | sed -n -e 's/@.*//' -e 's/^ *U //p' | grep -vxF -f known >unknown || :
	[ ! -s unknown ] || fail "$file calls what no library that it needs has: $(tr '\n' ' ' <unknown)"
	echo "$file:" "$@" >>"$report"
}

# check_the_rest: OpenSSL, CMake and libclang, and that the compilers of this machine are there for programs that run while others are
# compiled.
check_the_rest() {
	if has_part openssl; then
		with_openssl ssl
		inspect ssl
	fi
	with_cmake "$source/cmake"
	inspect cmake/cxx
	[ ! -e cmake/ssl ] || inspect cmake/ssl
	has_headers_of_libclang
	if has_part libclang; then
		with_libclang system.h "-DLONG=$(echo __SIZEOF_LONG__ | "$cc" -E -P -)"
	fi
	gcc -o host "$source/main.c" "$source/static.c" "$source/shared.c" -lm -pthread
	[ "$(./host)" = 'C 42' ] || fail "the machine's own compiler"
	cat "$report"
}
