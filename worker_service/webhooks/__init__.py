"""Tells the world of what happens to jobs: makes deliveries of what stands in the outbox, and runs them."""
