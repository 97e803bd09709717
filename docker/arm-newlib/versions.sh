#!/bin/sh
# Asks the tools of an image for their versions, one `name=value` a line: for ci/matrix.sh, which runs it in the image.
set -eu

: "${TRIPLE:?}"

preprocess() { # <tool> <language>
	"$TRIPLE-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'
}

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
echo "libc=newlib $(printf '#include <_newlib_version.h>\n_NEWLIB_VERSION\n' | preprocess gcc c)"
echo "cxx=libstdc++ $(printf '#include <cstddef>\n_GLIBCXX_RELEASE\n' | preprocess g++ c++)"
echo "runs-by=QEMU $(qemu-system-arm --version | sed -n 's/^QEMU emulator version \([^ ]*\).*/\1/p')"
