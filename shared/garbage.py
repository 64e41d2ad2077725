"""The garbage collector, told once a process what is worth its time."""

import gc

YOUNG = 10_000  # objects made and not yet freed until the young are looked at; Python's own 700 are two batches of jobs
LOOKS = 50  # at the young, until those that survived are looked at again


def collect_less() -> None:
    """To be called once all is loaded: that stays, and is not looked at again; nor is every batch of jobs.

    Jobs, tasks and requests are freed by their reference counts. The collector only finds cycles, which are few here;
    with Python's own thresholds it took an eighth of a busy worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, LOOKS)
