"""What both services stand on: the core (pure data and functions) and the edges (store, queue, files, settings)."""
