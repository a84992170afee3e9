"""HTTP requests and responses: routing, the caller, input, entity tags, cursors, problems as responses."""
