"""The dashboard: what the API knows, as pages for people, made of the API's own operations."""
