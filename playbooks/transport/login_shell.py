"""Hands a POSIX script to `sh`, whatever the user's login shell is: `sshd` gives every line to that shell."""

import shlex

# What csh does not take literally between single quotes (newline, history's `!`), and fish (backslash).
UNSAFE = str.maketrans({character: f"\\0{ord(character):03o}" for character in "\n!\\'"})
DECODED = """exec sh -c 'eval "$(printf %b "$1")"' aidc"""  # `printf` is built in: no program is started for it


def by_sh(script: str) -> str:
    """A line with which sh, csh or fish becomes the `sh` that runs the script."""
    if not any(character in script for character in "\n!\\"):
        return f"exec sh -c {shlex.quote(script)}"
    return f"{DECODED} '{script.translate(UNSAFE)}'"
