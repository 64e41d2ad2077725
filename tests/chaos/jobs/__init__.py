"""A plug-in for chaos: jobs that write a ledger outside the store. Loaded by `DMPS_PLUGINS=tests.chaos.jobs`."""
