# shellcheck shell=sh
# Sourced by toolchain.sh and libraries.sh. old_apt: apt-get for packages of the release $SUITE, with a configuration of its own in
# the directory $apt: the base's sources with the release's name replaced. The base's apt hears nothing of it.

: "${SUITE:?}" "${apt:?}"

mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
	[ -e "$file" ] || continue
	# Suites are words of their own, so the name within a URL stays.
	sed "s/\([[:space:]]\)$codename/\1$SUITE/g" "$file" >"$apt/sources/${file##*/}"
done

old_apt() {
	# An old release is not signed anew once it is archived, so its signature's date says nothing. The user that apt drops to
	# cannot write here.
	apt-get -q \
		-o "APT::Sandbox::User=root" \
		-o "Dir::State::lists=$apt/lists" \
		-o "Dir::State::status=/dev/null" \
		-o "Dir::Cache=$apt/cache" \
		-o "Dir::Etc::sourcelist=/dev/null" \
		-o "Dir::Etc::sourceparts=$apt/sources" \
		-o "Dir::Etc::preferences=/dev/null" \
		-o "Dir::Etc::preferencesparts=/dev/null" \
		-o "Acquire::Check-Valid-Until=false" \
		"$@"
}
