"""A pytest plugin for arq's suite: wherever it says Worker, it gets ours, with its engine at work on the same queue."""

import os

import arq.worker

from shared.settings import read_settings
from worker_service import maintenance
from worker_service.catalogue import processors
from worker_service.engine.worker import ENGINE, RUNNING, JobWorker
from worker_service.main import Crew, quiet_arq

os.environ["REDIS_URL"] = f"redis://127.0.0.1:{os.environ['ARQ_SUITE_PORT']}"
SETTINGS = read_settings()
SERVED = processors([])

quiet_arq()
maintenance.EVERY = 60  # some tests list all keys: they should seldom meet those of a tick, and are then tried again


class WorkerBesideEngine(JobWorker):
    """What `worker_service.main` makes of it with hooks, which arq's tests set themselves."""

    async def main(self) -> None:
        crew = Crew(SETTINGS, SERVED)
        await crew.start()
        self.ctx |= {ENGINE: crew.engine, RUNNING: crew.engine.holding.plain}
        try:
            await super().main()
        finally:
            await crew.stop()


arq.Worker = arq.worker.Worker = WorkerBesideEngine  # type: ignore[misc]
