"""What each place cannot do, and why: the one table by which end-to-end tests are skipped."""

LACKS: dict[str, dict[str, str]] = {
    "aws": {},
    "ministack": {"throttles": "ministack stores a stage's throttles and lets every request pass"},
    "sam-local": {
        "exposed_headers": "sam local sends no Access-Control-Expose-Headers",
        "jwt_authorizer": "sam local runs no JWT authorizer, so nobody verifies a token",
        "throttles": "sam local has no stage",
        "non_utf8_bodies": "SAM CLI answers a body that is not UTF-8 with a 502 of its own",
    },
}

# What depends on how the suite was called, not on the place.
OF_THE_CALL = {
    "own_cloud": "a system was given with --url: the README's commands are run on a cloud of the suite's own",
    "second_client": "give the token source of another client with --other-token",
    "token_source": "one token is given: with a command as --token, there are tokens with fewer scopes",
}

CAPABILITIES = {*OF_THE_CALL, *(name for lacks in LACKS.values() for name in lacks)}
