"""Every key of ours is built here, for Python and for the scripts alike. arq's keys stand in `shared.queue`.

dmps:job:ID                        the record (string, JSON)
dmps:progress:ID                   the last progress (string, JSON)
dmps:log:ID                        the job's own log (list, oldest first)
dmps:checkpoint:ID                 from where its next attempt goes on (string, JSON; until it has ended)
dmps:parts                         the files of checkpoints, to whose they are: "TENANT ID" (hash)
dmps:TENANT:jobs:TYPE:STATUS       ids by type and status (sorted set, all scores 0: ordered by id, so by time)
dmps:TENANT:tag:TAG                ids by tag (the same)
dmps:TENANT:queue:QUEUE            ids by queue, but for the default one, which most are in (the same)
dmps:TENANT:ended:TYPE:STATUS      finished ids by the time they completed (sorted set, ms)
dmps:TENANT:children:ID            ids by the job that waits for them, or did (sorted set, all scores 0)
dmps:TENANT:waits:ID               those of them that have not ended (set)
dmps:parents                       the jobs that wait for a job, or did, by its id (hash, ids between spaces)
dmps:flows                         what becomes of a job if one fails that it waits for, by its id (hash)
dmps:secret                        what page tokens are signed with, unless DMPS_SECRET is set (string)
dmps:TENANT:needs:FILE             who needs a file: ids of jobs, keys of schedules (sorted set, ms when it was noted)
dmps:TENANT:going:FILE             a file that is being removed (string, expires)
dmps:needed                        the files of which that was noted, "TENANT FILE" (sorted set, ms of the last look)
dmps:TENANT:types                  the types that the tenant ever used (set)
dmps:TENANT:dedup:HASH             the job that stands for others with the same key (string, may expire)
dmps:TENANT:once:HASH              what was answered to a request with an Idempotency-Key (string, JSON, expires)
dmps:TENANT:bulk:ID                how far a bulk action is (string, JSON, expires)
dmps:bulks                         the keys of those that have not ended, by the end of their lease (sorted set, ms)
dmps:schedule:ID                   a schedule, and how far it is (string, JSON)
dmps:schedules                     the ids of those that have something to do, by the time of that (sorted set, ms)
dmps:TENANT:schedules              the ids of a tenant's schedules (sorted set, all scores 0: ordered by id, so by time)
dmps:ticks:ID                      what became of a schedule's ticks (list, JSON, newest first)
dmps:tenants                       the tenants that ever submitted a job (set)
dmps:key:ID                        an API key: whose it is, and how to know it (string, JSON, goes when it expires)
dmps:keys                          the ids of the API keys by the time they were made (sorted set, ms)
dmps:rate:WHO                      until when the requests of a key, or of a tenant, fill their limit (string, expires)
dmps:leases                        ids by the end of their lease (sorted set, ms)
dmps:parked:QUEUE|TYPE             ids that wait aside until their type can be taken (sorted set, as in the queue)
dmps:suspects:QUEUE|TYPE           ids that wait for a worker without a suspect (the same)
dmps:aside                         the keys of those that there are (set)
dmps:missable                      ids by the time when it is too late for them (sorted set, ms)
dmps:events                        what happened to jobs, the newest ten thousand events (stream; lua/events.lua)
dmps:event-count                   the number of the newest of them (string)
dmps:limits                        what was paused or limited, by subject: queue:NAME, type:NAME (hash, JSON)
dmps:depth                         how many jobs there are, by subject and status: queue:NAME:STATUS (hash)
dmps:flow:BUCKET                   how many jobs came into each queue and left it, in some seconds (hash, expires)
dmps:TENANT:counts:STEP:NUMBER     what became of a tenant's jobs in a step of so many seconds (hash, expires)
dmps:samples:STEP:NUMBER           how many jobs of each tenant could run then, and since when (hash, expires)
dmps:starts:SUBJECT                ids by the time they were started, of the last second (sorted set, expires)
dmps:orders:WORKER                 what a worker is told to do (list, oldest first, expires)
dmps:retention                     finished ids by the time their record goes (sorted set, ms)
dmps:bell:NAME                     of a queue; rung when a job may be due earlier than idle workers think (list)
dmps:TENANT:webhook:ID             a subscription: where its events go, which, and how they are signed (string, JSON)
dmps:TENANT:webhooks               the ids of the tenant's subscriptions (sorted set, all scores 0)
dmps:hooked                        of which events there is a subscription: "TENANT STATUS" (hash)
dmps:outbox                        what webhooks are to tell of, until it is made into deliveries (stream)
dmps:outbox-holder                 the worker that sees to it (string, expires)
dmps:outbox-bell                   rung when something came into it (list)
dmps:workers                       workers by the time they were last seen (sorted set, ms)
dmps:worker:ID                     what a worker says of itself (string, JSON, expires)
dmps:claim:PLACE                   what a worker claimed last, to answer a repeated call the same (string, expires)
dmps:clock                         when a worker last claimed, and if the clock was set back (string; lua/clock.lua)
"""

