# Host tools that every row's image shares: the newest Debian stable with native compilers and what build scripts ask for.
#
# Context: this directory plus `host-ca.crt`, the CA bundle of the machine that builds (may be empty). `toolchains/base.toml` has what it is
# made of.
# BASE: Debian's packages, unpacked and not yet set up.

ARG BASE=localhost/cross/debian
FROM $BASE
# A .crt file here survives every later run of update-ca-certificates, so the bundle stays whole when a user adds packages.
COPY host-ca.crt /usr/local/share/ca-certificates/cross-host.crt
COPY apt.sh base.sh clean.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/base.sh

CMD ["/bin/bash"]
