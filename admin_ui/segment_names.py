"""What the admin calls the segments that every shop has, in the order in which it lists them."""


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


SEGMENTS = {
    "new_this_week": _("New this week"),
    "subscribers_never_bought": _("Subscribers who never bought"),
    "bought_once": _("Bought once"),
    "bought_once_overdue": _("Due for a second order"),
    "active": _("Active"),
    "loyal": _("Loyal"),
    "most_valuable": _("Most valuable"),
    "most_growable": _("Most potential"),
    "below_zero": _("Below zero"),
    "at_risk": _("At risk"),
    "lapsed": _("Lapsed"),
    "lost": _("Lost"),
    "won_back": _("Won back"),
    "abandoned_checkout": _("Left a checkout"),
    "full_price": _("Full-price buyers"),
    "discount_seekers": _("Discount seekers"),
    "returners": _("Return often"),
    "refusal_risk": _("Refuse parcels"),
    "engaged_30": _("Engaged in 30 days"),
    "engaged_90": _("Engaged in 90 days"),
    "unengaged_180": _("Silent for 180 days"),
    "points_ready": _("Points for a reward"),
    "birthday_soon": _("Birthday in 30 days"),
    "mailable": _("Can be mailed"),
    "everyone": _("Everyone"),
}
SEGMENT_TEXTS = {
    "new_this_week": _("People we first heard of in the last 7 days."),
    "subscribers_never_bought": _("They want your mail but have not bought yet."),
    "bought_once": _("One order so far: the second one makes a regular."),
    "bought_once_overdue": _("One order so far, and the usual time for a second has passed."),
    "active": _("Bought on two days and are within their own rhythm."),
    "loyal": _("Bought on three days or more and are within their own rhythm."),
    "most_valuable": _("Bring the most, today and by what is expected of them."),
    "most_growable": _("Could bring much more than they do today."),
    "below_zero": _("Cost more than they bring."),
    "at_risk": _("Quiet for longer than their own rhythm."),
    "lapsed": _("Quiet for so long that another order is unlikely."),
    "lost": _("Lapsed, and no sign of life for half a year."),
    "won_back": _("Ordered again after a long silence."),
    "abandoned_checkout": _("Left a checkout in the last 7 days and have not ordered since."),
    "full_price": _("Bought at least twice, never with a discount code."),
    "discount_seekers": _("Bought at least twice, half of it or more with a discount code."),
    "returners": _("At least three orders, and half of their value or more was given back."),
    "refusal_risk": _("Refused two parcels or more, or two in five of those to be paid on delivery."),
    "engaged_30": _("Ordered, filled a cart or signed up in the last 30 days."),
    "engaged_90": _("Ordered, filled a cart or signed up in the last 90 days."),
    "unengaged_180": _("Did nothing of their own for 180 days."),
    "points_ready": _("Have enough points for the cheapest reward."),
    "birthday_soon": _("Have their birthday today or in the next 30 days."),
    "mailable": _("Agreed to marketing mail and have an address."),
    "everyone": _("All customers of your shop, guests included."),
}
