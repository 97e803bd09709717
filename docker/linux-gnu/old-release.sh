# shellcheck shell=sh
# Sourced by libraries.sh. Defines old_apt: apt-get for packages of the release $SUITE, with a configuration in the directory $apt, which
# is the base's list of sources with the name of the release replaced. The base's own apt is not affected.

: "${SUITE:?}" "${apt:?}"

mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
	[ -e "$file" ] || continue
	# The name is only replaced where a blank is before it, so a name within a URL stays.
	sed "s/\([[:space:]]\)$codename/\1$SUITE/g" "$file" >"$apt/sources/${file##*/}"
done

old_apt() {
	# Once a release is archived, nothing signs its index again, so the index has expired by its date. The user that apt switches to for
	# downloads cannot write to this directory.
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
