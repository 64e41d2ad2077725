"""OpenAPI 3.1 of the routes as they are declared, and the pages that show it."""
