"""Every table of the main database; importing this module fills `Row.metadata`."""

from plugin.store.tables.catalogue import ProductRow, ShopifySegmentRow, VariantRow
from plugin.store.tables.customers import (
    ConsentProofRow,
    CustomerRow,
    IdentityRow,
    StageChangeRow,
    SuppressionRow,
    TombstoneRow,
)
from plugin.store.tables.events import EventRow
from plugin.store.tables.facts import CustomerFactsRow, OrderLineRow, OrderRow
from plugin.store.tables.flows import DecisionRow, EnrollmentRow, FlowSwitchRow
from plugin.store.tables.health import AlarmRow, ReconciliationRow
from plugin.store.tables.loyalty import LedgerTransactionRow, PostingRow, RedemptionRow
from plugin.store.tables.models import ForecastRow, ShopModelRow
from plugin.store.tables.outbox import AttemptRow, MailboxRow, OutboxRow
from plugin.store.tables.segments import (
    SegmentChangeRow,
    SegmentDefinitionRow,
    SegmentMemberRow,
    SegmentSizeRow,
    SegmentSyncRow,
)
from plugin.store.tables.sharing import SegmentCopyRow, SegmentTagRow, TaggedCustomerRow
from plugin.store.tables.shops import ShopChangeRow, ShopRow, ShopTokenRow
from plugin.store.tables.work import ImportRow, JobRunRow, PrivacyRequestRow, ShopQueueRow

__all__ = [
    "AlarmRow",
    "AttemptRow",
    "ConsentProofRow",
    "CustomerFactsRow",
    "CustomerRow",
    "DecisionRow",
    "EnrollmentRow",
    "EventRow",
    "FlowSwitchRow",
    "ForecastRow",
    "IdentityRow",
    "ImportRow",
    "JobRunRow",
    "LedgerTransactionRow",
    "MailboxRow",
    "OrderLineRow",
    "OrderRow",
    "OutboxRow",
    "PostingRow",
    "PrivacyRequestRow",
    "ProductRow",
    "ReconciliationRow",
    "RedemptionRow",
    "SegmentChangeRow",
    "SegmentCopyRow",
    "SegmentDefinitionRow",
    "SegmentMemberRow",
    "SegmentSizeRow",
    "SegmentSyncRow",
    "SegmentTagRow",
    "ShopChangeRow",
    "ShopModelRow",
    "ShopQueueRow",
    "ShopRow",
    "ShopTokenRow",
    "ShopifySegmentRow",
    "StageChangeRow",
    "SuppressionRow",
    "TaggedCustomerRow",
    "TombstoneRow",
    "VariantRow",
]
