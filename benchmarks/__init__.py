"""`make bench`: ours and the peers, measured in one run on one machine. What each part measures stands in `parts/`."""
