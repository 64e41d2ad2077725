"""A plug-in for tests: jobs that harm whoever runs them, under limits of their own. `DMPS_PLUGINS=tests.hostile`."""
