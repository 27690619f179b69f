"""Programs that outlive who started them, as a browser does: they become children of the test then, see prctl(2)."""

import contextlib
import ctypes
import os

from waiting import wait_until

PR_SET_CHILD_SUBREAPER = 36


def adopt():
    """From now on; of all that this process has started."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children(pid="self"):
    found = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                    found |= set(map(int, file.read().split()))
    return found


def descendants():
    found, new = set(), children()
    while new:
        found |= new
        new = set().union(*map(children, new)) - found
    return found


def wait_for_orphans(ours):
    """Until there is no child but those."""
    wait_until(lambda: all([has_ended(pid) for pid in children() - set(ours)]), 60, "the end of what was left behind")


def has_ended(orphan):
    with contextlib.suppress(ChildProcessError):  # it was reaped before
        return os.waitpid(orphan, os.WNOHANG)[0] != 0
    return True