from shared.job import DEFAULT_QUEUE, Job
from shared.lifecycle import SUSPECT_LOSSES
from shared.names import DELIVERY
from shared.queue import AHEAD, ARQ_IN_PROGRESS, ARQ_JOB, queue_key

JOB = "dmps:job:"
PROGRESS = "dmps:progress:"
LOG = "dmps:log:"
CHECKPOINT = "dmps:checkpoint:"
PARTS = "dmps:parts"
TENANTS = "dmps:tenants"
SECRET = "dmps:secret"  # noqa: S105 - where it is
BULKS = "dmps:bulks"
PARENTS = "dmps:parents"
FLOWS = "dmps:flows"
SCHEDULE = "dmps:schedule:"
SCHEDULES = "dmps:schedules"
TICKS = "dmps:ticks:"
LEASES = "dmps:leases"
PARKED = "dmps:parked:"
SUSPECTS = "dmps:suspects:"
RETENTION = "dmps:retention"
ASIDE = "dmps:aside"
MISSABLE = "dmps:missable"
EVENTS = "dmps:events"
EVENT_COUNT = "dmps:event-count"
LIMITS = "dmps:limits"
DEPTH = "dmps:depth"
FLOW = "dmps:flow:"
STARTS = "dmps:starts:"
ORDERS = "dmps:orders:"
BELL = "dmps:bell:"
WORKERS = "dmps:workers"
WORKER = "dmps:worker:"
CLAIM = "dmps:claim:"
CLOCK = "dmps:clock"
KEY = "dmps:key:"
KEYS = "dmps:keys"
RATE = "dmps:rate:"
HOOKED = "dmps:hooked"
NEEDED = "dmps:needed"
OUTBOX = "dmps:outbox"
OUTBOX_HOLDER = "dmps:outbox-holder"
OUTBOX_BELL = "dmps:outbox-bell"

KEPT_EVENTS = 10_000
KEPT_TICKS = 200  # of a schedule
COUNTED = {60: 7_200, 900: 100_000}  # seconds that are counted together, to the seconds that they are kept
SAMPLED = "*"  # beside the tenants of a sample: there is one
TIMES_A_DECADE = 5  # buckets of times to a factor of ten


def index(tenant: str, type: str, status: str) -> str:
    """The ids of one tenant's jobs of one type in one status."""
    return f"dmps:{tenant}:jobs:{type}:{status}"


def index_of(job: Job) -> str:
    """The index that a job stands in."""
    return index(job.tenant, job.type, job.status)


def ended(tenant: str, type: str, status: str) -> str:
    """The ids of one tenant's finished jobs of one type in one status, by the time they completed."""
    return f"dmps:{tenant}:ended:{type}:{status}"


def in_queue(tenant: str, queue: str) -> str:
    """The ids of one tenant's jobs in one queue, which is not the default one."""
    return f"dmps:{tenant}:queue:{queue}"


def children(tenant: str, parent: str) -> str:
    """The ids of the jobs that one tenant's job waits for, or did."""
    return f"dmps:{tenant}:children:{parent}"


def waits(tenant: str, parent: str) -> str:
    """The ids of the jobs that one tenant's job waits for, and that have not ended."""
    return f"dmps:{tenant}:waits:{parent}"


def bulk(tenant: str, id: str) -> str:
    """How far one tenant's bulk action is."""
    return f"dmps:{tenant}:bulk:{id}"


def schedules(tenant: str) -> str:
    """The ids of one tenant's schedules."""
    return f"dmps:{tenant}:schedules"


def webhook(tenant: str, id: str) -> str:
    """One tenant's subscription."""
    return f"dmps:{tenant}:webhook:{id}"


def webhooks(tenant: str) -> str:
    """The ids of one tenant's subscriptions."""
    return f"dmps:{tenant}:webhooks"


def counts(tenant: str, step: int | str, number: int | str) -> str:
    """What became of one tenant's jobs in a step of so many seconds, by its number since the epoch."""
    return f"dmps:{tenant}:counts:{step}:{number}"


def samples(step: int | str, number: int | str) -> str:
    """How many jobs of each tenant could run in such a step."""
    return f"dmps:samples:{step}:{number}"


def tag(tenant: str, tag: str) -> str:
    """The ids of one tenant's jobs with one tag."""
    return f"dmps:{tenant}:tag:{tag}"


def types(tenant: str) -> str:
    """The types that one tenant ever used."""
    return f"dmps:{tenant}:types"


def dedup(tenant: str, hash: str) -> str:
    """The job that stands for one tenant's jobs with one key."""
    return f"dmps:{tenant}:dedup:{hash}"


