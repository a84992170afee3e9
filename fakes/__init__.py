"""Fakes of AWS that tests and benchmarks share."""
