"""The first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_REFUSE = "the points ledger is append-only"
_SHOP_IS_BEING_ERASED = (
    "SELECT 1 FROM privacy_requests p WHERE p.shop_id = OLD.shop_id "
    "AND p.kind = 'shop_redact' AND p.state = 'erasing'"
)


def upgrade() -> None:  # noqa: PLR0915  # one statement per table
    op.create_table(
        "alarms",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("watched", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "watched", "began_at", name=op.f("pk_alarms")),
    )
    op.create_table(
        "attempts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "effect_key", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "consent_proofs",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "event_id", name=op.f("pk_consent_proofs")),
    )
    op.create_table(
        "customer_facts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("last_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("is_mailable", sa.Boolean(), nullable=False),
        sa.Column("consent_email", sa.String(), nullable=True),
        sa.Column("value_class", sa.String(), nullable=True),
        sa.Column("rfm_group", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("purchase_days", sa.Integer(), nullable=False),
        sa.Column("average_minor", sa.BigInteger(), nullable=True),
        sa.Column("refunded_orders", sa.Integer(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_share", sa.Integer(), nullable=False),
        sa.Column("discounted_orders", sa.Integer(), nullable=False),
        sa.Column("discount_share", sa.Integer(), nullable=False),
        sa.Column("gap_days", sa.Integer(), nullable=True),
        sa.Column("preferred_hour", sa.Integer(), nullable=True),
        sa.Column("cash_refusals", sa.Integer(), nullable=False),
        sa.Column("cash_refusal_share", sa.Integer(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_checkout_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_cart_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_sms", sa.String(), nullable=True),
        sa.Column("consent_email_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suppression", sa.String(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("messages_sent", sa.Integer(), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("order_chance", sa.Integer(), nullable=True),
        sa.Column("alive_chance", sa.Integer(), nullable=True),
        sa.Column("expected_orders", sa.Float(), nullable=True),
        sa.Column("clv_minor", sa.BigInteger(), nullable=True),
        sa.Column("next_order_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_order_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rfm_recency", sa.Integer(), nullable=True),
        sa.Column("rfm_frequency", sa.Integer(), nullable=True),
        sa.Column("rfm_monetary", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("flip_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "bucket", "customer_id", name=op.f("pk_customer_facts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_customer_facts_flip", "customer_facts", ["shop_id", "flip_at"], unique=False)
    op.create_table(
        "customers",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("first_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_email", sa.String(), nullable=True),
        sa.Column("is_mailable", sa.Boolean(), nullable=False),
        sa.Column("open_checkout_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_cart_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("redemptions", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", name=op.f("pk_customers")),
    )
    op.create_index("ix_customers_last_order_at", "customers", ["shop_id", "last_order_at"], unique=False)
    op.create_index("ix_customers_stage", "customers", ["shop_id", "stage"], unique=False)
    op.create_index("ix_customers_stage_due", "customers", ["shop_id", "stage_due"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("trigger_key", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "shop_id", "customer_id", "flow_id", "trigger_key", "step_id", name=op.f("pk_decisions")
        ),
    )
    op.create_index("ix_decisions_customer", "decisions", ["shop_id", "customer_id", "at"], unique=False)
    op.create_table(
        "enrollments",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("trigger_key", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "enrollment_id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint(
            "shop_id",
            "customer_id",
            "flow_id",
            "trigger_key",
            name=op.f("uq_enrollments_shop_id_customer_id_flow_id_trigger_key"),
        ),
    )
    op.create_index("ix_enrollments_due", "enrollments", ["shop_id", "flow_id", "due"], unique=False)
    op.create_table(
        "events",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "event_id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_customer", "events", ["shop_id", "customer_id", "occurred_at"], unique=False)
    op.create_index("ix_events_subject", "events", ["shop_id", "subject"], unique=False)
    op.create_table(
        "flow_switches",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "flow_id", "number", name=op.f("pk_flow_switches")),
    )
    op.create_table(
        "forecasts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_backtest", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("by_week", sa.JSON(), nullable=False),
        sa.Column("season_factor", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "made_at", name=op.f("pk_forecasts")),
    )
    op.create_table(
        "identities",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "name", name=op.f("pk_identities")),
    )
    op.create_index("ix_identities_customer", "identities", ["shop_id", "customer_id"], unique=False)
    op.create_table(
        "imports",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("operation_gid", sa.String(), nullable=True),
        sa.Column("rows_expected", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reading_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "kind", "generation", name=op.f("pk_imports")),
    )
    op.create_table(
        "job_runs",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "job", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "transaction_id", name=op.f("pk_ledger_transactions")),
    )
    op.create_index(
        "ix_ledger_transactions_customer",
        "ledger_transactions",
        ["shop_id", "customer_id", "at"],
        unique=False,
    )
    op.create_index(
        "ix_ledger_transactions_subject", "ledger_transactions", ["shop_id", "subject"], unique=False
    )
    op.create_table(
        "mailbox",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "effect_key", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "order_lines",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_purchase", sa.Boolean(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("variant_id", sa.BigInteger(), nullable=True),
        sa.Column("product_type", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "order_id", "number", name=op.f("pk_order_lines")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_order_lines_customer", "order_lines", ["shop_id", "customer_id", "at"], unique=False)
    op.create_index(
        "ix_order_lines_untyped",
        "order_lines",
        ["shop_id", "product_id"],
        unique=False,
        sqlite_where=sa.text("product_type IS NULL AND product_id IS NOT NULL"),
        postgresql_where=sa.text("product_type IS NULL AND product_id IS NOT NULL"),
    )
    op.create_table(
        "orders",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_purchase", sa.Boolean(), nullable=False),
        sa.Column("product_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("codes", sa.String(), nullable=False),
        sa.Column("cash_phase", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "order_id", name=op.f("pk_orders")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_orders_customer", "orders", ["shop_id", "customer_id", "at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("trigger_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "effect_key", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_customer", "outbox", ["shop_id", "customer_id", "sent_at"], unique=False)
    op.create_index("ix_outbox_due", "outbox", ["shop_id", "state", "due"], unique=False)
    op.create_index("ix_outbox_enrollment", "outbox", ["shop_id", "enrollment_id"], unique=False)
    op.create_table(
        "postings",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "transaction_id", "account", name=op.f("pk_postings")),
    )
    op.create_index("ix_postings_account", "postings", ["shop_id", "account"], unique=False)
    op.create_table(
        "privacy_requests",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "request_id", name=op.f("pk_privacy_requests")),
    )
    op.create_table(
        "products",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("product_type", sa.String(), nullable=True),
        sa.Column("is_for_sale", sa.Boolean(), nullable=False),
        sa.Column("variant_ids", sa.JSON(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("triggered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "product_id", name=op.f("pk_products")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_cursor", sa.String(), nullable=True),
        sa.Column("page_size", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.Column("repaired_ever", sa.BigInteger(), nullable=False),
        sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "kind", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "redemptions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("reward_id", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discount_gid", sa.String(), nullable=True),
        sa.Column("discount_state", sa.String(), nullable=False),
        sa.Column("discount_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by_order", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "redemption_id", name=op.f("pk_redemptions")),
    )
    op.create_index("ix_redemptions_code", "redemptions", ["shop_id", "code"], unique=False)
    op.create_index("ix_redemptions_customer", "redemptions", ["shop_id", "customer_id"], unique=False)
    op.create_index("ix_redemptions_discount", "redemptions", ["shop_id", "discount_gid"], unique=False)
    op.create_table(
        "segment_changes",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("has_joined", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "shop_id", "segment_id", "at", "customer_id", name=op.f("pk_segment_changes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_segment_changes_customer", "segment_changes", ["shop_id", "customer_id", "at"], unique=False
    )
    op.create_table(
        "segment_definitions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", "version", name=op.f("pk_segment_definitions")),
    )
    op.create_index(
        "ix_segment_definitions_in_force",
        "segment_definitions",
        ["shop_id", "segment_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "segment_members",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_mailable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", "customer_id", name=op.f("pk_segment_members")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_segment_members_customer", "segment_members", ["shop_id", "customer_id"], unique=False
    )
    op.create_table(
        "segment_sizes",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("mailable", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", "day", name=op.f("pk_segment_sizes")),
    )
    op.create_table(
        "segment_syncs",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("walking", sa.Integer(), nullable=True),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("house", sa.String(), nullable=False),
        sa.Column("walking_house", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_segment_syncs")),
    )
    op.create_table(
        "segment_copies",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("shopify_gid", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", name=op.f("pk_segment_copies")),
    )
    op.create_table(
        "segment_tagged",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", "customer_id", name=op.f("pk_segment_tagged")),
    )
    op.create_index("ix_segment_tagged_customer", "segment_tagged", ["shop_id", "customer_id"], unique=False)
    op.create_index("ix_segment_tagged_due", "segment_tagged", ["shop_id", "due"], unique=False)
    op.create_table(
        "segment_tags",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("keeps_in_step", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", name=op.f("pk_segment_tags")),
    )
    op.create_table(
        "shop_changes",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "number", name=op.f("pk_shop_changes")),
    )
    op.create_table(
        "shop_models",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("walked", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "number", name=op.f("pk_shop_models")),
    )
    op.create_table(
        "shop_queue",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "queue", name=op.f("pk_shop_queue")),
    )
    op.create_index("ix_shop_queue_next_due", "shop_queue", ["queue", "next_due"], unique=False)
    op.create_table(
        "shop_tokens",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=True),
        sa.Column("needs_reauth", sa.String(), nullable=True),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop_tokens")),
    )
    op.create_table(
        "shopify_segments",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", name=op.f("pk_shopify_segments")),
    )
    op.create_table(
        "shops",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uninstalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shopify_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("postal_address", sa.String(), nullable=False),
        sa.Column("admin_language", sa.String(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=True),
        sa.Column("scopes_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shops")),
    )
    op.create_table(
        "stage_changes",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "at", "after", name=op.f("pk_stage_changes")),
    )
    op.create_index("ix_stage_changes_at", "stage_changes", ["shop_id", "at"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "channel", "digest", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "tombstones",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "digest", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "variants",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("inventory_item_id", sa.BigInteger(), nullable=True),
        sa.Column("is_in_stock", sa.Boolean(), nullable=True),
        sa.Column("stock_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "variant_id", name=op.f("pk_variants")),
    )
    op.create_index("ix_variants_inventory_item", "variants", ["shop_id", "inventory_item_id"], unique=False)
    _protect_ledger()
    _teach_planner()


def _protect_ledger() -> None:
    """No program and no person edits the ledger: a correction is a new transaction."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute(
            "CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF TG_OP = 'DELETE' AND EXISTS ({_SHOP_IS_BEING_ERASED}) THEN RETURN OLD; END IF; "
            f"RAISE EXCEPTION '{_REFUSE}'; END $$"
        )
    for table in ("ledger_transactions", "postings"):
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            condition = f"WHEN (NOT EXISTS ({_SHOP_IS_BEING_ERASED})) " if verb == "DELETE" else ""
            if is_postgres:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {condition}"
                    f"BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END"
                )


