"""`docs/arq.md` says what is so: its examples run, and it leaves out no setting of arq's."""

import inspect
import re
import sys
from pathlib import Path

import pytest
from arq.worker import Worker

from tests.processes import ROOT, Fleet
from tests.waiting import until

PAGE = (ROOT / "docs" / "arq.md").read_text()


@pytest.mark.parametrize("setting", list(inspect.signature(Worker).parameters))
def test_every_setting_of_arqs_is_documented(setting: str) -> None:
    assert re.search(rf"^\| [^|]*`{setting}`[^|]* \|", PAGE, re.MULTILINE)


async def test_the_examples_work(processes: Fleet, tmp_path: Path, redis_url: str) -> None:
    settings, client = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "acme_worker.py").write_text(settings)
    (tmp_path / "acme_client.py").write_text(client.replace("redis://localhost:6379", redis_url))
    path = {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    processes.start((sys.executable, "-m", "arq", "acme_worker.WorkerSettings"), **path)
    asking = processes.start((sys.executable, str(tmp_path / "acme_client.py")), **path)

    async def answered() -> bool:
        return "Hello, world!" in processes.log(asking)

    await until(answered, "the result of the example", 30)
