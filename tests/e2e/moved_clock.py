"""Clocks of the programs that tests move: tests/support/wall_clock.cpp."""

import os
import struct

from house import BUILD

WALL, BOOT = "WALL_CLOCK_OFFSET", "BOOT_CLOCK_OFFSET"


def move_clocks(house, *clocks):
    """For the programs that the house starts from now on.  Returns the function that sets how many seconds they differ
    from the real ones, at once."""
    path = house.path("clock")

    def jump(seconds):
        with open(path, "rb+") as file:
            file.write(struct.pack("=q", seconds))

    with open(path, "wb") as file:
        file.write(bytes(8))
    house.env.update(dict.fromkeys(clocks, path), LD_PRELOAD=os.path.join(BUILD, "tests/wall_clock.so"))
    return jump
