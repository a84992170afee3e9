"""The local cloud: the templates that go to AWS, deployed into ministack on this machine."""
