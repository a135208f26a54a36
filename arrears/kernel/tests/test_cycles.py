import gc

import pytest

from arrears.kernel.cycles import not_searched, what_stands_stays


def test_what_stands_stays_until_the_outermost_block_ends() -> None:
    gc.unfreeze()  # whatever was set up before this test
    with what_stands_stays():
        with what_stands_stays():
            pass
        assert gc.get_freeze_count()
    assert not gc.get_freeze_count()


def test_the_search_goes_on_after_a_failure() -> None:
    with pytest.raises(ValueError), not_searched():
        assert not gc.isenabled()
        raise ValueError
    assert gc.isenabled()


def test_a_search_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with not_searched():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
