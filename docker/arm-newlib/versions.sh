#!/bin/sh
# Prints the versions of what is in an image. cross puts docker/same/versions.sh before this script.

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
echo "libc=newlib $(printf '#include <_newlib_version.h>\n_NEWLIB_VERSION\n' | preprocess gcc c)"
libstdcxx g++
echo "runs-by=QEMU $(qemu-system-arm --version | sed -n 's/^QEMU emulator version \([^ ]*\).*/\1/p')"
