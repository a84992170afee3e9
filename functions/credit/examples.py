"""Examples of the credit service's bodies, for its OpenAPI document."""

from typing import Any

Example = dict[str, Any]

CUSTOMER_ID = "cus_01M81ZSH2FGSN7PEVEX7N32QYS"
REPORT_ID = "rep_01KG9Z5G00Q3V1C4TR2M8D6WXE"
INQUIRY_ID = "inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV"
EXPORT_ID = "exp_01KGF0A1B2C3D4E5F6G7H8J9KM"
REFERENCE = "req_01KGEZX4T7V9W2Y5Z8B1D3F6H9"
NOTICE_ID = "ntc_01KGE4P4M0H8S2Z5W7Y9B1D3F6"
SCORED_AT = "2026-01-31T09:30:00.000Z"
RECORDED_AT = "2026-01-31T10:00:00.000Z"
INQUIRED_AT = "2026-02-03T14:05:00.000Z"
RANGE: Example = {"minimum": 300, "maximum": 850}
REASONS: list[Example] = [
    {"code": "14", "text": "Accounts have not been established for long"},
    {"code": "30", "text": "The newest account was opened too recently"},
]
CALLER: Example = {"client_id": "1example23456789abcdefghij", "actor": "loan-officer-17"}

NEW_REPORT: Example = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 712,
    "reason_codes": ["14", "30"],
    "scored_at": "2026-01-31T09:30:00Z",
}
REPORT: Example = {
    "id": REPORT_ID,
    "customer_id": CUSTOMER_ID,
    **NEW_REPORT,
    "unscorable": None,
    "scored_at": SCORED_AT,
    "range": RANGE,
    "band": "good",
    "recorded_at": RECORDED_AT,
}
DISCLOSED_SCORE: Example = {**REPORT, "reasons": REASONS, "age_days": 3, "inquiry_id": INQUIRY_ID}
UNSCORABLE: Example = {"score": None, "unscorable": "too_thin", "reason_codes": [], "band": None}
DISCLOSED_UNSCORABLE: Example = {**DISCLOSED_SCORE, **UNSCORABLE, "reasons": []}

SUMMARISED: Example = {"model_version": "8", "scores": 12, "since": "2025-02-03T14:05:00.000Z"}
SUMMARY: Example = {
    **SUMMARISED,
    "minimum": 684,
    "maximum": 715,
    "change_30_days": 4,
    "change_90_days": -3,
    "change_365_days": 28,
}
HISTORY_PAGE: Example = {"items": [REPORT], "next_cursor": None, "inquiry_id": INQUIRY_ID, "summary": SUMMARY}

NEW_INQUIRY: Example = {"kind": "hard", "purpose": "credit_extension", "bureau": "experian", "model": "fico"}
INQUIRY: Example = {
    "id": INQUIRY_ID,
    "customer_id": CUSTOMER_ID,
    **NEW_INQUIRY,
    "caller": CALLER,
    "inquired_at": INQUIRED_AT,
    "report_ids": [REPORT_ID],
    "summarised": None,
}
INQUIRY_RESULT: Example = {"inquiry": INQUIRY, "score": DISCLOSED_SCORE}
INQUIRY_PAGE: Example = {"items": [INQUIRY], "next_cursor": None}

LIFT: Example = {"start": "2026-03-01T00:00:00.000Z", "end": "2026-03-08T00:00:00.000Z"}
PLACED: Example = {
    "start": "2026-02-01T00:00:00.000Z",
    "end": None,
    "lifts": [LIFT],
    "placed_at": "2026-01-20T16:45:00.000Z",
}
FREEZE: Example = {
    "customer_id": CUSTOMER_ID,
    "equifax": None,
    "experian": PLACED,
    "transunion": None,
    "updated_at": "2026-01-20T16:45:00.000Z",
    "version": 1,
}
FREEZE_OF_ALL: Example = {"all": {}}
FREEZE_OF_ONE: Example = {"experian": {"start": "2026-02-01T00:00:00Z", "lifts": [LIFT]}}

NOTICE_REQUEST: Example = {"inquiry_id": INQUIRY_ID}
SCORE_USED: Example = {
    "score": 712,
    "range": RANGE,
    "key_factors": REASONS,
    "scored_at": SCORED_AT,
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
}
AGENCY: Example = {
    "name": "Experian",
    "address": "P.O. Box 2002, Allen, TX 75013",
    "telephone": "+18883973742",
}
DECISION: Example = {
    "text": "Experian did not take this decision and cannot tell you why it was taken.",
    "source": "15 USC 1681m(a)(3)(B)",
}
FREE_REPORT: Example = {
    "text": "Experian gives you a free copy of your credit report if you ask for it within 60 days after you receive "
    "this notice.",
    "source": "15 USC 1681m(a)(4)(A) and 1681j(b)",
}
DISPUTE: Example = {
    "text": "If your report is inaccurate or incomplete, you have the right to dispute it with Experian.",
    "source": "15 USC 1681m(a)(4)(B) and 1681i",
}
STATEMENTS: Example = {"decision": DECISION, "free_report": FREE_REPORT, "dispute": DISPUTE}
NOTICE: Example = {
    "id": NOTICE_ID,
    "inquiry_id": INQUIRY_ID,
    "customer_id": CUSTOMER_ID,
    "purpose": "credit_extension",
    "inquired_at": INQUIRED_AT,
    "drawn_up_at": "2026-02-04T09:00:00.000Z",
    "score": SCORE_USED,
    "unscorable": None,
    "agency": AGENCY,
    "statements": STATEMENTS,
}

RETAINED_INQUIRY: Example = {**INQUIRY, "reports": [REPORT]}
RETAINED_NOTICE: Example = {**NOTICE, "drawn_up_by": CALLER}
RETAINED: Example = {
    "id": INQUIRY_ID,
    "kind": "inquiries",
    "why": "12 CFR 1002.12(b)",
    "until": "2028-07-04T00:00:00.000Z",
    "inquiry": RETAINED_INQUIRY,
    "notice": None,
}
RETAINED_PAGE: Example = {"items": [RETAINED], "next_cursor": None}

FREEZE_VERSION: Example = {"version": 1, "freeze": FREEZE}
EXPORT: Example = {
    "id": EXPORT_ID,
    "reference": REFERENCE,
    "exported_at": "2026-02-05T08:00:00.000Z",
    "records": 20,
}
EXPORTED: Example = {
    "kind": "inquiry",
    "recorded_by": CALLER["client_id"],
    "recorded_at": INQUIRED_AT,
    "purpose": "Record of a disclosure (15 USC 1681g(a)(3))",
    "recipients": [
        {
            "client_id": CALLER["client_id"],
            "received_at": INQUIRED_AT,
            "purpose": "credit_extension",
            "report_ids": [REPORT_ID],
        }
    ],
    "retention": "The period of its purpose (15 USC 1681g(a)(3), 12 CFR 1002.12(b)); if hard, at least two years",
    "retained_until": "2028-07-04T00:00:00.000Z",
    "law": "15 USC 1681g(a)(3)",
    "report": None,
    "freeze": None,
    "inquiry": {**INQUIRY, "caller": {"client_id": CALLER["client_id"], "actor": None}},
    "adverse_action_notice": None,
    "export": None,
}
EXPORT_PAGE: Example = {"items": [EXPORTED], "next_cursor": None, "export_id": EXPORT_ID}
