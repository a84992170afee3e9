"""Values and errors that every module may use. It imports nothing else of `functions.shared`."""
