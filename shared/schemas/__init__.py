"""The shapes on the wire that are not one job type's own, in marshmallow."""
