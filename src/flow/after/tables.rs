//! What libraries and programs are called by those who miss them, and which packages of Debian's have them.

/// Packages of crates whose build scripts look for a C library and fail without it, and Debian's package that has it.
/// OpenSSL for the target is in every image of a project that needs it.
pub(super) const SCRIPTS: &[(&str, &str)] = &[
    ("alsa-sys", "libasound2-dev"),
    ("atk-sys", "libatk1.0-dev"),
    ("cairo-sys-rs", "libcairo2-dev"),
    ("gdk-pixbuf-sys", "libgdk-pixbuf-2.0-dev"),
    ("gdk-sys", "libgtk-3-dev"),
    ("gdk4-sys", "libgtk-4-dev"),
    ("gio-sys", "libglib2.0-dev"),
    ("glib-sys", "libglib2.0-dev"),
    ("gobject-sys", "libglib2.0-dev"),
    ("gstreamer-sys", "libgstreamer1.0-dev"),
    ("gtk-sys", "libgtk-3-dev"),
    ("gtk4-sys", "libgtk-4-dev"),
    ("javascriptcore-rs-sys", "libjavascriptcoregtk-4.1-dev"),
    ("libdbus-sys", "libdbus-1-dev"),
    ("libgssapi-sys", "libkrb5-dev"),
    ("libpulse-sys", "libpulse-dev"),
    ("libspa-sys", "libpipewire-0.3-dev"),
    ("libsystemd-sys", "libsystemd-dev"),
    ("libudev-sys", "libudev-dev"),
    ("mysqlclient-sys", "default-libmysqlclient-dev"),
    (OPENSSL, "libssl-dev"),
    ("pango-sys", "libpango1.0-dev"),
    ("pipewire-sys", "libpipewire-0.3-dev"),
    ("soup3-sys", "libsoup-3.0-dev"),
    ("tss-esapi-sys", "libtss2-dev"),
    ("webkit2gtk-sys", "libwebkit2gtk-4.1-dev"),
    ("x11", "libx11-dev"),
    ("yeslogic-fontconfig-sys", "libfontconfig-dev"),
];
pub(super) const OPENSSL: &str = "openssl-sys";

/// Libraries by which a linker fails, and Debian's packages.
#[rustfmt::skip]
pub(super) const LIBRARIES: &[(&str, &str)] = &[
    ("acl", "libacl1-dev"), ("asound", "libasound2-dev"), ("blkid", "libblkid-dev"), ("bz2", "libbz2-dev"),
    ("cap", "libcap-dev"), ("crypto", "libssl-dev"), ("curl", "libcurl4-openssl-dev"), ("dbus-1", "libdbus-1-dev"),
    ("elf", "libelf-dev"), ("ffi", "libffi-dev"), ("fontconfig", "libfontconfig-dev"), ("freetype", "libfreetype-dev"),
    ("fuse", "libfuse-dev"), ("fuse3", "libfuse3-dev"), ("git2", "libgit2-dev"), ("gmp", "libgmp-dev"),
    ("jack", "libjack-dev"), ("lz4", "liblz4-dev"), ("lzma", "liblzma-dev"), ("mariadb", "libmariadb-dev"),
    ("mysqlclient", "default-libmysqlclient-dev"), ("ncurses", "libncurses-dev"), ("ncursesw", "libncurses-dev"),
    ("numa", "libnuma-dev"), ("pam", "libpam0g-dev"), ("pcap", "libpcap-dev"), ("pq", "libpq-dev"),
    ("pulse", "libpulse-dev"), ("readline", "libreadline-dev"), ("seccomp", "libseccomp-dev"),
    ("selinux", "libselinux1-dev"), ("sodium", "libsodium-dev"), ("sqlite3", "libsqlite3-dev"), ("ssh2", "libssh2-1-dev"),
    ("ssl", "libssl-dev"), ("systemd", "libsystemd-dev"), ("tinfo", "libncurses-dev"), ("udev", "libudev-dev"),
    ("usb-1.0", "libusb-1.0-0-dev"), ("uuid", "uuid-dev"), ("X11", "libx11-dev"), ("xcb", "libxcb1-dev"),
    ("xkbcommon", "libxkbcommon-dev"), ("xml2", "libxml2-dev"), ("z", "zlib1g-dev"), ("zmq", "libzmq3-dev"),
    ("zstd", "libzstd-dev"),
];

