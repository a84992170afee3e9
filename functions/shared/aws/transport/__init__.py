"""Calls of AWS's JSON services over `http.client`. botocore takes most of a cold start and of a request's time."""
