"""Makes a new Python service from the files beside it: `make service NAME=loan`."""
