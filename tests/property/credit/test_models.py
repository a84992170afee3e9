"""Reports of every model at every bureau, inside and outside its scale."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.credit.models import CreditReport
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.reason_codes import NO_REASON, plain, reason_codes
from functions.credit.reference.score_models import SCORE_MODELS, Bureau, ScoreModelName

ADA = "cus_01JADA00000000000000000000"
NOW = datetime.now(UTC)
DELIVERED = [
    (bureau, family, version) for (family, version), model in SCORE_MODELS.items() for bureau in sorted(model.bureaus)
]

delivered = st.sampled_from(DELIVERED)
codes = st.lists(st.integers(0, 110).map(str) | st.sampled_from(["08", "008", "A2", "019"]), max_size=6)


def parsed(series: tuple[Bureau, ScoreModelName, str], **members: Any) -> NewCreditReport | None:
    """Return the report, or None if it is refused."""
    bureau, family, version = series
    facts = {"bureau": bureau, "model": family, "model_version": version, "scored_at": NOW - timedelta(days=1)}
    try:
        return NewCreditReport.model_validate({**facts, **members})
    except ValidationError:
        return None


@given(delivered, st.integers(-100, 1100))
def test_a_score_is_taken_exactly_on_its_models_scale_and_has_the_band_it_lies_in(
    series: tuple[Bureau, ScoreModelName, str], score: int
) -> None:
    scale = SCORE_MODELS[series[1:]].scale
    report = parsed(series, score=score)
    assert (report is not None) == (scale.minimum <= score <= scale.maximum)
    if report is not None:
        band = CreditReport.record(ADA, report, NOW).band
        starts = dict(zip([name for _, name in scale.bands], [start for start, _ in scale.bands], strict=True))
        assert band is not None
        assert starts[band] == max(start for start in starts.values() if start <= score)


def test_each_edge_of_each_band_of_each_model_at_each_bureau_changes_the_band_there_and_nowhere_else() -> None:
    tried = 0
    for series in DELIVERED:
        scale = SCORE_MODELS[series[1:]].scale
        for (start, band), before in zip(scale.bands, [None, *(band for _, band in scale.bands)], strict=False):
            reports = [parsed(series, score=start + step) for step in (-1, 0, 1)]
            bands = [report and CreditReport.record(ADA, report, NOW).band for report in reports]
            assert bands == [before, band, band]
            tried += 3
        assert parsed(series, score=scale.maximum) is not None
        assert parsed(series, score=scale.maximum + 1) is None
    assert tried == 3 * 5 * len(DELIVERED) - 3 * sum(series[2] == "4.0" for series in DELIVERED)


@given(delivered, codes)
def test_reason_codes_are_taken_exactly_as_the_rule_says(
    series: tuple[Bureau, ScoreModelName, str], given_codes: list[str]
) -> None:
    listed = reason_codes(*series)
    distinct = {plain(code) for code in given_codes}
    # An unknown code may be about inquiries.
    inquiries = listed.inquiries & distinct or distinct - listed.texts.keys()
    allowed = (
        len(distinct) == len(given_codes)
        and len(given_codes) <= (5 if inquiries else 4)
        and (not listed.complete or distinct <= listed.texts.keys())
        and NO_REASON not in distinct
    )
    report = parsed(series, score=600, reason_codes=given_codes)
    assert (report is not None) == allowed
    if report is not None:
        assert report.reason_codes == given_codes


@given(st.sampled_from(Bureau), st.sampled_from(list(SCORE_MODELS)))
def test_a_model_is_taken_from_the_bureaus_that_deliver_it_alone(
    bureau: Bureau, model: tuple[ScoreModelName, str]
) -> None:
    assert (parsed((bureau, *model), score=600) is not None) == (bureau in SCORE_MODELS[model].bureaus)


def test_every_code_that_tells_of_inquiries_has_a_text_that_says_so() -> None:
    for series in DELIVERED:
        listed = reason_codes(*series)
        assert {code for code, text in listed.texts.items() if "inquir" in text} == listed.inquiries