_SIZES = {
    # Rows, then rows that share one, two, … columns of the index: those of one shop are many, of one customer few.
    ("customer_facts", "customer_facts"): "1000000 1000000 1000 1",
    ("customer_facts", "ix_customer_facts_flip"): "1000000 1000000 2",
    ("order_lines", "ix_order_lines_customer"): "10000000 10000000 10 1",
    ("order_lines", "order_lines"): "10000000 10000000 2 1",
    ("orders", "ix_orders_customer"): "10000000 10000000 10 1",
    ("orders", "orders"): "10000000 10000000 1",
    ("segment_changes", "ix_segment_changes_customer"): "10000000 10000000 10 1",
    ("segment_changes", "segment_changes"): "10000000 10000000 400000 20 1",
    ("segment_members", "ix_segment_members_customer"): "10000000 10000000 10",
    ("segment_members", "segment_members"): "10000000 10000000 400000 1",
}


def _teach_planner() -> None:
    """SQLite takes the rows of a shop for ten until it has looked, and would read them all to find a customer's."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("ANALYZE")
    statistics = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
    op.bulk_insert(
        statistics, [{"tbl": table, "idx": idx, "stat": stat} for (table, idx), stat in _SIZES.items()]
    )
    op.execute("ANALYZE sqlite_schema")
