"""What a developer reads once all is ready."""

from deploy.dev.plan import Plan, base_url, without_password

EXAMPLE = '{"type": "calculation", "payload": {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}}'


def welcome(plan: Plan, redis_url: str) -> str:
    """Where things are, and one command to try."""
    url = base_url(plan.host, plan.port)
    durable = " (Valkey; every write is on disk before it is answered)" if plan.redis_url is None else ""
    return f"""
  Ready: the API and {plan.workers} worker{"s" * (plan.workers != 1)}.

  API        {url}
  dashboard  {url}/
  job types  {url}/api/job-types
  files      {plan.data_dir / "files"}
  store      {without_password(redis_url)}{durable}

  Try it, in another terminal:

curl -s {url}/api/jobs -H 'Content-Type: application/json' -d '{EXAMPLE}'

  Ctrl-C stops everything. The jobs stay.

"""
