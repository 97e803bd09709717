# shellcheck shell=sh
# Sourced after `setup.sh` by the checks of families whose images are made of a kit: functions that all of them need. The images cannot
# run the target's programs.

# only_calls_known <file> <library>...: checks that all functions that it calls are in the list `known`, which has those of its libraries.
only_calls_known() {
	file=$1
	shift
	# nm marks symbols that may be missing with `w`, so these are not counted.
	nm -D --undefined-only "$file" | sed -n -e 's/@.*//' -e 's/^ *U //p' | grep -vxF -f known >unknown || :
	[ ! -s unknown ] || fail "$file calls what no library that it needs has: $(tr '\n' ' ' <unknown)"
	echo "$file:" "$@" >>"$report"
}

# check_the_rest: checks OpenSSL, CMake, libclang, and this machine's own compiler, which build scripts need.
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
