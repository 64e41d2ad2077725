import json
from pathlib import Path
from typing import Any

import pytest

from dmps import Client, Options
from tests.dmps.cli.conftest import Dmps
from tests.dmps.conftest import SLOW, content, steps

NUMBERS = '{"operation": "sum", "numbers": [1, 2, 3]}'
NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


def test_a_job_is_submitted_waited_for_and_shown(dmps: Dmps) -> None:
    submitted = dmps(
        "submit", "calculation", NUMBERS, "--tag", "a", "--max-attempts", "2", "--options", '{"timeout": 9}'
    )
    job_id = submitted.out.strip()
    waited = dmps("wait", job_id)
    assert (waited.status, json.loads(waited.out)) == (0, {"sum": 6})
    assert f"{job_id} completed after" in waited.err
    shown = dmps("status", job_id)
    assert "completed" in shown.out
    assert "attempt 1 on" in shown.out
    job = dmps("status", job_id, "--json").json
    assert (job["id"], job["tags"], job["maxAttempts"], job["timeout"]) == (job_id, ["a"], 2, 9)
    assert job["createdAt"].endswith("Z")
    assert dmps("result", job_id, "--json").json == {"sum": 6}


def test_json_is_what_the_api_answers(dmps: Dmps, client: Client) -> None:
    job_id = client.run("scripted", steps({"do": "return", "value": [2**70, 0.1]})).id
    shown = dmps("status", job_id, "--json").out
    assert '"result":[1180591620717411303424,0.1]' in shown
    assert set(json.loads(shown)) >= {"createdAt", "maxAttempts", "resultFile", "attempts", "links"}


@pytest.mark.parametrize("given", ["-", "@file"])
def test_a_payload_comes_from_a_file_or_standard_input(dmps: Dmps, tmp_path: Path, given: str) -> None:
    (tmp_path / "payload.json").write_text(NUMBERS)
    asked = f"@{tmp_path / 'payload.json'}" if given == "@file" else "-"
    ran = dmps("submit", "calculation", asked, "--wait", "--json", given=NUMBERS)
    assert (ran.status, ran.json["result"]) == (0, {"sum": 6})


def test_the_example_of_a_type_is_submitted(dmps: Dmps) -> None:
    assert dmps("submit", "calculation", "--example", "--wait", "--json").json["status"] == "completed"
    assert dmps("submit", "calculation", "--example", "--check").out == "The job is valid; nothing was submitted.\n"


def test_the_same_key_submits_once(dmps: Dmps) -> None:
    first, again = (dmps("submit", "calculation", NUMBERS, "--key", "once for all") for _ in range(2))
    assert first.out == again.out


def test_jobs_are_submitted_by_lines(dmps: Dmps) -> None:
    good = json.dumps({"type": "calculation", "payload": json.loads(NUMBERS), "options": {"tags": ["lines"]}})
    ran = dmps("submit-many", "-", given=f'{good}\n\n{{"type": "calculation", "payload": {{}}}}\n{good}\n')
    assert ran.status == 4
    assert len(ran.out.split()) == 2
    assert "line 2: Validation failed (422)" in ran.err
    listed = dmps("ls", "--tag", "lines", "--ids").out.split()
    assert sorted(listed) == sorted(ran.out.split())
    assert dmps("submit-many", "-", "--json", given=good).json[0]["status"] == "pending"
    assert dmps("submit-many", "-", given='{"type": 3}').status == 2


def test_a_failed_job_is_told_by_the_exit_status(dmps: Dmps) -> None:
    ran = dmps("submit", "scripted", json.dumps(steps({"do": "reject", "message": "bad \x1b[31m news"})), "--wait")
    assert ran.status == 1
    assert "rejected: bad \\x1b[31m news" in ran.err
    assert "\x1b" not in ran.err + ran.out


def test_waiting_takes_no_longer_than_it_may(dmps: Dmps, client: Client) -> None:
    job_id = client.submit("scripted", SLOW).job_id
    ran = dmps("wait", job_id, "--within", "0.3")
    assert ran.status == 7
    assert "It goes on: wait for it again." in ran.err
    assert dmps("cancel", job_id).status == 0
    assert client.wait(job_id).status == "cancelled"


def test_a_job_is_watched_to_its_end(dmps: Dmps, client: Client) -> None:
    job_id = client.submit("scripted", steps({"do": "sleep", "seconds": 0.2, "percent": 50})).job_id
    watched = dmps("watch", job_id, "--json")
    assert watched.status == 0
    names = [event["name"] for event in watched.lines]
    assert (names[0], names[-1]) == ("pending", "completed")
    assert {"progress", "log"} <= set(names)
    rejected = client.submit("scripted", steps({"do": "reject"})).job_id
    assert dmps("watch", rejected).status == 1


def test_logs_are_printed_and_followed(dmps: Dmps, client: Client) -> None:
    job_id = client.submit("scripted", steps({"do": "sleep", "seconds": 0.2, "percent": 50})).job_id
    assert dmps("logs", "--follow", job_id).out == "a line\ncaf\\udce9\n"
    assert dmps("logs", job_id).out == "a line\ncaf\\udce9\n"
    assert dmps("logs", job_id, "--json").json["lines"] == ["a line", "caf\\udce9"]


