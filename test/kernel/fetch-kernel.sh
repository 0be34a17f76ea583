#!/usr/bin/env bash
# Brings the sources of a Linux release here for the real-kernel ring, out of the linux-source-VERSION packages of the
# Debian archive that this machine already uses. The machine's own apt set-up is neither used as state nor changed.
#
#   fetch-kernel.sh VERSION [--full]   prints the folder of the tree; --full unpacks everything, for compiling, into a folder of its own
#
# Exit: 0 tree is there, 2 wrong use, 3 the archive (or this machine) cannot give this version.
# Trees are kept in $GPUSVM_KERNELS (default: ~/.cache/gpusvm-kernels), only the folders that the tool reads (all of them with --full).
set -u

say() { echo "fetch-kernel: $*" >&2; }
give_up() {
	say "$*"
	exit 3
}

[ $# -eq 1 ] || { [ $# -eq 2 ] && [ "$2" = --full ]; } || {
	say "usage: fetch-kernel.sh VERSION [--full]"
	exit 2
}
version=$1
store=${GPUSVM_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/gpusvm-kernels}
full=${2:+-full}
tree=$store/linux-$version$full

# The mark is written last, so that an interrupted run is not taken for a tree.
if [ -e "$tree/.complete" ]; then
	echo "$tree"
	exit 0
fi

for tool in apt-get dpkg-deb tar xz; do
	command -v "$tool" >/dev/null || give_up "$tool is not on this machine"
done

archive=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m 1 '/debian/\?$')
[ -n "$archive" ] || archive=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -o -m 1 'https\?://[^ ]*/debian/\?')
[ -n "$archive" ] || give_up "this machine uses no Debian archive"

mkdir -p "$store" || give_up "cannot write $store"
work=$(mktemp -d "$store/fetch.XXXXXX") || give_up "cannot write $store"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources" "$work/deb"

# Releases newer than the machine's own: backports carries some of them, unstable the newest.
for suite in trixie-backports forky sid; do
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" >"$work/sources/$suite.list"
done
own_apt() {
	apt-get -qq \
		-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@" >&2
}
# A suite that the archive does not carry must not keep the others out.
own_apt update || say "some package lists could not be read, going on"
(cd "$work/deb" && own_apt download "linux-source-$version") || give_up "the archive has no linux-source-$version"

package=$(find "$work/deb" -name '*.deb' | head -n 1)
[ -n "$package" ] || give_up "the archive has no linux-source-$version"
dpkg-deb --extract "$package" "$work/package" || give_up "cannot unpack $package"
tarball=$(find "$work/package/usr/src" -name 'linux-source-*.tar.*' | head -n 1)
[ -n "$tarball" ] || give_up "linux-source-$version holds no sources"

inside=linux-source-$version
mkdir "$work/tree"
wanted="drivers/gpu/drm include mm Documentation/gpu Documentation/mm MAINTAINERS Makefile Kbuild"
paths=
[ -n "$full" ] || for path in $wanted; do paths="$paths $inside/$path"; done
# shellcheck disable=SC2086 # no path holds a space
tar -C "$work/tree" --strip-components=1 -xf "$tarball" $paths || give_up "cannot unpack the sources"
touch "$work/tree/.complete"
rm -rf "$tree"
mv "$work/tree" "$tree" || give_up "cannot write $tree"
echo "$tree"
