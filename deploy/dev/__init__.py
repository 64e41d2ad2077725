"""Runs the whole system on one machine for a developer: the store, the API and the workers, under one terminal."""
