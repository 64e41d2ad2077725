"""The HTTP service: HTTP in, HTTP out. It knows job types, never processors."""
