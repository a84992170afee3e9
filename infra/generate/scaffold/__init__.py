"""New Python services from the files in files/: `make service NAME=loan`."""
