"""What can be asked of the API, each call a plan that knows nothing of how it is run."""
