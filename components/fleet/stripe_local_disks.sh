#!/bin/sh
# Usage: stripe-local-disks COUNT FOLDER
#
# Stripes the COUNT local NVMe disks of an EC2 instance and mounts them at FOLDER. What they hold survives a reboot and
# is lost with a stop, so each boot takes the stripe that is there, or makes a new one.
set -eu
count=$1
folder=$2

# Deep Learning AMIs stripe the same disks by LVM before user data is read (dlami-nvme.service, which user data masks).
ephemeral=/dev/mapper/vg.01-lv_ephemeral
if [ -e "$ephemeral" ]; then
  if findmnt --source "$ephemeral" >/dev/null; then umount "$ephemeral"; fi
  vgremove --force --yes vg.01
fi

if mountpoint --quiet "$folder"; then exit 0; fi

# By model, for names such as /dev/nvme1n1 may be another disk after a reboot (EC2 user guide, "NVMe device names").
disks=$(lsblk --nodeps --noheadings --paths --output NAME,MODEL | awk '/Amazon EC2 NVMe Instance Storage/ { print $1 }')
found=$(echo "$disks" | wc -w)
if [ "$found" -ne "$count" ]; then
  echo "found $found local disks, and the instance type has $count: stop and start it, for other hardware" >&2
  exit 1
fi

# The words of $disks are separate arguments from here on.
if [ "$count" -eq 1 ]; then
  device=$disks
else
  # The kernel assembles what it recognises at boot, under a name of its own.
  device=$(lsblk --noheadings --raw --paths --output NAME,TYPE $disks | awk '$2 == "raid0" { print $1; exit }')
  if [ -z "$device" ]; then
    device=/dev/md/local-disks
    if ! mdadm --assemble "$device" $disks; then
      wipefs --all $disks
      mdadm --create "$device" --run --level=0 --raid-devices="$count" --homehost=any $disks
    fi
  fi
fi

if [ "$(blkid --match-tag TYPE --output value "$device")" != xfs ]; then
  mkfs.xfs -f -K "$device" # -K: the disks are empty, and discarding terabytes again takes minutes
fi
mkdir -p "$folder"
mount -o noatime "$device" "$folder"
chmod 1777 "$folder"