/// What a linker says before and behind the name of a library that it does not find: GNU's, lld, mold.
pub(super) const MISSING: &[(&str, &[char])] = &[
    ("cannot find -l", &[':', '\n', ' ']),
    ("unable to find library -l", &['\n', ' ']),
    ("library not found: ", &['\n', ' ']),
];

/// The names of libraries as pkg-config knows them, and Debian's packages that have such a file.
#[rustfmt::skip]
pub(super) const MODULES: &[(&str, &str)] = &[
    ("alsa", "libasound2-dev"), ("atk", "libatk1.0-dev"), ("avahi-client", "libavahi-client-dev"),
    ("blkid", "libblkid-dev"), ("cairo", "libcairo2-dev"), ("dbus-1", "libdbus-1-dev"), ("expat", "libexpat1-dev"),
    ("fontconfig", "libfontconfig-dev"), ("freetype2", "libfreetype-dev"), ("fuse", "libfuse-dev"), ("fuse3", "libfuse3-dev"),
    ("gbm", "libgbm-dev"), ("gdk-3.0", "libgtk-3-dev"), ("gdk-pixbuf-2.0", "libgdk-pixbuf-2.0-dev"),
    ("gio-2.0", "libglib2.0-dev"), ("glib-2.0", "libglib2.0-dev"), ("gmp", "libgmp-dev"), ("gnutls", "libgnutls28-dev"),
    ("gobject-2.0", "libglib2.0-dev"), ("gtk+-3.0", "libgtk-3-dev"), ("gtk4", "libgtk-4-dev"),
    ("harfbuzz", "libharfbuzz-dev"), ("hidapi-hidraw", "libhidapi-dev"), ("hidapi-libusb", "libhidapi-dev"),
    ("jack", "libjack-dev"), ("krb5", "libkrb5-dev"), ("lept", "libleptonica-dev"),
    ("libarchive", "libarchive-dev"), ("libavcodec", "libavcodec-dev"),
    ("libavformat", "libavformat-dev"), ("libavutil", "libavutil-dev"), ("libbpf", "libbpf-dev"), ("libcurl", "libcurl4-openssl-dev"),
    ("libdrm", "libdrm-dev"), ("libelf", "libelf-dev"), ("libevdev", "libevdev-dev"), ("libffi", "libffi-dev"),
    ("libgit2", "libgit2-dev"), ("libinput", "libinput-dev"), ("liblzma", "liblzma-dev"), ("libpcap", "libpcap-dev"),
    ("libpipewire-0.3", "libpipewire-0.3-dev"), ("libpng", "libpng-dev"), ("libpq", "libpq-dev"), ("libpulse", "libpulse-dev"),
    ("libseat", "libseat-dev"), ("libseccomp", "libseccomp-dev"), ("libsodium", "libsodium-dev"),
    ("libsoup-3.0", "libsoup-3.0-dev"), ("libspa-0.2", "libspa-0.2-dev"), ("libssh2", "libssh2-1-dev"),
    ("libsystemd", "libsystemd-dev"), ("libturbojpeg", "libturbojpeg0-dev"), ("libudev", "libudev-dev"),
    ("libusb-1.0", "libusb-1.0-0-dev"), ("libv4l2", "libv4l-dev"), ("libxml-2.0", "libxml2-dev"), ("libxslt", "libxslt1-dev"),
    ("libzmq", "libzmq3-dev"), ("libzstd", "libzstd-dev"), ("mount", "libmount-dev"), ("ncurses", "libncurses-dev"),
    ("ncursesw", "libncurses-dev"), ("nettle", "nettle-dev"), ("opus", "libopus-dev"),
    ("pango", "libpango1.0-dev"), ("pixman-1", "libpixman-1-dev"),
    ("portaudio-2.0", "portaudio19-dev"), ("python3", "libpython3-dev"), ("readline", "libreadline-dev"),
    ("sqlite3", "libsqlite3-dev"), ("speech-dispatcher", "libspeechd-dev"),
    ("tss2-sys", "libtss2-dev"), ("uuid", "uuid-dev"), ("wayland-client", "libwayland-dev"),
    ("wayland-server", "libwayland-dev"), ("webkit2gtk-4.1", "libwebkit2gtk-4.1-dev"), ("x11", "libx11-dev"),
    ("xcb", "libxcb1-dev"), ("xi", "libxi-dev"), ("xkbcommon", "libxkbcommon-dev"), ("xrandr", "libxrandr-dev"),
    ("zlib", "zlib1g-dev"),
];

