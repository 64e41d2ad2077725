"""The demonstration, which `make demo` runs: a short show of what the system does, on one that runs or on its own."""
