"""A plug-in for tests: job types whose payload says how their attempts end. Loaded by `DMPS_PLUGINS=tests.scripted`."""
