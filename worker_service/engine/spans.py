"""The spans of attempts: how long the job waited, the attempt until it is settled, and in it the processor's work."""

from functools import partial

from shared.job import Job, Outcome
from shared.spans import Facts, Span, Tracer, facts_of
from worker_service.engine.holding import HoldKey
from worker_service.runner import Attempt, Perform


class AttemptSpans:
    """Of one engine. All are parts of the trace of the request that submitted the job, if that had one.

    Waits and attempts have their times by the store's clock, as the record has them; what is within, by this host's.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[HoldKey, Span] = {}

    def began(self, job: Job, perform: Perform) -> Perform:
        """An attempt begins. Answers how it is to be performed."""
        facts, parent = facts_of(job), job.traceparent or ""
        span = self._tracer.begin(f"attempt {job.type}", "consumer", facts, parent=parent, at=job.claimed_at)
        self._open[job.id, job.fence] = span
        if job.run_at <= job.claimed_at:
            parent = parent or span.traceparent
            self._tracer.begin(f"wait {job.type}", "internal", facts, parent=parent, at=job.run_at).end(
                at=job.claimed_at
            )
        return partial(self._performed, span, perform)

    def settled(self, held: Job, job: Job) -> None:
        """The store has taken its end."""
        span = self._open.pop((held.id, held.fence), None)
        if span is None or not job.attempts:
            return
        last = job.attempts[-1]
        failed = last.error.code if last.error is not None and last.outcome is Outcome.FAILED else ""
        facts: Facts = {"dmps.attempt": last.number, "dmps.outcome": last.outcome, "dmps.job.status": job.status}
        span.end(facts, failed=failed, at=last.ended_at)

    def dropped(self, job: Job, why: str) -> None:
        """It is another attempt's job by now."""
        span = self._open.pop((job.id, job.fence), None)
        if span is not None:
            span.end(failed=why)

    async def _performed(self, span: Span, perform: Perform, attempt: Attempt) -> bytes:
        with span.current():
            work = self._tracer.begin(f"process {attempt.job.type}", "internal", {"dmps.job.type": attempt.job.type})
            failed = ""
            try:
                with work.current():
                    return await perform(attempt)
            except BaseException as error:
                failed = type(error).__name__
                raise
            finally:
                work.end(failed=failed)
