"""The forms of `calculation`: a schema for each operation, by families, and one table of all of them."""