/// Programs that build scripts start, and Debian's packages. The base image has those that most of them start.
#[rustfmt::skip]
pub(super) const PROGRAMS: &[(&str, &str)] = &[
    ("aclocal", "automake"), ("asciidoctor", "asciidoctor"), ("autoconf", "autoconf"), ("automake", "automake"),
    ("autopoint", "autopoint"), ("autoreconf", "autoconf"), ("bc", "bc"), ("bison", "bison"), ("bpftool", "bpftool"),
    ("capnp", "capnproto"), ("cbindgen", "cbindgen"), ("clang", "clang"), ("clang++", "clang"),
    ("clang-format", "clang-format"), ("cmake", "cmake"), ("cpio", "cpio"), ("dot", "graphviz"), ("doxygen", "doxygen"),
    ("dtc", "device-tree-compiler"), ("flatc", "flatbuffers-compiler"), ("flex", "flex"), ("gawk", "gawk"),
    ("gdbus-codegen", "libglib2.0-dev-bin"), ("gfortran", "gfortran"), ("glib-compile-resources", "libglib2.0-dev-bin"),
    ("glib-genmarshal", "libglib2.0-dev-bin"), ("glslangValidator", "glslang-tools"), ("glslc", "glslc"),
    ("go", "golang-go"), ("gperf", "gperf"), ("gpg", "gpg"), ("help2man", "help2man"),
    ("hg", "mercurial"), ("iasl", "acpica-tools"), ("intltoolize", "intltool"), ("java", "default-jre-headless"),
    ("javac", "default-jdk-headless"), ("jq", "jq"), ("ld.lld", "lld"), ("libtoolize", "libtool"),
    ("llvm-config", "llvm-dev"), ("lz4", "lz4"), ("lzip", "lzip"), ("m4", "m4"), ("make", "make"), ("makeinfo", "texinfo"),
    ("meson", "meson"), ("msgfmt", "gettext"), ("mvn", "maven"), ("nasm", "nasm"), ("ninja", "ninja-build"),
    ("node", "nodejs"), ("npm", "npm"), ("pandoc", "pandoc"), ("patchelf", "patchelf"), ("perl", "perl"),
    ("pkg-config", "pkgconf"), ("protoc", "protobuf-compiler"), ("python", "python-is-python3"), ("python3", "python3"),
    ("qmake6", "qmake6"), ("ragel", "ragel"), ("re2c", "re2c"), ("rpcgen", "rpcsvc-proto"), ("rst2man", "python3-docutils"),
    ("rsvg-convert", "librsvg2-bin"), ("rsync", "rsync"), ("ruby", "ruby"), ("sassc", "sassc"), ("scdoc", "scdoc"),
    ("scons", "scons"), ("sphinx-build", "python3-sphinx"), ("spirv-as", "spirv-tools"), ("sqlite3", "sqlite3"),
    ("svn", "subversion"), ("swig", "swig"), ("tclsh", "tcl"), ("thrift", "thrift-compiler"), ("unzip", "unzip"),
    ("uuidgen", "uuid-runtime"), ("valac", "valac"), ("wasm-opt", "binaryen"), ("wayland-scanner", "libwayland-bin"),
    ("wget", "wget"), ("xgettext", "gettext"), ("xmllint", "libxml2-utils"), ("xsltproc", "xsltproc"), ("yasm", "yasm"),
    ("zip", "zip"), ("zstd", "zstd"),
];
