"""What starts and tries the services on one machine: `make dev` and `make demo`. Not part of what is deployed."""
