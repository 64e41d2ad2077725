"""One file a resource. A handler reads the request, decides, and answers."""
