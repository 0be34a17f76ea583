#!/usr/bin/env bash
# The build ring on a machine that may lack what a kernel build needs: fetches what it can, and leaves the ring out, aloud and with exit 75, when
# something cannot be had or time runs out. Never fails for want of a package, a tree, room on the disk, or time: all of it ends within 28 minutes.
set -u
cd "$(dirname "$0")/../.." || exit 75
end=$((SECONDS + 28 * 60))
left() { echo $((end - SECONDS)); }
store=${GPUSVM_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/gpusvm-kernels}
mkdir -p "$store" 2>/dev/null
for folder in "$store" "${TMPDIR:-/tmp}"; do
	room=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print int($4 / 1048576) }')
	if [ "${room:-0}" -lt 12 ]; then
		echo "build: left out: ${room:-no} GB are free in $folder, 12 are wanted"
		exit 75
	fi
done
packages="gcc make flex bison bc libelf-dev libssl-dev perl"
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	timeout 240 apt-get install -y -q --no-install-recommends $packages >/dev/null 2>&1 || echo "build: not all of these could be installed: $packages"
fi
timeout 600 bash test/kernel/fetch-kernel.sh 7.3 --full >/dev/null || echo "build: all of Linux 7.3 cannot be fetched here"
if [ "$(left)" -lt 600 ]; then
	echo "build: left out: $(($(left) / 60)) minutes are left for the builds, 10 are wanted"
	exit 75
fi
timeout --kill-after=20 "$(left)" node test/build/run.mjs
code=$?
case $code in
124 | 137)
	echo "build: left out: the builds did not end in time"
	exit 75
	;;
esac
exit "$code"
