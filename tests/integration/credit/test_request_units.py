"""What the current score costs does not depend on the length of the history."""

from benchmarks.credit_request_units import ONE, units
from functions.credit.score_models import SCORE_MODELS


def test_the_current_score_costs_the_same_at_one_and_at_a_thousand_reports() -> None:
    assert units(1, ONE) == units(1_000, ONE) == (1, 4)


def test_no_file_has_so_many_bureaus_and_models_that_it_costs_more_than_twice_the_reading() -> None:
    every = {(b, family): (b, family, version) for (family, version), m in SCORE_MODELS.items() for b in m.bureaus}
    assert len(every) == 12
    assert units(120, every.values()) == (2, 4)
