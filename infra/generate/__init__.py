"""Files that are generated from the services: documents, templates, pins, new services."""
