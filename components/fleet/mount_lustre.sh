#!/bin/sh
# Usage: mount-lustre SOURCE FOLDER OPTIONS
#
# Installs AWS's Lustre client where the image has none, and mounts the file system at FOLDER, now and at every boot.
# Source: FSx for Lustre user guide, "Installing the Lustre client" and "Mounting your file system automatically".
set -eu
source=$1
folder=$2
options=$3

if ! modinfo lustre >/dev/null 2>&1; then
  . /etc/os-release
  case "$ID" in
    ubuntu)
      key=/usr/share/keyrings/fsx-ubuntu-public-key.gpg
      from=https://fsx-lustre-client-repo
      curl --fail --silent --show-error "$from-public-keys.s3.amazonaws.com/fsx-ubuntu-public-key.asc" |
        gpg --dearmor --yes --output "$key"
      echo "deb [signed-by=$key] $from.s3.amazonaws.com/ubuntu $VERSION_CODENAME main" \
        >/etc/apt/sources.list.d/fsxlustreclientrepo.list
      apt-get update
      # The running kernel's: AWS's other package would bring a new kernel, and with it another GPU driver.
      DEBIAN_FRONTEND=noninteractive apt-get install --yes "lustre-client-modules-$(uname -r)"
      ;;
    amzn) dnf install --assumeyes lustre-client ;;
    *)
      echo "this image ($ID) has no Lustre client: put one into it" >&2
      exit 1
      ;;
  esac
fi

mkdir -p "$folder"
line="$source $folder lustre $options 0 0"
grep --quiet --fixed-strings --line-regexp "$line" /etc/fstab || echo "$line" >>/etc/fstab
systemctl daemon-reload
systemctl start "$(systemd-escape --path --suffix=automount "$folder")"
