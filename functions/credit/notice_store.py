"""DynamoDB requests for adverse-action notices."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache

from functions.credit import table
from functions.credit.errors import CreditFileErased, InquiryNotFound
from functions.credit.file_table import FileTable
from functions.credit.inquiries import ScoreInquiry
from functions.credit.notices import AdverseActionNotice
from functions.shared.aws.client import dynamodb
from functions.shared.aws.idempotency import Once, commit_once
from functions.shared.aws.items import members
from functions.shared.aws.transactions import Refused, put_new
from functions.shared.plain.clock import now
from functions.shared.requests.caller import Caller


class NoticeStore:
    """Notices, and the inquiries that they are made from."""

    def __init__(self, files: FileTable, clock: Callable[[], datetime] = now) -> None:
        """Use the credit files' table. `clock` determines which inquiries have expired."""
        self._files = files
        self._clock = clock

    def read_inquiry(self, customer_id: str, inquiry_id: str, client_id: str) -> ScoreInquiry:
        """Return an inquiry that disclosed a score to this client: one read of two items.

        Raises:
            CreditFileNotFound: the id is not a customer's.
            CreditFileErased: the customer was erased.
            InquiryNotFound: it is missing or expired, disclosed no single score, or belongs to another client.
        """
        item = self._files.get_unerased(customer_id, table.INQUIRY + inquiry_id)
        inquiry = ScoreInquiry.model_validate(members(item)) if "report" in item else None
        if inquiry is None or inquiry.caller.client_id != client_id or inquiry.expires_at <= self._clock():
            raise InquiryNotFound("Send the id of your own inquiry that disclosed one score and has not expired.")
        return inquiry

    def record(self, notice: AdverseActionNotice, caller: Caller, use: Once | None = None) -> None:
        """Store a notice in one transaction.

        Raises:
            CreditFileErased: the customer was erased after the inquiry was read.
            Replayed, and other problems of idempotency: see `commit_once`.
        """
        writes = {
            "notice": put_new(self._files.name, table.notice_item(notice, caller)),
            "not_erased": self._files.check_state(notice.customer_id, table.NOT_ERASED),
        }
        try:
            commit_once(self._files.client, self._files.name, writes, use, table.response_key(notice))
        except Refused:
            raise CreditFileErased from None


@cache
def get_notices() -> NoticeStore:
    """Return the notices of this process, in the table that TABLE_NAME names."""
    return NoticeStore(FileTable(dynamodb(), os.environ["TABLE_NAME"]))
