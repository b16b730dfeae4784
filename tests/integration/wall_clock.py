# SPDX-License-Identifier: Apache-2.0
"""The clocks of a process under test (clock_shim.cc): the time of day, who vouches for it, and when it was booted."""
import mmap
import os
import time

import pytest

import gateway as gw

SHIM = gw.BUILD / "tests" / "integration" / "libclock_shim.so"
WALL_NS, MONOTONIC_NS, MAX_ERROR_US = 0, 1, 2  # words of the file
UNDISCIPLINED = -1
TEN_SECONDS = 10_000_000_000


class WallClock:
    """Begins with the machine's time, which nobody vouches for. It outlives the processes that use it."""

    def __init__(self, folder):
        if not SHIM.exists():
            pytest.skip("a build with sanitizers has no clock to preload")
        self._path = folder / "wall-clock"
        self._path.write_bytes(bytes(mmap.PAGESIZE))
        with open(self._path, "r+b") as file:
            # As words: each is written at once.
            self._words = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        self.synchronised(False)

    def set_offset(self, milliseconds):
        """Sets the clock to so much after the machine's."""
        self._words[WALL_NS] = milliseconds * 1_000_000

    def boot_without_rtc(self):
        """The machine is switched on, and believes that it is 1970."""
        self._words[MONOTONIC_NS] = -time.monotonic_ns()
        self._words[WALL_NS] = TEN_SECONDS - time.time_ns()
        self.synchronised(False)

    def synchronised(self, vouched_for, max_error_ms=5):
        """What adjtimex says."""
        self._words[MAX_ERROR_US] = round(max_error_ms * 1000) if vouched_for else UNDISCIPLINED

    def now_ms(self):
        """The time it shows, as records have it."""
        return (time.time_ns() + self._words[WALL_NS]) // 1_000_000

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(SHIM), "CLOCK_SHIM_FILE": str(self._path)}
