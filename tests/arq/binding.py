"""A pytest plugin for arq's suite: wherever it says Worker, it gets ours."""

import arq.worker

from worker_service.engine.worker import JobWorker

arq.Worker = arq.worker.Worker = JobWorker  # type: ignore[misc] # as worker_service.main binds it
