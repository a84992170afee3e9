"""Quotas limit the requests with which a client could guess numbers.

A client that has a number's last four digits needs at most 10^5 verifications to find the others. Storing a number also
shows whether a customer has it. The items are in the service's data table, see shared/aws/quota.py.
"""

from datetime import timedelta

from functions.shared.aws.quota import Quota

EXPORTS = Quota("export", 60, timedelta(hours=1))
REVEALS = Quota("reveal", 60, timedelta(hours=1))
LOOKUPS = Quota("lookup", 100, timedelta(hours=1))
VERIFICATIONS = Quota("verify", 100, timedelta(hours=1))
# By all clients for one customer. If the last four digits are known, 10^5 guesses take 27 years.
GUESSES = Quota("guess", 10, timedelta(days=1))
# A conflict shows that another customer has the number.
CONFLICTS = Quota("conflict", 10, timedelta(hours=1))
# Success shows that no other customer has the number. Counted for one customer, and for one client.
REPLACED = Quota("replace", 10, timedelta(days=1))
STORED = Quota("store", 1000, timedelta(hours=1))
