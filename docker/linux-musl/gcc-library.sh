# shellcheck shell=sh
# Sourced by the scripts that build GCC's libraries for musl from /usr/src/gcc, the compiler's own source, because Debian's are for glibc.
#
#   $built, $root, $source, $host   where the libraries are installed as if it were the root directory; the toolchain; the source; the triple
#                                   for configure
set -eu

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

built=$1
root=/opt/cross/$TRIPLE
source=/usr/src/gcc
# The triple for GCC's configure scripts has no vendor and no extensions as in riscv64gc.
machine=${TRIPLE%%-*}
host=${machine%gc}-linux-${TRIPLE##*-}
cd "$(mktemp -d)"

# the directory in which the compiler first looks for its own libraries
# shellcheck disable=SC2034
libdir=$(realpath "$(dirname "$("$TRIPLE-gcc" -print-libgcc-file-name)")")

# Otherwise configure uses bash for itself and for libtool, with which libstdc++ takes a seventh longer.
export CONFIG_SHELL=/bin/sh

# -fPIC, because shared libraries link these too.
flags='-O2 -g0 -pipe -fPIC -ffunction-sections -fdata-sections'
# build <library> [configure's option]...: builds one of GCC's libraries and installs it. As in GCC's own build, CXX does not link libstdc++,
# which does not exist yet: all of configure's tests for functions would fail.
build() {
	library=$1
	shift
	mkdir "$library"
	if ! (
		cd "$library" &&
			"$source/$library/configure" --host="$host" --prefix="$root/usr" --libdir="$root/usr/lib" \
				--disable-shared --disable-multilib --disable-nls --disable-werror --with-gcc-major-version-only \
				CC="$TRIPLE-gcc" CXX="$TRIPLE-gcc -shared-libgcc" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib" NM="$TRIPLE-nm" \
				CFLAGS="$flags" CXXFLAGS="$flags" "$@" &&
			make -s -j"$(nproc)" && make -s install DESTDIR="$built"
	) >"$library.log" 2>&1; then
		tail -n 40 "$library.log" >&2
		echo "cross: $TRIPLE: GCC's $library could not be built" >&2
		exit 1
	fi
}
