"""The two clients: the same calls, one plain, one for asyncio."""

from dmps.async_driver import AsyncDriver
from dmps.calls import bulk as of_bulk
from dmps.calls import files as of_files
from dmps.calls import fleet, submitting, uploading, waiting
from dmps.calls import jobs as of_jobs
from dmps.calls import schedules as of_schedules
from dmps.calls import statistics as of_statistics
from dmps.calls import webhooks as of_webhooks
from dmps.declared import Call, Iteration
from dmps.driver import Driver


class Calls:
    """Every call of the API, by the name under which both clients have it."""

    submit = Call(submitting.submit)
    submit_many = Call(submitting.submit_many)
    check = Call(submitting.check)
    run = Call(submitting.run)

    get = Call(of_jobs.get)
    result = Call(of_jobs.result)
    jobs = Iteration(of_jobs.jobs)
    logs = Call(of_jobs.logs)
    tree = Call(of_jobs.tree)
    wait = Call(waiting.wait)
    follow_job = Iteration(waiting.follow_job)
    follow = Iteration(waiting.follow)

    cancel = Call(of_jobs.cancel)
    retry = Call(of_jobs.retry)
    replay = Call(of_jobs.replay)
    amend = Call(of_jobs.amend)
    delete = Call(of_jobs.delete)

    start_bulk = Call(of_bulk.start_bulk)
    count_bulk = Call(of_bulk.count_bulk)
    bulk = Call(of_bulk.bulk)
    wait_bulk = Call(of_bulk.wait_bulk)

    upload = Call(uploading.upload)
    cancel_upload = Call(uploading.cancel_upload)
    download = Call(of_files.download)
    files = Iteration(of_files.files)
    file = Call(of_files.file)
    create_link = Call(of_files.create_link)
    delete_file = Call(of_files.delete_file)

    schedules = Iteration(of_schedules.schedules)
    schedule = Call(of_schedules.schedule)
    create_schedule = Call(of_schedules.create_schedule)
    change_schedule = Call(of_schedules.change_schedule)
    delete_schedule = Call(of_schedules.delete_schedule)
    pause_schedule = Call(of_schedules.pause_schedule)
    resume_schedule = Call(of_schedules.resume_schedule)
    run_schedule = Call(of_schedules.run_schedule)
    schedule_times = Call(of_schedules.schedule_times)
    schedule_history = Call(of_schedules.schedule_history)

    webhooks = Call(of_webhooks.webhooks)
    webhook = Call(of_webhooks.webhook)
    create_webhook = Call(of_webhooks.create_webhook)
    change_webhook = Call(of_webhooks.change_webhook)
    delete_webhook = Call(of_webhooks.delete_webhook)
    rotate_webhook_secret = Call(of_webhooks.rotate_webhook_secret)
    send_webhook_test = Call(of_webhooks.send_webhook_test)
    deliveries = Iteration(of_webhooks.deliveries)
    redeliver = Call(of_webhooks.redeliver)

    job_types = Call(fleet.job_types)
    queues = Call(fleet.queues)
    queue = Call(fleet.queue)
    workers = Call(fleet.workers)
    change_queue = Call(fleet.change_queue)
    change_job_type = Call(fleet.change_job_type)
    drain_worker = Call(fleet.drain_worker)
    diagnose = Call(fleet.diagnose)
    statistics = Call(of_statistics.statistics)
    error_groups = Call(of_statistics.error_groups)


class Client(Calls, Driver):
    """The API, for plain code: `with Client() as client: client.run("calculation", {...})`.

    `url` is that of the API (else DMPS_URL, else http://127.0.0.1:3000), `api_key` a key where some are in force (else
    DMPS_API_KEY). `numbers=Decimal` keeps fractions as they were written. Raises `ValueError` for what is neither.
    """


class AsyncClient(Calls, AsyncDriver):
    """The same for asyncio: `async with AsyncClient() as client: await client.run("calculation", {...})`."""
