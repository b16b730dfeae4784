# SPDX-License-Identifier: Apache-2.0
"""A few of the rounds of kill_rounds.py; by hand it does as many as wanted."""
import random

import kill_rounds


def test_killing_the_daemon_at_any_moment_loses_nothing_and_changes_nothing(tmp_path):
    seed = random.randrange(1 << 32)
    print(f"again: tests/integration/kill_rounds.py 25 {seed}")
    kinds, seen = kill_rounds.run(tmp_path, 25, seed)
    assert seen.wrong() == []
    assert seen.records > 1000 and sum(kinds.values()) == 25
