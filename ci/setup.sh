#!/usr/bin/env bash
# usage: ci/setup.sh [--all | --sandbox | --linker]
#
# Makes sure that a container engine answers. Does nothing if one answers already. Works only on Debian and Ubuntu. Prints one line for
# each step.
#
#   ci/setup.sh            docker or podman answers afterwards
#   ci/setup.sh --sandbox  cross's built-in engine can build images, without docker or podman
#   ci/setup.sh --linker   Rust programs can be linked
#   ci/setup.sh --all      docker and podman both answer, as the tests need. There is also an sshd for the tests to start, unless the
#                          installation of its package would start one at once. If podman does not work as it is (no systemd, old cgroup
#                          layout, limits that cannot be raised), a containers.conf for this machine is written and named in
#                          target/podman.env:
#                              if [ -e target/podman.env ]; then . target/podman.env; fi
#                          exports CONTAINERS_CONF, and STORAGE_DRIVER if the kernel's overlay file system works (without it a first use
#                          without root may choose copies, which are a hundred times slower). Without root on such a machine:
#                          podman run --network=host --userns=keep-id ...
set -Eeuo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
. ci/lib.sh
log=/tmp/dockerd.log

docker_answers() {
	command -v docker >/dev/null && docker info >/dev/null 2>&1
}
podman_answers() {
	command -v podman >/dev/null && podman info >/dev/null 2>&1
}

start_docker() {
	if [ -d /run/systemd/system ]; then
		say "starting docker with systemd"
		as_root systemctl start docker
	else
		say "starting dockerd, its output goes to $log"
		# The daemon gets a session of its own and none of this script's open files. Otherwise a reader of the script's output would
		# wait until the daemon ends.
		(
			exec </dev/null >/dev/null 2>&1
			as_root sh -c "exec setsid dockerd >$log 2>&1"
		) &
	fi
	for _ in $(seq 60); do
		if as_root docker info >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.5
	done
	if [ -e "$log" ]; then
		tail -n 20 "$log" >&2
	fi
	fail "docker does not answer after 30 seconds"
}

setup_engine() {
	if docker_answers || podman_answers; then
		return 0
	fi
	# Without root, docker works only for members of its group, and a new member has to log in again. podman works for every user at once.
	if [ "$(id -u)" -ne 0 ] && ! command -v dockerd >/dev/null; then
		setup_podman
		return 0
	fi
	setup_docker
}

setup_docker() {
	if docker_answers; then
		return 0
	fi
	# docker's option --init needs tini.
	install_packages docker.io iptables tini
	start_docker
	docker_answers || fail "docker runs, but not for $(id -un): add the user to the group docker, or use rootless docker"
	say "docker $(docker version --format '{{.Server.Version}}') answers"
}

# Succeeds if podman can run a container. The image for this trial contains only a static program.
podman_runs() {
	trial=$(mktemp -d)
	status=1
	if cp /usr/bin/catatonit "$trial/" 2>/dev/null &&
		tar -C "$trial" -c . | podman import -q - localhost/cross/trial >/dev/null 2>&1 &&
		podman run --rm --network=host localhost/cross/trial /catatonit --version >/dev/null 2>&1; then
		status=0
	fi
	podman rmi -f localhost/cross/trial >/dev/null 2>&1 || true
	rm -rf "$trial"
	return $status
}

# Succeeds if the built-in engine could start: it needs user and mount namespaces, and mounts in them.
namespaces_work() {
	unshare --user --map-root-user --mount mount -t tmpfs cross /tmp >/dev/null 2>&1
}
# forbids <setting> <value>: succeeds if the kernel's setting has this value, with which it forbids namespaces.
forbids() {
	[ "$(cat "/proc/sys/$(echo "$1" | tr . /)" 2>/dev/null)" = "$2" ]
}

setup_sandbox() {
	if ! namespaces_work; then
		# The first two settings do not restrict root.
		if [ "$(id -u)" -ne 0 ] && forbids kernel.apparmor_restrict_unprivileged_userns 1; then
			fail "user namespaces are forbidden here; this allows them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
		elif [ "$(id -u)" -ne 0 ] && forbids kernel.unprivileged_userns_clone 0; then
			fail "user namespaces are forbidden here; this allows them: sudo sysctl kernel.unprivileged_userns_clone=1"
		elif forbids user.max_user_namespaces 0; then
			fail "user namespaces are forbidden here; this allows them: sudo sysctl user.max_user_namespaces=10000"
		fi
		fail "user namespaces are forbidden by whatever runs this session (in a container: its seccomp or AppArmor profile);" \
			"CROSS_CONTAINER_ENGINE=docker or podman does without them"
	fi
}

setup_podman() {
	# podman's option --init needs catatonit. uidmap and slirp4netns are for use without root. runc is for machines that crun refuses.
	install_packages podman catatonit fuse-overlayfs runc slirp4netns uidmap
	mkdir -p target
	if [ -e target/podman.env ] && (use_podman_env && podman_runs); then
		return 0
	fi
	rm -f target/podman.env
	if podman_runs; then
		return 0
	fi
	conf=$PWD/target/containers.conf
	say "podman does not work as it is, writing target/containers.conf and target/podman.env"
	cat >"$conf" <<-'END'
		[engine]
		# crun refuses a machine with both versions of cgroups, and without systemd there is nobody to ask for a cgroup.
		runtime = "runc"
		cgroup_manager = "cgroupfs"
		events_logger = "file"

		[containers]
		# podman would raise the limits, which takes a capability that a container's root may not have.
		default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
	END
	CONTAINERS_CONF=$conf
	export CONTAINERS_CONF
	podman_runs || fail "podman does not work with target/containers.conf either: see podman --log-level=debug run"
	{
		echo "export CONTAINERS_CONF='$conf'"
		if [ "$(podman info --format '{{.Store.GraphDriverName}}')" = overlay ]; then
			echo "export STORAGE_DRIVER=overlay"
		fi
	} >target/podman.env
}

# Installs sshd for the tests of dependencies over ssh, which start one themselves. The package's installation would start an sshd for the
# whole network, so it is only installed if packages must not start services (101), as in containers. Without sshd those tests are
# ignored.
setup_sshd() {
	if command -v sshd >/dev/null || [ -x /usr/sbin/sshd ]; then
		return 0
	fi
	starts=0
	if [ -x /usr/sbin/policy-rc.d ]; then
		/usr/sbin/policy-rc.d ssh start >/dev/null 2>&1 || starts=$?
	fi
	if [ "$starts" -eq 101 ]; then
		install_packages openssh-client openssh-server
	else
		say "no sshd is installed, so tests of dependencies over ssh will be ignored"
	fi
}

case ${1:-} in
'') setup_engine ;;
--sandbox) setup_sandbox ;;
--linker)
	command -v cc >/dev/null || say "there is no C linker (cc), which Rust programs are linked with"
	install_packages build-essential
	;;
--all)
	setup_docker
	setup_podman
	setup_sshd
	;;
*) fail "usage: ci/setup.sh [--all | --sandbox | --linker]" ;;
esac
