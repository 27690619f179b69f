"""Small, full and read-only disks for tests: real mounts, in a mount namespace that ends with the test.

The file of tests calls run_with_mounts() instead of unittest.main(); where nothing can be mounted it says so and is
skipped."""

import errno
import os
import subprocess
import sys

import house  # noqa: F401  (the way to tests/support)
import run_tests

INSIDE = "TESTS_HAVE_MOUNTS"


def run_with_mounts():
    if os.environ.get(INSIDE):
        run_tests.main()
        return
    for unshare in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        tried = subprocess.run(
            [*unshare, "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True, encoding="utf-8", check=False
        )
        if tried.returncode == 0:
            os.environ[INSIDE] = "1"
            os.execvp(unshare[0], [*unshare, sys.executable, "-B", *sys.argv])
    run_tests.skip_all(f"nothing can be mounted here: {tried.stderr.strip()}")


def mount(folder, *options, size=None):
    """A tmpfs at the folder, which is made."""
    os.makedirs(folder, exist_ok=True)
    given = [f"size={size}"] if size else []
    words = ["-o", ",".join([*given, *options])] if given or options else []
    subprocess.run(["mount", "-t", "tmpfs", *words, "tmpfs", folder], check=True)


def remount(folder, options):
    """bind: the mount alone, which is enough, and allowed where its disk is not ours."""
    subprocess.run(["mount", "-o", "remount,bind," + options, folder], check=True)


def umount(folder):
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder, leave=0):
    """A file that leaves only so many bytes of the folder's disk."""
    path = os.path.join(folder, "filler")
    with open(path, "wb") as file:
        while True:
            about = os.statvfs(folder)
            size = about.f_bavail * about.f_frsize - leave
            if size <= 0:
                return path
            try:
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)
            except OSError as error:  # others write, too
                if error.errno != errno.ENOSPC:
                    raise
