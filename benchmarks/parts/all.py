"""The parts, in the order in which they run and are shown."""

from benchmarks.parts.children import CHILDREN
from benchmarks.parts.claim import CLAIMS
from benchmarks.parts.drain import DRAIN, WORKERS
from benchmarks.parts.durable import DURABLE
from benchmarks.parts.far import FAR
from benchmarks.parts.floors import FLOORS
from benchmarks.parts.flows import FLOWS
from benchmarks.parts.http import HTTP
from benchmarks.parts.idle import IDLE
from benchmarks.parts.memory import MEMORY
from benchmarks.parts.pickup import PICKUP
from benchmarks.parts.uploads import UPLOADS

PARTS = (DRAIN, HTTP, DURABLE, WORKERS, PICKUP, FAR, MEMORY, CLAIMS, IDLE, UPLOADS, CHILDREN, FLOWS, FLOORS)
