"""What Insights calls phases, steps, groups and classes. Marked here, translated when shown."""


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


TABS = {
    "lifecycle": (_("Lifecycle"), "/app/insights"),
    "rfm": (_("RFM"), "/app/insights/rfm"),
    "retention": (_("Retention"), "/app/insights/retention"),
    "forecast": (_("Forecast"), "/app/insights/forecast"),
}
PHASES = {
    "selection": _("Selection"),
    "acquisition": _("Acquisition"),
    "retention": _("Retention"),
    "extension": _("Extension"),
}
PHASE_TEXTS = {
    "selection": _("Known to you, no order yet"),
    "acquisition": _("Bought on one day, and are within their rhythm"),
    "retention": _("Bought on two days or came back, and are within their rhythm"),
    "extension": _("Loyal: buy often, and are within their rhythm"),
}
STEPS = {
    "first": _("First purchase"),
    "second": _("Second purchase"),
    "third": _("Third purchase"),
}
MOVES = {
    "at_risk": _("Became at risk"),
    "lapsed": _("Lapsed"),
    "lost": _("Were lost"),
    "won_back": _("Came back"),
}
MOVE_TEXTS = {
    "at_risk": _("Quiet for longer than their own rhythm"),
    "lapsed": _("Quiet for so long that another order is unlikely"),
    "lost": _("Lapsed, hardly any chance of an order, and no sign of life for half a year"),
    "won_back": _("Ordered again after they had become quiet"),
}
RETENTION_VIEWS = {
    "returned": _("Bought again"),
    "active": _("Bought in the month"),
    "revenue": _("Revenue"),
}
RETENTION_TEXTS = {
    "returned": _("Share of the cohort that has bought on a second day by the end of that month."),
    "active": _("Share of the cohort that bought in that month."),
    "revenue": _("What the cohort spent in that month, less refunds, per customer of the cohort."),
}
RFM_GROUPS = {
    "champions": _("Best buyers"),
    "loyal": _("Good buyers"),
    "active": _("Steady buyers"),
    "new": _("New buyers"),
    "promising": _("Bought lately, little so far"),
    "needs_attention": _("Cooling off"),
    "almost_lost": _("Little bought, fading"),
    "at_risk": _("Good buyers gone quiet"),
    "previously_loyal": _("Best buyers gone quiet"),
    "dormant": _("Little bought, long ago"),
    "prospects": _("No order yet"),
}
SHOPIFY_GROUPS = {
    "champions": "Champions",
    "loyal": "Loyal",
    "active": "Active",
    "new": "New",
    "promising": "Promising",
    "needs_attention": "Needs attention",
    "almost_lost": "Almost lost",
    "at_risk": "At risk",
    "previously_loyal": "Previously loyal",
    "dormant": "Dormant",
    "prospects": "Prospects",
}
"""As Shopify's own admin calls them, which knows neither Arabic nor Persian: never translated."""
VALUE_CLASSES = {
    "most_valuable": _("Most valuable"),
    "most_growable": _("Most growable"),
    "below_zero": _("Below zero"),
    "maintain": _("To be maintained"),
}
VALUE_CLASS_TONES = {
    "most_valuable": "success",
    "most_growable": "info",
    "below_zero": "warning",
    "maintain": "neutral",
}
BANDS = {"low": _("Low"), "medium": _("Medium"), "high": _("High")}
