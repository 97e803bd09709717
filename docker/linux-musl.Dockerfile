# A linux-musl row: musl, a compiler for it with its own libraries, a static OpenSSL, the one emulator the row needs.
#
# Context: this directory. All arguments are strings from cross's target table; nothing here depends on a particular row.
#
#   TRIPLE          the target as rustc names it          armv7-unknown-linux-musleabihf
#   GCC_TRIPLE      the prefix of Debian's compiler, for glibc  arm-linux-gnueabihf
#   DEB_ARCH        Debian's architecture                  armhf
#   MULTIARCH       musl's directory in Debian             arm-linux-musleabihf
#   MACHINE         what `uname -m` says on such a machine armv7l
#   QEMU_ARCH       qemu-user's name; empty: runs natively arm
#   OPENSSL_TARGET  OpenSSL's Configure target             linux-armv4
#   LOADER          the program interpreter                /lib/ld-musl-armhf.so.1
#   ELF_MACHINE     `Machine:` of readelf -h               ARM
#   GCC_VERSION     the base release's gcc                 14
#   GCC_FLAGS       flags for every call of the compiler; empty: its own baseline is the target's  -march=armv6
#   ABOVE_BASELINE  what no line of a program's attributes and disassembly may match; empty: not looked at  Tag_CPU_arch: v[7-9]
#
# cross replaces the line `# cross: env` by the same ENV lines as in linux-gnu.Dockerfile.
#
# Layout of the image:
#
#   /opt/cross/bin        first in PATH: the compilers and tools under their names, pkg-config, cross-runner, cross-umask, the emulator
#   /opt/cross/<TRIPLE>   gcc and its sysroot, unpacked from Debian's packages and unknown to dpkg. usr/include and usr/lib are
#                         musl's, openssl/ is the static OpenSSL, etc/musl-version says which musl this is
#   <LOADER>              a link to the sysroot's libc.so, which is all that a program for musl may need

ARG BASE=localhost/cross/base

# What the network gives, whatever the row: the builder's cache shares these stages between rows, the first with other families.
FROM $BASE AS fetch
COPY linux/fetch.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/fetch.sh /fetch


FROM fetch AS source
ARG GCC_VERSION
COPY linux-musl/source.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/source.sh /fetch


FROM $BASE AS compiler
ARG TRIPLE
ARG GCC_TRIPLE
ARG DEB_ARCH
ARG MULTIARCH
ARG LOADER
ARG GCC_VERSION
COPY linux-musl/toolchain.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/toolchain.sh
ARG GCC_FLAGS
COPY linux/tools.sh linux-musl/entry-points.sh linux-musl/compiler.in /opt/cross/libexec/
RUN sh /opt/cross/libexec/entry-points.sh
ENV PATH=/opt/cross/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin


# Everything that was compiled ends up in /built, so that the image gets it in one layer.
FROM compiler AS compiled
ARG TRIPLE
ARG GCC_TRIPLE
ARG GCC_VERSION
ARG OPENSSL_TARGET
COPY --from=source /fetch/gcc /usr/src/gcc
COPY --from=fetch /fetch/openssl /usr/src/openssl
COPY linux/compile.sh linux/openssl.sh linux-musl/libraries.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/compile.sh /built


FROM fetch AS qemu
ARG QEMU_ARCH
RUN mkdir -p /qemu/bin && if [ -n "$QEMU_ARCH" ]; then \
	dpkg-deb --fsys-tarfile /fetch/qemu-user_*.deb | tar -x -C /qemu/bin --strip-components=3 "./usr/bin/qemu-$QEMU_ARCH"; fi


FROM compiler AS image
ARG TRIPLE
ARG MULTIARCH
ARG MACHINE
ARG QEMU_ARCH
ARG GCC_VERSION
COPY --from=compiled /built /
COPY --from=compiled /opt/cross/$TRIPLE/openssl /opt/cross/$TRIPLE/openssl
COPY --from=qemu /qemu/bin /opt/cross/bin
COPY linux/configure.sh linux/cross-runner.c linux/cross-umask.c linux/pkg-config.in linux/specs.sh linux/toolchain.cmake.in \
	/opt/cross/libexec/
# The names with Debian's prefix are the machine's own, or those of another C library.
RUN GCC_TRIPLE=$MULTIARCH sh /opt/cross/libexec/configure.sh && sh /opt/cross/libexec/specs.sh
# cross: env


# The image exists only if it can do what it is for.
FROM image AS check
ARG TRIPLE
ARG LOADER
ARG ELF_MACHINE
ARG ABOVE_BASELINE
COPY check /opt/cross/check
RUN sh /opt/cross/check/check.sh /checked

FROM image
COPY --from=check /checked /opt/cross/checked
