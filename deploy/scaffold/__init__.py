"""`make new-type`: the beginnings of a job type, which runs and is tested from its first minute."""
