"""What is answered, in marshmallow, for those who read the answers: OpenAPI is made of it, and the tests hold to it."""
