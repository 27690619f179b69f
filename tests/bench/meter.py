"""What the machine does: processor time of our processes and of everybody else's."""

import os
import resource
import time

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


def busy():
    """Seconds of processor time that the machine has used, all cores together."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def descendants(pid):
    """The pids of what it started and what these started, without itself."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                children.setdefault(int(_stat(name)[1]), []).append(int(name))  # by parent
            except (FileNotFoundError, ProcessLookupError):
                pass
    found, look = [], [pid]
    while look:
        below = children.get(look.pop(), [])
        found += below
        look += below
    return found


def cpu_of(pid):
    """Seconds of one living process, to the nanosecond, and of its children that have ended."""
    try:
        reaped = _stat(pid)[13:15]
        return time.clock_gettime(~pid << 3 | 2) + sum(map(int, reaped)) / TICK
    except OSError:
        return 0.0


def tree_cpu(pid):
    return sum(map(cpu_of, [pid, *descendants(pid)]))


def own_cpu():
    """Of this program and all it has started."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(map(cpu_of, descendants(os.getpid())))
    return time.process_time() + ended.ru_utime + ended.ru_stime + living


def peak_memory(pid):
    """The most bytes that it ever had in memory."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has ended")


class Others:
    """Measures the share of the processor that others use while it is open."""

    def __enter__(self):
        self.share = 0.0
        self._begin = (time.monotonic(), busy(), own_cpu())
        return self

    def __exit__(self, *_):
        wall, all_of_it, own = (
            now - then for now, then in zip((time.monotonic(), busy(), own_cpu()), self._begin)
        )
        self.share = max(0.0, all_of_it - own) / (wall * CORES)