def test_jobs_are_listed_by_what_is_asked_for(dmps: Dmps, client: Client) -> None:
    ids = [client.run("calculation", json.loads(NUMBERS), Options(tags=["listed"])).id for _ in range(3)]
    assert dmps("ls", "--tag", "listed", "--ids", "--sort", "createdAt").out.split() == ids
    few = dmps("ls", "--tag", "listed", "--limit", "2")
    assert "At most 2 are shown" in few.err
    assert len(few.out.splitlines()) == 3
    assert [job["id"] for job in dmps("ls", "--tag", "listed", "--json", "--all").lines] == ids[::-1]
    assert dmps("ls", "--tag", "nobody").out == "No such jobs.\n"


def test_jobs_are_acted_on_though_some_be_refused(dmps: Dmps, client: Client) -> None:
    waiting = client.submit("calculation", json.loads(NUMBERS), Options(delay=3600)).job_id
    cancelled = dmps("cancel", NOBODY, waiting)
    assert (cancelled.status, cancelled.out) == (3, f"{waiting} cancelled\n")
    assert f"{NOBODY}: Job not found (404)" in cancelled.err
    assert dmps("retry", waiting).status == 4
    replayed = dmps("replay", waiting, "--payload", NUMBERS, "--wait", "--json").json
    assert (replayed["replayOf"], replayed["result"]) == (waiting, {"sum": 6})
    assert dmps("delete", waiting, "--json").json == {"id": waiting, "status": "deleted"}
    failed = client.submit("scripted", steps({"do": "reject"}, {"do": "return", "value": 1})).job_id
    client.wait(failed)
    assert dmps("retry", failed, "--json").json["id"] == failed
    assert dmps("wait", failed).status == 0


def test_files_go_there_and_back(dmps: Dmps, tmp_path: Path) -> None:
    path, data = content(tmp_path, 512 * 1024)
    file_id = dmps("upload", str(path)).out.strip()
    assert dmps("upload", str(path), "--json").json["size"] == len(data)
    back = tmp_path / "back"
    assert dmps("download", file_id, "-o", str(back), "--json").json["size"] == len(data)
    assert back.read_bytes() == data
    again = dmps("download", file_id, "-o", str(back))
    assert again.status == 2
    assert "--force" in again.err
    assert dmps("download", file_id, "-o", str(back), "--force").status == 0
    assert dmps("download", NOBODY, "-o", str(tmp_path / "none")).status == 3


def test_queues_are_listed_paused_and_limited(dmps: Dmps) -> None:
    assert dmps("queues", "pause", "aside").out == "aside: paused\n"
    assert dmps("queues", "limit", "aside", "--running", "3", "--json").json["maxRunning"] == 3
    assert dmps("queues", "resume", "aside").out == "aside: 3 running\n"
    assert "3 running" in dmps("queues", "show", "aside").out
    assert dmps("queues", "limit", "aside", "--none").out == "aside: no limits\n"
    assert "default" in {queue["name"] for queue in dmps("queues", "--json").json}
    assert dmps("queues").out.startswith("QUEUE")
    assert dmps("queues", "limit", "aside").status == 2


def test_types_are_listed_shown_and_limited(dmps: Dmps) -> None:
    assert "calculation" in dmps("types").out
    shown = json.loads(dmps("types", "show", "calculation").out)
    assert set(shown) == {"summary", "example", "payload"}
    assert dmps("types", "limit", "noop", "--starts", "2.5", "--json").json["maxStartsPerSecond"] == 2.5
    assert dmps("types", "pause", "noop").out == "noop: paused, 2.5 starts/s\n"
    dmps("types", "limit", "noop", "--none")
    assert dmps("types", "resume", "noop").out == "noop: no limits\n"
    unknown = dmps("types", "show", "nonsense")
    assert unknown.status == 3
    assert "calculation" in unknown.err


def test_workers_are_listed(dmps: Dmps) -> None:
    (worker,) = dmps("workers", "--json").json
    assert "scripted" in worker["types"]
    assert worker["id"] in dmps("workers").out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["status", NOBODY], 3, "`dmps ls`, `dmps queues`"),
        (["submit", "calculation", '{"operation": "sum", "numbers": [1, "two"]}'], 4, "  /payload/numbers/1: "),
        (["submit", "calculation"], 2, "Give a payload"),
        (["submit", "calculation", "{"], 2, "This is not JSON"),
        (["submit", "calculation", "@/nowhere"], 2, "cannot be read"),
        (["submit", "nonsense", "--example"], 3, "There are calculation"),
        (["nonsense"], 2, "No such command"),
        (["--url", "nonsense", "ls"], 2, "not the URL"),
        (["watch", NOBODY, "--type", "calculation"], 2, "Filters are for all jobs"),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do(dmps: Dmps, arguments: list[str], status: int, said: str) -> None:
    ran = dmps(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err


def test_errors_are_json_where_json_is_asked_for(dmps: Dmps) -> None:
    ran = dmps("submit", "calculation", '{"operation": "sum", "numbers": [1, "two"]}', "--json")
    error: dict[str, Any] = json.loads(ran.err)
    assert (error["error"], error["exitStatus"], ran.status) == ("InvalidRequest", 4, 4)
    assert error["problem"]["errors"][0]["pointer"] == "/payload/numbers/1"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_the_command(dmps: Dmps, shell: str) -> None:
    assert "_DMPS_COMPLETE" in dmps("completion", shell).out


def test_job_types_are_completed(dmps: Dmps) -> None:
    words = {"_DMPS_COMPLETE": "bash_complete", "COMP_WORDS": "dmps submit calc", "COMP_CWORD": "2"}
    assert dmps(**words).out == "plain,calculation\n"