def once(tenant: str, hash: str) -> str:
    """What was answered to one tenant's requests with one Idempotency-Key."""
    return f"dmps:{tenant}:once:{hash}"


def needs(tenant: str, file_id: str) -> str:
    """Who needs one tenant's file."""
    return f"dmps:{tenant}:needs:{file_id}"


def going(tenant: str, file_id: str) -> str:
    """That one tenant's file is being removed."""
    return f"dmps:{tenant}:going:{file_id}"


def parked(queue: str, type: str) -> str:
    """The ids of one type that wait aside, of a queue's key."""
    return f"{PARKED}{queue}|{type}"


def suspects(queue: str, type: str) -> str:
    """The suspects of one type that wait aside, of a queue's key."""
    return f"{SUSPECTS}{queue}|{type}"


# The same for the scripts, which begin with these lines.
LUA = f"""
local JOB, PROGRESS, LOG = '{JOB}', '{PROGRESS}', '{LOG}'
local CHECKPOINT, PARTS = '{CHECKPOINT}', '{PARTS}'
local LEASES, PARKED, SUSPECTS, ASIDE, MISSABLE = '{LEASES}', '{PARKED}', '{SUSPECTS}', '{ASIDE}', '{MISSABLE}'
local LIMITS, DEPTH, FLOW, STARTS = '{LIMITS}', '{DEPTH}', '{FLOW}', '{STARTS}'
local SAMPLED, TIMES_A_DECADE = '{SAMPLED}', {TIMES_A_DECADE}
local COUNTED = {{ {", ".join(f"[{step}] = {kept}" for step, kept in COUNTED.items())} }}
local EVENTS, EVENT_COUNT, KEPT_EVENTS = '{EVENTS}', '{EVENT_COUNT}', {KEPT_EVENTS}
local SCHEDULE, SCHEDULES, TICKS, KEPT_TICKS = '{SCHEDULE}', '{SCHEDULES}', '{TICKS}', {KEPT_TICKS}
local RETENTION, BELL, BULKS = '{RETENTION}', '{BELL}', '{BULKS}'
local PARENTS, FLOWS, NEEDED = '{PARENTS}', '{FLOWS}', '{NEEDED}'
local SUSPECT_LOSSES, DEFAULT_QUEUE = {SUSPECT_LOSSES}, '{DEFAULT_QUEUE}'
local HOOKED, OUTBOX, DELIVERY = '{HOOKED}', '{OUTBOX}', '{DELIVERY}'
local OUTBOX_HOLDER, OUTBOX_BELL = '{OUTBOX_HOLDER}', '{OUTBOX_BELL}'
local WORKERS, WORKER, CLAIM, CLOCK, TENANTS = '{WORKERS}', '{WORKER}', '{CLAIM}', '{CLOCK}', '{TENANTS}'
local ARQ_JOB, ARQ_IN_PROGRESS, AHEAD = '{ARQ_JOB}', '{ARQ_IN_PROGRESS}', {AHEAD}
local function index_key(tenant, type, status)
    return '{index("' .. tenant .. '", "' .. type .. '", "' .. status .. '")}'
end
local function ended_key(index) return (string.gsub(index, '^(dmps:[^:]+):jobs:', '%1:ended:')) end
local function parked_key(queue, type) return '{parked("' .. queue .. '", "' .. type .. '")}' end
local function suspects_key(queue, type) return '{suspects("' .. queue .. '", "' .. type .. '")}' end
local function queue_key(queue, priority)
    local key = queue == 'default' and '{queue_key("default")}' or '{queue_key("' .. queue .. '")}'
    return priority == 'normal' and key or key .. '!' .. priority
end
local function tag_key(tenant, tag) return '{tag("' .. tenant .. '", "' .. tag .. '")}' end
local function in_queue_key(tenant, queue) return '{in_queue("' .. tenant .. '", "' .. queue .. '")}' end
local function counts_key(tenant, step, number)
    return '{counts("' .. tenant .. '", "' .. step .. '", "' .. number .. '")}'
end
local function samples_key(step, number) return '{samples("' .. step .. '", "' .. number .. '")}' end
local function children_key(tenant, parent) return '{children("' .. tenant .. '", "' .. parent .. '")}' end
local function waits_key(tenant, parent) return '{waits("' .. tenant .. '", "' .. parent .. '")}' end
local function dedup_key(tenant, hash) return '{dedup("' .. tenant .. '", "' .. hash .. '")}' end
local function webhook_key(tenant, id) return '{webhook("' .. tenant .. '", "' .. id .. '")}' end
local function webhooks_key(tenant) return '{webhooks("' .. tenant .. '")}' end
local function needs_key(tenant, file) return '{needs("' .. tenant .. '", "' .. file .. '")}' end
local function going_key(tenant, file) return '{going("' .. tenant .. '", "' .. file .. '")}' end
local function types_key(tenant) return '{types("' .. tenant .. '")}' end
""".replace('"', "'")
