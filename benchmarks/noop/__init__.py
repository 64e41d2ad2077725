"""A plug-in with jobs that do nothing, so that what is measured is the system around them."""
