"""Request units and round trips do not grow with the history."""

from functools import cache

import pytest

from benchmarks.credit_request_units import EVERY, ONE, Cost, File, Series


@cache
def read_only(reports: int, *series: Series) -> File:
    """Return a file that tests share."""
    return File(reports, series)


def test_the_current_score_costs_the_same_at_one_and_at_a_thousand_reports() -> None:
    assert File(1, ONE).current_score() == File(1_000, ONE).current_score() == Cost(1, 4, 2)


def test_no_file_has_so_many_bureaus_and_models_that_it_costs_more_than_twice_the_reading() -> None:
    assert len(EVERY) == 12
    assert File(120, EVERY).current_score() == Cost(2, 4, 2)


@pytest.mark.parametrize(("limit", "cost"), [(1, Cost(2, 0, 2)), (20, Cost(4, 0, 2)), (100, Cost(14, 0, 2))])
def test_a_page_of_the_history_costs_as_much_as_its_reports_take(limit: int, cost: Cost) -> None:
    assert read_only(500, *ONE).page(limit) == read_only(2_000, *ONE).page(limit) == cost


@pytest.mark.parametrize(("limit", "cost"), [(1, Cost(14, 0, 13)), (20, Cost(14, 0, 13)), (100, Cost(26, 0, 13))])
def test_a_page_of_twelve_series_costs_one_reading_of_each_and_not_twelve_pages(limit: int, cost: Cost) -> None:
    assert read_only(2_400, *EVERY).page(limit) == read_only(4_800, *EVERY).page(limit) == cost


def test_a_summary_reads_at_most_its_four_hundred_reports_more() -> None:
    page, summarised = read_only(500, *ONE).page(100), read_only(500, *ONE).page(100, summary=True)
    assert summarised.reads - page.reads == 50
    assert summarised.trips - page.trips == 1
    assert read_only(2_000, *ONE).page(100, summary=True) == summarised
