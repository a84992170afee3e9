"""Measures the services beside a reference that does the same AWS calls with nothing around them: `make bench`."""
