"""What the columns of an exported file are called, by the ids of plugin/queries/segment_export.py."""


def _(text: str) -> str:
    return text


COLUMNS = {
    "customer_id": _("Customer id"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("Email"),
    "phone": _("Phone"),
    "country": _("Country"),
    "language": _("Language"),
    "stage": _("Stage"),
    "orders": _("Orders"),
    "spent": _("Spent"),
    "currency": _("Currency"),
    "last_order": _("Last order"),
    "points": _("Points"),
    "email_consent": _("Email consent"),
    "can_be_mailed": _("Can be mailed (1 or 0)"),
    "member_since": _("In the segment since"),
}
