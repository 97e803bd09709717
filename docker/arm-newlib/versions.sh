#!/bin/sh
# Versions of what is in an image. docker/same/versions.sh, which stands before this, explains them.

echo "compiler=GCC $("$TRIPLE-gcc" -dumpfullversion)"
echo "libc=newlib $(printf '#include <_newlib_version.h>\n_NEWLIB_VERSION\n' | preprocess gcc c)"
libstdcxx g++
echo "runs-by=QEMU $(qemu-system-arm --version | sed -n 's/^QEMU emulator version \([^ ]*\).*/\1/p')"
