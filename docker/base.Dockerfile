# Host tools that every row's image shares: the newest Debian stable with native compilers and what build scripts ask for.
#
# Context: this directory plus `host-ca.crt`, the CA bundle of the machine that builds (may be empty).
# BASE: a Debian image, either `debian:trixie-slim` or one made from packages; both only have what dpkg and apt need.

ARG BASE=localhost/cross/debian:trixie-slim
FROM $BASE

# A .crt file here survives every later run of update-ca-certificates, so the bundle stays whole when a user adds packages.
COPY host-ca.crt /usr/local/share/ca-certificates/cross-host.crt
COPY apt.sh base.sh clean.sh libclang.sh /opt/cross/libexec/
RUN sh /opt/cross/libexec/base.sh

CMD ["/bin/bash"]
