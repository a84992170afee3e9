"""Jobs that an operator runs on a deployed stage."""
