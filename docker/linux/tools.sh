# shellcheck shell=sh
# Sourced by linux-musl/entry-points.sh: functions that create the commands in /opt/cross/bin. Each command is there with rustc's triple
# and with the triple that configure scripts guess in front.

: "${TRIPLE:?}" "${GCC_TRIPLE:?}" "${GCC_VERSION:?}"

root=/opt/cross/$TRIPLE
bin=/opt/cross/bin
mkdir -p "$bin"
# The wrappers of the compilers name this file. specs.sh fills it in when all libraries are there.
: >"$root/specs"

alias_of() { # <tool> <name>...
	tool=$1
	shift
	for name; do
		[ -e "$bin/$name" ] || ln -s "$TRIPLE-$tool" "$bin/$name"
	done
}

# tools <triple>: creates all tools, and names with <triple> for them and for the compilers, which are scripts of the family.
tools() {
	alias_of gcc "$TRIPLE-cc" "$1-gcc" "$1-cc"
	alias_of g++ "$TRIPLE-c++" "$1-g++" "$1-c++"
	alias_of cpp "$1-cpp"
	# Archives of objects for link-time optimisation need GCC's own front ends of ar, nm and ranlib.
	for tool in gcc-ar gcc-nm gcc-ranlib; do
		ln -s "$root/usr/bin/$GCC_TRIPLE-$tool-$GCC_VERSION" "$bin/$TRIPLE-$tool"
		alias_of "$tool" "$1-$tool"
	done
	for tool in addr2line ar as c++filt elfedit ld ld.bfd nm objcopy objdump ranlib readelf size strings strip; do
		ln -s "/usr/bin/$GCC_TRIPLE-$tool" "$bin/$TRIPLE-$tool"
		alias_of "$tool" "$1-$tool"
	done
}
