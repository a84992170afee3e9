"""What tests share: events as the gateway sends them, AWS resources built from the templates."""
