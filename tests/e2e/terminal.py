"""A terminal without a window: what a person would see of two streams, and what was drawn over meanwhile."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """The lines that stand at the end, and those that stood there for a while."""

    def __init__(self):
        self.lines, self.row, self.column = [""], 0, 0
        self.drawn = []  # lines that something was drawn over

    def feed(self, text):
        at = 0
        while at < len(text):
            escape = ESCAPE.match(text, at)
            if escape:
                self.control(escape.group(2), int(escape.group(1) or 0) if escape.group(1).isdigit() else 0)
                at = escape.end()
                continue
            self.put(text[at])
            at += 1

    def control(self, letter, count):
        if letter == "A":
            self.row = max(0, self.row - max(1, count))
        elif letter == "J":
            self.drawn += [line for line in self.lines[self.row :] if line]
            self.lines[self.row :] = [self.lines[self.row][: self.column]]
        elif letter == "K":
            self.drawn.append(self.lines[self.row])
            self.lines[self.row] = self.lines[self.row][: self.column]

    def put(self, letter):
        if letter == "\n":
            self.row, self.column = self.row + 1, 0
            if self.row == len(self.lines):
                self.lines.append("")
        elif letter == "\r":
            self.column = 0
        else:
            line = self.lines[self.row]
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    def text(self):
        return "\n".join(self.lines)


def open_terminal(columns):
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    modes = termios.tcgetattr(follower)
    modes[1] &= ~termios.OPOST  # a line end stays one character
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(follower, termios.TCSANOW, modes)
    return leader, follower


def on_terminal(command, typed="", columns=132, timeout=60, **popen):
    """Runs the command on a terminal: its exit code and the two screens, of stdout and of stderr."""
    out, out_end = open_terminal(columns)
    err, err_end = open_terminal(columns)
    process = subprocess.Popen(
        command, stdin=err_end, stdout=out_end, stderr=err_end, start_new_session=True, **popen
    )
    os.close(out_end)
    os.close(err_end)
    os.write(err, typed.encode())
    said = {out: b"", err: b""}
    end = time.monotonic() + timeout
    try:
        while True:
            ended = process.poll() is not None
            ready = select.select([out, err], [], [], 0 if ended else 0.02)[0]
            for terminal in ready:
                said[terminal] += read_some(terminal)
            if ended and not any(ready):
                break
            if ended and all(closed(terminal) for terminal in ready):
                break
            if time.monotonic() > end:
                process.kill()
                raise TimeoutError(f"no end within {timeout}s: {command}\n{said}")
    finally:
        process.wait()
        os.close(out)
        os.close(err)
    screens = []
    for terminal in (out, err):
        screens.append(Screen())
        screens[-1].feed(said[terminal].decode("utf-8", "replace"))
    return process.returncode, *screens


def read_some(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the last holder of the other end is gone
        return b""


def closed(terminal):
    poll = select.poll()
    poll.register(terminal, select.POLLIN)
    return not any(events & select.POLLIN for _, events in poll.poll(0))
