# A linux-gnu row: an old sysroot and compiler for the target, a static OpenSSL, the one emulator the row needs.
#
# Context: this directory. All arguments are strings from cross's target table; nothing here depends on a particular row.
#
#   TRIPLE          the target as rustc names it          armv7-unknown-linux-gnueabihf
#   GCC_TRIPLE      the prefix of gcc's and binutils' commands  arm-linux-gnueabihf
#   DEB_ARCH        Debian's architecture                  armhf
#   MULTIARCH       Debian's library directory             arm-linux-gnueabihf
#   MACHINE         what `uname -m` says on such a machine armv7l
#   QEMU_ARCH       qemu-user's name; empty: runs natively arm
#   OPENSSL_TARGET  OpenSSL's Configure target             linux-armv4
#   LOADER          the program interpreter                /lib/ld-linux-armhf.so.3
#   ELF_MACHINE     `Machine:` of readelf -h               ARM
#   GLIBC_FLOOR     the newest glibc a program may need    2.31
#   SUITE           the Debian release with that glibc     bullseye
#   GCC_VERSION     that release's gcc                     10
#   GCC_FLAGS       flags for every call of the compiler; empty: its own baseline is the target's  -march=armv6+fp -mfpu=auto -marm
#   OWN_LIBRARIES   not empty: gcc's and glibc's static libraries are for newer processors and get compiled anew  1
#   ABOVE_BASELINE  what no line of a program's attributes and disassembly may match; empty: not looked at  Tag_CPU_arch: v[7-9]
#
# cross replaces the line `# cross: env` by ENV lines, with <t> and <T> the triple with underscores, lower and upper case:
#
#   CARGO_TARGET_<T>_LINKER=<TRIPLE>-gcc
#   CARGO_TARGET_<T>_RUNNER=/opt/cross/bin/cross-runner
#   CC_<t>=<TRIPLE>-gcc  CXX_<t>=<TRIPLE>-g++  AR_<t>=<TRIPLE>-ar  RANLIB_<t>=<TRIPLE>-ranlib
#   CMAKE_TOOLCHAIN_FILE_<t>=/opt/cross/toolchain.cmake
#   PKG_CONFIG_<t>=<TRIPLE>-pkg-config
#   BINDGEN_EXTRA_CLANG_ARGS_<t>=--sysroot=/opt/cross/<TRIPLE> -idirafter /opt/cross/etc/include-arch -idirafter /opt/cross/etc/include
#   <T>_OPENSSL_DIR=/opt/cross/<TRIPLE>/openssl
#   <T>_OPENSSL_STATIC=1
#
# Layout of the image:
#
#   /opt/cross/bin        first in PATH: the compilers and tools under their names, pkg-config, cross-runner, cross-umask, the emulator
#   /opt/cross/<TRIPLE>   gcc and its sysroot, unpacked from Debian's packages and unknown to dpkg: whatever apt does later to the
#                         userland (pure, current Debian) cannot touch it. openssl/ in it is the static OpenSSL
#   <LOADER>, /lib/<MULTIARCH>   links to the sysroot's libraries where a native system has them

ARG BASE=localhost/cross/base

# What the network gives, whatever the row: the builder's cache shares this stage between rows.
FROM $BASE AS fetch
COPY linux/fetch.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/fetch.sh /fetch


FROM $BASE AS toolchain
ARG TRIPLE
ARG GCC_TRIPLE
ARG DEB_ARCH
ARG SUITE
ARG GCC_VERSION
COPY linux-gnu/old-release.sh linux-gnu/toolchain.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/toolchain.sh
ARG MULTIARCH
ARG LOADER
ARG GCC_FLAGS
COPY linux/tools.sh linux-gnu/entry-points.sh linux-gnu/compiler.in linux-gnu/after-dpkg.in /opt/cross/libexec/
RUN sh /opt/cross/libexec/entry-points.sh
ENV PATH=/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin


FROM toolchain AS compiled
ARG TRIPLE
ARG GCC_TRIPLE
ARG SUITE
ARG GCC_VERSION
ARG OWN_LIBRARIES
ARG OPENSSL_TARGET
COPY --from=fetch /fetch/openssl /usr/src/openssl
COPY linux/compile.sh linux/openssl.sh linux-gnu/libraries.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/compile.sh /libraries


FROM fetch AS qemu
ARG QEMU_ARCH
RUN mkdir -p /qemu/bin && if [ -n "$QEMU_ARCH" ]; then \
	dpkg-deb --fsys-tarfile /fetch/qemu-user_*.deb | tar -x -C /qemu/bin --strip-components=3 "./usr/bin/qemu-$QEMU_ARCH"; fi


FROM toolchain AS image
ARG TRIPLE
ARG GCC_TRIPLE
ARG MULTIARCH
ARG MACHINE
ARG QEMU_ARCH
ARG GCC_VERSION
COPY --from=compiled /libraries /opt/cross/$TRIPLE
COPY --from=compiled /opt/cross/$TRIPLE/openssl /opt/cross/$TRIPLE/openssl
COPY --from=qemu /qemu/bin /opt/cross/bin
COPY linux/configure.sh linux/cross-runner.c linux/cross-umask.c linux/pkg-config.in linux/specs.sh linux/toolchain.cmake.in \
	/opt/cross/libexec/
RUN sh /opt/cross/libexec/configure.sh && sh /opt/cross/libexec/specs.sh
# cross: env


# The image exists only if it can do what it is for.
FROM image AS check
ARG TRIPLE
ARG LOADER
ARG ELF_MACHINE
ARG GLIBC_FLOOR
ARG OWN_LIBRARIES
ARG ABOVE_BASELINE
COPY check /opt/cross/check
RUN sh /opt/cross/check/check.sh /checked

FROM image
COPY --from=check /checked /opt/cross/checked
