"""Scales and bands agree with the figures of their sources."""

import pytest

from functions.credit.reference.score_models import SCORE_MODELS, Bureau, ScoreModelName, versions

FICO_BASE = {
    (300, 301, 578, 579): "poor",
    (580, 581, 668, 669): "fair",
    (670, 671, 738, 739): "good",
    (740, 741, 798, 799): "very_good",
    (800, 801, 849, 850): "exceptional",
}
FICO_INDUSTRY = {
    (250, 251, 578, 579): "poor",
    (580, 581, 668, 669): "fair",
    (670, 671, 738, 739): "good",
    (740, 741, 798, 799): "very_good",
    (800, 801, 899, 900): "exceptional",
}
VANTAGESCORE_3 = {
    (300, 301, 498, 499): "very_poor",
    (500, 501, 599, 600): "poor",
    (601, 602, 659, 660): "fair",
    (661, 662, 779, 780): "good",
    (781, 782, 849, 850): "excellent",
}
VANTAGESCORE_4 = {
    (300, 301, 599, 600): "subprime",
    (601, 602, 659, 660): "near_prime",
    (661, 662, 779, 780): "prime",
    (781, 782, 849, 850): "superprime",
}
EDGES = {
    **{("fico", version): FICO_BASE for version in ("2", "3", "4", "5", "8", "9", "10", "10T")},
    **{("fico_auto", version): FICO_INDUSTRY for version in ("2", "4", "5", "8", "9", "10")},
    **{("fico_bankcard", version): FICO_INDUSTRY for version in ("2", "4", "5", "8", "9", "10")},
    ("vantagescore", "3.0"): VANTAGESCORE_3,
    ("vantagescore", "4.0"): VANTAGESCORE_4,
}


def test_the_edges_of_every_model_are_tested() -> None:
    assert SCORE_MODELS.keys() == EDGES.keys()


@pytest.mark.parametrize(("model", "version"), EDGES)
def test_a_band_reaches_from_its_first_score_to_the_one_before_the_next(model: str, version: str) -> None:
    scale = SCORE_MODELS[ScoreModelName(model), version].scale
    bands = {score: band for scores, band in EDGES[model, version].items() for score in scores}
    assert {score: scale.band(score) for score in bands} == bands


@pytest.mark.parametrize(("model", "version"), EDGES)
def test_a_scale_reaches_from_its_lowest_band_to_the_end_of_its_highest(model: str, version: str) -> None:
    scale = SCORE_MODELS[ScoreModelName(model), version].scale
    edges = [score for scores in EDGES[model, version] for score in scores]
    assert (scale.minimum, scale.maximum) == (min(edges), max(edges))


@pytest.mark.parametrize(
    ("bureau", "model", "delivered"),
    [
        ("equifax", "fico", ["5", "8", "9", "10", "10T"]),
        ("experian", "fico", ["2", "3", "8", "9", "10", "10T"]),
        ("transunion", "fico", ["4", "8", "9", "10", "10T"]),
        ("equifax", "fico_auto", ["5", "8", "9", "10"]),
        ("experian", "fico_bankcard", ["2", "8", "9", "10"]),
        ("transunion", "vantagescore", ["3.0", "4.0"]),
    ],
)
def test_a_bureau_delivers_its_own_and_the_common_versions(bureau: str, model: str, delivered: list[str]) -> None:
    assert versions(ScoreModelName(model), Bureau(bureau)) == delivered
