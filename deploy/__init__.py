"""What runs and tries the services on one machine (`make dev`, `make demo`), and the files that deploy them."""
