import gc

from shared.garbage import YOUNG, collect_less


def test_what_is_loaded_is_not_looked_at_again_but_new_cycles_are_still_found() -> None:
    before = gc.get_threshold()
    try:
        collect_less()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == YOUNG
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        assert gc.collect() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
