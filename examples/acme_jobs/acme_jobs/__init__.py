"""Job types of Acme Ltd, for dmps."""
