"""Queries to begin with. Their names are in `segment_words`; none speaks of money, which differs from shop to shop."""

STARTERS = {
    "at_risk_high_value": "stage = at_risk AND value_class = most_valuable",
    "second_order": "orders = 1 AND first_order before 30 days ago AND can_email",
    "loyal_unreachable": "purchase_days >= 3 AND can_email = no",
    "discount_seekers": "orders >= 2 AND discount_share >= 50%",
    "quiet_subscribers": "email_consent = subscribed AND last_seen before 180 days ago",
    "left_something": "checkout within 7 days OR cart within 7 days",
}
"""Id to text."""
