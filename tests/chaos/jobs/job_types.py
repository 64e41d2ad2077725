from shared.job_types import JobType
from tests.scripted.job_types import FAST, ScriptedPayload

CHAOS = JobType("chaos", payload=ScriptedPayload, timeout=30, max_attempts=3, retry=FAST)
CHAOS_CHILD = JobType("chaos-child", payload=ScriptedPayload, timeout=30, max_attempts=3, retry=FAST)
CHAOS_BROKEN = JobType("chaos-broken", payload=ScriptedPayload, timeout=30, max_attempts=3)
