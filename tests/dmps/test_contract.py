"""The client against the API's own description of itself: what it offers, and each member of what is answered."""

from typing import Any

import msgspec
import pytest

from dmps import Client
from dmps.clients import Calls
from dmps.models import bulk, files, fleet, jobs, schedules, statistics, webhooks
from tests.dmps.conftest import Service

MODELS: dict[str, type[msgspec.Struct]] = {
    "Attempt": jobs.Attempt,
    "BulkAction": bulk.BulkAction,
    "BulkCount": bulk.BulkCount,
    "Check": fleet.Check,
    "Diagnosis": fleet.Diagnosis,
    "ErrorGroup": statistics.ErrorGroup,
    "DeliveryAnswer": webhooks.Delivery,
    "Errors": statistics.ErrorGroups,
    "Failure": jobs.Failure,
    "File": files.File,
    "Files": files.FilePage,
    "Job": jobs.Job,
    "JobType": fleet.JobType,
    "Link": files.FileLink,
    "ListedJob": jobs.JobBrief,
    "Log": jobs.Log,
    "NewWebhook": webhooks.NewWebhook,
    "Node": jobs.Node,
    "Options": jobs.Options,
    "Queue": fleet.Queue,
    "Schedule": schedules.Schedule,
    "Statistics": statistics.Statistics,
    "StatisticsPoint": statistics.Point,
    "Submitted": jobs.Submitted,
    "TreeAnswer": jobs.Tree,
    "WebhookAnswer": webhooks.Webhook,
    "Worker": fleet.Worker,
}

OFFERED = {  # operations of the API, and the call that makes them
    "submitJob": "submit",
    "listJobs": "jobs",
    "submitBatch": "submit_many",
    "getJob": "get",
    "changeJob": "amend",
    "deleteJob": "delete",
    "getJobTree": "tree",
    "getResult": "result",
    "listAttempts": "get",
    "readLog": "logs",
    "listErrors": "error_groups",
    "cancelJob": "cancel",
    "retryJob": "retry",
    "replayJob": "replay",
    "submitBulk": "start_bulk",
    "getBulk": "bulk",
    "streamJobEvents": "follow_job",
    "streamEvents": "follow",
    "createSchedule": "create_schedule",
    "listSchedules": "schedules",
    "getSchedule": "schedule",
    "changeSchedule": "change_schedule",
    "deleteSchedule": "delete_schedule",
    "pauseSchedule": "pause_schedule",
    "resumeSchedule": "resume_schedule",
    "runSchedule": "run_schedule",
    "listNextTicks": "schedule_times",
    "listTicks": "schedule_history",
    "listWebhooks": "webhooks",
    "getWebhook": "webhook",
    "createWebhook": "create_webhook",
    "changeWebhook": "change_webhook",
    "deleteWebhook": "delete_webhook",
    "rotateWebhookSecret": "rotate_webhook_secret",
    "testWebhook": "send_webhook_test",
    "listDeliveries": "deliveries",
    "redeliver": "redeliver",
    "uploadFile": "upload",
    "listFiles": "files",
    "getFile": "file",
    "deleteFile": "delete_file",
    "downloadFile": "download",
    "createFileLink": "create_link",
    "getUpload": "upload",
    "appendToUpload": "upload",
    "cancelUpload": "cancel_upload",
    "listJobTypes": "job_types",
    "changeJobType": "change_job_type",
    "listQueues": "queues",
    "getQueue": "queue",
    "changeQueue": "change_queue",
    "listWorkers": "workers",
    "drainWorker": "drain_worker",
    "getStatistics": "statistics",
    "diagnose": "diagnose",
}
FOR_OTHERS = {  # browsers, proxies, Prometheus, whoever has a link
    "downloadByLink",
    "readMetrics",
    "isLive",
    "isReady",
    "getOpenApi",
    "getDocs",
    "getProblemType",
    "home",
}


@pytest.fixture(scope="module")
def described(service: Service) -> Any:
    with Client(service.url) as client:
        return msgspec.json.decode(client._http.get("/openapi.json").content)


def test_every_operation_of_the_api_is_offered(described: Any) -> None:
    operations = {
        operation["operationId"]
        for item in described["paths"].values()
        for operation in item.values()
        if "operationId" in operation
    }
    assert operations == {*OFFERED, *FOR_OTHERS}
    assert {name for name in vars(Calls) if not name.startswith("_")} >= set(OFFERED.values())


@pytest.mark.parametrize("schema", MODELS)
def test_every_member_of_an_answer_has_a_name(described: Any, schema: str) -> None:
    told = set(described["components"]["schemas"][schema]["properties"])
    assert {field.encode_name for field in msgspec.structs.fields(MODELS[schema])} == told
