"""Money told with repeats, out of order, with returns, to a process that is killed again and again. (Slow trial.)"""

import pytest

from arrears.cli.storm import storm


@pytest.mark.slow
def test_a_storm_of_tellings_and_kills_ends_where_a_clean_run_does(tmp_path):
    said: list[str] = []
    assert storm(tmp_path, notices=20_000, seed=11, kills=20, say=said.append), "\n".join(said)
