"""The system on this machine: the templates for AWS, deployed to ministack or to `sam local`."""
